"""Applies a plan: phases in order, one Outcome for every change.

A failed change doesn't stop the others. A refused login, or a service that keeps failing, stops the run at once, and
the remaining changes are Skipped. Knows the target only through its protocol, never HTTP. Only real_run.py (through the
guard) calls it, and canary.py for what the canary created itself.
"""

import asyncio
from collections import ChainMap
from collections.abc import Iterable, Sequence
from itertools import groupby

from jc1p.core.attributes import quoted_name
from jc1p.core.outcomes import Failed, Outcome, Report, Skipped
from jc1p.core.plan import MEMBERSHIP, REMOVALS, Change, Kind, Plan
from jc1p.errors import (
    BelongsToAnother,
    Forbidden,
    Interrupted,
    Jc1pError,
    OutcomeUnknown,
    RefusedByGateway,
    RequestRefused,
    Unauthorized,
    Unreachable,
    in_our_words,
)
from jc1p.runtime.concurrency import side_by_side
from jc1p.sync.observer import Observer, Unobserved
from jc1p.sync.progress import ApplyOptions, Progress
from jc1p.sync.proof import likely_first, prove_kind
from jc1p.sync.read_back import check_members
from jc1p.sync.target import Target
from jc1p.sync.writes import apply_change, left_out

STOP_AFTER_FAILURES = 5
"""Consecutive unreachable answers that stop the run (facts/scim-bridge.md 5)."""

UNHEALTHY_FAILURES, UNHEALTHY_SHARE = 3, 0.2
"""If this many changes failed, and more than this share of those tried, this run removes nothing."""

CLEAR_REFUSALS = (RequestRefused, Forbidden, BelongsToAnother)
"""Refusals of one record, such as a blocked domain or used-up seats. Leavers are still suspended, which frees seats."""

AHEAD = 16
"""How many intents are written at once; after a kill, the outcome of that many changes may be unknown."""


async def apply(
    plan: Plan, target: Target, observer: Observer | None = None, options: ApplyOptions | None = None
) -> Report:  # fmt: skip
    """Apply every change of a plan that the guard allowed.

    The next phase starts when the last one is complete. If too many additions failed, nothing is removed. A failed
    change never raises; an unexpected exception stops the run and is in the report.

    If the observer raises a Jc1pError, no further change starts. Reading the groups back afterwards may turn outcomes
    into failures. If the task is cancelled after `should_stop` gave a reason, changes in flight are reported as
    unknown. If it is cancelled without a reason, the cancellation is passed on.
    """
    ids: ChainMap[str, str] = ChainMap({}, plan.ids)  # type: ignore[arg-type] # new ids go into the first, the plan's are only read
    run = Progress(target, plan, ids, observer or Unobserved(), options or ApplyOptions())
    last_of_members = max((change.id for change in plan.changes if change.kind in MEMBERSHIP), default=None)
    try:
        for changes in phases(plan.changes):
            if unhealthy := changes[0].kind in REMOVALS and why_unhealthy(run):
                skip_all(run, changes, unhealthy)
            else:
                await run_phase(run, changes)
            if changes[-1].id == last_of_members:
                await check_members(run)
    except asyncio.CancelledError:
        run.stopped_by = run.stopped_by or run.observer.should_stop()
        if run.stopped_by is None:
            raise
        record_the_rest(run, plan)
    except Exception as error:  # noqa: BLE001 - in any case, report what was done
        run.stopped_by = run.stopped_by or in_our_words(error)
        record_the_rest(run, plan)
    outcomes = tuple(run.outcomes[change.id] for change in plan.changes)
    return Report(outcomes, run.stopped_by or run.late, frozenset(run.proven))


def why_unhealthy(run: Progress) -> str:
    """Why nothing may be removed: too many of the changes that add or fix have failed; "" otherwise."""
    given = [
        each for each in run.outcomes.values()
        if each.change.kind not in REMOVALS and (each.change.kind, each.change.key) not in run.options.refused
    ]  # fmt: skip
    tried = sum(not isinstance(each, Skipped) for each in given)
    failed = sum(isinstance(each, Failed) and not is_clear(each.error) for each in given)
    if failed < UNHEALTHY_FAILURES or failed <= UNHEALTHY_SHARE * tried:
        return ""
    return f"{failed} of {tried} changes before it failed: nothing is suspended or removed while 1Password fails"


def is_clear(error: Jc1pError) -> bool:
    """True for a refusal of one record; a firewall's page is about all requests."""
    return isinstance(error, CLEAR_REFUSALS) and not isinstance(error, RefusedByGateway)


def skip_all(run: Progress, changes: Iterable[Change], reason: str) -> None:
    for change in changes:
        run.record(Skipped(change, reason))


def record_the_rest(run: Progress, plan: Plan) -> None:
    """Every change gets an outcome, even when the run was interrupted."""
    reason = run.stopped_by or Interrupted("interrupted")
    for change in plan.changes:
        if change.id in run.outcomes:
            continue
        if change.id in run.started:
            unknown = "interrupted while in progress; the next run checks whether it was done"
            run.record(Failed(change, OutcomeUnknown(unknown, service="1Password")))
        else:
            run.record(Skipped(change, f"stopped: {reason.message}"))


def phases(changes: Iterable[Change]) -> list[list[Change]]:
    """Consecutive changes of one kind; renames of groups one by one, since one may free the name for the next."""
    runs = [list(group) for _, group in groupby(changes, key=lambda change: (change.kind, change.after))]
    alone = Kind.RENAME_GROUP
    return [part for run in runs for part in ([[change] for change in run] if run[0].kind is alone else [run])]


async def run_phase(run: Progress, changes: Sequence[Change]) -> None:
    async def one(position: int) -> None:
        run.record(await attempt(run, changes, position))

    changes = likely_first(run, changes)
    decided = await prove_kind(run, changes, lambda position: attempt(run, changes, position))
    await side_by_side(range(decided, len(changes)), one, at_once=run.options.parallel)


async def attempt(run: Progress, phase: Sequence[Change], position: int) -> Outcome:
    """Carry out one change of a phase; an error becomes its outcome, and stops the run if it affects all changes."""
    change = phase[position]
    if skipped := stopped_before(run, change) or without_ground(run, change) or announce(run, phase, position):
        return skipped
    run.started.add(change.id)
    try:
        outcome = await apply_change(run, change)
    except Jc1pError as error:
        note_failure(run, error)
        return Failed(change, error)
    except Exception as error:  # noqa: BLE001 - a bug in one change; what was sent before it is unknown
        run.stopped_by = run.stopped_by or in_our_words(error)
        what = f"unexpected {type(error).__name__}: the next run checks whether it was done"
        return Failed(change, OutcomeUnknown(what, service="1Password"))
    run.failures_in_a_row = 0
    return outcome


def stopped_before(run: Progress, change: Change) -> Skipped | None:
    """Skip a change when the run is about to end, or when it is too late to add anything."""
    run.stopped_by = run.stopped_by or run.observer.should_stop()
    if run.stopped_by:
        return Skipped(change, f"stopped: {run.stopped_by.message}")
    if change.kind not in REMOVALS and (late := run.options.why_late()):
        run.late = run.late or late
        return Skipped(change, f"stopped: {late.message}")
    return None


def announce(run: Progress, phase: Sequence[Change], position: int) -> Skipped | None:
    """Write a change's intent before it is sent, together with the next few, since each write takes time."""
    change = phase[position]
    if change.id in run.announced:
        return None
    ahead = phase[position : position + AHEAD]
    try:
        run.observer.intend(ahead, run.ids)
    except Exception as raised:  # noqa: BLE001 - a change that can't be recorded isn't sent, for any reason
        run.stopped_by = error = in_our_words(raised)
        return Skipped(change, f"stopped: {error.message}")
    run.announced |= {each.id for each in ahead}
    return None


def note_failure(run: Progress, error: Jc1pError) -> None:
    if isinstance(error, Unauthorized):
        run.stopped_by = error
    if not isinstance(error, Unreachable | OutcomeUnknown | RefusedByGateway):
        run.failures_in_a_row = 0
        return
    run.failures_in_a_row += 1
    if run.failures_in_a_row >= STOP_AFTER_FAILURES:
        run.stopped_by = error


def without_ground(run: Progress, change: Change) -> Skipped | None:
    """Skip a change if a change that it needs didn't succeed in this run."""
    if change.after and change.after not in run.freed:
        what = "name" if change.group else "address"
        return Skipped(
            change, f"another account or group still has this {what}; its rename has not taken effect", is_failure=False
        )
    is_membership = change.kind in MEMBERSHIP
    if is_membership and change.key not in run.ids:
        return Skipped(change, f"the group {quoted_name(change.group or '')} was not created")
    if is_membership and not any(member.key in run.ids for member in change.members):
        return Skipped(change, f"no member has an account ({left_out(run, change)})")
    return None
