"""The sentences of an access review that all formats share."""

from collections.abc import Iterator

from jc1p.core.kind_words import LABELS
from jc1p.core.membership_record import SEEN_ONLY, Hand
from jc1p.core.plan import Kind
from jc1p.queries.review.model import AccessReview, Management, Origin, ReviewedAccount, ReviewedChange, ReviewedMember
from jc1p.reports.phrases import count_of

INCOMPLETE = "1Password could not be read completely: what is missing here may still be there."
NO_MEMBERS = "The bridge shows no group members, so this review cannot say who is in a group."
LOST = "The journal was lost, so it is not recorded whether jc1p or another hand added {}."
CHANGES = {"member_added": "Added to", "member_removed": "Removed from"} | {kind.value: LABELS[kind] for kind in Kind}
"""The names of changes."""


def caveats(review: AccessReview) -> Iterator[str]:
    """What this review can't show."""
    if not review.complete:
        yield INCOMPLETE
    if not review.memberships_visible:
        yield NO_MEMBERS
    if review.not_recorded:
        yield LOST.format(count_of(review.not_recorded, "membership"))


def reach(review: AccessReview) -> str:
    """How far back the records go."""
    record = (
        f"since {review.records_begin:%Y-%m-%d}" if review.records_begin else "not yet: the next good sync begins it"
    )
    journal = f"since {review.journal_begins:%Y-%m-%d}" if review.journal_begins else "empty"
    return f"Membership record: {record}. Journal: {journal}."


def period_of(review: AccessReview) -> str:
    """Text such as "since 2026-09-01 (last closed review)"."""
    since, of = review.period.since, review.period.of
    return f"since {since:%Y-%m-%d} ({of})" if since else f"since {of}"


def since_when(origin: Origin) -> str:
    """Text such as "since 2026-03-03", "before 2026-01-04", "first seen 2026-05-05"."""
    if origin.since is None:
        return f"before {origin.before:%Y-%m-%d}" if origin.before else "unknown"
    seen = "first seen" if origin.by in SEEN_ONLY else "since"
    return f"{seen} {origin.since:%Y-%m-%d}"


def how(origin: Origin) -> str:
    """How a membership came about; "" if unknown."""
    if origin.by is Hand.OUTSIDE:
        return "added outside jc1p"
    if origin.by is Hand.NOT_RECORDED:
        return "not recorded by whom"
    if origin.by is Hand.UNKNOWN:
        return ""
    made = f"added by jc1p on {origin.added_at:%Y-%m-%d}" if origin.added_at else "added by jc1p"
    parts = [
        f"{made}, {origin.command or 'run'} {origin.run_id}",
        # The reason names the group by the name that it had then.
        origin.reason or (f"for JumpCloud group {origin.jumpcloud_group}" if origin.jumpcloud_group else ""),
        f"reference {origin.reference}" if origin.reference else "",
        f"run by {origin.actor}" if origin.actor else "",
    ]
    return ", ".join(part for part in parts if part)


def standing(row: ReviewedMember | ReviewedAccount) -> str:
    """The special status of an account: suspended, unmanaged, protected, excluded, not listed; "" if none."""
    state = "not listed" if row.state is None else "" if row.state.value == "active" else row.state.value
    management = "" if row.management is Management.MANAGED else row.management.value
    return ", ".join(part for part in (state, management) if part)


def who_did(change: ReviewedChange) -> str:
    """Text such as "by jc1p, 20260303T…-7f3a, CHG-12" or "outside jc1p, first seen then"."""
    if change.by is Hand.OUTSIDE:
        return "outside jc1p, first seen then"
    if change.by is Hand.NOT_RECORDED:
        return "not recorded by whom, first seen then"
    parts = [f"by jc1p, {change.run_id}", change.reason, change.reference and f"reference {change.reference}",
             change.actor and f"run by {change.actor}"]  # fmt: skip
    return ", ".join(part for part in parts if part)


def last_change(row: ReviewedAccount) -> str:
    """Text such as "Suspend 2026-03-03"; "" if the journal has none."""
    last = row.last_change
    return f"{CHANGES.get(last.kind, last.kind)} {last.at:%Y-%m-%d}" if last else ""


def result(review: AccessReview) -> str:
    """The last line."""
    members = count_of(review.memberships, "membership")
    details = [f"{review.of_unknown_age:,} older than the records" if review.of_unknown_age else "",
               f"{review.by_other_hands:,} added outside jc1p" if review.by_other_hands else "",
               f"{review.not_recorded:,} not recorded" if review.not_recorded else ""]  # fmt: skip
    told = f" ({', '.join(part for part in details if part)})" if any(details) else ""
    parts = [count_of(len(review.groups), "group"), members + told, count_of(len(review.accounts), "account"),
             f"{count_of(len(review.changes), 'change')} {period_of(review)}"]  # fmt: skip
    first = f" {len(review.concerns):,} to look at first." if review.concerns else ""
    prefix = "Review" if review.complete else "Incomplete review"
    return f"{prefix}: {', '.join(parts)}.{first}"
