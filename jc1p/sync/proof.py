"""Sends the first change of a kind alone and reads it back: does this bridge keep such changes at all?

An answer proves nothing. Otherwise a bridge that accepts suspensions and forgets them would get all of them, and each
would count as done. A single account that can't be changed, such as an owner's, must not block the others: then the
next one is tried, up to `TRIES`. State remembers the proven kinds for each version of a bridge.
"""

from collections.abc import Awaitable, Callable, Sequence

from jc1p.core.folding import tidy
from jc1p.core.kind_words import LABELS
from jc1p.core.outcomes import Applied, Failed, Outcome
from jc1p.core.plan import MEMBERSHIP, Change, Kind
from jc1p.errors import NotKept, ServiceError, Unauthorized, Untried
from jc1p.sync.progress import Progress
from jc1p.sync.writes import STILL_ACTIVE

TO_BE_PROVEN = frozenset(
    {Kind.SUSPEND_USER, Kind.REACTIVATE_USER, Kind.RENAME_GROUP, Kind.ADD_MEMBERS, Kind.REMOVE_MEMBERS,
     Kind.CREATE_GROUP}
)  # fmt: skip
"""Without invitations and email changes: neither can be undone, and the latter wait for the user."""

TRIES = 3

Attempt = Callable[[int], Awaitable[Outcome]]
"""A position in the phase to the outcome of sending that change."""


async def prove_kind(run: Progress, changes: Sequence[Change], attempt: Attempt) -> int:
    """Send the changes of a phase one by one until one takes effect; returns how many are decided then.

    After `TRIES` without effect, the rest fails unsent.
    """
    kind, position = changes[0].kind, 0
    if kind in MEMBERSHIP and len(changes) == 1:
        return 0  # the group is read back right afterwards
    while position < len(changes) and is_unproven(run, kind):
        if run.ineffective[kind] >= TRIES:
            fail_unsent(run, changes[position:])
            return len(changes)
        outcome = await attempt(position)
        position += 1
        effect = await read_effect(run, outcome) if isinstance(outcome, Applied) else None
        if effect is False and kind not in MEMBERSHIP:  # groups are read back once more when all is sent
            outcome = Failed(outcome.change, not_kept(outcome.change))
        run.record(outcome)
        if effect is False or (isinstance(outcome, Failed) and isinstance(outcome.error, NotKept)):
            run.ineffective[kind] += 1
        elif isinstance(outcome, Applied):
            # A change that can't be read back proves nothing; the next run looks again.
            run.proven |= {kind} if effect else set()
            return position
    return position


def likely_first(run: Progress, changes: Sequence[Change]) -> Sequence[Change]:
    """The changes of a phase; those that an earlier run sent without effect come last.

    Otherwise every run would try the same three accounts, such as owners', and block all others forever.
    """
    if not is_unproven(run, changes[0].kind):
        return changes
    return sorted(changes, key=lambda change: change.scim_id in run.options.sent_before)


def is_unproven(run: Progress, kind: Kind) -> bool:
    return kind in TO_BE_PROVEN and not {kind} <= run.options.proven | run.proven


async def read_effect(run: Progress, outcome: Applied) -> bool | None:
    """Whether 1Password shows the change; None if it can't be read."""
    try:
        return await shows_effect(run, outcome)
    except Unauthorized as error:
        run.stopped_by = run.stopped_by or error
        return None
    except ServiceError:
        return None


async def shows_effect(run: Progress, outcome: Applied) -> bool | None:
    change, scim_id = outcome.change, outcome.scim_id or ""
    match change.kind:
        case Kind.SUSPEND_USER | Kind.REACTIVATE_USER:
            account = await run.target.read_account(scim_id)
            return account.active is (change.kind is Kind.REACTIVATE_USER) if account else None
        case Kind.CREATE_GROUP | Kind.RENAME_GROUP:
            group = await run.target.read_group(scim_id)
            return group is not None and tidy(group.name) == tidy(change.group or "")
        case _:
            shown = (await run.target.read_members([scim_id])).get(scim_id)
            if shown is None:
                return None
            sent = {run.ids[member.key] for member in outcome.members}
            return bool(sent & shown) if change.kind is Kind.ADD_MEMBERS else not sent <= shown


def not_kept(change: Change) -> NotKept:
    """The failure of a change that was answered with success but doesn't show."""
    hint = STILL_ACTIVE if change.kind is Kind.SUSPEND_USER else None
    message = "1Password answered with success, but nothing changed; the next run tries again"
    return NotKept(message, service="1Password", hint=hint)


def fail_unsent(run: Progress, changes: Sequence[Change]) -> None:
    kind = LABELS[changes[0].kind].lower()
    message = f"not sent: {TRIES} other changes of this kind ({kind}) were accepted and had no effect"
    hint = "Check one of them in 1Password, and run `jc1p doctor` to check the bridge."
    for change in changes:
        run.record(Failed(change, Untried(message, service="1Password", hint=hint)))
