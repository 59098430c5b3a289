"""Upgrades: this version reads the state folder, the journal and the saved plan of every earlier version."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.builders import situation, source, story, target
from support.inprocess import jc1p
from support.installed import config_for

from jc1p.config import load_config
from jc1p.config.settings import state_folder_of
from jc1p.core.events import Event
from jc1p.core.models import Account, Group, TargetDirectory
from jc1p.core.past_runs import PastRun, Status
from jc1p.core.plan import Bases, Kind
from jc1p.core.rollback import invert
from jc1p.notify.incident_file import read_told
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world
from jc1p.state.database import SCHEMA_VERSION, upgrade
from jc1p.state.lock import run_under_way
from jc1p.state.past_journals import find_run, read_runs
from jc1p.state.pause import read_pause
from jc1p.state.recovery import addresses_in_doubt, read_past
from jc1p.state.saved_plan import read_plan
from jc1p.state.store import open_state

FIXTURE = Path(__file__).parents[1] / "fixtures" / "state-0.1"
FIRST, SECOND, INTERRUPTED = "20261124T060000Z-539b", "20261125T060000Z-86a4", "20261126T070000Z-d9a6"
AWAITED, LEAVER = "7TDMAJQK3NITABYNIPLFJCNFCD", "F3JGKZPQ5B45CG5D36GCDF2MD6"
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def bring_back(folder: Path) -> Path:
    """A copy of the state folder as the earlier version left it."""
    shutil.copytree(FIXTURE / "folder", folder)
    db = sqlite3.connect(folder / "state.db")
    db.executescript((FIXTURE / "state.sql").read_text(encoding="utf-8"))
    db.close()
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return bring_back(tmp_path / "state" / "old")


@pytest.mark.parametrize("read_only", [True, False])
def test_state_is_read_in_full(folder: Path, *, read_only: bool) -> None:
    with open_state(folder, read_only=read_only) as state:
        links, memory = state.links(), state.memory()
        assert (len(links.users), len(links.groups)) == (26, 4)
        assert links.users["64b000000000000000000013"] == AWAITED
        assert links.groups["65c00000000000000000001f"] == "opymprdkfcz4yc3zppghpbuhtg"
        ((key, request),) = memory.requests.items()
        assert (key, request.value, request.runs) == ((AWAITED, "userName"), "mads.married1@example.com", 1)
        assert request.first_sent == datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
        assert len(memory.absent_since) == 3
        assert memory.absent_since[LEAVER] == datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
        assert sorted(map(len, memory.added.values())) == [3, 9, 9, 10]
        assert state.people_before("9e2434448ca85401") == 24
        assert state.has_good_run()
    assert not (folder / "state.db.damaged").exists()


def version_of(folder: Path) -> int:
    db = sqlite3.connect(folder / "state.db")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    db.close()
    return int(version)


def test_state_is_upgraded_in_place_by_a_run_and_left_as_it_is_by_reading(folder: Path) -> None:
    before = (folder / "state.db").read_bytes()
    with open_state(folder, read_only=True):
        pass
    assert (folder / "state.db").read_bytes() == before
    with open_state(folder):
        pass
    assert (version_of(folder), SCHEMA_VERSION) == (SCHEMA_VERSION, 6)


def test_upgrade_that_breaks_off_is_done_by_the_next_run(folder: Path) -> None:
    db = sqlite3.connect(folder / "state.db")
    db.execute("CREATE TABLE done_once (other TEXT)")  # the last step will fail
    db.commit()
    with pytest.raises(sqlite3.OperationalError):
        upgrade(db, 1)
    db.close()
    db = sqlite3.connect(folder / "state.db")
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    db.execute("DROP TABLE done_once")
    db.commit()
    db.close()
    assert (version_of(folder), "suspensions" in tables) == (1, False)
    with open_state(folder) as state:
        assert len(state.links().users) == 26
    assert version_of(folder) == SCHEMA_VERSION


def test_state_takes_what_this_version_remembers(folder: Path) -> None:
    with open_state(folder) as state:
        state.remember_links("user", {"64b000000000000000000099": "new"})
        state.remember_request(AWAITED, "userName", "mads.married1@example.com", NOW)
        state.remember_good_run("9e2434448ca85401", 25, NOW)
    with open_state(folder) as state:
        assert len(state.links().users) == 27
        assert state.memory().requests[AWAITED, "userName"].runs == 2
        assert state.people_before("9e2434448ca85401") == 25


def test_journal_is_read_in_full(folder: Path) -> None:
    first, second, interrupted = read_runs(folder)
    assert [run.run_id for run in (first, second, interrupted)] == [FIRST, SECOND, INTERRUPTED]
    assert [run.count(Status.APPLIED) for run in (first, second, interrupted)] == [28, 12, 1]
    assert [(run.ended, run.is_first) for run in (first, second, interrupted)] == [
        (True, True), (True, False), (False, False),
    ]  # fmt: skip
    assert (first.command, first.allowed) == ("sync", {"suspensions": 9})
    assert [entry.user for entry in second.entries if entry.awaits] == ["mads.married1@example.com"]


def test_interrupted_run_is_known_and_no_longer_in_progress(folder: Path) -> None:
    past = read_past(folder, NOW)
    assert [run.run_id for run in past.unsettled] == [INTERRUPTED]
    assert [entry.user for entry in past.unsettled[0].open_entries] == ["juno.married2@example.com"]
    assert addresses_in_doubt(past.unsettled) == frozenset()
    assert run_under_way(folder) is None


def test_pause_and_notifications_are_known(folder: Path) -> None:
    assert str(read_pause(folder, NOW)) == "paused since 2026-11-26 08:00 UTC: audit until Friday"
    (commands,) = read_told(folder, warn=pytest.fail).values()
    (episode,) = commands["sync"].values()
    assert list(commands["sync"]) == [Event.REFUSED.value]
    assert (dict(episode.content), episode.told_at) == (
        {"suspensions": 1}, datetime(2026, 11, 26, 6, 0, tzinfo=UTC),
    )  # fmt: skip


def as_left_by(run: PastRun) -> TargetDirectory:
    """1Password as that run left it: the users it changed, and the groups it added members to."""
    accounts = {
        member.scim_id: Account(member.scim_id, member.email)
        for entry in run.entries for member in entry.members if member.scim_id
    }  # fmt: skip
    for entry in run.entries:
        if entry.user and entry.scim_id:
            name = entry.attributes.get("displayName")
            accounts[entry.scim_id] = Account(
                entry.scim_id, entry.user, str(name.after) if name else "", active=entry.kind is not Kind.SUSPEND_USER
            )
    groups = [
        Group(entry.scim_id, entry.group, frozenset(member.scim_id for member in entry.members if member.scim_id))
        for entry in run.entries if entry.kind is Kind.ADD_MEMBERS and entry.scim_id and entry.group
    ]  # fmt: skip
    return target(accounts.values(), groups)


def test_rollback_is_planned_from_the_journal(folder: Path) -> None:
    run = find_run(folder, SECOND[:8])
    plan = invert(run, situation(source([]), as_left_by(run)), Bases())
    assert story(plan) == [
        "reactivate_user linus.bianchi",
        "update_user mads.married1 displayName=Mads Costa",
        "update_user tove.hopper displayName=Tove Hopper",
        "rename_user mads.married1 userName=mads.costa@example.com",
        "rename_group Finance displayName=Finance",
        "remove_members Project 1 juno.joiner1,nova.newcomer1,rosa.petrov",
        "remove_members Operations nova.newcomer1,stan.staged",
        "remove_members Finance+ juno.joiner1",
        "remove_members Engineering ines.ueda,stan.staged",
        "suspend_user stan.staged",
        "suspend_user nova.newcomer1",
        "suspend_user juno.joiner1",
    ]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


@pytest.fixture
def config(sandbox: Sandbox, tmp_path: Path) -> Path:
    """The configuration of another company."""
    return config_for(sandbox, tmp_path)


def folder_of(config: Path) -> Path:
    return state_folder_of(load_config(config, os.environ, needs_secrets=False).config)


def test_history_lists_the_old_runs(config: Path) -> None:
    bring_back(folder_of(config))
    listed = jc1p("-c", config, "history", "-o", "json").document["runs"]
    assert [(run["run_id"], run["applied"], run["interrupted"]) for run in listed] == [
        (INTERRUPTED, 1, True), (SECOND, 12, False), (FIRST, 28, False),
    ]  # fmt: skip
    shown = jc1p("-c", config, "history", "show", FIRST, "-o", "json").document
    assert [change["status"] for change in shown["changes"]] == ["applied"] * 28
    text = jc1p("-c", config, "history", "show", INTERRUPTED)
    assert (text.code, "change the email of juno.married2@example.com" in text.out) == (0, True)


def test_old_pause_holds_until_it_is_ended(config: Path, sandbox: Sandbox) -> None:
    bring_back(folder_of(config))
    done = jc1p("-c", config, "sync", "--yes")
    assert (done.code, "audit until Friday" in done.out) == (0, True)
    assert not sandbox.requests
    assert jc1p("-c", config, "resume", "-o", "json").document["paused"] is False


def test_saved_plan_is_read_and_compared_with_the_plan_of_today(config: Path, sandbox: Sandbox) -> None:
    saved = read_plan(FIXTURE / "plan.json")
    assert (saved.run_id, len(saved.changes)) == ("20261126T083000Z-a79b", 8)
    done = jc1p("-c", config, "apply", FIXTURE / "plan.json", "--yes", "-o", "json")
    assert (done.code, done.document["error"]["code"]) == (4, "plan_moved")
    assert "juno.married2@example.com" in done.document["error"]["message"]
    assert not sandbox.bridge.invitations


def test_rollback_of_an_old_run_is_compared_with_today(config: Path) -> None:
    shutil.copytree(FIXTURE / "folder" / "journal", folder_of(config) / "journal")
    done = jc1p("-c", config, "rollback", SECOND, "--dry-run", "-o", "json")
    assert (done.code, done.document["error"], done.document["changes"]) == (0, None, [])
    codes = {warning["code"] for warning in done.document["warnings"]}
    assert codes >= {"interrupted_run", "cannot_undo"}
