"""The groups of a review, with all their members."""

from collections.abc import Sequence

from jc1p.core.folding import fold, matches_any
from jc1p.core.models import Group
from jc1p.core.planning import Situation
from jc1p.errors import GroupNotFound
from jc1p.queries.overview import AccountState
from jc1p.queries.review.accounts import management_of
from jc1p.queries.review.evidence import Evidence, origin_of
from jc1p.queries.review.model import ReviewedGroup, ReviewedMember


def choose_pushed(situation: Situation, pushed: Sequence[Group], names: Sequence[str]) -> list[Group]:
    """The groups that match names or globs, by either side's name; all without any. Raises GroupNotFound."""
    called = {group.id: called_by(situation, group) for group in pushed}
    missing = [
        name for name in names if not any(matches_any(each, [name]) for found in called.values() for each in found)
    ]
    if missing:
        hint = "`jc1p groups list` shows all groups. A review shows only groups that jc1p pushes from JumpCloud."
        raise GroupNotFound(f"no pushed group is called {missing[0]}", hint=hint)
    return [group for group in pushed if not names or any(matches_any(each, names) for each in called[group.id])]


def called_by(situation: Situation, group: Group) -> list[str]:
    source = situation.source.groups.get(situation.source_of_group.get(group.id, ""))
    return [group.name, *([source.name] if source else [])]


def group_rows(evidence: Evidence, pushed: Sequence[Group]) -> tuple[ReviewedGroup, ...]:
    """Groups out of scope first, then by name."""
    rows = [group_row(evidence, group) for group in pushed]
    return tuple(sorted(rows, key=lambda row: (row.in_scope, fold(row.name), row.scim_id)))


def group_row(evidence: Evidence, group: Group) -> ReviewedGroup:
    source_id = evidence.source_of_group.get(group.id, "")
    source = evidence.situation.source.groups.get(source_id)
    recorded = evidence.records.groups.get(group.id)
    ids = sorted(group.members, key=lambda id_: (evidence.sort_keys.get(id_) or fold(evidence.user_named(id_)), id_))
    members = tuple(member_row(evidence, group, id_) for id_ in ids)
    return ReviewedGroup(
        name=group.name,
        scim_id=group.id,
        jumpcloud_id=source_id,
        jumpcloud_group=source.name if source else None,
        in_scope=source_id in evidence.situation.desired.groups,
        recorded_since=recorded.at if recorded else None,
        members=members if evidence.shows_members else None,
    )


def member_row(evidence: Evidence, group: Group, account_id: str) -> ReviewedMember:
    account = evidence.situation.actual.accounts.get(account_id)
    state = (AccountState.ACTIVE if account.active else AccountState.SUSPENDED) if account else None
    return ReviewedMember(
        email=evidence.user_named(account_id),
        scim_id=account_id,
        state=state,
        management=management_of(evidence, account_id),
        origin=origin_of(evidence, (group.id, account_id)),
    )
