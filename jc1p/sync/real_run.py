"""The real run: applies an allowed plan, writes it into the journal, and remembers the results.

There is no other way to apply. The pipeline reads, plans and judges.
"""

import asyncio
from collections.abc import Callable, Sequence

from jc1p import __version__
from jc1p.core.derived import Derived
from jc1p.core.models import Group
from jc1p.core.outcomes import Applied, Failed, Report
from jc1p.core.plan import Change, Difference, Kind, Plan, group_key
from jc1p.core.planning import Situation
from jc1p.core.planning.emptied_fields import filled_fields
from jc1p.core.planning.returns import DUE, returned
from jc1p.errors import Jc1pError, UnsafePlan
from jc1p.queries.group_moves import GroupMove
from jc1p.state.journal import Journal, note_seen_active
from jc1p.state.pause import extend_pause
from jc1p.state.recovery import addresses_in_doubt, close_unsettled
from jc1p.sync.apply import apply
from jc1p.sync.clients import Clients
from jc1p.sync.confirm_removals import confirm_gone_users
from jc1p.sync.link_groups import link_groups, move_group_link
from jc1p.sync.member_check import Before
from jc1p.sync.member_lists import LISTS_ARE_CUT
from jc1p.sync.observer import Observer, Observers
from jc1p.sync.pipeline import Prepared
from jc1p.sync.progress import ApplyOptions
from jc1p.sync.proof import TO_BE_PROVEN
from jc1p.sync.recorder import Recorder
from jc1p.sync.remember import (
    remember_outcome,
    remember_reading,
    remember_recalled,
    remember_report,
    remember_suspensions,
)  # fmt: skip
from jc1p.sync.remember_memberships import remember_memberships
from jc1p.sync.run_context import RunContext
from jc1p.sync.state_writer import StateWriter


async def carry_out(prepared: Prepared, clients: Clients, context: RunContext, observer: Observer) -> Report:
    """Apply an allowed plan, write it into the journal, and remember the results; an empty plan is remembered too.

    The observer gets the report before the last of it is remembered.

    Raises:
        UnsafePlan: a safety limit blocked this plan; nothing was changed.
        StateUnavailable: without a report, nothing was changed; after it, only remembering failed.
    """
    if not prepared.verdict.allowed:
        raise UnsafePlan("a safety limit blocked this plan; nothing was changed")
    situation, plan, state = prepared.situation, prepared.plan, context.state
    if context.pause and not plan.is_empty:
        extend_pause(context.folder, context.pause)
    note_seen_active(context.folder, returned(situation))
    with state.in_batches():
        remember_reading(situation, plan, state, context.now)
        remember_suspensions(situation, state, context.now, is_whole=not (prepared.is_narrow or prepared.is_undo))
        state.remember_organization(clients.jumpcloud.organization, context.now)
        state.remember_group_names(names_of_groups(situation), context.now)
        if situation.lists_are_cut:
            state.note_done(LISTS_ARE_CUT)
    writer = StateWriter(state, context.now)
    clients.bridge.look_first(addresses_in_doubt(prepared.past.unsettled))
    version = await version_of_bridge(plan, clients)
    before = Before() if plan.is_empty else shown_before(situation)
    options = ApplyOptions(
        before, clients.parallel_writes, prepared.past.refused, state.proven(version),
        frozenset(id_ for id_, each in situation.memory.suspensions.items() if each.by in DUE),
        frozenset(id_ for id_, attribute in situation.memory.requests if attribute == "active"),
        context.deadline.why_late,
    )  # fmt: skip
    async with writer.committing():
        report = await apply_journalled(
            plan, clients, begin_journal(context, plan, prepared), Observers((writer, observer)), options
        )
    writer.check()
    if not prepared.is_undo and not prepared.is_narrow and report.stopped_by is None:
        await link_groups(plan.unlinked_groups, clients.bridge, state, context.now)
    if not prepared.is_undo:
        close_unsettled(context.folder, prepared.past.unsettled, context.run_id)
    with state.in_batches():
        remember_report(situation, plan, report, state, context.now)
        state.remember_proven(version, report.proven)
        remember_memberships(situation, plan, report, context, is_good=prepared.is_good)
        if prepared.is_good:
            state.remember_good_run(prepared.scope, plan.bases.people_in_scope, context.now)
            state.remember_filled(prepared.scope, filled_fields(situation))
    return report


def names_of_groups(situation: Situation) -> dict[str, str]:
    """Names of the groups of both sides, by id."""
    return {group.id: group.name for side in (situation.source, situation.actual) for group in side.groups.values()}


async def version_of_bridge(plan: Plan, clients: Clients) -> str:
    """The version that proofs are stored under; "" if unknown, or if nothing has to be proven."""
    is_asked = any(change.kind in TO_BE_PROVEN for change in plan.changes)
    return await clients.bridge.read_version() if is_asked else ""


def remember_refused(prepared: Prepared, context: RunContext) -> None:
    """Remember accounts that jc1p didn't suspend: a blocked plan is based on a valid reading, too.

    Also remembers what was taken from the journal, so that it isn't read again. Raises StateUnavailable.
    """
    note_seen_active(context.folder, returned(prepared.situation))
    remember_recalled(prepared.situation, context.state)
    remember_suspensions(prepared.situation, context.state, context.now, is_whole=False)


async def record_links(
    situation: Situation, links: Plan, clients: Clients, context: RunContext, observer: Observer
) -> Report:  # fmt: skip
    """Apply a plan that only links, and remember it.

    Raises as carry_out; UnsafePlan for any other plan; IncompleteRead if JumpCloud still has the former user of an
    account.
    """
    if any(change.kind is not Kind.LINK_USER for change in links.changes):
        raise UnsafePlan("only links are recorded without the guard")
    await confirm_gone_users(links, clients.jumpcloud)
    options = ApplyOptions(shown_before(situation), clients.parallel_writes)
    report = await apply_journalled(links, clients, begin_journal(context, links), observer, options)
    for outcome in report.outcomes:
        remember_outcome(outcome, context.state, context.now)
    remember_report(situation, links, report, context.state, context.now)
    return report


async def move_group_links(
    moves: Sequence[GroupMove], clients: Clients, context: RunContext, tell: Callable[[GroupMove, bool | None], None],
    why_stop: Callable[[], Jc1pError | None],
) -> Jc1pError | None:  # fmt: skip
    """Move the links of groups, one after the other, each with its lines in the journal.

    `tell` gets each move and whether 1Password shows the link; None if that failed or is unknown. Returns why the rest
    was not tried. Raises Jc1pError.
    """
    plan = Plan(tuple(link_change(move, number) for number, move in enumerate(moves, 1)))
    with begin_journal(context, plan) as journal:
        recorder = Recorder(journal)
        try:
            for move, change in zip(moves, plan.changes, strict=True):
                if why := why_stop():
                    return why
                recorder.intend([change], {})
                try:
                    kept = await move_group_link(move.pushed, move.wanted, clients.bridge, context.state, context.now)
                except Jc1pError as error:
                    recorder.settle(Failed(change, error))
                    tell(move, None)
                    raise
                except asyncio.CancelledError:
                    tell(move, None)
                    raise
                recorder.settle(Applied(change, scim_id=move.pushed.id))
                tell(move, kept)
            return why_stop()
        finally:
            recorder.report(Report())


def link_change(move: GroupMove, number: int) -> Change:
    """A move for the journal, as a change of the group's externalId alone."""
    former = f"from JumpCloud group {move.former_id} " if move.former_id else ""
    return Change(
        Kind.RENAME_GROUP, group_key(move.wanted.id), f"moves the link {former}to {move.wanted.id}", id=number,
        group=move.pushed.name, jumpcloud_id=move.wanted.id, scim_id=move.pushed.id,
        attributes={"externalId": Difference(move.former_id or None, move.wanted.id)},
    )  # fmt: skip


async def apply_journalled(
    plan: Plan, clients: Clients, journal: Journal, observer: Observer, options: ApplyOptions
) -> Report:  # fmt: skip
    """Apply a plan with its journal; an empty plan writes none."""
    if plan.is_empty:
        observer.report(Report())
        return Report()
    with journal:
        recorder = Recorder(journal)
        report = await apply(plan, clients.bridge, Observers((recorder, observer)), options)
        # The report is known before its last lines are written, so that an error there doesn't lose it.
        observer.report(report)
        recorder.report(report)
        return report


def shown_before(situation: Situation) -> Before:
    """The groups as read, for the check afterwards; only active people count as lost."""
    accounts = situation.actual.accounts

    def active_members(group: Group) -> frozenset[str]:
        return frozenset(id_ for id_ in group.members if id_ in accounts and accounts[id_].active)

    return Before(
        members=Derived(situation.actual.groups, active_members), emails=Derived(accounts, situation.email_of)
    )


def begin_journal(context: RunContext, plan: Plan, prepared: Prepared | None = None) -> Journal:
    """The journal of a run, not started yet."""
    head = {
        "run_id": context.run_id, "command": context.command, "created_at": context.now.isoformat(),
        "jc1p_version": __version__, "planned": len(plan.changes),
        "allowed": dict(prepared.allow) if prepared else {},
        "fingerprint": prepared.fingerprint if prepared else None,
        "is_first": prepared.is_first if prepared else False,
        "reference": context.reference, "actor": context.actor,
    }  # fmt: skip
    return Journal(context.folder, head)
