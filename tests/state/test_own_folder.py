"""jc1p's own state folder: another user's is refused, ours is made private, and planted files are refused."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE

import pytest

from jc1p.doctor.probes.machine import ask_state
from jc1p.errors import StateUnavailable
from jc1p.notify.incident_file import read_told, write_told
from jc1p.runtime.ownership import ROOT
from jc1p.state.journal import Journal
from jc1p.state.lock import hold_lock
from jc1p.state.own_folder import close_to_others, why_not_ours
from jc1p.state.pause import Pause, write_pause
from jc1p.state.store import open_state

STRANGER = 61001
needs_root = pytest.mark.skipif(os.geteuid() != ROOT, reason="only root can make files of two users")


@pytest.fixture(name="umask", params=[0o000, 0o022, 0o777], ids=oct)
def odd_umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """Open to all, usual, and one that removes even the owner's permissions."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def opened(folder: Path) -> None:
    with open_state(folder):
        pass


def read(folder: Path) -> None:
    with open_state(folder, read_only=True):
        pass


def locked(folder: Path) -> None:
    with hold_lock(folder, "run 1"):
        pass


def paused(folder: Path) -> None:
    write_pause(folder, Pause(datetime(2026, 11, 26, tzinfo=UTC)))


USES = [opened, read, locked, paused]
WRITES = [opened, locked, paused]


@needs_root
@pytest.mark.parametrize("use", USES)
def test_folder_of_another_user_is_refused(tmp_path: Path, use: Callable[[Path], None]) -> None:
    opened(folder := tmp_path / "pair")
    os.chown(folder, STRANGER, STRANGER)
    with pytest.raises(StateUnavailable, match=rf"belongs to another user \(uid {STRANGER}\)") as caught:
        use(folder)
    assert caught.value.exit_code == 2
    assert "state.path" in (caught.value.hint or "")


@needs_root
def test_notifications_leave_the_folder_of_another_user_alone(tmp_path: Path) -> None:
    os.chown(tmp_path, STRANGER, STRANGER)
    warnings: list[str] = []
    (tmp_path / "notified.json").write_text("{}")
    assert read_told(tmp_path, warn=warnings.append) == {}
    assert "belongs to another user" in warnings[0]
    with pytest.raises(OSError, match="belongs to another user"):
        write_told(tmp_path, {})


@needs_root
def test_doctor_says_that_the_folder_is_another_users(tmp_path: Path) -> None:
    os.chown(tmp_path, STRANGER, STRANGER)
    assert "belongs to another user" in str(ask_state(tmp_path).trouble)


@pytest.mark.parametrize("use", WRITES)
@pytest.mark.parametrize("mode", [0o755, 0o770, 0o777])
def test_folder_of_ours_that_is_open_is_made_private(tmp_path: Path, use: Callable[[Path], None], mode: int) -> None:
    opened(folder := tmp_path / "pair")
    folder.chmod(mode)
    read(folder)
    assert S_IMODE(folder.stat().st_mode) == mode  # reading changes nothing
    use(folder)
    assert S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("name", ["state.db", "run.holder", "paused.json", "journal", "journal/x.jsonl"])
def test_links_in_a_folder_that_others_could_write_to_are_refused_until_they_are_gone(
    tmp_path: Path, use: Callable[[Path], None], name: str
) -> None:
    (folder := tmp_path / "pair").mkdir()
    folder.chmod(0o777)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).symlink_to(tmp_path / "elsewhere")
    for _ in range(2):
        with pytest.raises(
            StateUnavailable, match=f"others could write to it, and {name} in it is a symbolic link"
        ) as caught:
            use(folder)
        assert "delete it" in (caught.value.hint or "")
    assert not (tmp_path / "elsewhere").exists()
    (folder / name).unlink()
    use(folder)


def test_own_links_in_a_private_folder_are_followed(tmp_path: Path) -> None:
    (folder := tmp_path / "pair").mkdir(mode=0o700)
    (large := tmp_path / "large").mkdir(mode=0o700)
    (folder / "journal").symlink_to(large)
    opened(folder)
    with Journal(folder, {"run_id": "20261126T000000Z-0000", "command": "sync", "created_at": "2026-11-26T00:00:00Z"}):
        assert [path.name for path in large.iterdir()] == ["20261126T000000Z-0000.jsonl"]


@needs_root
def test_files_of_others_in_a_folder_that_they_could_write_to_are_refused(tmp_path: Path) -> None:
    (tmp_path / "paused.json").write_text("{}")
    os.chown(tmp_path / "paused.json", STRANGER, STRANGER)
    assert why_not_ours(tmp_path) == ""
    tmp_path.chmod(0o770)
    assert why_not_ours(tmp_path).endswith(f"paused.json in it belongs to another user (uid {STRANGER})")


@needs_root
def test_link_of_another_user_in_the_place_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (own := tmp_path / "own").mkdir(mode=0o700)
    (shared := tmp_path / "shared").mkdir()
    shared.chmod(0o1777)
    (folder := shared / "pair").symlink_to(own)
    opened(folder)
    os.chown(folder, STRANGER, STRANGER, follow_symlinks=False)
    with pytest.raises(StateUnavailable, match="is a symbolic link of another user"):
        opened(folder)


def test_what_is_planted_at_the_last_moment_is_refused_by_the_next_run_too(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    (tmp_path / "state.db").symlink_to("/nonexistent")
    with pytest.raises(StateUnavailable, match="is a symbolic link"):
        close_to_others(tmp_path)
    assert S_IMODE(tmp_path.stat().st_mode) == 0o777


def test_volume_that_is_shared_by_a_group_is_no_reason(tmp_path: Path) -> None:
    """A volume with an fsGroup: its content is checked, not the folder itself."""
    tmp_path.chmod(0o2777)
    opened(folder := tmp_path / "pair")
    folder.chmod(0o2770)  # as the kubelet does when the volume is mounted again
    opened(folder)
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.usefixtures("umask")
def test_folders_are_the_owners_alone_up_to_the_first_that_was_there(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    opened(tmp_path / "deep" / "er" / "pair")
    modes = [S_IMODE(path.stat().st_mode) for path in (tmp_path, *tmp_path.rglob("*")) if path.is_dir()]
    assert modes == [0o755, 0o700, 0o700, 0o700]


def test_state_of_an_earlier_version_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    opened(tmp_path)
    (tmp_path / "state.db").chmod(0o644)
    opened(tmp_path)
    assert S_IMODE((tmp_path / "state.db").stat().st_mode) == 0o600
