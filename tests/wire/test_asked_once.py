"""An email change is sent once: the journal knows it if state was lost, or was not committed before a kill."""

import asyncio
import multiprocessing
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.syncing import OPEN, sync_once

from jc1p.config import load_config
from jc1p.core.plan import Kind, Plan
from jc1p.sandbox.faults import Fault
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import AWKWARD, make_world, settle

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["support.syncing", "jc1p.clients.scim.client", "jc1p.config"])

NEW = "married@example.com"


class Company:
    """In sync, except for a user who has married."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.folder = sandbox, folder / "state"
        self.config = folder / "jc1p.yaml"
        self.config.write_text(sandbox.config_text(self.folder) + OPEN)
        ordinary = [id_ for id_ in list(sandbox.world.users)[AWKWARD:] if id_ in sandbox.world.effective()]
        self.bride, self.leaver = (sandbox.world.users[id_] for id_ in ordinary[:2])
        self.old = str(self.bride["email"])
        self.run()
        self.bride["email"] = NEW

    def run(self) -> Plan:
        plan, report = asyncio.run(sync_once(load_config(self.config, {}).config, self.folder))
        assert not report.has_failures, report
        return plan

    @property
    def asked(self) -> int:
        return self.sandbox.bridge.confirmations.get(NEW, 0)

    @property
    def database(self) -> Path:
        (found,) = self.folder.rglob("state.db")
        return found


def waits(plan: Plan) -> bool:
    held = [item.code.value for item in plan.held if item.user == NEW]
    return held == ["awaiting_confirmation"] and not plan.of_kind(Kind.RENAME_USER)


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Company]:
    world = make_world(users=30, groups=6)
    settle(world)
    with Sandbox(world) as sandbox:
        yield Company(sandbox, tmp_path)


def test_change_is_not_asked_for_again_although_state_is_lost(company: Company) -> None:
    company.run()
    assert company.asked == 1
    company.database.unlink()
    assert [waits(company.run()) for _ in range(2)] == [True, True]
    assert company.asked == 1
    company.sandbox.bridge.confirm_emails()
    assert company.run().is_empty


def test_change_that_jumpcloud_took_back_may_be_asked_for_anew_after_state_was_lost(company: Company) -> None:
    company.run()
    company.database.unlink()
    company.bride["email"] = company.old
    company.run()
    company.bride["email"] = NEW
    company.run()
    assert company.asked == 2


def test_another_change_is_asked_for_although_the_journal_knows_an_earlier_one(company: Company) -> None:
    company.run()
    company.database.unlink()
    company.bride["email"] = "divorced@example.com"
    company.run()
    assert company.sandbox.bridge.confirmations["divorced@example.com"] == 1


def test_without_state_and_journal_it_is_asked_for_once_more(company: Company) -> None:
    company.run()
    shutil.rmtree(company.folder)
    company.run()
    assert company.asked == 2


def kill(pid: int | None) -> None:
    if pid:
        os.kill(pid, signal.SIGKILL)


def sync_in_child(config: str, folder: str) -> None:
    """The killed process."""
    asyncio.run(sync_once(load_config(Path(config), {}).config, Path(folder)))


@pytest.mark.parametrize("is_committed", [True, False])
def test_change_of_a_run_that_was_killed_afterwards_is_not_asked_for_again(
    company: Company, is_committed: bool
) -> None:
    company.leaver.update(state="SUSPENDED", suspended=True)
    before = company.database.read_bytes()
    child = processes.Process(target=sync_in_child, args=(str(company.config), str(company.folder)))
    company.sandbox.faults[:] = [
        Fault("reset", service="onepassword", method="PATCH", skip=1, on_hit=lambda: kill(child.pid))
    ]  # fmt: skip
    child.start()
    child.join(60)
    company.sandbox.faults.clear()
    assert (child.exitcode, company.asked) == (-signal.SIGKILL, 1)
    if not is_committed:
        company.database.write_bytes(before)
    plans = [company.run() for _ in range(2)]
    assert [waits(plan) for plan in plans] == [True, True]
    assert [change.user for change in plans[0].of_kind(Kind.SUSPEND_USER)] == [company.leaver["email"]]
    assert company.asked == 1
