"""The score of `jc1p drift` over sockets: which differences another tool, jc1p or JumpCloud resolved."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.effort import product_of
from support.inprocess import jc1p
from support.installed import Done, config_for

from jc1p.sandbox.faults import ALWAYS, Fault
from jc1p.sandbox.server import Sandbox
from jc1p.state.database import SCHEMA_VERSION, SCHEMAS
from jc1p.state.lock import hold_lock

COUNTS = ("seen", "made_elsewhere", "made_by_jc1p", "no_longer_wanted", "not_made")
OPEN = "guard: {suspensions: 100%, member_removals: 100%, group_member_removals: 100%, creations: 999}\n"


@pytest.fixture
def config(sandbox: Sandbox, tmp_path: Path) -> Path:
    return config_for(sandbox, tmp_path, more=OPEN)


@pytest.fixture
def connector(sandbox: Sandbox, tmp_path: Path) -> Callable[..., None]:
    """Another tool, with its own state and journal: it makes the changes that JumpCloud asks for."""
    folder = tmp_path / "connector"
    folder.mkdir()
    other = config_for(sandbox, folder, more=OPEN)

    def write(*options: str) -> None:
        assert jc1p("-c", other, "sync", "-y", *options).code == 0

    return write


def on(day: int, config: Path, *arguments: str) -> Done:
    month, number = divmod(day - 1, 30)
    return jc1p("-c", config, *arguments, environment={"JC1P_NOW": f"2026-{11 + month:02}-{number + 1:02}T08:00:00Z"})


def score(day: int, config: Path, *options: str) -> dict[str, Any] | None:
    found = on(day, config, "drift", "-o", "json", *options)
    assert (found.code in {0, 3}, found.err) == (True, "")
    told: dict[str, Any] | None = found.document["score"]
    return told


def counts(day: int, config: Path, *options: str) -> list[int]:
    found = score(day, config, *options)
    assert found
    assert found["seen"] == sum(found[name] for name in COUNTS[1:])
    assert len(found["waiting"]) == found["not_made"]
    return [found[name] for name in COUNTS]


def database(config: Path) -> Path:
    (found,) = (config.parent / "state").rglob("state.db")
    return found


def rows(config: Path) -> list[Any]:
    with closing(sqlite3.connect(database(config))) as db:
        return sorted(db.execute("SELECT * FROM differences"))


def test_differences_are_counted_by_who_made_them(
    sandbox: Sandbox, config: Path, connector: Callable[..., None]
) -> None:
    assert counts(12, config) == [0, 0, 0, 0, 0]
    assert counts(13, config) == [44, 0, 0, 0, 44]
    connector("--only", "users")
    assert counts(14, config) == [44, 18, 0, 0, 26]
    assert on(15, config, "sync", "-y", "--group", "Engineering").code == 0
    seen, elsewhere, here, _, waiting = counts(16, config)
    assert (seen, elsewhere, here > 0, waiting) == (44, 18, True, 26 - here)
    sandbox.world.assigned_groups.clear()  # JumpCloud changed its mind
    unassigned = counts(17, config)
    assert unassigned[1:3] == [18, here]
    assert unassigned[3] > 0


def test_score_is_told_with_what_was_not_made(config: Path, connector: Callable[..., None]) -> None:
    assert "since 12 November" not in on(12, config, "drift").out
    connector("--only", "users")
    told = on(13, config, "drift").out
    line = "18 were made since outside jc1p (JumpCloud's connector?), 26 were not made:\n  create Finance, since"
    assert f"44 differences since 12 November: {line} 12 November\n" in told
    assert told.count("since 12 November\n") == 10
    assert "  and 16 more (in --output json)\n" in told
    assert told.rstrip().rpartition("\n")[2].startswith("Plan: ")


@pytest.mark.parametrize(
    "options",
    product_of(
        [["--only", "users"], ["--user", "norman.nodisplay@example.com"], ["--group", "Engineering"], ["--no-removals"],
         ["--limit", "3"], ["--no-score"]],
        lambda words: {words[0] == "--no-score"},
    ),
)  # fmt: skip
def test_a_drift_that_is_not_whole_counts_nothing(
    config: Path, connector: Callable[..., None], options: list[str]
) -> None:
    assert score(12, config, *options) is None
    assert not list((config.parent / "state").rglob("state.db"))
    assert counts(12, config) == [0, 0, 0, 0, 0]
    connector("--only", "users")
    before = rows(config)
    assert score(13, config, *options) is None
    assert "differences since" not in on(13, config, "drift", *options).out
    assert rows(config) == before
    assert counts(14, config)[1] == 18


def test_a_short_or_failed_reading_counts_nothing(
    sandbox: Sandbox, config: Path, connector: Callable[..., None]
) -> None:
    counts(12, config)
    before = rows(config)
    sandbox.turn({}, {"total_off_by": 1})
    assert on(13, config, "drift", "-o", "json").document["score"] is None
    sandbox.turn({}, {"total_off_by": 0})
    for service in ("jumpcloud", "onepassword"):
        sandbox.faults.append(Fault("401", service=service, times=ALWAYS))
        failed = on(14, config, "drift", "-o", "json")
        assert (failed.code, failed.document["score"]) == (1, None)
        sandbox.faults.clear()
    assert rows(config) == before
    assert counts(15, config) == [44, 0, 0, 0, 44]


def test_what_is_undone_waits_again(sandbox: Sandbox, config: Path, connector: Callable[..., None]) -> None:
    leaver = sandbox.world.user_by_email("ada.yilmaz@example.com")
    connector()
    leaver.update(state="SUSPENDED", suspended=True)
    assert counts(12, config)[0] == 0
    connector()
    made = counts(13, config)
    assert made[1] >= 1
    account = next(each for each in sandbox.bridge.users() if each["userName"] == leaver["email"])
    sandbox.bridge.stored("User")[account["id"]]["active"] = True
    again = score(14, config)
    assert again
    assert [(each["kind"], each["user"], each["since"]) for each in again["waiting"]] == [
        ("suspend_user", "ada.yilmaz@example.com", "2026-11-12T08:00:00Z")
    ]


def test_rows_are_forgotten_after_30_days(config: Path, connector: Callable[..., None]) -> None:
    counts(12, config)
    connector()
    assert counts(13, config)[1] > 0
    assert counts(12 + 30, config)[1] > 0
    assert counts(12 + 31, config) == [0, 0, 0, 0, 0]
    assert rows(config) == []


def test_drift_again_within_the_hour_writes_nothing(config: Path) -> None:
    at = {f"{hour}": f"2026-11-12T{hour}:00Z" for hour in ("08:00", "08:59", "09:01")}
    contents = []
    for moment in at.values():
        assert jc1p("-c", config, "drift", environment={"JC1P_NOW": moment}).code == 3
        contents.append(database(config).read_bytes())
    assert contents[0] == contents[1] != contents[2]


# --- beside other runs --------------------------------------------------------------------------------------


def test_drift_beside_a_run_that_holds_the_lock_remembers(config: Path) -> None:
    counts(12, config)
    with hold_lock(database(config).parent, "run 20261112T080000Z-aaaa"):
        assert counts(13, config)[0] == 44
    assert counts(14, config)[0] == 44


def test_drift_beside_a_run_that_writes_neither_waits_nor_fails(config: Path) -> None:
    counts(12, config)
    before = rows(config)
    with closing(sqlite3.connect(database(config))) as db:
        db.execute("BEGIN IMMEDIATE")
        found = on(13, config, "drift", "-o", "json")
        db.rollback()
    assert (found.code, found.document["score"]["seen"], "database is locked" in found.err) == (3, 44, True)
    assert rows(config) == before
    assert on(14, config, "sync", "-y").code == 0


def test_drift_leaves_a_state_of_an_older_version_to_the_next_sync(config: Path) -> None:
    counts(12, config)
    path = database(config)
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"{''.join(SCHEMAS[:-1])} PRAGMA user_version = {SCHEMA_VERSION - 1};")
    before = path.read_bytes()
    found = on(13, config, "drift")
    assert (found.code, "older version" in found.err, path.read_bytes() == before) == (3, True, True)
    assert on(14, config, "sync", "-y", "--limit", "1").code == 0
    assert counts(15, config)[0] == 0


def test_drift_leaves_a_damaged_state_where_it_is(config: Path) -> None:
    counts(12, config)
    path = database(config)
    path.write_bytes(b"no database" * 500)
    found = on(13, config, "drift")
    assert (found.code, "could not save" in found.err) == (3, True)
    assert path.read_bytes() == b"no database" * 500
    assert not list(path.parent.glob("*.damaged"))


def test_rows_that_make_no_sense_are_no_differences(config: Path) -> None:
    counts(12, config)
    with closing(sqlite3.connect(database(config))) as db:
        db.execute("UPDATE differences SET fate = 'odd' WHERE kind = 'create_user'")
        db.execute("UPDATE differences SET first_seen = x'ff' WHERE kind = 'create_group'")
        db.commit()
    found = on(13, config, "drift", "-o", "json")
    assert (found.code, "are invalid" in found.err) == (3, True)
    assert 0 < found.document["score"]["seen"] < 44
    assert counts(14, config)[0] == 44
