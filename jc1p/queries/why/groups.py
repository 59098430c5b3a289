"""The trace of one group. Pure."""

from jc1p.core.folding import fold
from jc1p.core.models import Group, MembershipView
from jc1p.core.plan import Plan, group_key
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
    names = {fold(each) for each in (name, group.name if group else "") if each}
    held = tuple(item for item in plan.held if item.group and fold(item.group) in names)
    steps = (
        seen_group(situation, group, source_id),
        Step("scope", *group_scope(situation, scope, group)),
        group_match_step(situation, group, pushed, name),
        members_step(situation, group, pushed),
        change_step(changes, held, why_group_stays(situation, group, pushed, source_id)),
    )
    return Trace(group.name if group else name, is_group=True, steps=steps, changes=changes, held=held)


def seen_group(situation: Situation, group: Group | None, source_id: str) -> Step:
    if group is None:
        saw = f"JumpCloud id {source_id}, which is gone" if source_id else "no group there has this name"
        return Step("jumpcloud", saw, "JumpCloud's group list was read whole")
    members = f"{len(group.members)} members" if group.id in situation.source.read_groups else "members were not read"
    return Step("jumpcloud", f'"{group.name}", JumpCloud id {group.id}, {members}', "found by name")


def group_scope(situation: Situation, scope: Scope, group: Group | None) -> tuple[str, str]:
    if group is None:
        return "nothing to be in scope", scope_rule(scope)
    is_in = group.id in situation.desired.groups
    return "in scope" if is_in else "out of scope", group_rule(situation, scope, group)


def group_match_step(situation: Situation, group: Group | None, pushed: Group | None, name: str) -> Step:
    how = "groups.names" if group and group.name in situation.policy.groups.names else "groups.name"
    if pushed is None:
        rule = f"no link, and no group named so ({how})"
        return Step("match", f'no 1Password group; it would be called "{name}"', rule)
    shows = situation.actual.membership_view is not MembershipView.NONE
    size = f", {len(pushed.members)} members" if shows else "; the bridge shows no memberships"
    saw = f'"{pushed.name}", id {pushed.id}{size}'
    if pushed.id in situation.source_of_group:
        return Step("match", saw, "the link that state or externalId keeps")
    rule = f'the same name, "{name}" ({how})' if group else "no link, and no JumpCloud group of this name"
    return Step("match", saw, rule)


def members_step(situation: Situation, group: Group | None, pushed: Group | None) -> Step:
    """Members one by one where the sides differ, and why they may."""
    if group is None or group.id not in situation.desired.groups:
        return Step("attributes", "not compared", "only groups in scope are")
    present = pushed.members if pushed else frozenset()
    members = situation.desired.groups[group.id].members
    details = (*only_in_jumpcloud(situation, members, present), *only_in_1password(situation, members, present))
    saw = "members differ" if details else "the same members"
    return Step("attributes", saw, "who is provisioned, who is jc1p's, and groups.foreign_members", details)


def only_in_jumpcloud(situation: Situation, members: frozenset[str], present: frozenset[str]) -> list[str]:
    people, by_person = situation.source.people, situation.matches.by_person
    missing = [id_ for id_ in members if id_ not in by_person or by_person[id_].account_id not in present]
    return [
        f"{people[id_].email}: only in JumpCloud; {STATE_WORDS[people[id_].state]}, "
        f"{'has an account' if id_ in by_person else 'has no account'}"
        for id_ in sorted(missing, key=lambda id_: (fold(people[id_].email), id_))
    ]


def only_in_1password(situation: Situation, members: frozenset[str], present: frozenset[str]) -> list[str]:
    accounts, by_person = situation.actual.accounts, situation.matches.by_person
    wanted = {by_person[id_].account_id for id_ in members if id_ in by_person}
    strangers = [accounts[id_] for id_ in present - wanted if id_ in accounts]
    return [
        f"{account.user_name}: only in 1Password; {'active' if account.active else 'suspended'}"
        for account in sorted(strangers, key=lambda each: (fold(each.user_name), each.id))
    ]


def why_group_stays(situation: Situation, group: Group | None, pushed: Group | None, source_id: str) -> str | None:
    """Why nothing is planned for a group, where the reason is not that it is right."""
    policy = situation.policy.groups
    if not policy.push:
        return "groups.push is false"
    if group and group.id in situation.desired.groups:
        is_empty = pushed is None and not policy.create_empty
        return "it has no members who are provisioned, and groups.empty is skip" if is_empty else None
    if pushed is None:
        return "out of scope"
    if source_id:
        return f"it left the scope, and groups.when_removed is {policy.when_removed}"
    return "jc1p never pushed this group"
