"""State: a hint that may be deleted, damaged, of another version, or read only."""

import logging
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jc1p.errors import StateUnavailable
from jc1p.state.database import SCHEMA_VERSION, SCHEMAS, upgrade
from jc1p.state.lock import hold_lock
from jc1p.state.store import State, open_state

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_links_move_on_both_ends(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        state.remember_links("user", {"p1": "a1", "p2": "a2"})
        state.remember_links("user", {"p3": "a1", "p2": "a9"})
        state.remember_links("group", {"g1": "a1"})
    with open_state(tmp_path) as state:
        assert state.links().users == {"p3": "a1", "p2": "a9"}
        assert state.links().groups == {"g1": "a1"}
        state.forget_links("user", ["p3", "nobody"])
        assert state.links().users == {"p2": "a9"}


def test_requests_count_runs_of_the_same_value(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        for hours, value in ((0, "x"), (1, "x"), (2, "y")):
            state.remember_request("a1", "displayName", value, NOW + timedelta(hours=hours))
            state.remember_request("a2", "userName", "z", NOW + timedelta(hours=hours))
        requests = state.memory().requests
        assert (requests["a1", "displayName"].value, requests["a1", "displayName"].runs) == ("y", 1)
        assert (requests["a2", "userName"].runs, requests["a2", "userName"].first_sent) == (3, NOW)
        state.forget_requests([("a2", "userName")])
        assert set(state.memory().requests) == {("a1", "displayName")}


def test_organization_is_believed_for_a_month(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        assert state.organization(NOW) is None
        state.remember_organization("Example Corp", NOW)
    with open_state(tmp_path) as state:
        assert state.organization(NOW + timedelta(days=29)) == "Example Corp"
        assert state.organization(NOW + timedelta(days=30)) is None
        state.remember_organization("Renamed", NOW)
        assert state.organization(NOW) == "Renamed"
        state.remember_organization(None, NOW)
        assert state.organization(NOW) is None


def test_batches_are_on_disk_on_demand_and_at_the_end(tmp_path: Path) -> None:
    def on_disk() -> int:
        with open_state(tmp_path, read_only=True) as seen:
            return len(seen.links().users)

    with open_state(tmp_path) as state:
        with state.in_batches():
            state.remember_links("user", {"p1": "a1"})
            state.remember_links("user", {"p2": "a2"})
            assert on_disk() == 0
            state.commit()
            assert on_disk() == 2
            state.remember_links("user", {"p3": "a3"})
            assert on_disk() == 2
        assert on_disk() == 3
        state.remember_links("user", {"p4": "a4"})
        assert on_disk() == 4


def test_batch_that_breaks_off_keeps_what_it_had(tmp_path: Path) -> None:
    def break_off(state: State) -> None:
        with state.in_batches():
            state.remember_links("user", {"p1": "a1"})
            raise KeyboardInterrupt

    with open_state(tmp_path) as state, pytest.raises(KeyboardInterrupt):
        break_off(state)
    with open_state(tmp_path) as state:
        assert state.links().users == {"p1": "a1"}


def test_absences_keep_their_beginning_and_end_with_the_return(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        state.remember_absences({"a1", "a2"}, NOW)
        state.remember_absences({"a2", "a3"}, NOW + timedelta(days=1))
        assert state.memory().absent_since == {"a2": NOW, "a3": NOW + timedelta(days=1)}


def test_members_and_good_runs(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        state.remember_members("g", added=["a", "b"])
        state.remember_members("g", added=["b", "c"], removed=["a"])
        assert state.memory().added == {"g": frozenset({"b", "c"})}
        assert state.people_before("s") is None
        state.remember_good_run("s", 40, NOW)
        state.remember_good_run("s", 41, NOW)
        assert (state.people_before("s"), state.people_before("t")) == (41, None)


def test_who_has_a_field_is_noted_anew_by_each_good_run(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        state.remember_filled("s", {"department": frozenset({"a", "b"}), "email": frozenset({"a"})})
        state.remember_filled("t", {"department": frozenset({"z"})})
        state.remember_filled("s", {"department": frozenset({"b", "c"})})
        assert state.filled_before("s") == {"department": frozenset({"b", "c"})}
        assert state.filled_before("u") == {}


def test_reading_only_makes_nothing_and_writes_nothing(tmp_path: Path) -> None:
    with open_state(tmp_path / "none", read_only=True) as state:
        assert state.links().users == {}
    assert not (tmp_path / "none").exists()
    with open_state(tmp_path) as state:
        state.remember_links("user", {"p": "a"})
    with open_state(tmp_path, read_only=True) as state:
        assert state.links().users == {"p": "a"}
        with pytest.raises(StateUnavailable, match="readonly"):
            state.remember_links("user", {"q": "b"})


def test_every_method_tells_that_state_is_unavailable(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        broken = sqlite3.connect(tmp_path / "state.db")
        for table in ("links", "requests", "absences", "added", "good_runs", "filled"):
            broken.execute(f"DROP TABLE {table}")
        broken.close()
        uses: list[Callable[[], object]] = [
            state.links, state.memory, lambda: state.remember_links("user", {"p": "a"}),
            lambda: state.forget_links("user", ["p"]), lambda: state.remember_request("a", "userName", "x", NOW),
            lambda: state.forget_requests([("a", "userName")]), lambda: state.remember_absences(["a"], NOW),
            lambda: state.remember_members("g", added=["a"]), lambda: state.people_before("s"),
            lambda: state.remember_good_run("s", 1, NOW), lambda: state.filled_before("s"),
            lambda: state.remember_filled("s", {"department": frozenset({"a"})}),
        ]  # fmt: skip
        for use in uses:
            with pytest.raises(StateUnavailable, match="no such table"):
                use()


def test_file_that_may_only_be_read_is_told_on_opening() -> None:
    script = """
import os, pathlib, tempfile
from jc1p.errors import StateUnavailable
from jc1p.state.store import open_state
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    folder.chmod(0o777)
    with open_state(folder):
        pass
    (folder / "state.db").chmod(0o444)
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    try:
        with open_state(folder):
            print("opened")
    except StateUnavailable as error:
        print(error)
    if os.getuid() == 0:
        os.seteuid(0)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "attempt to write a readonly database" in done.stdout


def test_folder_that_cannot_be_looked_at_is_told(tmp_path: Path) -> None:
    for read_only in (True, False):
        with (
            pytest.raises(StateUnavailable, match="File name too long"),
            open_state(tmp_path / ("x" * 300), read_only=read_only),
        ):
            pass
    (tmp_path / "run.lock").mkdir()
    with pytest.raises(StateUnavailable), hold_lock(tmp_path, "run 1"):
        pass


@pytest.mark.parametrize("damage", ["garbage", "foreign", "cut"])
def test_unusable_file_is_set_aside_with_a_warning(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    with open_state(tmp_path) as state:
        state.remember_links("user", {"p": "a"})
    path = tmp_path / "state.db"
    if damage == "foreign":
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA user_version = 0")
        connection.close()
    else:
        path.write_bytes(b"garbage" * 999 if damage == "garbage" else path.read_bytes()[:5000])
    logging.getLogger("jc1p").propagate = True
    with open_state(tmp_path, read_only=True) as state:
        assert state.links().users == {}
    with open_state(tmp_path) as state:
        assert state.links().users == {}
        assert "moved to state.db.damaged" in state.damage
        state.remember_links("user", {"p": "a"})
    assert (tmp_path / "state.db.damaged").exists()
    assert "state file is damaged" in caplog.text


def test_a_second_damaged_state_is_kept_beside_the_first(tmp_path: Path) -> None:
    for content in (b"first", b"second", b"third"):
        (tmp_path / "state.db").write_bytes(content)
        with open_state(tmp_path):
            pass
    names = ("state.db.damaged", "state.db.damaged-2", "state.db.damaged-3")
    assert [(tmp_path / name).read_bytes() for name in names] == [b"first", b"second", b"third"]
    for number in range(20):
        (tmp_path / "state.db").write_text(f"newer {number}")
        with open_state(tmp_path):
            pass
    assert len(list(tmp_path.glob("*.damaged*"))) == 9
    assert (tmp_path / "state.db.damaged-9").read_text() == "newer 19"
    with open_state(tmp_path) as state:
        assert state.damage == ""


def test_file_that_takes_no_row_any_more_is_set_aside_before_a_run_depends_on_it(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        state.remember_links("user", {"p": "a"})
    path = tmp_path / "state.db"
    path.write_bytes(path.read_bytes().replace(b"IN ('user', 'group')", b"IN ('uger', 'group')"))
    with open_state(tmp_path) as state:
        assert "moved to" in state.damage
        state.remember_links("user", {"p": "a"})
    with open_state(tmp_path) as state:
        assert (state.damage, state.links().users) == ("", {"p": "a"})


def test_index_that_disagrees_with_its_table_is_found_before_writing_and_reading_does_without(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        state.remember_links("user", {"p": "a", "q": "b"})
    connection = sqlite3.connect(tmp_path / "state.db")
    connection.execute("PRAGMA writable_schema = ON")
    swapped = connection.execute(
        "SELECT (SELECT sum(rootpage) FROM sqlite_master WHERE tbl_name = 'links' AND type = 'index') - rootpage, name "
        "FROM sqlite_master WHERE tbl_name = 'links' AND type = 'index'"
    ).fetchall()
    connection.executemany("UPDATE sqlite_master SET rootpage = ? WHERE name = ?", swapped)
    connection.commit()
    connection.close()
    with open_state(tmp_path, read_only=True) as state:
        assert (state.damage, state.links().users) == ("", {"p": "a", "q": "b"})
    with open_state(tmp_path) as state:
        assert "moved to" in state.damage


@pytest.mark.parametrize("read_only", [True, False])
def test_file_of_a_newer_version_is_refused_and_kept(tmp_path: Path, *, read_only: bool) -> None:
    with open_state(tmp_path) as state:
        state.remember_links("user", {"p": "a"})
    path = tmp_path / "state.db"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StateUnavailable, match="newer version") as caught, open_state(tmp_path, read_only=read_only):
        pass
    assert caught.value.exit_code == 2
    assert path.read_bytes() == before
    assert not (tmp_path / "state.db.damaged").exists()


def test_files_are_the_owners_alone(tmp_path: Path) -> None:
    with open_state(tmp_path / "deep" / "er"):
        pass
    assert (tmp_path / "deep" / "er").stat().st_mode & 0o077 == 0


KILLED_WRITER = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("PRAGMA cache_size = 1")
db.execute("BEGIN IMMEDIATE")
db.executemany("INSERT INTO links VALUES ('user', ?, ?)", [(f"p{n}", f"a{n}") for n in range(9999)])
os._exit(9)
"""


def test_dry_run_reads_what_stood_before_a_writer_was_killed(tmp_path: Path) -> None:
    with open_state(tmp_path) as state:
        state.remember_links("user", {"p": "a"})
    subprocess.run([sys.executable, "-c", KILLED_WRITER, tmp_path / "state.db"], check=False)
    assert (tmp_path / "state.db-journal").exists()
    with open_state(tmp_path, read_only=True) as state:
        assert state.links().users == {"p": "a"}
        with pytest.raises(StateUnavailable):
            state.remember_links("user", {"q": "b"})


def test_two_programs_that_upgrade_at_once_upgrade_once(tmp_path: Path) -> None:
    """Both have seen the old version; the second finds the work done."""
    path = tmp_path / "state.db"
    for old in (0, 1, SCHEMA_VERSION - 1):
        path.unlink(missing_ok=True)
        first, second = sqlite3.connect(path), sqlite3.connect(path)
        first.executescript(f"{''.join(SCHEMAS[:old])} PRAGMA user_version = {old};")
        for each in (first, second):
            upgrade(each, old)
            assert each.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
            assert not each.in_transaction
            each.close()
    with open_state(tmp_path) as state:
        assert state.damage == ""
