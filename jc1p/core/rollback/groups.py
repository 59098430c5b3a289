"""Undoes the changes of groups: names and members. Pure."""

from collections.abc import Iterable

from jc1p.core.attributes import quoted_name
from jc1p.core.folding import fold, tidy
from jc1p.core.kind_words import NOUNS
from jc1p.core.models import Account, Group, MembershipView
from jc1p.core.past_runs import Entry, PastMember
from jc1p.core.plan import Change, Difference, Held, Hold, Kind, Member, PlanWarning, group_key, person_of, user_key
from jc1p.core.planning import Situation
from jc1p.core.planning.group_pairs import is_protected_name
from jc1p.core.policy import member_attribute
from jc1p.core.rollback.undoing import ANOTHERS, CANNOT_UNDO, Undoing, is_anothers


def group_of(undoing: Undoing, entry: Entry) -> Group | None:
    """The group as it is now; None, with the reason noted, if it was deleted or is protected."""
    group = undoing.situation.actual.groups.get(entry.scim_id or "")
    if group is None:
        undoing.cannot(entry, "the group was deleted from 1Password")
    elif is_protected_name(undoing.situation, group.name):
        kind = Kind.ADD_MEMBERS if entry.kind is Kind.REMOVE_MEMBERS else Kind.REMOVE_MEMBERS
        kind = Kind.RENAME_GROUP if entry.kind is Kind.RENAME_GROUP else kind
        reason = f"undoes {entry.kind}, but {quoted_name(group.name)} is a protected group"
        undoing.held.append(Held(kind, Hold.PROTECTED, reason, group=group.name))
        return None
    return group


def rename_back(undoing: Undoing, entry: Entry) -> None:
    if entry.is_group_link:
        why = "the link stays. To move it, name the group again: `jc1p import --link --group NAME`"
        undoing.warnings.append(PlanWarning(CANNOT_UNDO, entry.subject, f"link group: {why}"))
        return
    group = group_of(undoing, entry)
    before, after = entry.attributes["displayName"].before, entry.attributes["displayName"].after
    if group is None or not isinstance(before, str) or tidy(group.name) == tidy(before):
        return
    if tidy(group.name) != tidy(str(after)):
        undoing.cannot(entry, f'the group was renamed to "{group.name}" after the run; not changed')
        return
    if undoing.is_of_later_run(entry, "displayName", group.name):
        return
    change = group_change(undoing, entry, group, Kind.RENAME_GROUP)
    difference = Difference(group.name, before)
    undoing.changes.append(change._replace(group=before, attributes={"displayName": difference}))


def group_change(undoing: Undoing, entry: Entry, group: Group, kind: Kind) -> Change:
    reason = f"undoes the {NOUNS[entry.kind]} by run {undoing.run_id}"
    owner = owner_now(undoing.situation, entry, group)
    key = entry.key if owner == entry.jumpcloud_id else group_key(owner or group.id)
    undoing.ids[key] = group.id
    return Change(kind, key, reason, group=group.name, jumpcloud_id=owner, scim_id=group.id)


def owner_now(situation: Situation, entry: Entry, group: Group) -> str | None:
    """The JumpCloud group that a group belongs to now, since applied changes record it: the run's may be over.

    None if the one that it names has another 1Password group by now.
    """
    owner = situation.source_of_group.get(group.id, entry.jumpcloud_id)
    linked = situation.group_linked_to.get(owner or "")
    return owner if linked is None or linked.id == group.id else None


def restore_members(undoing: Undoing, entry: Entry) -> None:
    """Remove members that the run added and add back members that it removed, if its changes are still in effect."""
    group = group_of(undoing, entry)
    if group is None:
        return
    removes = entry.kind is Kind.ADD_MEMBERS
    accounts = undoing.situation.actual.accounts
    there = [(member, accounts[id_]) for member in entry.members if (id_ := member.scim_id or "") in accounts]
    shows = undoing.situation.actual.membership_view is not MembershipView.NONE
    moving = [
        account for member, account in there
        if (not shows or (account.id in group.members) is removes) and is_in_effect(undoing, entry, member, account)
    ]  # fmt: skip
    kept = [account for account in moving if removes and undoing.situation.is_protected(account)]
    reason = f"undoes the {NOUNS[entry.kind]}, but protected"
    undoing.held += [
        Held(Kind.REMOVE_MEMBERS, Hold.PROTECTED, reason, user=account.user_name,
             group=group.name)
        for account in kept
    ]  # fmt: skip
    members = members_for(undoing.situation, [account for account in moving if account not in kept])
    if members:
        kind = Kind.REMOVE_MEMBERS if removes else Kind.ADD_MEMBERS
        undoing.changes.append(group_change(undoing, entry, group, kind)._replace(members=members))


def is_in_effect(undoing: Undoing, entry: Entry, member: PastMember, account: Account) -> bool:
    """Whether a membership is as the run left it, and still the same user's; says so if it isn't."""
    of = f"{account.user_name}: "
    if is_anothers(undoing.situation, account, person_of(member.key)):
        undoing.cannot(entry, f"{of}{ANOTHERS}; not changed")
        return False
    is_member = entry.kind is Kind.ADD_MEMBERS
    return not undoing.is_of_later_run(entry, member_attribute(account.id), is_member, of)


def members_for(situation: Situation, accounts: Iterable[Account]) -> tuple[Member, ...]:
    found = [
        Member(
            user_key(match.person_id if (match := situation.matches.by_account.get(account.id)) else None, account.id),
            situation.email_of(account),
        )
        for account in accounts
    ]
    return tuple(sorted(found, key=lambda member: (fold(member.email), member.key)))
