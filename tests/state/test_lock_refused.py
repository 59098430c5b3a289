"""A state folder with a lock that can't be had, or a journal that can't be listed."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from support.refused import needs_seccomp, refusing

from jc1p.errors import StateUnavailable
from jc1p.runtime.ownership import ROOT
from jc1p.state.journal import FOLDER
from jc1p.state.lock import LOCK, hold_lock
from jc1p.state.run_order import journals

STRANGER = 61001

HOLD = """
import sys
from pathlib import Path
from jc1p.errors import Jc1pError
from jc1p.state.lock import hold_lock

try:
    with hold_lock(Path(sys.argv[1]), "run 1"):
        print("held")
except Jc1pError as error:
    print(int(error.exit_code), error, error.hint)
"""


@needs_seccomp
@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP], ids=errno.errorcode.get)
def test_file_system_without_locks_is_refused_and_told(tmp_path: Path, number: int) -> None:
    """A file in place of a lock would stay after a killed run, and stop all later ones."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", HOLD, tmp_path / "state"], capture_output=True, text=True, check=True,
        preexec_fn=refusing("flock", number),
    )  # fmt: skip
    assert done.stdout.startswith("2 cannot use the state folder ")
    assert "lock service" in done.stdout
    assert "state.path" in done.stdout
    assert done.stderr == ""


@pytest.mark.skipif(os.geteuid() != ROOT, reason="only root can make files of two users")
def test_lock_file_of_another_user_is_named_with_its_owner(tmp_path: Path) -> None:
    """As after one run with sudo."""
    with hold_lock(tmp_path, "run 1"):
        pass  # imports what the other user may not be able to read
    with TemporaryDirectory() as made:
        folder = Path(made)
        (folder / LOCK).touch(0o600)
        os.chown(folder, STRANGER, STRANGER)
        os.seteuid(STRANGER)
        try:
            with pytest.raises(StateUnavailable) as raised, hold_lock(folder, "run 1"):
                pass
        finally:
            os.seteuid(ROOT)
    assert raised.value.message == f"cannot use the state folder {folder / LOCK}: Permission denied"
    assert "belongs to another user (root, uid 0)" in (raised.value.hint or "")
    assert "chown" in (raised.value.hint or "")


@pytest.mark.skipif(os.geteuid() != ROOT, reason="only root can make files of two users")
def test_journal_folder_that_cannot_be_read_is_not_an_empty_one() -> None:
    """Its runs count towards the limits."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        (folder / FOLDER).mkdir(0o700)
        folder.chmod(0o755)
        os.seteuid(STRANGER)
        try:
            with pytest.raises(StateUnavailable, match="cannot read the journal"):
                journals(folder / FOLDER)
        finally:
            os.seteuid(ROOT)
