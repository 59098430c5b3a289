"""Links to files that are written: followed, except another user's in a folder where others can write."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from jc1p.runtime.atomic_write import append_text, why_unwritable, write_new, write_whole
from jc1p.runtime.links import real_path
from jc1p.runtime.ownership import ROOT

STRANGER = 61001
needs_root = pytest.mark.skipif(os.geteuid() != ROOT, reason="only root can make links of two users")


def test_links_are_followed_as_the_system_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "to-b").symlink_to("a/b")
    (tmp_path / "a" / "b" / "up").symlink_to("../../a")
    (tmp_path / "whole").symlink_to(tmp_path / "to-b" / "up")
    (tmp_path / "dangling").symlink_to("a/new")
    monkeypatch.chdir(tmp_path)
    for path in ("to-b/up", "whole/b", "whole/../a", "to-b/../x", "dangling", "a/./b/none/x", "/", ".."):
        assert real_path(Path(path)) == Path(path).resolve()


@pytest.fixture(name="victim")
def file_of_ours(tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir(mode=0o700)
    (tmp_path / "own" / "victim").write_text("kept")
    return tmp_path / "own" / "victim"


@pytest.fixture(name="shared")
def folder_of_all(tmp_path: Path) -> Path:
    (shared := tmp_path / "shared").mkdir()
    shared.chmod(0o1777)
    return shared


def as_stranger(link: Path) -> Path:
    os.chown(link, STRANGER, STRANGER, follow_symlinks=False)
    return link


@needs_root
@pytest.mark.parametrize("write", [write_whole, append_text])
@pytest.mark.parametrize("is_folder", [False, True])
def test_nothing_is_written_through_a_strangers_link(
    victim: Path, shared: Path, write: Callable[[Path, str], None], *, is_folder: bool
) -> None:
    (link := shared / "x.json").symlink_to(victim.parent if is_folder else victim)
    path = link / "victim" if is_folder else link
    as_stranger(link)
    with pytest.raises(OSError, match=f"x.json is a symbolic link of another user .uid {STRANGER}."):
        write(path, "attack")
    assert "is a symbolic link of another user" in why_unwritable(path)
    assert victim.read_text() == "kept"


@needs_root
@pytest.mark.parametrize("mode", [0o755, 0o1777])
def test_own_links_and_those_where_nobody_else_writes_are_followed(victim: Path, shared: Path, mode: int) -> None:
    (link := shared / "x.json").symlink_to(victim)
    write_whole(link, "own")
    shared.chmod(0o755)
    write_whole(as_stranger(link), "put there by root")
    assert (victim.read_text(), why_unwritable(link)) == ("put there by root", "")
    shared.chmod(mode)
    os.chown(link, 0, 0, follow_symlinks=False)
    write_whole(link, "again")
    assert victim.read_text() == "again"


def test_new_file_is_never_written_through_a_link(victim: Path, shared: Path) -> None:
    for target in (victim, victim.with_name("none")):
        (link := shared / "x").symlink_to(target)
        with pytest.raises(FileExistsError):
            write_new(link, "text")
        link.unlink()
    assert (victim.read_text(), victim.with_name("none").exists()) == ("kept", False)
