"""Pushed groups that left the scope or were deleted in JumpCloud: kept, emptied or deleted, as the policy says."""

from jc1p.core.attributes import quoted_name
from jc1p.core.models import Group
from jc1p.core.plan import Change, Held, Hold, Kind, PlanWarning, group_key
from jc1p.core.planning.group_members import leaving_accounts, plan_removal, present_accounts
from jc1p.core.planning.group_pairs import is_protected_name
from jc1p.core.planning.group_result import GroupStanding
from jc1p.core.planning.people_result import Standing
from jc1p.core.planning.situation import Situation
from jc1p.core.policy import WhenRemoved


def plan_left_group(
    situation: Situation, people: Standing, standing: GroupStanding, actual: Group, source_id: str, *,
    rival: Group | None = None,
) -> None:  # fmt: skip
    """A pushed group that left the scope or was deleted in JumpCloud: keep, empty or delete it.

    `rival` is a JumpCloud group that is held and may take it over by its name: until that is decided, nothing is lost.
    """
    policy = situation.policy.groups.when_removed
    reason = "its JumpCloud group was deleted" if source_id not in situation.source.groups else "no longer in scope"
    if policy is WhenRemoved.KEEP:
        warn_of_left_group(situation, standing, actual, reason)
        return
    base = Change(
        Kind.DELETE_GROUP,
        group_key(source_id),
        reason,
        group=actual.name,
        jumpcloud_id=source_id,
        scim_id=actual.id,
    )
    present = present_accounts(situation, actual)
    standing.ids[base.key] = actual.id
    standing.owned_memberships[actual.id] = len(present & people.losable)
    if is_protected_name(situation, actual.name):
        standing.draft.held.append(held_group(base, base.kind, Hold.PROTECTED, "protected group"))
    elif rival:
        why = f"{reason}, but the JumpCloud group {quoted_name(rival.name)} ({rival.id}), which is held, has its name"
        kind = Kind.REMOVE_MEMBERS if policy is WhenRemoved.EMPTY else base.kind
        standing.draft.held.append(held_group(base, kind, Hold.AMBIGUOUS_MATCH, why))
    elif policy is WhenRemoved.EMPTY:
        leaving = [
            account for account in leaving_accounts(situation, people, standing.draft, base, present)
            if account.id in people.removable
        ]  # fmt: skip
        plan_removal(situation, standing.draft, base, reason, leaving)
    elif not situation.actual.complete:
        why = f"{reason}, but jc1p could not read 1Password completely"
        standing.draft.held.append(held_group(base, base.kind, Hold.INCOMPLETE_READ, why))
    else:
        lost = f"{reason}; {len(present)} members would lose the vaults shared with it"
        standing.draft.changes.append(
            Change(base.kind, base.key, lost, group=actual.name, jumpcloud_id=source_id, scim_id=actual.id)
        )


def held_group(base: Change, kind: Kind, code: Hold, reason: str) -> Held:
    return Held(kind, code, reason, group=base.group, group_key=base.key)


def warn_of_left_group(situation: Situation, standing: GroupStanding, actual: Group, reason: str) -> None:
    """Warn that users still have the vaults of a group that jc1p no longer manages."""
    if members := present_accounts(situation, actual):
        message = (
            f"{reason}, and {len(members)} member{'' if len(members) == 1 else 's'} still have its vaults; "
            "groups.when_removed is keep"
        )
        standing.draft.warnings.append(PlanWarning("group_left_scope", actual.name, message))
