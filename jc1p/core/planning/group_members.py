"""Decides who belongs in a pushed group. Only members that jc1p manages are ever removed."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from jc1p.core.attributes import quoted_name
from jc1p.core.folding import fold
from jc1p.core.models import Account, Group, MembershipView
from jc1p.core.plan import Change, Held, Hold, Kind, Member, user_key
from jc1p.core.planning.deprovisioning import is_excluded
from jc1p.core.planning.people_result import Standing
from jc1p.core.planning.situation import Draft, Situation
from jc1p.core.planning.unkept_writes import ANOTHER_WRITER, NOT_KEPT_AFTER_RUNS, is_not_kept
from jc1p.core.policy import member_attribute


def present_accounts(situation: Situation, actual: Group | None) -> AbstractSet[str]:
    """Accounts in a group: as shown, plus those that jc1p added if the bridge shows no memberships."""
    if actual is None:
        return frozenset()
    if situation.actual.membership_view is MembershipView.NONE:
        return actual.members | situation.memory.added.get(actual.id, frozenset())
    return actual.members


def leaving_accounts(
    situation: Situation, people: Standing, draft: Draft, base: Change, unwanted: AbstractSet[str]
) -> list[Account]:
    """The unwanted accounts to remove from a group: active, managed (or foreign if configured so), not protected."""
    leaving = []
    for account in (situation.actual.accounts[id_] for id_ in sorted(unwanted & situation.actual.accounts.keys())):
        found, member = situation.matches.by_account.get(account.id), member_for(situation, account)
        if situation.is_protected(account):
            is_kept_out = found and found.person_id in situation.desired.kept_out
            lost = (
                "not matched by scope.users"
                if is_kept_out
                else f"not in the JumpCloud group {quoted_name(base.group or '')}"
            )
            reason = f"{lost}, but protected"
            if found or account.id in situation.matches.gone:
                draft.held.append(hold_member(base, Kind.REMOVE_MEMBERS, Hold.PROTECTED, reason, member))
        elif account.id in people.removable or is_removable_foreigner(situation, people, account):
            if is_not_kept(situation, base.scim_id, member_attribute(account.id), "removed"):
                reason = f"jc1p removed this member in {NOT_KEPT_AFTER_RUNS} runs, and it came back; {ANOTHER_WRITER}"
                draft.held.append(hold_member(base, Kind.REMOVE_MEMBERS, Hold.NOT_KEPT_BY_TARGET, reason, member))
            else:
                leaving.append(account)
    return leaving


def is_removable_foreigner(situation: Situation, people: Standing, account: Account) -> bool:
    """An active account that jc1p doesn't manage and that `foreign_members: remove` removes."""
    found = situation.matches.by_account.get(account.id)
    person = situation.source.people[found.person_id] if found else None
    left_alone = account.id in situation.matches.ambiguous_accounts or is_excluded(situation, account, person)
    policy = situation.policy.groups
    return policy.remove_foreign_members and account.active and account.id not in people.owned and not left_alone


def hold_unkept(situation: Situation, draft: Draft, base: Change, member: Member, account_id: str | None) -> bool:
    """Hold a member who was added to this group before and didn't stay; True when they are held."""
    if not is_not_kept(situation, base.scim_id, member_attribute(account_id or ""), "added"):
        return False
    reason = f"jc1p added this member in {NOT_KEPT_AFTER_RUNS} runs, and 1Password did not keep it; {ANOTHER_WRITER}"
    draft.held.append(hold_member(base, Kind.ADD_MEMBERS, Hold.NOT_KEPT_BY_TARGET, reason, member))
    return True


def hold_member(base: Change, kind: Kind, code: Hold, reason: str, member: Member) -> Held:
    """A held membership of a user in the group of `base`."""
    return Held(kind, code, reason, member.email, base.group, user_key=member.key, group_key=base.key)


def is_undone(situation: Situation, group_id: str, account_id: str, direction: str) -> bool:
    """True if a member that jc1p added is wanted but missing, or one that it removed is back and not wanted."""
    actual = situation.actual.groups.get(group_id)
    group = situation.desired.groups.get(situation.source_of_group.get(group_id, ""))
    found = situation.matches.by_account.get(account_id)
    if actual is None or group is None:
        return False
    wanted = found is not None and found.person_id in group.members
    is_there = account_id in actual.members
    return wanted and not is_there if direction == "added" else is_there and not wanted


def plan_removal(situation: Situation, draft: Draft, base: Change, reason: str, leaving: list[Account]) -> None:
    if not leaving:
        return
    if not situation.actual.complete:
        why = f"{len(leaving)} {reason}, but jc1p could not read 1Password completely"
        draft.held.append(Held(Kind.REMOVE_MEMBERS, Hold.INCOMPLETE_READ, why, group=base.group, group_key=base.key))
        return
    members = [member_for(situation, account) for account in leaving]
    draft.changes.append(with_members(base, Kind.REMOVE_MEMBERS, reason, members))


def member_for(situation: Situation, account: Account) -> Member:
    found = situation.matches.by_account.get(account.id)
    return Member(user_key(found.person_id if found else None, account.id), situation.email_of(account))


def with_members(base: Change, kind: Kind, reason: str, members: Iterable[Member]) -> Change:
    ordered = tuple(sorted(members, key=lambda member: (fold(member.email), member.key)))
    return Change(
        kind,
        base.key,
        reason,
        group=base.group,
        jumpcloud_id=base.jumpcloud_id,
        scim_id=base.scim_id,
        members=ordered,
    )
