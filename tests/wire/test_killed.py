"""kill -9 at every write of a run, before and after the bridge gets it: the next run completes the work."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.effort import product_of
from support.syncing import NOW, OPEN, sync_once

from jc1p.config import load_config
from jc1p.sandbox.days import advance_day
from jc1p.sandbox.faults import Fault
from jc1p.sandbox.knobs import BridgeKnobs
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import World, make_world, settle
from jc1p.state.past_journals import read_runs
from jc1p.state.recovery import read_past
from jc1p.sync.apply import AHEAD

WRITES = 29
"""Writes of the run below; a test counts them."""

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["support.syncing", "jc1p.clients.scim.client", "jc1p.config"])


def company() -> World:
    """In sync yesterday; since then joiners, movers, leavers, renames, a new and a renamed group."""
    world = make_world(users=40, groups=6, assigned_users=30)
    settle(world)
    for _ in range(3):
        advance_day(world)
    return world


def sync_in_child(config: str, folder: str) -> None:
    """The killed process."""
    asyncio.run(sync_once(load_config(Path(config), {}).config, Path(folder)))


@dataclass
class Scene:
    """A sandbox, a configuration for it, and a state folder."""

    sandbox: Sandbox
    config: Path
    folder: Path

    def run(self) -> list[str]:
        plan, report = asyncio.run(sync_once(load_config(self.config, {}).config, self.folder))
        assert not report.has_failures, report
        return [change.kind.value for change in plan.changes]

    def run_killed_at(self, write: int, *, after: bool) -> int | None:
        """The exit code of a run that is killed at its nth write, before or after the bridge gets it."""
        child = processes.Process(target=sync_in_child, args=(str(self.config), str(self.folder)))
        self.sandbox.faults[:] = [
            Fault("reset", service="onepassword", method="POST|PATCH|DELETE", skip=write - 1, after=after,
                  on_hit=lambda: kill(child.pid))
        ]  # fmt: skip
        child.start()
        child.join(60)
        self.sandbox.faults.clear()
        return child.exitcode

    def wanted_members(self) -> dict[str, set[str]]:
        """The wanted members of each 1Password group, by email."""
        world = self.sandbox.world
        return {
            world.groups[id_].name.strip(): {
                world.users[member]["email"] for member in world.groups[id_].members
                if world.users[member]["state"] == "ACTIVATED" and not world.users[member]["suspended"]
            }
            for id_ in world.assigned_groups
        }  # fmt: skip

    def present_members(self) -> dict[str, set[str]]:
        """The active members of each 1Password group."""
        active = {each["id"]: each["userName"] for each in self.sandbox.bridge.users() if each["active"]}
        return {
            group["displayName"]: {active[id_] for id_ in group["members"] if id_ in active}
            for group in self.sandbox.bridge.groups()
        }


def kill(pid: int | None) -> None:
    if pid:
        os.kill(pid, signal.SIGKILL)


@contextmanager
def scene(folder: Path, *, keeps_external_id: bool = True) -> Iterator[Scene]:
    knobs = BridgeKnobs(email_change="immediate", keeps_external_id=keeps_external_id)
    with Sandbox(company(), bridge_knobs=knobs) as sandbox:
        config = folder / "jc1p.yaml"
        config.write_text(sandbox.config_text(folder / "state") + OPEN)
        yield Scene(sandbox, config, folder / "state")


def test_the_run_has_as_many_writes_as_are_tried(tmp_path: Path) -> None:
    with scene(tmp_path) as here:
        here.run()
        assert len([request for request in here.sandbox.requests if request.method != "GET"]) == WRITES


@dataclass(frozen=True)
class Death:
    """Before or after which write the run is killed."""

    write: int
    after: bool

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} {self.write}"


DEATHS = [Death(write, after) for write in range(1, WRITES + 1) for after in (False, True)]
MIDDLE = len(DEATHS) // 2


@pytest.mark.parametrize("death", product_of(DEATHS[MIDDLE:] + DEATHS[:MIDDLE], lambda death: {death.after}), ids=str)
def test_killed_at_any_write_the_next_run_goes_on_from_there(tmp_path: Path, death: Death) -> None:
    with scene(tmp_path) as here:
        before = {each["id"] for each in here.sandbox.bridge.users()}
        assert here.run_killed_at(death.write, after=death.after) == -signal.SIGKILL
        (cut,) = read_past(here.folder, NOW).unsettled
        assert not cut.ended
        assert 1 <= len(cut.open_entries) <= AHEAD
        here.run()
        assert here.run() == []
        assert read_past(here.folder, NOW).unsettled == ()
        assert max(here.sandbox.bridge.invitations.values()) == 1
        assert max(here.sandbox.bridge.confirmations.values()) <= 2
        assert before <= {each["id"] for each in here.sandbox.bridge.users()}
        present = here.present_members()
        assert {name: present.get(name, set()) for name in here.wanted_members()} == here.wanted_members()
        assert read_runs(here.folder)[0].followed_by


@pytest.mark.parametrize("death", [Death(1, after=True), Death(3, after=True)], ids=str)
def test_invitation_of_a_killed_run_is_not_sent_again_to_a_new_email(tmp_path: Path, death: Death) -> None:
    """The bridge drops externalId, and the email and the name of the user change before the next run."""
    with scene(tmp_path, keeps_external_id=False) as here:
        here.run()
        world = here.sandbox.world
        new = [world.add_user(f"New{number}", "Comer", email=f"new{number}@example.com") for number in range(3)]
        world.assigned_users += [str(each["id"]) for each in new]
        assert here.run_killed_at(death.write, after=death.after) == -signal.SIGKILL
        for number, each in enumerate(new):
            each.update(email=f"other{number}@example.com", displayname=f"An{number} Other{number}")
        here.run()
        assert sum(address.startswith(("new", "other")) for address in here.sandbox.bridge.invitations) == 3
        assert here.run() == []


def test_account_that_an_admin_suspends_after_a_killed_run_reactivated_it_stays_suspended(tmp_path: Path) -> None:
    """The journal has the answer, and state, which is written a few times a second, perhaps not."""
    with scene(tmp_path) as here:
        here.run()
        assert here.run() == []
        world, bridge = here.sandbox.world, here.sandbox.bridge
        active = {each["userName"].lower(): each["id"] for each in bridge.users() if each["active"]}
        people = [
            each for each in world.users.values() if each["state"] == "ACTIVATED" and each["email"].lower() in active
        ]
        back, leaver = people[0], people[1]
        back.update(state="SUSPENDED", suspended=True)
        assert here.run() == ["suspend_user"]
        back.update(state="ACTIVATED", suspended=False)
        leaver.update(state="SUSPENDED", suspended=True)
        assert here.run_killed_at(2, after=False) == -signal.SIGKILL
        account = bridge.stored("User")[active[back["email"].lower()]]
        assert account.active
        account.active = False
        assert here.run() == ["suspend_user"]
        assert here.run() == []
        assert not bridge.stored("User")[account.id].active
