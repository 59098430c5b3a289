"""The changes in a period: of memberships by record, journal and reading, of accounts by the journal."""

from collections.abc import Iterator
from functools import cache

from jc1p.core.folding import fold
from jc1p.core.membership_record import Deed, Hand, Pair, Touch
from jc1p.core.past_runs import Entry, PastRun, Status
from jc1p.core.plan import Kind
from jc1p.queries.review.accounts import USER_KINDS
from jc1p.queries.review.evidence import Evidence
from jc1p.queries.review.model import Period, ReviewedChange

ADDED, REMOVED = "member_added", "member_removed"
NAMED = {Kind.ADD_MEMBERS: ADDED, Kind.REMOVE_MEMBERS: REMOVED}

Told = tuple[Pair, str, Touch]
"""A membership, what happened to it, and the run that made or saw it."""


def changes_since(
    evidence: Evidence, period: Period, *, groups: frozenset[str] | None, accounts: frozenset[str] | None
) -> tuple[ReviewedChange, ...]:
    """The changes, newest first; limited to the given groups and accounts."""
    told = [each for each in all_told(evidence) if groups is None or each[0][0] in groups]
    found = [membership_change(evidence, *each) for each in told if period.takes(each[2].run.at)]
    found += [each for each in unseen_changes(evidence, groups) if period.takes(each.at)]
    found += [
        account_change(run, entry)
        for run in evidence.runs if period.takes(run.created_at)
        for entry in run.entries
        if entry.kind in USER_KINDS and entry.status is Status.APPLIED
        and (accounts is None or entry.scim_id in accounts)
    ]  # fmt: skip
    folded = cache(fold)  # the same few names occur in thousands of changes
    found.sort(key=lambda each: (folded(each.group or ""), folded(each.user or ""), each.kind))
    return tuple(sorted(found, key=lambda each: each.at, reverse=True))


def all_told(evidence: Evidence) -> Iterator[Told]:
    """Changes in the record, then those that only the journal has."""
    known: set[tuple[str, Pair, str]] = set()
    for stay in evidence.records.stays:
        pair = stay.group_id, stay.account_id
        for touch, kind in ((stay.since, ADDED), (stay.until, REMOVED)):
            if touch and touch.hand is not Hand.UNKNOWN:
                known.add((touch.run.run_id, pair, kind))
                yield pair, kind, touch
    for (run_id, pair), deed in evidence.deeds.items():
        if deed.status is Status.APPLIED and (run_id, pair, NAMED[deed.kind]) not in known:
            yield pair, NAMED[deed.kind], Touch(deed.run, Hand.JC1P)


def membership_change(evidence: Evidence, pair: Pair, kind: str, touch: Touch) -> ReviewedChange:
    is_ours = touch.hand is Hand.JC1P
    deed = evidence.deeds.get((touch.run.run_id, pair)) if is_ours else None
    return ReviewedChange(
        kind, touch.run.at, evidence.user_named(pair[1]), evidence.group_named(pair[0]), touch.hand, touch.run.run_id,
        reason=deed.reason if deed else None, reference=touch.run.reference if is_ours else None,
        actor=touch.run.actor if is_ours else None,
    )  # fmt: skip


def unseen_changes(evidence: Evidence, groups: frozenset[str] | None) -> Iterator[ReviewedChange]:
    """Changes that this reading shows and the record doesn't have yet. Only a complete reading shows a removal."""
    if not evidence.shows_members:
        return
    stays = evidence.open_stays
    recorded = [each for each in evidence.pushed if each.id in evidence.records.groups]
    for group in (each for each in recorded if groups is None or each.id in groups):
        for id_ in group.members:
            stay = stays.get((group.id, id_))
            later = evidence.overtaken(stay) if stay else None
            is_back = later is not None and later.kind is Kind.REMOVE_MEMBERS
            if stay is None or is_back:
                yield from unseen_change(evidence, (group.id, id_), Kind.ADD_MEMBERS, is_back=is_back)
    if evidence.situation.actual.complete:
        read = {each.id: each.members for each in recorded if groups is None or each.id in groups}
        for group_id, id_ in stays:
            if group_id in read and id_ not in read[group_id]:
                yield from unseen_change(evidence, (group_id, id_), Kind.REMOVE_MEMBERS, is_back=False)


def unseen_change(evidence: Evidence, pair: Pair, kind: Kind, *, is_back: bool) -> Iterator[ReviewedChange]:
    deed = None if is_back else evidence.done_since_reading(pair, kind)
    if deed and deed.status is Status.APPLIED:
        return  # the journal shows it
    yield seen_now(evidence, pair, NAMED[kind], deed, Hand.OUTSIDE if is_back else evidence.other_hand)


def seen_now(evidence: Evidence, pair: Pair, kind: str, deed: Deed | None, other: Hand) -> ReviewedChange:
    at = deed.run.at if deed else evidence.situation.now
    return ReviewedChange(
        kind, at, evidence.user_named(pair[1]), evidence.group_named(pair[0]),
        Hand.JC1P if deed else other, deed.run.run_id if deed else None, reason=deed.reason if deed else None,
    )  # fmt: skip


def account_change(run: PastRun, entry: Entry) -> ReviewedChange:
    return ReviewedChange(
        entry.kind.value, run.created_at, entry.user, None, Hand.JC1P, run.run_id, reason=entry.reason,
        reference=run.reference, actor=run.actor,
    )  # fmt: skip
