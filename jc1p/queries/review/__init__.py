"""The access review: each membership, since when, who made it, and what changed. Pure.

Combines one reading of both sides, the record of memberships in state, and the journal. A membership from before the
records is shown as older ("before"). What an incomplete reading doesn't show counts as unknown, not as removed.
"""

from collections.abc import Sequence

from jc1p.core.models import MembershipView
from jc1p.queries.review.accounts import account_rows
from jc1p.queries.review.changes import changes_since
from jc1p.queries.review.concerns import find_concerns
from jc1p.queries.review.evidence import Evidence, gather_evidence
from jc1p.queries.review.groups import choose_pushed, group_rows
from jc1p.queries.review.model import AccessReview, Period

__all__ = ["AccessReview", "Period", "build_review", "gather_evidence"]


def build_review(evidence: Evidence, period: Period, *, names: Sequence[str] = ()) -> AccessReview:
    """The whole review; `names` limit it to these groups. Raises GroupNotFound for a name that no group has."""
    situation = evidence.situation
    pushed = choose_pushed(situation, evidence.pushed, names)
    groups = group_rows(evidence, pushed)
    members = frozenset(id_ for group in pushed for id_ in group.members) if names else None
    accounts = account_rows(evidence, members)
    ids = frozenset(group.id for group in pushed) if names else None
    return AccessReview(
        period=period,
        records_begin=evidence.records.begin,
        journal_begins=evidence.journal_begins,
        complete=situation.actual.complete,
        memberships_visible=situation.actual.membership_view is not MembershipView.NONE,
        concerns=find_concerns(evidence, groups, names=names),
        groups=groups,
        accounts=accounts,
        changes=changes_since(evidence, period, groups=ids, accounts=members),
        groups_asked_for=tuple(names),
    )
