"""Carrying out a plan: phases in order, one Outcome for every change.

One bad record never stops the others; a refused login, or a service that keeps failing, stops everything at
once and what is left is Skipped. Knows the target only through the protocol below, never HTTP, and is
reachable only through the guard (pipeline.py).
"""

import asyncio
from collections import ChainMap, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Protocol, assert_never

from jc1p.core.folding import fold, tidy
from jc1p.core.matching import linked_person
from jc1p.core.models import Account, Created, NewAccount
from jc1p.core.outcomes import Applied, Failed, Outcome, Report, Skipped
from jc1p.core.plan import REMOVALS, Change, Kind, Plan, person_of
from jc1p.errors import (  # fmt: skip
    BelongsToAnother,
    Forbidden,
    Interrupted,
    Jc1pError,
    NotKept,
    OutcomeUnknown,
    RefusedByGateway,
    RequestRefused,
    Unauthorized,
    Unreachable,
)
from jc1p.runtime.concurrency import side_by_side
from jc1p.sync.member_check import Before, Written, lost, lost_words, unkept, unkept_words
from jc1p.sync.observer import Observer, Unobserved

STOP_AFTER_FAILURES = 5
"""Consecutive unreachable answers that stop the run (facts/scim-bridge.md 5)."""

UNHEALTHY_FAILURES, UNHEALTHY_SHARE = 3, 0.2
"""So many failures, and more than this share of what was tried, and nothing is taken away in this run."""

AHEAD = 16
"""Intents that are written down at once; after a kill so many changes may be in doubt."""

MEMBERSHIP = frozenset({Kind.ADD_MEMBERS, Kind.REMOVE_MEMBERS})


class Target(Protocol):
    """The writes that apply needs. Each raises a Jc1pError when the target refuses or can't be reached."""

    async def create_user(self, new: NewAccount) -> Created:
        """Invite; an account that exists already is answered with `existed`, never invited again."""

    async def update_user(self, scim_id: str, attributes: Mapping[str, str | bool]) -> Account | None:
        """Replace attributes; the account as answered, or None when the answer shows nothing."""

    async def create_group(self, name: str, external_id: str) -> Created:
        """Create an empty group, or answer the existing one."""

    async def rename_group(self, scim_id: str, name: str) -> None:
        """Rename in place."""

    async def add_members(self, group_id: str, member_ids: Sequence[str]) -> None:
        """Add; members who are there already are no error."""

    async def remove_members(self, group_id: str, member_ids: Sequence[str]) -> None:
        """Remove these members and no others."""

    async def read_members(self, group_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Who is in these groups now; groups whose members don't show are left out."""

    async def delete_group(self, scim_id: str) -> None:
        """Delete; a group that is gone is no error."""


@dataclass(slots=True)
class _Run:
    """The state of one apply: ids known so far, outcomes, and whether to stop."""

    target: Target
    plan: Plan
    ids: dict[str, str]
    observer: Observer
    options: "ApplyOptions"
    announced: set[int] = field(default_factory=set)
    started: set[int] = field(default_factory=set)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    freed: set[str] = field(default_factory=set)
    stopped_by: Jc1pError | None = None
    late: Jc1pError | None = None
    failures_in_a_row: int = 0

    def record(self, outcome: Outcome) -> None:
        self.outcomes[outcome.change.id] = outcome
        try:
            self.observer.settle(outcome)
        except Jc1pError as error:
            # What can't be written down must not go on; what was done stays in the report.
            self.stopped_by = self.stopped_by or error


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """How a plan is applied.

    `parallel` changes of one phase run side by side: as many as the target takes at once, so that a stop leaves no
    others waiting behind them. `before` are the groups as they were read. What failed in earlier runs too (`refused`,
    by kind and key) doesn't count as trouble, or one address that can't be invited would keep every leaver in.
    `why_late` says why nothing more may be given, asked before each change that gives.
    """

    before: Before = field(default_factory=Before)
    parallel: int = 2
    refused: frozenset[tuple[Kind, str]] = frozenset()
    why_late: Callable[[], Jc1pError | None] = lambda: None


async def apply(
    plan: Plan, target: Target, observer: Observer | None = None, options: ApplyOptions | None = None
) -> Report:  # fmt: skip
    """Apply every change of a plan that the guard allowed.

    The next phase starts when the last is through. Nothing is taken away when too much of what was to be given has
    failed. Never raises for a change that fails.

    When the observer raises a Jc1pError, nothing more is started. When the groups are read back afterwards, the report
    may turn out worse. When it is cancelled after `should_stop` gave a reason, what was in flight is reported as
    unknown; cancelled without one, it is cancelled.
    """
    run = _Run(target, plan, dict(plan.ids), observer or Unobserved(), options or ApplyOptions())
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
    return Report(tuple(run.outcomes[change.id] for change in plan.changes), run.stopped_by or run.late)


def why_unhealthy(run: _Run) -> str:
    """Why nothing may be taken away: too many of the changes that give or mend have failed; "" when they haven't."""
    given = [
        each for each in run.outcomes.values()
        if each.change.kind not in REMOVALS and (each.change.kind, each.change.key) not in run.options.refused
        and not is_about_one_person(each)
    ]  # fmt: skip
    tried = sum(not isinstance(each, Skipped) for each in given)
    failed = sum(isinstance(each, Failed) for each in given)
    if failed < UNHEALTHY_FAILURES or failed <= UNHEALTHY_SHARE * tried:
        return ""
    return f"{failed} of {tried} changes before it failed: nothing is taken away while 1Password is in trouble"


def is_about_one_person(outcome: Outcome) -> bool:
    """A clear no to one invitation (no seat left, a domain that isn't allowed): 1Password is well, and says so.

    Suspending leavers may even free the seats.
    """
    if not isinstance(outcome, Failed) or outcome.change.kind is not Kind.CREATE_USER:
        return False
    is_refusal = isinstance(outcome.error, RequestRefused | Forbidden)
    return is_refusal and not isinstance(outcome.error, RefusedByGateway)


def skip_all(run: _Run, changes: Iterable[Change], reason: str) -> None:
    for change in changes:
        run.record(Skipped(change, reason))


def record_the_rest(run: _Run, plan: Plan) -> None:
    """Every change gets an outcome, also when the run was cut off."""
    reason = run.stopped_by or Interrupted("interrupted")
    for change in plan.changes:
        if change.id in run.outcomes:
            continue
        if change.id in run.started:
            unknown = "interrupted while it was under way; the next run finds out whether it was done"
            run.record(Failed(change, OutcomeUnknown(unknown, service="1Password")))
        else:
            run.record(Skipped(change, f"stopped: {reason.message}"))


def phases(changes: Iterable[Change]) -> list[list[Change]]:
    """Consecutive changes of one kind; renames of groups one by one, since one may free the name that another takes."""
    runs = [list(group) for _, group in groupby(changes, key=lambda change: (change.kind, change.after))]
    alone = Kind.RENAME_GROUP
    return [part for run in runs for part in ([[change] for change in run] if run[0].kind is alone else [run])]


async def run_phase(run: _Run, changes: Sequence[Change]) -> None:
    async def one(position: int) -> None:
        run.record(await attempt(run, changes, position))

    await side_by_side(range(len(changes)), one, at_once=run.options.parallel)


async def attempt(run: _Run, phase: Sequence[Change], position: int) -> Outcome:
    """Carry out one change of a phase; an error becomes its outcome, and stops the run when it concerns everyone."""
    change = phase[position]
    run.stopped_by = run.stopped_by or run.observer.should_stop()
    if run.stopped_by:
        return Skipped(change, f"stopped: {run.stopped_by.message}")
    if change.kind not in REMOVALS and (late := run.options.why_late()):
        run.late = run.late or late
        return Skipped(change, f"stopped: {late.message}")
    if skipped := without_ground(run, change):
        return skipped
    if unwritten := announce(run, phase, position):
        return unwritten
    run.started.add(change.id)
    try:
        outcome = await apply_change(run, change)
    except Jc1pError as error:
        note_failure(run, error)
        return Failed(change, error)
    run.failures_in_a_row = 0
    return outcome


def announce(run: _Run, phase: Sequence[Change], position: int) -> Skipped | None:
    """Have the intent written down before a change is sent, with the next few, since each writing takes its time."""
    change = phase[position]
    if change.id in run.announced:
        return None
    ahead = phase[position : position + AHEAD]
    try:
        run.observer.intend(ahead, run.ids)
    except Jc1pError as error:
        run.stopped_by = error
        return Skipped(change, f"stopped: {error.message}")
    run.announced |= {each.id for each in ahead}
    return None


def note_failure(run: _Run, error: Jc1pError) -> None:
    if isinstance(error, Unauthorized):
        run.stopped_by = error
    if not isinstance(error, Unreachable | OutcomeUnknown | RefusedByGateway):
        run.failures_in_a_row = 0
        return
    run.failures_in_a_row += 1
    if run.failures_in_a_row >= STOP_AFTER_FAILURES:
        run.stopped_by = error


def without_ground(run: _Run, change: Change) -> Skipped | None:
    """Skip a change whose precondition didn't come about in this run."""
    if change.after and change.after not in run.freed:
        what = "name" if change.group else "address"
        return Skipped(change, f"the rename that frees this {what} has not taken effect", is_failure=False)
    is_membership = change.kind in MEMBERSHIP
    if is_membership and change.key not in run.ids:
        return Skipped(change, f"the group {change.group} was not created")
    if is_membership and not any(member.key in run.ids for member in change.members):
        return Skipped(change, "none of its members has an account, since their invitations failed")
    return None


async def apply_change(run: _Run, change: Change) -> Outcome:  # noqa: PLR0911 - one return a kind
    match change.kind:
        case Kind.CREATE_USER:
            return await create_user(run, change)
        case Kind.REACTIVATE_USER | Kind.UPDATE_USER | Kind.RENAME_USER | Kind.LINK_USER | Kind.SUSPEND_USER:
            return await update_user(run, change)
        case Kind.CREATE_GROUP:
            created = await run.target.create_group(change.group or "", change.jumpcloud_id or "")
            refuse_anothers_group(run, change, created)
            run.ids[change.key] = created.id
            note = "a group of this name existed; it was taken over" if created.existed else None
            return Applied(change, created.id, note, existed=created.existed)
        case Kind.RENAME_GROUP:
            renamed = await done(change, run.target.rename_group(known_id(change), change.group or ""))
            run.freed.add(change.key)
            return renamed
        case Kind.ADD_MEMBERS:
            return await change_members(run, change, run.target.add_members)
        case Kind.REMOVE_MEMBERS:
            return await change_members(run, change, run.target.remove_members)
        case Kind.DELETE_GROUP:
            return await done(change, run.target.delete_group(known_id(change)))
        case _:
            assert_never(change.kind)


async def done(change: Change, work: Awaitable[None]) -> Outcome:
    await work
    return Applied(change, change.scim_id)


def known_id(change: Change) -> str:
    """The SCIM id of a change that is about something that exists."""
    if change.scim_id is None:
        raise ValueError(f"change {change.id} ({change.kind}) names nothing in 1Password")
    return change.scim_id


async def create_user(run: _Run, change: Change) -> Outcome:
    """Invite. An account that turns out to exist is brought to what was wanted instead."""
    after = {name: str(difference.after) for name, difference in change.attributes.items()}
    new = NewAccount(
        user_name=after["userName"],
        display_name=after["displayName"],
        given_name=after["name.givenName"],
        family_name=after["name.familyName"],
        external_id=after["externalId"],
    )
    created = await run.target.create_user(new)
    refuse_anothers_account(run, change, created)
    run.ids[change.key] = created.id
    if not created.existed:
        return Applied(change, created.id)
    adopted = created.account
    if adopted and not adopted.active:
        await run.target.update_user(created.id, {"active": True, "externalId": new.external_id})
    elif adopted and not adopted.external_id:
        await run.target.update_user(created.id, {"externalId": new.external_id})
    note = "an account with this address existed; it was adopted, nobody was invited"
    return Applied(change, created.id, note, existed=True)


def refuse_anothers_account(run: _Run, change: Change, created: Created) -> None:
    """Raises BelongsToAnother for an account that exists and is linked to another person."""
    shown = linked_person(created.account.external_id) if created.account else ""
    owners = {key for key, id_ in run.plan.ids.items() if id_ == created.id and person_of(key)} - {change.key}
    if created.existed and (owners or shown not in {"", change.jumpcloud_id}):
        raise BelongsToAnother(
            f"the address belongs to the account {created.id} of another JumpCloud user "
            f"({', '.join(sorted(map(person_of, owners))) or shown}); nobody was invited",
            service="1Password", hint="Run it again; if it stays, look at both with `jc1p why EMAIL`.",
        )  # fmt: skip


def refuse_anothers_group(run: _Run, change: Change, created: Created) -> None:
    """Raises BelongsToAnother for a group that exists and is linked to another JumpCloud group, or has another name."""
    owner = run.plan.linked_groups.get(created.id) or (
        linked_person(created.group.external_id) if created.group else ""
    )
    has_name = created.group is None or fold(created.group.name) == fold(change.group or "")
    if created.existed and (owner not in {"", change.jumpcloud_id} or not has_name):
        whose = f"belongs to the JumpCloud group {owner}" if owner else "has another name"
        raise BelongsToAnother(
            f"1Password answered with the existing group {created.id}, which {whose}; it was left alone",
            service="1Password", hint="Run it again; if it stays, look at both with `jc1p why GROUP`.",
        )  # fmt: skip


async def update_user(run: _Run, change: Change) -> Outcome:
    attributes = {
        name: difference.after for name, difference in change.attributes.items() if difference.after is not None
    }
    if not attributes:
        # A link that only state can keep: the bridge has shown that it drops externalId.
        return Applied(change, change.scim_id)
    shown = await run.target.update_user(known_id(change), attributes)
    if change.kind is Kind.RENAME_USER and not shows_address(shown, str(attributes["userName"])):
        return Applied(change, change.scim_id, "waits for the person to confirm the new address", awaits=True)
    if change.kind is Kind.RENAME_USER:
        run.freed.add(change.key)
    if shown and not shows(shown, attributes):
        return Applied(change, change.scim_id, "1Password answered without showing the change; the next run checks")
    return Applied(change, change.scim_id)


def shows(shown: Account, attributes: Mapping[str, str | bool]) -> bool:
    """True when the answer to an update shows what was sent, as far as it can be seen there."""
    active = attributes.get("active", shown.active)
    name = attributes.get("displayName", shown.display_name)
    return shown.active is active and tidy(shown.display_name) == tidy(str(name))


def shows_address(shown: Account | None, address: str) -> bool:
    """True when the answer to an email change shows the new address (facts/scim-bridge.md 2.5)."""
    return shown is not None and fold(shown.user_name) == fold(address)


async def change_members(run: _Run, change: Change, write: Callable[[str, Sequence[str]], Awaitable[None]]) -> Outcome:
    """Add or remove the members that have an account; the others are named in the note."""
    present = tuple(member for member in change.members if member.key in run.ids)
    missing = [member.email for member in change.members if member.key not in run.ids]
    await write(run.ids[change.key], [run.ids[member.key] for member in present])
    note = f"left out, not invited: {', '.join(missing)}" if missing else None
    return Applied(change, run.ids[change.key], note, members=present)


# --- reading back -------------------------------------------------------------------------------------------


async def check_members(run: _Run) -> None:
    """Read every touched group once, before anybody is suspended; what the target didn't keep becomes Failed."""
    touched: dict[str, list[Applied | Failed]] = defaultdict(list)
    for outcome in run.outcomes.values():
        if outcome.change.kind in MEMBERSHIP and isinstance(outcome, Applied | Failed):
            touched[run.ids[outcome.change.key]].append(outcome)
    if not touched or run.stopped_by or run.observer.should_stop():
        return
    why = "1Password doesn't show who is in this group"
    try:
        shown = await run.target.read_members(sorted(touched))
    except Jc1pError as error:
        run.stopped_by = error if isinstance(error, Unauthorized) else None
        shown, why = {}, error.message
    for group_id, outcomes in touched.items():
        if group_id in shown:
            judge_group(run, outcomes, run.options.before.members.get(group_id, frozenset()), shown[group_id])
        else:
            note_unchecked(run, outcomes, why)


def note_unchecked(run: _Run, outcomes: Iterable[Outcome], why: str) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Applied):
            amend(run, replace(outcome, note=joined(outcome.note, f"not checked: {why}")))


def judge_group(
    run: _Run, outcomes: Sequence[Applied | Failed], before: frozenset[str], shown: frozenset[str]
) -> None:  # fmt: skip
    """Turn the outcomes of one group into failures where the group doesn't hold what they say."""
    named = {run.ids[m.key]: m.email for each in outcomes for m in each.change.members if m.key in run.ids}
    called = ChainMap(named, run.options.before.emails)  # type: ignore[arg-type] # it is only read
    for outcome in outcomes:
        if isinstance(outcome, Applied):
            written = Written(outcome.change, tuple(run.ids[member.key] for member in outcome.members))
            if ids := unkept(written, shown):
                fail(run, outcome, unkept_words(written, ids, called), added=ids if written.adds else ())
    if gone := lost([each.change for each in outcomes], run.ids, before, shown):
        last = run.outcomes[outcomes[-1].change.id]
        fail(run, last, lost_words(gone, called))


def fail(run: _Run, outcome: Outcome, what: str, *, added: Iterable[str] = ()) -> None:
    """Make an outcome a failure, or add to the failure it is."""
    known = outcome.error if isinstance(outcome, Failed) else None
    not_there = frozenset(added) | (known.added if isinstance(known, NotKept) else frozenset())
    message = joined(known.message if known else None, what)
    error = NotKept(message, service="1Password", group_id=run.ids[outcome.change.key], added=not_there)
    amend(run, Failed(outcome.change, error))


def amend(run: _Run, outcome: Outcome) -> None:
    run.outcomes[outcome.change.id] = outcome


def joined(known: str | None, more: str) -> str:
    return f"{known}; {more}" if known else more
