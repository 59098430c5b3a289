"""Commands on a machine with other users: their state is refused, and an ordinary user's machine works as before."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from support.inprocess import jc1p
from support.installed import config_for

from jc1p.runtime.ownership import ROOT
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

STRANGER = 61001
pytestmark = pytest.mark.skipif(os.geteuid() != ROOT, reason="only root can be two users")


@pytest.fixture(name="sandbox", scope="module")
def small_company() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


USES = [
    ["sync", "--yes"], ["plan"], ["drift"], ["rollback", "2", "--yes"], ["users", "list"], ["groups", "list"],
    ["import"], ["why", "ann@example.com"], ["history"], ["history", "show", "2"], ["pause"], ["resume"],
]  # fmt: skip


@pytest.mark.parametrize("command", USES, ids=" ".join)
def test_state_of_another_user_is_refused_by_every_command(
    sandbox: Sandbox, tmp_path: Path, command: list[str]
) -> None:
    config = config_for(sandbox, tmp_path)
    assert jc1p("-c", config, "pause").code == 0
    (folder,) = (tmp_path / "state").iterdir()
    os.chown(folder, STRANGER, STRANGER)
    before, asked = sorted(path.name for path in folder.iterdir()), len(sandbox.requests)
    done = jc1p("-c", config, *command)
    assert (done.code, "belongs to another user" in done.err, "state.path" in done.err) == (2, True, True)
    assert sorted(path.name for path in folder.iterdir()) == before
    assert len(sandbox.requests) == asked


def test_pause_that_another_user_puts_there_is_in_no_metrics(sandbox: Sandbox, tmp_path: Path) -> None:
    config, metrics = config_for(sandbox, tmp_path), tmp_path / "jc1p.prom"
    assert jc1p("-c", config, "pause").code == 0
    os.chown(next((tmp_path / "state").iterdir()), STRANGER, STRANGER)
    assert jc1p("-c", config, "plan", "--metrics", metrics).code == 2
    assert "\njc1p_paused{" in metrics.read_text()
    assert [line[-2:] for line in metrics.read_text().splitlines() if line.startswith("jc1p_paused{")] == [" 0"]


@contextmanager
def as_user(uid: int, *, umask: int) -> Iterator[None]:
    """Run the block as a user who has a group with the same number."""
    groups, before = os.getgroups(), os.umask(umask)
    os.setgroups([])
    os.setegid(uid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(ROOT)
        os.setegid(ROOT)
        os.setgroups(groups)
        os.umask(before)


def test_ordinary_user_with_umask_002_finds_and_runs_as_before(sandbox: Sandbox, tmp_path: Path) -> None:
    warm = config_for(sandbox, tmp_path)  # modules that a command imports may be in a folder that only root can enter
    assert [jc1p("-c", warm, *words).code for words in (["plan"], ["sync", "--yes"], ["drift"])] == [0, 0, 0]
    with TemporaryDirectory(dir="/tmp") as name:
        config = config_for(sandbox, folder := Path(name))
        config.chmod(0o664)
        folder.chmod(0o775)
        for path in (config, folder):
            os.chown(path, STRANGER, STRANGER)
        with as_user(STRANGER, umask=0o002):
            for words in (["plan"], ["sync", "--yes"], ["drift"]):
                done = jc1p(*words, cwd=folder)
                assert (done.code, "Anyone who can change" in done.err) == (0, False), done.err
        states = [path.stat() for path in (folder / "state", *(folder / "state").rglob("*"))]
        assert {(found.st_uid, found.st_mode & 0o077) for found in states} == {(STRANGER, 0)}
