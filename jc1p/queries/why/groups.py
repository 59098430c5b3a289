"""The trace of one group. Pure."""

from dataclasses import dataclass

from jc1p.core.folding import fold
from jc1p.core.models import Account, Group, MembershipView
from jc1p.core.plan import Change, Held, Kind, Plan, group_key, user_key
from jc1p.core.planning import Situation
from jc1p.core.planning.group_pairs import target_name
from jc1p.core.scope import Scope
from jc1p.queries.why.steps import STATE_WORDS, Step, Trace, change_step, group_rule, scope_rule
from jc1p.queries.why.subject import Subject


def trace_group(situation: Situation, scope: Scope, plan: Plan, subject: Subject) -> Trace:
    group, pushed = subject.group, subject.pushed
    source_id = group.id if group else situation.source_of_group.get(pushed.id, "") if pushed else ""
    name = target_name(situation, group) if group else pushed.name if pushed else ""
    changes = tuple(change for change in plan.changes if change.key == group_key(source_id))
    key = group_key(source_id)
    held = tuple(item for item in plan.held if item.group_key and item.group_key == key)
    compared = members_step(situation, group, pushed, Decisions(plan, changes, held))
    steps = (
        seen_group(situation, group, source_id),
        Step("scope", *group_scope(situation, scope, group)),
        group_match_step(situation, group, pushed, name),
        compared,
        change_step(changes, held, why_group_stays(situation, group, pushed, source_id) or kept_on_purpose(compared)),
    )
    return Trace(group.name if group else name, is_group=True, steps=steps, changes=changes, held=held)


def seen_group(situation: Situation, group: Group | None, source_id: str) -> Step:
    if group is None:
        saw = f"JumpCloud id {source_id}, which was deleted" if source_id else "no JumpCloud group has this name"
        return Step("jumpcloud", saw, "JumpCloud's group list was read completely")
    members = f"{len(group.members)} members" if group.id in situation.source.read_groups else "members were not read"
    return Step("jumpcloud", f'"{group.name}", JumpCloud id {group.id}, {members}', "found by name")


def group_scope(situation: Situation, scope: Scope, group: Group | None) -> tuple[str, str]:
    if group is None:
        return "nothing to check", scope_rule(scope)
    is_in = group.id in situation.desired.groups
    return "in scope" if is_in else "out of scope", group_rule(situation, scope, group)


def group_match_step(situation: Situation, group: Group | None, pushed: Group | None, name: str) -> Step:
    how = "groups.names" if group and situation.policy.groups.explicit_name(group.name) else "groups.name"
    if pushed is None:
        rule = f"no link, and no group with this name ({how})"
        return Step("match", f'no 1Password group; its name would be "{name}"', rule)
    shows = situation.actual.membership_view is not MembershipView.NONE
    size = f", {len(pushed.members)} members" if shows else "; the bridge shows no memberships"
    saw = f'"{pushed.name}", id {pushed.id}{size}'
    if pushed.id in situation.source_of_group:
        return Step("match", saw, "a link in state or externalId")
    rule = f'the same name, "{name}" ({how})' if group else "no link, and no JumpCloud group of this name"
    return Step("match", saw, rule)


@dataclass(frozen=True, slots=True)
class Decisions:
    """A plan, and the parts of it that are about one group."""

    plan: Plan
    changes: tuple[Change, ...]
    held: tuple[Held, ...]

    def of_member(self, kind: Kind, keys: set[str]) -> str:
        """What the plan does about a missing or extra member, "" if it says nothing."""
        if any(change.kind is kind and keys & {each.key for each in change.members} for change in self.changes):
            return f"the next sync {'adds' if kind is Kind.ADD_MEMBERS else 'removes'} this member"
        of_group = [item for item in self.held if item.kind is kind]
        of_user = [item for item in self.plan.held if item.user_key in keys]
        for item in (*of_user, *of_group):
            return f"held ({item.code}): {item.reason}"
        return next((reason for key, reason in self.plan.left_alone.items() if key in keys), "")


def kept_on_purpose(compared: Step) -> str | None:
    """The reason for members that differ; "as JumpCloud asks" would be wrong there."""
    return "these members stay as they are, for the reason beside each" if compared.details else None


def members_step(situation: Situation, group: Group | None, pushed: Group | None, decided: Decisions) -> Step:
    """Members that differ between the sides, why, and what the plan does about each."""
    if group is None or group.id not in situation.desired.groups:
        return Step("attributes", "not compared", "only groups in scope are compared")
    present = frozenset(pushed.members if pushed else ())
    members = frozenset(situation.desired.groups[group.id].members)
    missing = only_in_jumpcloud(situation, members, present, decided)
    details = (*missing, *only_in_1password(situation, members, present, decided))
    saw = "members differ" if details else "the same members"
    return Step(
        "attributes",
        saw,
        "users in scope with an active account, managed accounts, and groups.foreign_members",
        details,
    )


def only_in_jumpcloud(
    situation: Situation, members: frozenset[str], present: frozenset[str], decided: Decisions
) -> list[str]:  # fmt: skip
    people, by_person = situation.source.people, situation.matches.by_person
    missing = [id_ for id_ in members if id_ not in by_person or by_person[id_].account_id not in present]
    return [
        f"{people[id_].email}: missing in 1Password; {STATE_WORDS[people[id_].state]}, "
        f"{'has an account' if id_ in by_person else 'has no account'}: {why_missing(situation, id_, decided)}"
        for id_ in sorted(missing, key=lambda id_: (fold(people[id_].email), id_))
    ]


def why_missing(situation: Situation, id_: str, decided: Decisions) -> str:
    match = situation.matches.by_person.get(id_)
    account = situation.actual.accounts.get(match.account_id) if match else None
    said = decided.of_member(Kind.ADD_MEMBERS, {user_key(id_, None)})
    if said:
        return said
    if account and not account.active:
        return "not added, because the account is suspended in 1Password"
    return "not added, because only users with an active account become members" if match is None else "not added"


def only_in_1password(
    situation: Situation, members: frozenset[str], present: frozenset[str], decided: Decisions
) -> list[str]:  # fmt: skip
    accounts, by_person = situation.actual.accounts, situation.matches.by_person
    wanted = {by_person[id_].account_id for id_ in members if id_ in by_person}
    strangers = [accounts[id_] for id_ in present - wanted if id_ in accounts]
    return [
        f"{account.user_name}: only in 1Password; {'active' if account.active else 'suspended'}: "
        f"{why_present(situation, account, decided)}"
        for account in sorted(strangers, key=lambda each: (fold(each.user_name), each.id))
    ]


def why_present(situation: Situation, account: Account, decided: Decisions) -> str:
    persons = [id_ for id_, match in situation.matches.by_person.items() if match.account_id == account.id]
    keys = {user_key(None, account.id), *(user_key(id_, None) for id_ in persons)}
    if any(each.kind is Kind.SUSPEND_USER and each.scim_id == account.id for each in decided.plan.changes):
        return "the next sync suspends the account, which keeps its memberships"
    if account.id in decided.plan.excluded:
        return "kept, because scope.exclude_users excludes this user"
    if account.id in decided.plan.unowned and not situation.policy.groups.remove_foreign_members:
        return "kept, because the account is unmanaged (users.ownership, groups.foreign_members)"
    said = decided.of_member(Kind.REMOVE_MEMBERS, keys)
    if said:
        return said
    if not account.active:
        return "kept, because a suspended account keeps its memberships"
    return f"kept (groups.foreign_members is {'remove' if situation.policy.groups.remove_foreign_members else 'keep'})"


def why_group_stays(situation: Situation, group: Group | None, pushed: Group | None, source_id: str) -> str | None:
    """Why nothing is planned for a group, other than being in sync."""
    policy = situation.policy.groups
    if not policy.push:
        return "groups.push is false"
    if group and group.id in situation.desired.groups:
        is_empty = pushed is None and not policy.create_empty
        return "no member is provisioned, and groups.empty is skip" if is_empty else None
    if pushed is None:
        return "out of scope"
    if source_id:
        return f"it left the scope, and groups.when_removed is {policy.when_removed}"
    return "jc1p did not create or sync this group"
