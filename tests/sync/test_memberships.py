"""The record of memberships: who was first seen where, when, and who made the change, over runs of the command."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.inprocess import jc1p
from support.installed import config_for

from jc1p.core.membership_record import Hand, Records, Stay, digest_of
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world
from jc1p.state.database import SCHEMAS
from jc1p.state.memberships import read_records
from jc1p.state.store import open_state

OPEN = "guard: {suspensions: 100%, member_removals: 100%, group_member_removals: 100%, creations: 999}\n"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
TABLES = ("seen_ids", "seen_runs", "seen_groups", "stays")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=40, groups=8)) as made:
        yield made


@pytest.fixture
def config(sandbox: Sandbox, tmp_path: Path) -> Path:
    return config_for(sandbox, tmp_path, more=OPEN)


def sync(day: int, config: Path, *options: str) -> None:
    at = {"JC1P_NOW": f"2026-11-{day:02}T08:00:00Z"}
    done = jc1p("-c", config, "sync", "-y", *options, environment=at)
    assert done.code == 0, done.err


def folder_of(config: Path) -> Path:
    (found,) = (config.parent / "state").rglob("state.db")
    return found.parent


def records(config: Path) -> Records:
    with open_state(folder_of(config), read_only=True) as state:
        return read_records(state)


def rows(config: Path) -> list[object]:
    with closing(sqlite3.connect(folder_of(config) / "state.db")) as db:
        return [sorted(db.execute(f"SELECT * FROM {table}")) for table in TABLES]


def bridge_group(sandbox: Sandbox, name: str) -> dict[str, object]:
    return next(each for each in sandbox.bridge.groups() if each["displayName"] == name)


def put_in(sandbox: Sandbox, group_id: object, account_id: str) -> None:
    """An admin adds an account to a group directly in 1Password."""
    operation = {"op": "add", "path": "members", "value": [{"value": account_id}]}
    sandbox.bridge.handle("PATCH", f"/Groups/{group_id}", {"schemas": [PATCH], "Operations": [operation]})


def stays_in(found: Records, group_id: object) -> list[Stay]:
    return [stay for stay in found.stays if stay.group_id == group_id]


def day(number: int) -> datetime:
    return datetime(2026, 11, number, 8, tzinfo=UTC)


def test_record_says_what_jc1p_gave_and_what_was_there_before(sandbox: Sandbox, config: Path) -> None:
    sync(12, config)
    found = records(config)
    pushed = {str(each["id"]): set(each["members"]) for each in sandbox.bridge.groups()}
    assert found.groups
    for group_id in found.groups:
        there = {stay.account_id for stay in stays_in(found, group_id) if stay.until is None}
        assert there == pushed[group_id]
    assert {stay.since.hand for stay in found.stays} <= {Hand.JC1P, Hand.UNKNOWN}
    assert any(stay.since.hand is Hand.JC1P for stay in found.stays)
    assert found.begin == day(12)
    assert all(found.names[stay.account_id] for stay in found.stays)


def test_run_without_changes_writes_no_row(config: Path) -> None:
    sync(12, config)
    before = rows(config)
    sync(13, config)
    assert rows(config) == before


def test_members_of_another_hand_are_first_seen_and_last_seen_by_good_runs(sandbox: Sandbox, config: Path) -> None:
    sync(12, config)
    group = bridge_group(sandbox, "Engineering")
    members = group["members"]
    assert isinstance(members, list)
    owner = next(str(each["id"]) for each in sandbox.bridge.users() if each["id"] not in members)
    put_in(sandbox, group["id"], owner)
    sync(13, config, "--no-removals", "--only", "users")  # narrowed: reads, and records nothing
    assert owner not in {stay.account_id for stay in stays_in(records(config), group["id"])}
    sync(14, config)
    (stay,) = [each for each in stays_in(records(config), group["id"]) if each.account_id == owner]
    assert (stay.since.run.at, stay.since.hand) == (day(14), Hand.OUTSIDE)


def test_what_an_unrecorded_run_did_is_told_as_its_own(sandbox: Sandbox, config: Path) -> None:
    sync(12, config)
    world = sandbox.world
    kept = (folder_of(config) / "state.db").read_bytes()
    group = world.group_named("Engineering")
    person = next(id_ for id_ in world.effective() if id_ not in group.members and "activated" in world.users[id_])
    group.members.append(person)
    sync(13, config)
    given = {stay.account_id for stay in records(config).stays if stay.since.run.at == day(13)}
    assert given
    (folder_of(config) / "state.db").write_bytes(kept)  # as if the run had been killed before it was remembered
    sync(14, config)
    again = [stay for stay in records(config).stays if stay.account_id in given and stay.since.run.at == day(13)]
    assert {(stay.account_id, stay.since.hand) for stay in again} == {(id_, Hand.JC1P) for id_ in given}


def test_record_begins_with_the_upgrade(config: Path) -> None:
    sync(12, config)
    path = folder_of(config) / "state.db"
    with closing(sqlite3.connect(path)) as db:
        for table in (*TABLES, "reviews"):
            db.execute(f"DROP TABLE {table}")
        db.execute(f"PRAGMA user_version = {len(SCHEMAS) - 1}")
    sync(13, config)
    found = records(config)
    assert found.begin == day(13)
    assert {stay.since.hand for stay in found.stays} == {Hand.UNKNOWN}


def test_rows_that_make_no_sense_are_left_out(config: Path) -> None:
    sync(12, config)
    before = len(records(config).stays)
    with closing(sqlite3.connect(folder_of(config) / "state.db")) as db, db:
        db.execute("INSERT INTO stays VALUES (1, 2, 99999, 7, 'x', x'ff')")
        db.execute("INSERT INTO reviews VALUES ('yesterday', 'r', '', '')")
    found = records(config)
    assert (len(found.stays), found.reviews) == (before, ())
    sync(13, config)


@pytest.mark.parametrize("damage", [
    "UPDATE seen_runs SET run_id = x'ff' WHERE number = (SELECT max(number) FROM seen_runs)",
    "UPDATE seen_ids SET scim_id = x'ff' WHERE number = (SELECT max(number) FROM seen_ids)",
])  # fmt: skip
def test_number_of_a_damaged_row_is_not_given_to_another(sandbox: Sandbox, config: Path, damage: str) -> None:
    sync(12, config)
    before = {stay.account_id: stay.since.run.at for stay in records(config).stays}
    with closing(sqlite3.connect(folder_of(config) / "state.db")) as db, db:
        db.execute(damage)
    person = sandbox.world.add_user("Nina", "Newcomer", email="nina@example.com")
    sandbox.world.group_named("Engineering").members.append(person["id"])
    sync(13, config)
    found = {stay.account_id: stay.since.run.at for stay in records(config).stays}
    (nina,) = [str(each["id"]) for each in sandbox.bridge.users() if each["userName"] == "nina@example.com"]
    assert found[nina] == day(13)
    assert {id_: at for id_, at in found.items() if id_ in before} == {
        id_: at for id_, at in before.items() if id_ in found
    }


def test_digest_does_not_depend_on_the_order() -> None:
    assert digest_of(["b", "a"]) == digest_of(["a", "b"]) != digest_of(["ab"])
