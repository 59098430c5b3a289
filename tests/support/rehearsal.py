"""A small company whose single run makes every call of the clients: the basis for tests of faults and knobs.

The simulator shows the results of a run, never the clients.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import SecretStr

from jc1p.clients.http.exchange import RetryPolicy
from jc1p.clients.jumpcloud.connection import ApiKey
from jc1p.clients.jumpcloud.oauth import ServiceAccount
from jc1p.config import load_config
from jc1p.config.settings import settings_of
from jc1p.core.outcomes import Report
from jc1p.core.plan import Kind, Plan
from jc1p.core.policy import SuspendedBy
from jc1p.core.run_record import RunRecord
from jc1p.errors import Jc1pError, Unexpected
from jc1p.sandbox.knobs import BridgeKnobs, JumpCloudKnobs
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import UserGroup
from jc1p.state.past_journals import read_runs
from jc1p.state.recovery import read_past
from jc1p.state.store import State, open_state
from jc1p.sync.clients import Clients
from jc1p.sync.observer import Unobserved
from jc1p.sync.pipeline import prepare
from jc1p.sync.real_run import carry_out
from jc1p.sync.run_context import RunContext
from support.syncing import NOW
from support.wire import Clock, bridge, jumpcloud

OPEN = """
groups: {when_removed: delete}
guard: {suspensions: 999, member_removals: 999, group_member_removals: 999, group_deletions: 99, source_shrink: 999}
"""
SIDE = "  groups: [Side]\n"

AUDITOR = "auditor@partner.example"
KNOWN = ("amy", "bob", "ren", "gone", "una", "sus", "back")
"""The people with an account before the first run; joe and kim get one."""


@dataclass(frozen=True)
class Ran:
    """The result of a run."""

    plan: Plan | None
    report: Report | None
    error: Jc1pError | None
    exit_code: int


class Company:
    """Created anew in a running sandbox, with default knobs and no faults, and a folder for the state of its runs."""

    def __init__(self, sandbox: Sandbox, folder: Path, *, numeric_ids: bool = False) -> None:
        self.sandbox, self.folder = sandbox, folder
        self._clear()
        sandbox.turn({}, {"numeric_ids": numeric_ids})
        self.emails = {name: f"{name}@example.com" for name in (*KNOWN, "joe", "kim")}
        self.people = {name: self._hire(name) for name in self.emails}
        self.accounts = {name: self._provision(name) for name in KNOWN}
        self.accounts["auditor"] = sandbox.bridge.add_account(AUDITOR, "Aud Itor")
        self.groups = {name: self._group(name, *members) for name, members in {
            "Eng": ("amy", "auditor"), "Ops": ("amy", "bob"), "Side": ("ren",), "Old": ("amy",),
        }.items()}  # fmt: skip
        self._pass_a_day()
        path = folder / "jc1p.yaml"
        text = sandbox.config_text(folder / "state").replace("users:\n", SIDE + "users:\n")
        path.write_text(text + OPEN)
        self.config = load_config(path, {}).config
        with open_state(folder / "state") as state:
            # jc1p suspended back, who is active in JumpCloud again: the return is due.
            state.remember_suspensions({self.accounts["back"]: SuspendedBy.JC1P}, NOW)

    def _clear(self) -> None:
        sandbox, world, served = self.sandbox, self.sandbox.world, self.sandbox.bridge
        sandbox.faults.clear()
        sandbox.requests.clear()
        sandbox.turn(asdict(JumpCloudKnobs()), asdict(BridgeKnobs()))
        served.forget_everything()
        sandbox.jumpcloud.tokens.clear()
        sandbox.jumpcloud.served.clear()
        world.users.clear()
        world.groups.clear()
        world.assigned_users, world.assigned_groups, world.dangling_assignments = [], [], 0

    def _hire(self, name: str) -> str:
        return str(self.sandbox.world.add_user(name.capitalize(), "Example", email=self.emails[name])["id"])

    def _provision(self, name: str) -> str:
        return self.sandbox.bridge.add_account(
            self.emails[name], f"{name.capitalize()} Example", active=name != "back", external_id=self.people[name]
        )

    def _group(self, name: str, *members: str) -> str:
        """A group on both sides, linked; its 1Password id."""
        group = self.sandbox.world.add_group(name)
        group.members = [self.people[member] for member in members if member in self.people]
        return self.sandbox.bridge.add_group(name, [self.accounts[each] for each in members], external_id=group.id)

    def _pass_a_day(self) -> None:
        """Joiners, a leaver, a mover, a new and an abandoned group: everything that the next run has to do."""
        world, named = self.sandbox.world, {group.name: group for group in self.sandbox.world.groups.values()}
        world.delete_user(self.people["gone"])
        world.users[self.people["sus"]].update(state="SUSPENDED", suspended=True)
        world.users[self.people["ren"]].update(displayname="Ren Newname")
        named["New"] = world.add_group("New")
        wanted = {"Eng": ("amy", "ren", "back", "joe"), "Ops": ("amy",), "New": ("amy", "kim"), "Side": ("ren",)}
        for name, members in wanted.items():
            named[name].members[:] = [self.people[member] for member in members]
        world.assigned_groups = [named[name].id for name in ("Eng", "Ops", "New")]
        world.assigned_users = [self.people[name] for name in ("bob", "back", "sus")]

    def source_group(self, name: str) -> UserGroup:
        return self.sandbox.world.group_named(name)

    # --- the current state ------------------------------------------------------------------------------

    def names(self) -> dict[str, str]:
        """The name of each account here: by its id if it existed first, whatever its address is now."""
        first = {id_: name for name, id_ in self.accounts.items()}
        there = {each["id"]: each["userName"].partition("@")[0] for each in self.sandbox.bridge.users()}
        return {id_: first.get(id_, name) for id_, name in there.items()}

    def active(self) -> set[str]:
        names = self.names()
        return {names[each["id"]] for each in self.sandbox.bridge.users() if each["active"] in {True, "True"}}

    def members(self) -> dict[str, set[str]]:
        names = self.names()
        return {group["displayName"]: {names[id_] for id_ in group["members"]}
                for group in self.sandbox.bridge.groups()}  # fmt: skip

    def is_in_step(self) -> bool:
        """All users and groups are as JumpCloud asks."""
        shown = {each["displayName"] for each in self.sandbox.bridge.users()}
        return (
            self.active() - {"gus.guest"} == {"amy", "bob", "ren", "back", "joe", "kim", "auditor"}
            and "Ren Newname" in shown
            and self.members()
            == {
                "Eng": {"amy", "ren", "back", "joe", "auditor"},
                "Ops": {"amy"},
                "New": {"amy", "kim"},
                "Side": {"ren"},
            }
        )

    def is_unharmed(self) -> bool:
        """No user was invited twice, no account replaced, no group duplicated, and no member lost who should stay."""
        there, members = {each["id"] for each in self.sandbox.bridge.users()}, self.members()
        return (
            max(self.sandbox.bridge.invitations.values(), default=1) == 1
            and set(self.accounts.values()) <= there
            and len(members) == len(self.sandbox.bridge.groups())
            and {"amy", "auditor"} <= members["Eng"]
            and {"amy"} <= members["Ops"]
            and {"ren"} <= members["Side"]
        )

    # --- runs -------------------------------------------------------------------------------------------

    def sync(
        self, *, with_token: bool = False, timeout: float = 20.0, attempts: int = 2, is_dry: bool = False,
        max_elapsed: float = 300.0,
    ) -> Ran:  # fmt: skip
        """One whole run, or (`is_dry`) up to the plan."""
        retry = RetryPolicy(attempts, max_elapsed=max_elapsed, timeout=timeout)
        return asyncio.run(self._sync(with_token=with_token, retry=retry, is_dry=is_dry))

    def planned(self) -> tuple[str, ...]:
        """Read both sides again: kinds of the remaining changes."""
        return kinds_of(asyncio.run(self._plan()))

    def left_behind(self) -> tuple[object, ...]:
        """What runs have remembered or written into the journal."""
        with open_state(self.folder / "state", read_only=True) as state:
            links = state.links()
        return (*links.users, *links.groups, *read_runs(self.folder / "state"))

    @asynccontextmanager
    async def _clients(self, *, with_token: bool, retry: RetryPolicy) -> AsyncIterator[Clients]:
        """Opened like in the command, but with shorter waits and a clock that never waits."""
        served, root = self.sandbox.jumpcloud, self.sandbox.jumpcloud_url
        account = ServiceAccount(served.client_id, SecretStr(served.client_secret), f"{root}/oauth2/token")
        credential = account if with_token else ApiKey(SecretStr(served.key))
        async with (
            jumpcloud(Clock(), root, credential=credential, retry=retry) as source,
            bridge(Clock(), self.sandbox.bridge_url, self.sandbox.bridge.token, retry=retry) as target,
        ):
            yield Clients(source, target)

    async def _plan(self) -> Plan:
        with open_state(self.folder / "state") as state:
            async with self._clients(with_token=False, retry=RetryPolicy()) as clients:
                return (await prepare(clients, settings_of(self.config), self._context(state))).plan

    def prove_every_kind(self) -> None:
        """Make the state say that the bridge keeps changes of every kind."""
        with open_state(self.folder / "state") as state:
            state.remember_proven(self.sandbox.bridge.knobs.version, Kind)

    def _context(self, state: State) -> RunContext:
        run_id = f"20261124T000000Z-{time.time_ns()}"
        return RunContext(state, self.folder / "state", run_id, "sync", NOW)

    async def _sync(self, *, with_token: bool, retry: RetryPolicy, is_dry: bool) -> Ran:
        plan, report, error = None, None, None
        with open_state(self.folder / "state") as state:
            context = self._context(state)
            async with self._clients(with_token=with_token, retry=retry) as clients:
                past = read_past(context.folder, NOW)
                try:
                    made = await prepare(clients, settings_of(self.config), context, past=past)
                    plan = made.plan
                    if not is_dry:
                        report = await carry_out(made, clients, context, Unobserved())
                except (Jc1pError, BaseExceptionGroup) as raised:
                    error = first_of(raised)
        record = RunRecord("sync", context.run_id, NOW, dry_run=False, plan=plan, report=report, error=error)
        return Ran(plan, report, error, record.exit_code)


def kinds_of(plan: Plan | None) -> tuple[str, ...]:
    return tuple(change.kind.value for change in plan.changes) if plan else ()


def first_of(raised: BaseException) -> Jc1pError:
    """The error that users see, taken out of the exception groups of tasks."""
    while isinstance(raised, BaseExceptionGroup):
        raised = raised.exceptions[0]
    if isinstance(raised, Jc1pError):
        return raised
    raise Unexpected(raised) if isinstance(raised, Exception) else raised
