"""The pipeline: read both sides, match, plan, judge; then, for a real run, apply and remember.

A dry run is not calling carry_out. Prompts, progress and rendering belong to cli; decisions about people
and groups to the pure core.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from pydantic import SecretStr

from jc1p import __version__
from jc1p.clients.http.service import RetryPolicy
from jc1p.clients.jumpcloud.client import JumpCloudClient
from jc1p.clients.scim.client import ScimClient
from jc1p.config import Config
from jc1p.config.settings import Credentials, extra_fields_of, limits_of, policy_of, scope_of
from jc1p.core.guard import Verdict, check_plan
from jc1p.core.matching import Links
from jc1p.core.models import MembershipView, SourceDirectory, TargetDirectory
from jc1p.core.outcomes import Outcome, Report
from jc1p.core.past_runs import PastRun
from jc1p.core.plan import Kind, Plan, PlanWarning, fingerprint, most_urgent_first
from jc1p.core.planning import Situation, build_plan, situate
from jc1p.core.planning.filters import narrow
from jc1p.core.policy import Policy
from jc1p.core.rollback import invert
from jc1p.core.run_options import Wishes, check_permitted, with_known_names
from jc1p.core.run_record import Requests, SourceCounts, TargetCounts
from jc1p.core.scope import Scope, choose_groups
from jc1p.errors import IncompleteRead, Jc1pError, StateUnavailable, UnsafePlan
from jc1p.state.journal import Journal
from jc1p.state.recovery import Past, addresses_in_doubt, close_unsettled, ids_of, warn_of
from jc1p.state.store import State
from jc1p.sync.apply import apply
from jc1p.sync.confirm_removals import confirm_losses
from jc1p.sync.link_groups import link_groups
from jc1p.sync.lookup_unlisted import Also, look_up_unlisted
from jc1p.sync.member_check import Before
from jc1p.sync.recorder import Recorder
from jc1p.sync.remember import remember_outcome, remember_reading, remember_report

COMMIT_EVERY = 0.05
"""Seconds: so much of what was done a run that is killed has to find again by reading."""


@dataclass(frozen=True, slots=True)
class Clients:
    """Both services, opened for one run."""

    jumpcloud: JumpCloudClient
    bridge: ScimClient
    parallel_writes: int = 2

    @property
    def requests(self) -> Requests:
        """Requests sent so far."""
        source, target = self.jumpcloud, self.bridge
        return Requests(source.requests, target.requests, source.retries, target.retries)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything up to the decision to apply: what was read, the plan, the verdict."""

    situation: Situation
    plan: Plan
    verdict: Verdict
    scope: str
    fingerprint: str
    is_narrow: bool
    allow: Mapping[str, int] = field(default_factory=dict)
    past: Past = field(default_factory=Past)
    is_first: bool = False
    """No run has read everything and been allowed yet: what this one takes away had been left over from before."""
    is_undo: bool = False

    @property
    def source_counts(self) -> SourceCounts:
        """JumpCloud in figures."""
        have, desired = self.situation.source, self.situation.desired
        return SourceCounts(len(have.people), len(have.groups), len(desired.people), len(desired.groups))

    @property
    def target_counts(self) -> TargetCounts:
        """1Password in figures."""
        actual = self.situation.actual
        visible = actual.membership_view is not MembershipView.NONE
        return TargetCounts(len(actual.accounts), len(actual.groups), actual.complete, visible)

    @property
    def is_good(self) -> bool:
        """Complete, allowed and whole: what later runs may be measured against, whatever became of single changes."""
        is_whole = not self.is_narrow and not self.is_undo
        return self.situation.actual.complete and self.verdict.allowed and is_whole


@dataclass(frozen=True, slots=True)
class Place:
    """Where a real run stands: its state folder, its name, its time, and the command that it is."""

    folder: Path
    run_id: str
    command: str
    now: datetime

    def journal(self, plan: Plan, prepared: Prepared | None = None) -> Journal:
        """The journal of this run, to be begun."""
        head = {
            "run_id": self.run_id, "command": self.command, "created_at": self.now.isoformat(),
            "jc1p_version": __version__, "planned": len(plan.changes),
            "allowed": dict(prepared.allow) if prepared else {},
            "fingerprint": prepared.fingerprint if prepared else None,
            "is_first": prepared.is_first if prepared else False,
        }  # fmt: skip
        return Journal(self.folder, head)


@asynccontextmanager
async def open_clients(
    config: Config, credentials: Credentials, run_id: str, *, on_token: Callable[[SecretStr], None] = lambda _: None
) -> AsyncIterator[Clients]:
    """Both clients, with the configured limits; closed on leaving. `on_token` gets those issued later."""
    http = config.http
    retry = RetryPolicy(attempts=http.attempts, max_elapsed=http.max_elapsed, timeout=http.timeout)
    async with (
        JumpCloudClient(
            config.jumpcloud.api_root,
            credentials.jumpcloud,
            org_id=config.jumpcloud.org_id,
            retry=retry,
            concurrency=http.jumpcloud_concurrency,
            run_id=run_id,
            on_token=on_token,
        ) as jumpcloud,
        ScimClient(
            config.onepassword.scim_root,
            config.onepassword.scim_base_paths,
            credentials.bridge_token,
            retry=retry,
            concurrency=http.onepassword_concurrency,
            run_id=run_id,
        ) as bridge,
    ):
        yield Clients(jumpcloud, bridge, parallel_writes=http.onepassword_concurrency)


async def survey(
    clients: Clients, config: Config, state: State, now: datetime, *, also: Also | None = None
) -> Situation:
    """Read both sides and work out who is whom. Changes nothing. `also` are SCIM ids to look up if no list shows them.

    Raises:
        Jc1pError: something couldn't be read, or the configuration names what doesn't exist.
    """
    scope, policy, links = scope_of(config), policy_of(config), state.links()
    source, actual = await read_both(clients, scope, policy)
    refuse_sudden_emptiness(actual, links)
    found = await look_up_unlisted(clients.bridge, actual, source, links, also)
    memory = state.memory(with_added=found.actual.membership_view is MembershipView.NONE)
    situation = situate(source, found.actual, scope, policy, found.links, memory, now)
    return replace(situation, vanished_groups=found.vanished_groups)


async def prepare(
    clients: Clients,
    config: Config,
    state: State,
    wishes: Wishes,
    now: datetime,
    *,
    past: Past | None = None,
    undo: PastRun | None = None,
) -> Prepared:
    """Read both sides, plan, judge. Changes nothing.

    `past` is what the journal says of earlier runs; `undo` is a run whose inverse is planned instead.

    Raises:
        Jc1pError: something couldn't be read, or the configuration names what doesn't exist.
    """
    past, also = past or Past(), Also(*ids_of(undo)) if undo else None
    situation = await survey(clients, config, state, now, also=also)
    narrowing = with_known_names(situation, wishes.narrowing)
    whole = build_plan(situation)
    if wishes.permits:
        check_permitted(wishes, situation, whole)
        situation = replace(situation, invite=wishes.invite, recreate=wishes.recreate)
        whole = build_plan(situation)
    if undo:
        whole = taken_back(whole, undo, situation)
    plan = with_warnings(narrow(whole, narrowing), warn_of(past.unsettled))
    scope = scope_name(config)
    verdict = judge(plan, config, wishes, past, people_before=None if undo else state.people_before(scope), undo=undo)
    if verdict.allowed and not undo:
        await confirm_losses(situation, plan, clients.jumpcloud)
    return Prepared(
        situation=situation,
        plan=plan,
        verdict=verdict,
        scope=scope,
        fingerprint=fingerprint(plan, settings=digest(scope_of(config), situation.policy, accounts_of(config))),
        is_narrow=narrowing.is_narrow,
        allow=wishes.allow,
        past=past,
        is_first=not state.has_good_run(),
        is_undo=undo is not None,
    )


def judge(
    plan: Plan, config: Config, wishes: Wishes, past: Past, *, people_before: int | None, undo: PastRun | None
) -> Verdict:
    """The guard's verdict; what JumpCloud's figures say is no matter of a rollback."""
    limits = limits_of(config)
    if undo:
        limits = replace(limits, allow_empty_source=True)
    return check_plan(plan, limits, people_before=people_before, allow=wishes.allow, recent=past.recent)


def taken_back(whole: Plan, undo: PastRun, situation: Situation) -> Plan:
    """The inverse of a run, with all else that the plan of today knows."""
    inverse = invert(undo, situation, whole.bases)
    return replace(whole, changes=inverse.changes, held=inverse.held, warnings=inverse.warnings, ids=inverse.ids)


def scope_name(config: Config) -> str:
    """What good runs are compared under: whom the scope takes in, whoever may be excluded from it."""
    return digest(replace(scope_of(config), exclude_groups=(), exclude_users=()))


def accounts_of(config: Config) -> tuple[str, str, str]:
    """The pair of accounts that a plan is for."""
    return (config.jumpcloud.api_root, config.jumpcloud.org_id or "", config.onepassword.scim_root)


async def read_both(clients: Clients, scope: Scope, policy: Policy) -> tuple[SourceDirectory, TargetDirectory]:
    """Both directories at once; all reading ends before any deciding."""
    async with asyncio.TaskGroup() as tasks:
        source = tasks.create_task(
            clients.jumpcloud.read_directory(
                application=scope.application,
                choose_groups=partial(choose_groups, scope=scope),
                extra_fields=extra_fields_of(policy),
            )
        )
        actual = tasks.create_task(clients.bridge.read_directory())
    return source.result(), actual.result()


def refuse_sudden_emptiness(actual: TargetDirectory, links: Links) -> None:
    """An empty 200 where accounts were linked before is a short read, not an empty account."""
    if links.users and not actual.accounts:
        raise IncompleteRead(
            f"the bridge lists no account at all, and {len(links.users)} were linked before",
            hint="Is the bridge connected to the right 1Password account? Look at its status page, then run again.",
        )


def digest(*settings: Scope | Policy | tuple[str, ...]) -> str:
    """A short name of settings."""
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:16]


def with_warnings(plan: Plan, more: Sequence[PlanWarning]) -> Plan:
    return replace(plan, warnings=most_urgent_first([*more, *plan.warnings])) if more else plan


# --- the real run -------------------------------------------------------------------------------------------


async def carry_out(
    prepared: Prepared,
    clients: Clients,
    state: State,
    place: Place,
    *,
    on_outcome: Callable[[Outcome], None],
    stop: Callable[[], Jc1pError | None] = lambda: None,
    on_report: Callable[[Report], None] = lambda _: None,
) -> Report:
    """Apply an allowed plan, write it into the journal, and remember what came of it; an empty plan is remembered too.

    `on_report` gets the report before the last of it is remembered.

    Raises:
        UnsafePlan: the guard refused this plan; nothing was changed.
        StateUnavailable: nothing was changed if there was no report yet, else only the remembering failed.
    """
    if not prepared.verdict.allowed:
        raise UnsafePlan("the guard refused this plan; nothing was changed")
    situation, plan = prepared.situation, prepared.plan
    with state.in_batches():
        remember_reading(situation, plan, state, place.now)

    lost: list[StateUnavailable] = []

    def tell(outcome: Outcome) -> None:
        if not lost:
            lost.extend(remembered(outcome, state, place.now))
        on_outcome(outcome)

    clients.bridge.look_first(addresses_in_doubt(prepared.past.unsettled))
    async with committing(state, lost):
        report = await carry_out_plan(
            plan, situation, clients, place.journal(plan, prepared), tell, stop, on_report,
            refused=prepared.past.refused,
        )  # fmt: skip
    if lost:
        raise lost[0]
    if not prepared.is_undo and not prepared.is_narrow and report.stopped_by is None:
        await link_groups(plan.unlinked_groups, clients.bridge, state, place.now)
    if not prepared.is_undo:
        close_unsettled(place.folder, prepared.past.unsettled, place.run_id)
    with state.in_batches():
        remember_report(situation, plan, report, state, place.now)
        if prepared.is_good:
            state.remember_good_run(prepared.scope, plan.bases.people_in_scope, place.now)
    return report


@asynccontextmanager
async def committing(state: State, lost: list[StateUnavailable]) -> AsyncIterator[None]:
    """Twenty commits a second instead of one for each change; an error of the last one, too, goes into `lost`."""

    async def regularly() -> None:
        while not lost:
            await asyncio.sleep(COMMIT_EVERY)
            commit()

    def commit() -> None:
        try:
            state.commit()
        except StateUnavailable as error:
            lost.append(error)

    with state.in_batches():
        task = asyncio.create_task(regularly())
        try:
            yield
        finally:
            task.cancel()
            commit()


async def carry_out_plan(
    plan: Plan,
    situation: Situation,
    clients: Clients,
    journal: Journal,
    tell: Callable[[Outcome], None],
    stop: Callable[[], Jc1pError | None],
    on_report: Callable[[Report], None],
    *,
    refused: frozenset[tuple[Kind, str]] = frozenset(),
) -> Report:
    """Apply a plan with its journal; nothing is written for an empty one."""
    if plan.is_empty:
        on_report(Report())
        return Report()
    with journal:
        recorder = Recorder(journal, tell)
        report = await apply(
            plan,
            clients.bridge,
            before=shown_before(situation),
            on_intent=recorder.intend,
            on_outcome=recorder.settle,
            stop=stop,
            parallel=clients.parallel_writes,
            refused=refused,
        )
        on_report(report)
        recorder.finish(report)
    return report


def shown_before(situation: Situation) -> Before:
    """The groups as read, for the check afterwards; only people who are active count as lost."""
    accounts = situation.actual.accounts
    active = {id_ for id_, account in accounts.items() if account.active}
    return Before(
        members={id_: group.members & active for id_, group in situation.actual.groups.items()},
        emails={id_: situation.email_of(account) for id_, account in accounts.items()},
    )


def remembered(outcome: Outcome, state: State, now: datetime) -> list[StateUnavailable]:
    """Remember a change at once, so that a killed run leaves its links; why it failed, if it did."""
    try:
        remember_outcome(outcome, state, now)
    except StateUnavailable as error:
        return [error]
    return []


async def record_links(
    situation: Situation, links: Plan, clients: Clients, state: State, place: Place,
    *,
    on_report: Callable[[Report], None] = lambda _: None,
    stop: Callable[[], Jc1pError | None] = lambda: None,
) -> Report:  # fmt: skip
    """Carry out a plan that only links, and remember it. Raises as carry_out, and UnsafePlan for any other plan."""
    if any(change.kind is not Kind.LINK_USER for change in links.changes):
        raise UnsafePlan("only links are recorded without the guard")
    journal = place.journal(links)
    report = await carry_out_plan(links, situation, clients, journal, lambda _: None, stop, on_report)
    for outcome in report.outcomes:
        remember_outcome(outcome, state, place.now)
    remember_report(situation, links, report, state, place.now)
    return report
