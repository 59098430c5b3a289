"""The access review as CSV: a row for each thing to check, membership, account and change, distinguished by `row`."""

from collections.abc import Iterator

from jc1p.core.run_record import RunRecord
from jc1p.queries.review.model import AccessReview, ReviewedMember
from jc1p.reports.review.words import last_change
from jc1p.reports.tables import csv_text

HEADERS = (
    "row", "group", "user", "state", "management", "since", "before", "added_at", "by", "kind", "run_id",
    "jumpcloud_group", "reference", "actor", "reason", "organization", "bridge",
)  # fmt: skip


def review_csv(review: AccessReview, record: RunRecord) -> str:
    """RFC 4180, every row with all columns and every cell one line."""
    sides = [record.organization or "", record.bridge or ""]
    return csv_text(HEADERS, ([*row, *sides] for row in review_rows(review)))


def review_rows(review: AccessReview) -> Iterator[list[str]]:
    if not review.complete:
        yield cells("incomplete", reason="1Password could not be read completely")
    for concern in review.concerns:
        yield cells("look_at_first", user=concern.subject, kind=concern.code, reason=concern.message)
    for group in review.groups:
        for member in group.members or ():
            yield member_cells(group.name, member)
    for account in review.accounts:
        yield cells("account", group="; ".join(account.groups), user=account.email, state=account.state.value,
                    management=account.management.value, reason=last_change(account))  # fmt: skip
    for change in review.changes:
        yield cells("change", group=change.group, user=change.user, since=f"{change.at:%Y-%m-%dT%H:%M:%SZ}",
                    by=change.by.value, kind=change.kind, run_id=change.run_id, reference=change.reference,
                    actor=change.actor, reason=change.reason)  # fmt: skip


def member_cells(group: str, member: ReviewedMember) -> list[str]:
    origin = member.origin
    moments = {"since": origin.since, "before": origin.before, "added_at": origin.added_at}
    return cells(
        "membership", group=group, user=member.email, state=member.state.value if member.state else "not listed",
        management=member.management.value, by=origin.by.value, run_id=origin.run_id,
        jumpcloud_group=origin.jumpcloud_group, reference=origin.reference, actor=origin.actor, reason=origin.reason,
        **{name: f"{at:%Y-%m-%dT%H:%M:%SZ}" for name, at in moments.items() if at},
    )  # fmt: skip


def cells(row: str, **known: str | None) -> list[str]:
    return [row, *(known.get(name) or "" for name in HEADERS[1:-2])]
