"""The access review as JSON values, in the order of its models (document/review_rows.py)."""

from datetime import datetime
from functools import cache
from typing import Any

from jc1p.core.run_record import RunRecord
from jc1p.document.render import moment_text
from jc1p.document.review_rows import (
    ConcernRow,
    LastChangeRow,
    OriginRow,
    ReviewedAccountRow,
    ReviewedChangeRow,
    ReviewedGroupRow,
    ReviewedMemberRow,
)
from jc1p.queries.review.model import AccessReview, LastChange, Origin, ReviewedGroup


def review_values(review: AccessReview, record: RunRecord, *, closed: bool) -> dict[str, Any]:
    """The body of the document. Its long lists are iterators, whose rows are made as they are written."""
    time_of = cache(moment_text)  # thousands of changes come from one run
    return {
        "organization": record.organization,
        "bridge": record.bridge,
        "complete": review.complete,
        "memberships_visible": review.memberships_visible,
        "closed": closed,
        "period": {"since": stamp(review.period.since), "of": review.period.of},
        "records_begin": stamp(review.records_begin),
        "journal_begins": stamp(review.journal_begins),
        "groups_asked_for": list(review.groups_asked_for),
        "summary": {
            "groups": len(review.groups), "accounts": len(review.accounts), "memberships": review.memberships,
            "of_unknown_age": review.of_unknown_age, "by_other_hands": review.by_other_hands,
            "not_recorded": review.not_recorded, "changes": len(review.changes), "concerns": len(review.concerns),
        },
        "concerns": [ConcernRow.dump(each) for each in review.concerns],
        "groups": (group_values(each) for each in review.groups),
        "accounts": (
            ReviewedAccountRow.dump(each, groups=list(each.groups), last_change=last_values(each.last_change))
            for each in review.accounts
        ),
        "changes": (ReviewedChangeRow.dump(each, at=time_of(each.at)) for each in review.changes),
        "reference": record.reference,
        "actor": record.actor,
    }  # fmt: skip


def group_values(group: ReviewedGroup) -> dict[str, Any]:
    # Members that were added together share an origin, which is written once.
    origins = {id(each.origin): each.origin for each in group.members or ()}
    written = {key: origin_values(origin) for key, origin in origins.items()}
    members = group.members and [
        ReviewedMemberRow.dump(each, origin=written[id(each.origin)]) for each in group.members
    ]
    shown = None if group.members is None else members or []
    return ReviewedGroupRow.dump(group, recorded_since=stamp(group.recorded_since), members=shown)


def origin_values(origin: Origin) -> dict[str, Any]:
    since, before, added = (stamp(each) for each in (origin.since, origin.before, origin.added_at))
    return OriginRow.dump(origin, since=since, before=before, added_at=added)


def last_values(last: LastChange | None) -> dict[str, Any] | None:
    return LastChangeRow.dump(last, at=moment_text(last.at)) if last else None


def stamp(at: datetime | None) -> str | None:
    return moment_text(at) if at else None
