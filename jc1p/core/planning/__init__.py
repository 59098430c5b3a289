"""From two directories to a plan: pure, ordered, complete, with a reason for every change.

build_plan combines the decisions of people.py and groups.py; filters.py then holds what the command line left for
another run. guard.py decides whether a plan may be applied.
"""

from collections.abc import Mapping

from jc1p.core.models import PersonState
from jc1p.core.plan import (
    ORDER_OF_APPLYING,
    RENAMES,
    Bases,
    Change,
    Kind,
    Plan,
    PlanWarning,
    most_urgent_first,
)
from jc1p.core.planning.group_result import GroupStanding
from jc1p.core.planning.groups import plan_groups
from jc1p.core.planning.known_ids import KnownIds
from jc1p.core.planning.people import plan_people
from jc1p.core.planning.people_result import Standing, is_password_unknown
from jc1p.core.planning.situation import Situation, situate
from jc1p.core.planning.unused_entries import find_unused_entries

__all__ = ["Situation", "build_plan", "order_changes", "situate"]


def build_plan(situation: Situation) -> Plan:
    """The plan that brings 1Password in sync with the source, within the scope."""
    people = plan_people(situation)
    groups = plan_groups(situation, people)
    changes = order_changes([*people.draft.changes, *groups.draft.changes])
    return Plan(
        changes=changes,
        held=(*people.draft.held, *groups.draft.held),
        warnings=most_urgent_first([*warn_about_scope(situation), *people.draft.warnings, *groups.draft.warnings]),
        ids=KnownIds(situation, groups.ids),
        linked_groups=situation.source_of_group,
        unlinked_groups=groups.unlinked,
        presumed_gone=frozenset(groups.presumed_gone),
        presumed_gone_users=frozenset(people.presumed_gone),
        linked_accounts=situation.source_of_account,
        protected_users=protected_newcomers(situation, people),
        bases=measure(situation, people, groups),
        unchanged_users=len(people.unchanged),
        unchanged_groups=len(groups.unchanged),
        unchanged=tuple(people.unchanged),
        unchanged_pushed=tuple(groups.unchanged),
        unowned=frozenset(people.unowned),
        excluded=frozenset(people.excluded),
        left_alone=people.left_alone,
        absent=frozenset(people.absent),
    )


def protected_newcomers(situation: Situation, people: Standing) -> frozenset[str]:
    """Keys of people to invite under a protected address."""
    invited = [change for change in people.draft.changes if change.kind is Kind.CREATE_USER]
    return frozenset(
        change.key for change in invited
        if situation.is_protected_address(str(change.attributes["userName"].after))
        or situation.is_protected_address(change.user or "")
    )  # fmt: skip


def order_changes(changes: list[Change]) -> tuple[Change, ...]:
    """Sort and number the changes. A rename that frees an address or a name comes before the change that takes it."""
    freeing = {change.after for change in changes if change.after}
    waits_for = {change.key: change.after for change in changes if change.kind in RENAMES and change.after}

    def rank(change: Change) -> tuple[int, int, int]:
        position = ORDER_OF_APPLYING.index(change.kind)
        if change.kind not in RENAMES or change.key not in freeing:
            return position, 0, 0
        first = Kind.CREATE_USER if change.kind is Kind.RENAME_USER else Kind.CREATE_GROUP
        return ORDER_OF_APPLYING.index(first), -1, links_before(change.key, waits_for)

    return tuple(change._replace(id=number) for number, change in enumerate(sorted(changes, key=rank), 1))


def links_before(key: str, waits_for: Mapping[str, str]) -> int:
    """How many renames have to come before this one. The chains contain no circles."""
    length = 0
    while key in waits_for and length < len(waits_for):
        key, length = waits_for[key], length + 1
    return length


def measure(situation: Situation, people: Standing, groups: GroupStanding) -> Bases:
    return Bases(
        people_in_scope=len(situation.desired.people),
        groups_in_scope=len(situation.desired.groups),
        has_linked_groups=bool(situation.links.groups or situation.source_of_group),
        owned_accounts=len(people.owned),
        owned_memberships=sum(groups.owned_memberships.values()),
        group_memberships=groups.owned_memberships,
    )


NO_PASSWORDS = (
    "no JumpCloud user has the field password_expired, so no account is suspended for an expired password. "
    "Check that this credential's role can read the field"
)


def warn_about_scope(situation: Situation) -> list[PlanWarning]:
    warnings = [
        PlanWarning("glob_matches_nothing", glob, "no JumpCloud group matches this pattern in scope")
        for glob in situation.desired.unmatched_globs
    ]
    warnings += [
        PlanWarning("reading", side, remark)
        for side, remarks in (("JumpCloud", situation.source.remarks), ("1Password", situation.actual.remarks))
        for remark in remarks
    ]
    warnings += [
        PlanWarning("unused_entry", f"{key}: {entry}", "matches no user, account or group; check the spelling")
        for key, entry in find_unused_entries(situation)
    ]
    asked = (each for each in situation.desired.people.values() if each.state is PersonState.ACTIVATED)
    first = next(asked, None)
    if first and is_password_unknown(situation, first) and all(is_password_unknown(situation, each) for each in asked):
        warnings.append(PlanWarning("password_unknown", "users.when_password_expired", NO_PASSWORDS))
    if not situation.policy.users.protected:
        warnings.append(
            PlanWarning(
                "owners_unprotected",
                "users.protected",
                "no account is protected. List the emails of your 1Password owners: SCIM does not show who they are",
            )
        )
    return warnings
