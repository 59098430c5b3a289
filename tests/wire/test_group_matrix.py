"""Every way in which a bridge may handle members: the run does what JumpCloud asks, or says why not.

One small company, three runs, all combinations of the simulator's member knobs. The simulator shows the real members,
never the client.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass
from itertools import product
from pathlib import Path

import httpx
import pytest
from support.effort import pairs, product_of
from support.syncing import NOW, OPEN
from support.wire import bridge, jumpcloud

from jc1p.config import Config, load_config
from jc1p.config.settings import settings_of
from jc1p.core.outcomes import Failed, Report
from jc1p.core.plan import Plan
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world
from jc1p.state.store import open_state
from jc1p.sync.clients import Clients
from jc1p.sync.observer import Unobserved
from jc1p.sync.pipeline import prepare
from jc1p.sync.real_run import carry_out
from jc1p.sync.run_context import RunContext

STRANGER = "auditor@partner.example"


@dataclass(frozen=True)
class Knobs:
    """One combination; `limit` is the most members that the bridge accepts in a PATCH."""

    members: str
    user_groups: bool
    strict_remove: bool
    refuses_filter_path: bool
    limit: int
    post_group: str

    @property
    def is_visible(self) -> bool:
        return self.members != "never" or self.user_groups

    @property
    def cannot_remove(self) -> bool:
        """The only form that can't empty a group is refused, and the effect of another form couldn't be seen."""
        return self.refuses_filter_path and not self.is_visible

    def turn(self, sandbox: Sandbox) -> None:
        sandbox.turn({}, {
            "members": self.members, "user_groups": self.user_groups, "strict_remove": self.strict_remove,
            "refuses_filter_path": self.refuses_filter_path, "member_limit": self.limit,
            "post_group": self.post_group,
        })  # fmt: skip


EVERY = [
    Knobs(*values)
    for values in product(
        ("always", "nonempty", "detail-only", "never"), (True, False), (True, False), (True, False), (0, 2),
        ("existing", "second", "409"),
    )
]  # fmt: skip


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


class Company:
    """A sandbox with only a few people; `sync` is one whole run, whose result is checked."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.folder = sandbox, folder
        self.world, self.bridge = sandbox.world, sandbox.bridge
        self.world.users.clear()
        self.world.groups.clear()
        self.bridge.storage.resources = []
        sandbox.turn({}, {"keeps_new_members": True})
        self.world.assigned_users, self.world.assigned_groups = [], []
        self.world.dangling_assignments = 0
        self.accounts = {STRANGER: self.bridge.add_account(STRANGER, "Aud Itor")}
        path = folder / "jc1p.yaml"
        path.write_text(sandbox.config_text(folder / "state") + OPEN)
        self.config: Config = load_config(path, {}).config

    def hire(self, *names: str, provisioned: bool = True) -> None:
        for name in names:
            user = self.world.add_user(name.capitalize(), "Example", email=f"{name}@example.com")
            self.world.assigned_users.append(user["id"])
            if provisioned:
                display = f"{name.capitalize()} Example"
                self.accounts[name] = self.bridge.add_account(user["email"], display, external_id=user["id"])

    def ask_for(self, group: str, *names: str) -> None:
        """Make these people a JumpCloud group's members."""
        known = [each for each in self.world.groups.values() if each.name == group]
        found = known[0] if known else self.world.add_group(group)
        found.members[:] = [self.world.user_by_email(f"{name}@example.com")["id"] for name in names]
        if not known:
            self.world.assigned_groups.append(found.id)

    def make_by_hand(self, group: str, *names: str) -> None:
        """An admin creates a group in 1Password."""
        body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": group,
                "members": [{"value": self.accounts[name]} for name in names]}  # fmt: skip
        headers = {"Authorization": f"Bearer {self.bridge.token}"}
        assert httpx.post(f"{self.sandbox.bridge_url}/scim/Groups", json=body, headers=headers).is_success

    def really_in(self, group: str) -> list[set[str]]:
        """Local parts of the members of each 1Password group with a name."""
        name_of = {each["id"]: each["userName"].partition("@")[0] for each in self.bridge.users()}
        return [{name_of[id_] for id_ in each["members"]} for each in self.bridge.groups()
                if each["displayName"] == group]  # fmt: skip

    def wanted_in(self, group: str) -> set[str]:
        (found,) = (each for each in self.world.groups.values() if each.name == group)
        return {self.world.users[id_]["email"].partition("@")[0] for id_ in found.members}

    def sync(self, *, meanwhile: str = "") -> tuple[Plan, Report]:
        """One run; `meanwhile` is a group that an admin creates between reading and applying."""
        return asyncio.run(self._sync(meanwhile))

    @asynccontextmanager
    async def _clients(self) -> AsyncIterator[Clients]:
        """Opened like in the command, but with shorter waits."""
        sandbox = self.sandbox
        async with (
            jumpcloud(root=sandbox.jumpcloud_url, key=sandbox.jumpcloud.key) as source,
            bridge(root=sandbox.bridge_url, token=sandbox.bridge.token) as target,
        ):
            yield Clients(source, target)

    async def _sync(self, meanwhile: str) -> tuple[Plan, Report]:
        with open_state(self.folder / "state") as state:
            async with self._clients() as clients:
                context = RunContext(state, self.folder / "state", f"run-{time.time_ns()}", "sync", NOW)
                prepared = await prepare(clients, settings_of(self.config), context)
                if meanwhile:
                    await asyncio.to_thread(self.make_by_hand, meanwhile, STRANGER)
                return prepared.plan, await carry_out(prepared, clients, context, Unobserved())


def unfinished(plan: Plan, report: Report) -> set[str]:
    """Groups for which a run reports unfinished changes."""
    failed = {outcome.change.group or "" for outcome in report.outcomes if isinstance(outcome, Failed)}
    return failed | {held.group or "" for held in plan.held}


@pytest.mark.parametrize(
    "knobs",
    product_of(EVERY, lambda knobs: pairs(astuple(knobs))),
    ids=lambda knobs: "-".join(str(value) for value in astuple(knobs)),
)
def test_members_are_as_asked_for_or_a_run_says_why_not(sandbox: Sandbox, tmp_path: Path, knobs: Knobs) -> None:
    company = Company(sandbox, tmp_path)
    company.hire("ann", "bob", "cy", "dan", "eve")
    company.hire("new", provisioned=False)
    company.make_by_hand("Eng", "ann", "bob", "cy", STRANGER)
    knobs.turn(sandbox)
    company.ask_for("Eng", "bob", "cy", "dan", "eve", "new")
    company.ask_for("Ops", "ann", "bob", "cy", "new")
    judge(company, knobs, *company.sync(meanwhile="Ops"), staying={"bob", "cy", "auditor"})
    company.ask_for("Eng", "cy", "eve")
    company.ask_for("Ops", "bob", "cy", "dan")
    judge(company, knobs, *company.sync(), staying={"cy", "eve", "auditor"})
    plan, report = company.sync()
    judge(company, knobs, plan, report, staying={"cy", "eve", "auditor"})
    assert plan.changes == () or report.has_failures


def judge(company: Company, knobs: Knobs, plan: Plan, report: Report, *, staying: set[str]) -> None:
    """All wanted members are there, none is missing who should stay, and others are removed or reported."""
    (eng,) = company.really_in("Eng")
    assert staying <= eng
    said = unfinished(plan, report)
    assert not said or knobs.cannot_remove, said
    for group in ("Eng", "Ops"):
        wanted, real = company.wanted_in(group), max(company.really_in(group), key=len)
        assert wanted <= real
        unseen = {"ann"} if group == "Eng" and not knobs.is_visible else set()
        assert real <= wanted | {"auditor"} | unseen or group in said


def test_members_that_are_never_kept_are_sent_in_two_runs_and_then_held(sandbox: Sandbox, tmp_path: Path) -> None:
    company = Company(sandbox, tmp_path)
    company.hire("ann", "bob")
    company.make_by_hand("Eng", "ann")
    company.ask_for("Eng", "ann", "bob")
    sandbox.turn({}, {"keeps_new_members": False, "members": "nonempty", "member_limit": 0})
    for _ in range(2):
        _, report = company.sync()
        (failure,) = (outcome for outcome in report.outcomes if isinstance(outcome, Failed))
        assert failure.error.message == "1 of 1 members were not saved: bob@example.com; the next run adds them again"
    plan, report = company.sync()
    assert [(held.code.value, held.user, held.group) for held in plan.held] == [
        ("not_kept_by_target", "bob@example.com", "Eng")
    ]
    assert plan.changes == ()
    company.ask_for("Eng", "ann")
    company.sync()
    sandbox.turn({}, {"keeps_new_members": True})
    company.ask_for("Eng", "ann", "bob")
    company.sync()
    assert company.really_in("Eng") == [{"ann", "bob"}]
