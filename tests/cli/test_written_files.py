"""Files named on the command line: their owner and mode, and problems found before anything is read."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from stat import S_IMODE

import pytest
from support.inprocess import jc1p
from support.installed import config_for

from jc1p.runtime.atomic_write import why_unwritable, write_whole
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


@pytest.fixture(name="umask")
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("is_there", [False, True])
def test_csv_of_an_import_is_its_owners_alone(sandbox: Sandbox, tmp_path: Path, *, is_there: bool) -> None:
    config, file = config_for(sandbox, tmp_path), tmp_path / "all.csv"
    if is_there:
        file.write_text("yesterday")
        file.chmod(0o644)
    assert jc1p("-c", config, "import", "--csv", file).code == 0
    assert file.read_text(encoding="utf-8-sig").startswith("finding,evidence,account_email,")
    assert S_IMODE(file.stat().st_mode) == 0o600


# --- found before anything is read --------------------------------------------------------------------------


def only(*allowed: Path) -> Callable[[Path, int], bool]:
    """The answers of os.access for a user who may write only these; root, as in CI, may write everything."""
    return lambda path, _: path in allowed


def test_folder_decides_whether_a_file_can_be_written(tmp_path: Path) -> None:
    (there := tmp_path / "there.html").touch()
    for file in (there, tmp_path / "new.html"):
        assert why_unwritable(file, may=only(tmp_path)) == ""
        assert why_unwritable(file, may=only(file)) == f"this user cannot write to the folder {tmp_path}"
        write_whole(file, "which it then can")


def test_folder_of_what_a_link_names_decides(tmp_path: Path) -> None:
    (elsewhere := tmp_path / "elsewhere").mkdir()
    (link := tmp_path / "link.html").symlink_to(elsewhere / "real.html")
    assert why_unwritable(link, may=only(elsewhere)) == ""
    assert "this user cannot write to the folder" in why_unwritable(link, may=only(tmp_path))
    write_whole(link, "text")
    assert (elsewhere / "real.html").read_text() == "text"


def test_long_name_is_written_if_the_system_takes_it(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 250 + ".html")
    assert why_unwritable(path) == ""
    write_whole(path, "whole")
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_what_never_can_be_written_is_known_beforehand(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    missing, long = tmp_path / "missing" / "x", tmp_path / ("x" * 300)
    for bad in (tmp_path, missing, long, tmp_path / "file" / "x", Path("/dev/null")):
        assert why_unwritable(bad)
        with pytest.raises(OSError, match=r"not a regular file|No such|too long|Not a directory"):
            write_whole(bad, "text")


def test_links_in_a_circle_raise_nothing_beforehand(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert why_unwritable(tmp_path / "a") == "Too many levels of symbolic links"


@pytest.mark.parametrize("option", ["--report", "--metrics"])
@pytest.mark.parametrize("command", [["sync", "-y"], ["plan"], ["drift"], ["rollback", "2", "-y"]])
def test_report_that_can_not_be_written_is_told_first_and_stops_no_run(
    command: list[str], option: str, tmp_path: Path
) -> None:
    file = tmp_path / "missing" / "x.md"
    done = jc1p("-c", tmp_path / "none.yaml", *command, option, file)
    first, *rest = done.err.splitlines()
    assert first.endswith(f"{file}: the folder {tmp_path}/missing does not exist")
    assert (rest[0][:7], done.code) == ("error: ", 2)
