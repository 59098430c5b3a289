"""Planning for groups: create, rename in place, add, remove, and what becomes of groups that left the scope.

In 1Password a group is vault access, so a pushed group keeps its id through everything, and only members
that jc1p owns are ever taken out of it. People have been planned before; see people.Standing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from jc1p.core.attributes import listed, quoted_name
from jc1p.core.folding import blur, fold, tidy
from jc1p.core.matching import group_by
from jc1p.core.models import Account, Group, MembershipView
from jc1p.core.plan import Change, Difference, Held, Hold, Kind, Member, PlanWarning, group_key, user_key
from jc1p.core.planning.deprovisioning import is_excluded, why_taken_out
from jc1p.core.planning.group_names import NameClaims, settle_names
from jc1p.core.planning.group_pairs import Pair, is_protected_name, pair_groups, sorted_groups
from jc1p.core.planning.people_result import Standing
from jc1p.core.planning.situation import Draft, Situation
from jc1p.core.planning.takeovers import former_link, takeover
from jc1p.core.planning.unkept_writes import ANOTHER_WRITER, NOT_KEPT_AFTER_RUNS, is_not_kept
from jc1p.core.policy import WhenRemoved, member_attribute


@dataclass(slots=True)
class GroupStanding:
    """What planning for groups found; `owned_memberships` counts by 1Password group name."""

    draft: Draft = field(default_factory=Draft)
    ids: dict[str, str] = field(default_factory=dict)
    owned_memberships: dict[str, int] = field(default_factory=dict)
    presumed_gone: set[str] = field(default_factory=set)
    unlinked: dict[str, str] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)


def plan_groups(situation: Situation, people: Standing) -> GroupStanding:
    """Plan every group in scope, then those that were pushed once and left it."""
    standing = GroupStanding()
    if not situation.policy.groups.push:
        return standing
    pairs = sorted(pair_groups(situation, standing.draft), key=lambda pair: (fold(pair.name), pair.group.id))
    wanted = [pair for pair in pairs if pair.actual or is_created(situation, people, pair)]
    claims = settle_names(situation, wanted, lambda pair: why_name_stays(situation, pair))
    for pair in wanted:
        plan_group(situation, people, standing, pair, claims)
    paired = {pair.actual.id for pair in pairs if pair.actual}
    for actual in sorted_groups(situation.actual.groups.values()):
        source_id = situation.source_of_group.get(actual.id)
        if source_id and actual.id not in paired and source_id not in situation.desired.groups:
            plan_left_group(situation, people, standing, actual, source_id)
    warn_about_namesakes(standing.draft)
    warn_about_lookalikes(situation, standing.draft)
    return standing


def is_created(situation: Situation, people: Standing, pair: Pair) -> bool:
    """Whether a group that 1Password doesn't have yet is wanted there."""
    return situation.policy.groups.create_empty or not pair.group.members.isdisjoint(people.members)


# --- one group in scope -------------------------------------------------------------------------------------


def plan_group(
    situation: Situation, people: Standing, standing: GroupStanding, pair: Pair, claims: NameClaims
) -> None:  # fmt: skip
    draft, key, group, name, actual = standing.draft, pair.key, pair.group, pair.name, pair.actual
    before = len(draft.changes)
    base = Change(Kind.ADD_MEMBERS, key, "", group=name, jumpcloud_id=group.id, scim_id=actual.id if actual else None)
    if actual is None:
        if why := why_not_created(situation, pair, claims):
            draft.held.append(Held(Kind.CREATE_GROUP, *why, group=name))
            return
        draft.changes.append(replace(new_group(base), after=claims.after.get(key)))
    elif not keep_name(situation, draft, base, pair, claims):
        return
    if pair.is_adopted:
        warn_of_takeover(situation, standing, pair)
    present = present_accounts(situation, actual)
    accounts = situation.account_by_person
    absent = sorted(id_ for id_ in group.members if accounts.get(id_) not in present and id_ in people.members)
    joining = [
        people.members[id_] for id_ in absent
        if not hold_unkept(situation, draft, base, people.members[id_], accounts.get(id_))
    ]  # fmt: skip
    if joining:
        reason = f"members of the JumpCloud group {quoted_name(group.name)}"
        draft.changes.append(with_members(base, Kind.ADD_MEMBERS, reason, joining))
    if actual:
        standing.ids[key] = actual.id
        if needs_written_link(situation, actual):
            standing.unlinked[actual.id] = group.id
        standing.owned_memberships[name] = len(present & people.losable)
        leaving = leaving_accounts(situation, people, draft, base, present, group.members)
        plan_removal(situation, draft, base, why_taken_out(situation, group, leaving), leaving)
    if actual and len(draft.changes) == before:
        standing.unchanged.append(actual.id)


def needs_written_link(situation: Situation, actual: Group) -> bool:
    """Its externalId is empty, and was never sent, to a bridge that has not shown that it drops it."""
    was_sent = (actual.id, "externalId") in situation.memory.requests
    return not actual.external_id and not was_sent and situation.keeps_group_external_id is not False


def why_not_created(situation: Situation, pair: Pair, claims: NameClaims) -> tuple[Hold, str] | None:
    """What holds a group that 1Password doesn't have."""
    if blocked := claims.blocked.get(pair.key):
        return Hold.AMBIGUOUS_MATCH, blocked
    names = {fold(pair.name), fold(pair.group.name)}
    if pair.group.id in situation.vanished_groups and not names & situation.recreate:
        return Hold.GROUP_VANISHED, (
            f"its 1Password group ({situation.links.groups[pair.group.id]}) is not there any more. Most likely it was "
            "taken out of Managed Groups, and a second group would have none of its vaults: put it back under "
            f"Integrations > Automated User Provisioning. If it was deleted: `jc1p sync --recreate '{pair.name}'`"
        )
    return None


def warn_of_takeover(situation: Situation, standing: GroupStanding, pair: Pair) -> None:
    """A 1Password group that has members, or was another JumpCloud group's, and has only its name in common."""
    actual = pair.actual
    former = situation.source_of_group.get(actual.id) if actual else None
    if actual is None or not (actual.members or former):
        return
    standing.presumed_gone |= {former} if former else set()
    facts = [f"has {len(actual.members)} member{'' if len(actual.members) == 1 else 's'}"]
    facts += [former_link("group", former)] if former else []
    what, whose = f"the 1Password group of this name ({actual.id})", f"{pair.group.name} ({pair.group.id})"
    becomes = f"the group of JumpCloud's {whose}, whose members get its vaults"
    standing.draft.warnings.append(takeover(pair.name, pair.key, what, facts, becomes))


def hold_unkept(situation: Situation, draft: Draft, base: Change, member: Member, account_id: str | None) -> bool:
    """Hold a member who was put into this group before and didn't stay; True when they are held."""
    if not is_not_kept(situation, base.scim_id, member_attribute(account_id or ""), "added"):
        return False
    reason = f"put into the group in {NOT_KEPT_AFTER_RUNS} runs, and gone again each time; {ANOTHER_WRITER}"
    draft.held.append(
        Held(Kind.ADD_MEMBERS, Hold.NOT_KEPT_BY_TARGET, reason, user=member.email, group=base.group)
    )  # fmt: skip
    return True


def is_undone(situation: Situation, group_id: str, account_id: str, direction: str) -> bool:
    """True while somebody who was put into a group is wanted there and isn't, or is there again and not wanted."""
    actual = situation.actual.groups.get(group_id)
    group = situation.desired.groups.get(situation.source_of_group.get(group_id, ""))
    found = situation.matches.by_account.get(account_id)
    if actual is None or group is None:
        return False
    wanted = found is not None and found.person_id in group.members
    is_there = account_id in actual.members
    return wanted and not is_there if direction == "added" else is_there and not wanted


def new_group(base: Change) -> Change:
    return Change(
        Kind.CREATE_GROUP, base.key, "in scope, no 1Password group of this name", group=base.group,
        jumpcloud_id=base.jumpcloud_id, attributes={"displayName": Difference(None, base.group)},
    )  # fmt: skip


def keep_name(situation: Situation, draft: Draft, base: Change, pair: Pair, claims: NameClaims) -> bool:
    """Plan the rename when the names differ; False when the group is protected and has to be left alone."""
    actual, name = pair.actual or pair.group, pair.name
    if is_protected_name(situation, actual.name) or is_protected_name(situation, name):
        draft.held.append(Held(Kind.RENAME_GROUP, Hold.PROTECTED, f"{actual.name} is a protected group", group=name))
        return False
    if tidy(actual.name) == name:
        return True
    if why := claims.blocked.get(pair.key):
        reason = f"{why}; {actual.name} keeps its name until then"
        draft.held.append(Held(Kind.RENAME_GROUP, Hold.AMBIGUOUS_MATCH, reason, group=name))
    elif is_name_refused(situation, actual, name):
        reason = "1Password accepted this name in 2 runs and did not keep it"
        draft.held.append(Held(Kind.RENAME_GROUP, Hold.NOT_KEPT_BY_TARGET, reason, group=name))
    else:
        draft.changes.append(
            Change(
                Kind.RENAME_GROUP, base.key, "the group's name differs from JumpCloud's", group=name,
                jumpcloud_id=base.jumpcloud_id, scim_id=actual.id,
                attributes={"displayName": Difference(actual.name, name)}, after=claims.after.get(pair.key),
            )
        )  # fmt: skip
    return True


def why_name_stays(situation: Situation, pair: Pair) -> str:
    """Why a group keeps the name that it has, whoever else may want it; "" when it may be renamed."""
    actual = pair.actual
    if actual is None:
        return ""
    if is_protected_name(situation, actual.name) or is_protected_name(situation, pair.name):
        return "protected"
    return "not kept" if is_name_refused(situation, actual, pair.name) else ""


def is_name_refused(situation: Situation, actual: Group, name: str) -> bool:
    """True when 1Password was sent this name in two runs and shows another one."""
    request = situation.memory.requests.get((actual.id, "displayName"))
    return request is not None and request.runs > 1 and request.value == name


def present_accounts(situation: Situation, actual: Group | None) -> frozenset[str]:
    """Accounts in a group: as shown, plus what jc1p put there when the bridge shows no memberships."""
    if actual is None:
        return frozenset()
    if situation.actual.membership_view is MembershipView.NONE:
        return actual.members | situation.memory.added.get(actual.id, frozenset())
    return actual.members


def leaving_accounts(
    situation: Situation, people: Standing, draft: Draft, base: Change, present: frozenset[str],
    source_members: frozenset[str],
) -> list[Account]:  # fmt: skip
    """Accounts to take out of a group: active, ours (or foreign where the policy says so), not protected."""
    leaving = []
    staying = {situation.account_by_person.get(id_) for id_ in source_members}
    for account in (
        situation.actual.accounts[id_] for id_ in sorted((present - staying) & situation.actual.accounts.keys())
    ):
        found = situation.matches.by_account.get(account.id)
        if situation.is_protected(account):
            is_kept_out = found and found.person_id in situation.desired.kept_out
            lost = "not let in by scope.users" if is_kept_out else f"not in the JumpCloud group {base.group}"
            reason = f"{lost}, but protected"
            if found or account.id in situation.matches.gone:
                draft.held.append(
                    Held(
                        Kind.REMOVE_MEMBERS,
                        Hold.PROTECTED,
                        reason,
                        user=situation.email_of(account),
                        group=base.group,
                    )
                )
        elif account.id in people.removable or is_removable_foreigner(situation, people, account):
            if is_not_kept(situation, base.scim_id, member_attribute(account.id), "removed"):
                who = situation.email_of(account)
                reason = f"taken out of the group in {NOT_KEPT_AFTER_RUNS} runs, and back each time; {ANOTHER_WRITER}"
                held = Held(Kind.REMOVE_MEMBERS, Hold.NOT_KEPT_BY_TARGET, reason, user=who, group=base.group)
                draft.held.append(held)
            else:
                leaving.append(account)
    return leaving


def is_removable_foreigner(situation: Situation, people: Standing, account: Account) -> bool:
    """An active account that jc1p doesn't own, where `foreign_members: remove` asks for its removal."""
    found = situation.matches.by_account.get(account.id)
    person = situation.source.people[found.person_id] if found else None
    left_alone = account.id in situation.matches.ambiguous_accounts or is_excluded(situation, account, person)
    policy = situation.policy.groups
    return policy.remove_foreign_members and account.active and account.id not in people.owned and not left_alone


def plan_removal(situation: Situation, draft: Draft, base: Change, reason: str, leaving: list[Account]) -> None:
    if not leaving:
        return
    if not situation.actual.complete:
        why = f"{len(leaving)} {reason}, but the reading of 1Password is incomplete"
        draft.held.append(Held(Kind.REMOVE_MEMBERS, Hold.INCOMPLETE_READ, why, group=base.group))
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


# --- groups that left the scope -----------------------------------------------------------------------------


def plan_left_group(
    situation: Situation, people: Standing, standing: GroupStanding, actual: Group, source_id: str
) -> None:
    """A pushed group whose JumpCloud group is gone or out of scope: keep, empty or delete it."""
    policy = situation.policy.groups.when_removed
    reason = "its JumpCloud group is gone" if source_id not in situation.source.groups else "no longer in scope"
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
    standing.owned_memberships[actual.name] = len(present & people.losable)
    if is_protected_name(situation, actual.name):
        standing.draft.held.append(Held(base.kind, Hold.PROTECTED, "protected group", group=actual.name))
    elif policy is WhenRemoved.EMPTY:
        leaving = [
            account for account in leaving_accounts(situation, people, standing.draft, base, present, frozenset())
            if account.id in people.removable
        ]  # fmt: skip
        plan_removal(situation, standing.draft, base, reason, leaving)
    elif not situation.actual.complete:
        why = f"{reason}, but the reading of 1Password is incomplete"
        standing.draft.held.append(Held(base.kind, Hold.INCOMPLETE_READ, why, group=actual.name))
    else:
        lost = f"{reason}; {len(present)} members lose the vaults shared with it"
        standing.draft.changes.append(
            Change(base.kind, base.key, lost, group=actual.name, jumpcloud_id=source_id, scim_id=actual.id)
        )


def warn_of_left_group(situation: Situation, standing: GroupStanding, actual: Group, reason: str) -> None:
    """Say that people still have the vaults of a group that jc1p no longer looks after."""
    if members := present_accounts(situation, actual):
        message = (
            f"{reason}, and {len(members)} member{'' if len(members) == 1 else 's'} still have its vaults; "
            "groups.when_removed is keep"
        )
        standing.draft.warnings.append(PlanWarning("group_left_scope", actual.name, message))


def warn_about_lookalikes(situation: Situation, draft: Draft) -> None:
    """New groups whose names look like another one's in other letters: two groups, and worth a look."""
    known = group_by(situation.actual.groups.values(), lambda group: blur(group.name))
    for change in draft.changes:
        name = change.group or ""
        if change.kind is Kind.CREATE_GROUP and (alike := known.get(blur(name))) and fold(alike[0].name) != fold(name):
            message = (
                f"looks like the 1Password group {alike[0].name} ({alike[0].id}) in other letters; it is another group"
            )
            draft.warnings.append(PlanWarning("lookalike_group", name, message))


def warn_about_namesakes(draft: Draft) -> None:
    """A group that the bridge doesn't manage is invisible (facts/scim-bridge.md 3.3)."""
    created = [change.group or "" for change in draft.changes if change.kind is Kind.CREATE_GROUP]
    if not created:
        return
    draft.warnings.append(
        PlanWarning(
            "unmanaged_namesake",
            listed(created),
            "if 1Password has a group of such a name already, put it under Managed Groups first "
            "(Integrations > Automated User Provisioning): the bridge can't see it and would make a second one",
        )
    )
