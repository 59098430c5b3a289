"""A new file is written completely or not at all, and never replaces another."""

import stat
from pathlib import Path

import pytest

from jc1p.runtime.atomic_write import write_whole_new


def test_new_file_is_whole_and_its_owners_alone(tmp_path: Path) -> None:
    write_whole_new(tmp_path / "new", "text\n")
    assert (tmp_path / "new").read_text() == "text\n"
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


@pytest.mark.parametrize("what", ["file", "folder", "link"])
def test_nothing_that_is_there_is_touched(tmp_path: Path, what: str) -> None:
    place = tmp_path / "there"
    if what == "file":
        place.write_text("mine")
    elif what == "folder":
        place.mkdir()
    else:
        place.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        write_whole_new(place, "text")
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert what != "file" or place.read_text() == "mine"


def test_text_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_whole_new(tmp_path / "new", "\ud800")
    assert list(tmp_path.iterdir()) == []
