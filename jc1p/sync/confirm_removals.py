"""Checks again before anything is removed or an account is reactivated: asks JumpCloud once more, with other calls.

Graph lists may come back short without any sign (facts/jumpcloud-api.md 11.3 and 11.6), and a short list looks like
leavers. An old list looks like users who came back. Costs requests only for what a plan removes or reactivates. A
contradiction ends the run before any change.
"""

import asyncio
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from jc1p.clients.jumpcloud.client import JumpCloudClient
from jc1p.clients.jumpcloud.parse import Path
from jc1p.core.attributes import CORE_FIELDS
from jc1p.core.models import Person, PersonState, SourceGroups
from jc1p.core.people_filter import has_lost_a_field
from jc1p.core.plan import Change, Kind, Plan, person_of
from jc1p.core.planning import Situation
from jc1p.core.planning.people_result import is_provisioned, is_suspended
from jc1p.core.scope import Scope, choose_groups
from jc1p.errors import IncompleteRead

SHOWN = 5


async def confirm_losses(situation: Situation, plan: Plan, jumpcloud: JumpCloudClient) -> None:
    """Ask again about all users and groups that lose something because JumpCloud's lists don't show them.

    Also about users who would get a suspended account back.

    Raises:
        IncompleteRead: JumpCloud's answers contradict its lists, so a list was short or old; names them.
    """
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(confirm_gone(plan, jumpcloud))
        tasks.create_task(confirm_gone_members(situation, plan, jumpcloud))
        tasks.create_task(confirm_people(situation, plan, jumpcloud))
        tasks.create_task(confirm_states(situation, plan, jumpcloud))
        tasks.create_task(confirm_left_groups(situation, plan, jumpcloud))
        tasks.create_task(confirm_gone_groups(plan, jumpcloud))
        tasks.create_task(confirm_gone_users(plan, jumpcloud))
        tasks.create_task(confirm_returns(situation, plan, jumpcloud))


async def confirm_gone(plan: Plan, jumpcloud: JumpCloudClient) -> None:
    """Users who would be suspended as deleted: one GET each."""
    gone = [change for change in plan.of_kind(Kind.SUSPEND_USER) if change.is_about_the_gone]
    async with asyncio.TaskGroup() as tasks:
        answers = [tasks.create_task(jumpcloud.find_person(change.jumpcloud_id or "")) for change in gone]
    found = [change.subject for change, answer in zip(gone, answers, strict=True) if answer.result()]
    refuse("users", found, "would have been suspended as deleted, but JumpCloud still has them")


async def confirm_gone_members(situation: Situation, plan: Plan, jumpcloud: JumpCloudClient) -> None:
    """Members who would be removed and whose JumpCloud user seems deleted (`when_deleted: ignore`): one GET each."""
    gone = situation.matches.gone
    members = {
        id_: f"{member.email} in {change.group}"
        for change in plan.of_kind(Kind.REMOVE_MEMBERS) for member in change.members
        if (id_ := gone.get(plan.ids.get(member.key, "")))
    }  # fmt: skip
    async with asyncio.TaskGroup() as tasks:
        answers = {id_: tasks.create_task(jumpcloud.find_person(id_)) for id_ in sorted(members)}
    found = [members[id_] for id_, answer in answers.items() if answer.result()]
    refuse("users", found, "would have been removed from the group as deleted, but JumpCloud still has them")


async def confirm_states(situation: Situation, plan: Plan, jumpcloud: JumpCloudClient) -> None:
    """Users who would be suspended for their state or an expired password, which may have changed: one GET each."""
    people = situation.source.people
    suspended = [people.get(change.jumpcloud_id or "") for change in plan.of_kind(Kind.SUSPEND_USER)]
    by_state = [person for person in suspended if person and is_suspended(situation, person)]
    async with asyncio.TaskGroup() as tasks:
        answers = [tasks.create_task(jumpcloud.find_person(person.id)) for person in by_state]
    other = [
        person for person, answer in zip(by_state, answers, strict=True)
        if (now := answer.result()) is None or not is_suspended(situation, now)
    ]  # fmt: skip
    active = [person.email for person in other if person.state is PersonState.SUSPENDED]
    renewed = [person.email for person in other if person.state is not PersonState.SUSPENDED]
    refuse("users", active, "would have been suspended, but JumpCloud shows another state when read again", OLD)
    refuse("users", renewed, "would have been suspended for an expired password, but it is valid when read again", OLD)


async def confirm_people(situation: Situation, plan: Plan, jumpcloud: JumpCloudClient) -> None:
    """Users who would be suspended or removed from a group: their fields, and their groups."""
    suspended = [change for change in plan.of_kind(Kind.SUSPEND_USER) if not change.is_about_the_gone]
    moved = [each for each in plan.of_kind(Kind.REMOVE_MEMBERS) if each.jumpcloud_id in situation.desired.groups]
    members = frozenset(id_ for change in moved for id_ in people_of(change))
    removed = {id_ for change in plan.of_kind(Kind.REMOVE_MEMBERS) for id_ in people_of(change)}
    losing = removed | {change.jumpcloud_id or "" for change in suspended}
    kept_out = await confirm_fields(situation, losing, jumpcloud)
    left = [each for each in suspended if is_about_the_unassigned(situation, each)]
    left = [each for each in left if each.jumpcloud_id not in kept_out]
    asked = (members - kept_out) | ids_of(left)
    if not asked:
        return
    async with asyncio.TaskGroup() as tasks:
        direct = tasks.create_task(jumpcloud.read_assigned("user"))
        assigned = tasks.create_task(jumpcloud.read_assigned("user_group"))
        reading = {id_: tasks.create_task(jumpcloud.read_groups_of(id_)) for id_ in sorted(asked)}
        access = {id_: tasks.create_task(jumpcloud.read_access_of_user(id_)) for id_ in ids_of(left)}
    groups = {id_: task.result() for id_, task in reading.items()}
    in_scope = situation.desired.groups.keys() | groups_assigned(situation, assigned.result())
    having = direct.result() | {id_ for id_, path in access.items() if is_in_scope_by(situation, path.result())}
    refuse_unassigned(situation, left, groups, in_scope, having)
    refuse_removed(moved, groups)


async def confirm_fields(situation: Situation, losing: Iterable[str], jumpcloud: JumpCloudClient) -> frozenset[str]:
    """Judge again, with one GET each, users whose fields keep them out of the scope or may exclude them.

    Returns the people who `scope.users` keeps out for certain: their groups don't matter.
    """
    scope, people = situation.desired.scope, situation.source.people
    by_fields = [id_ for id_ in losing if scope.exclude_entries or id_ in situation.desired.kept_out]
    asked = sorted(people.keys() & by_fields)
    extra_fields = scope.fields - CORE_FIELDS
    async with asyncio.TaskGroup() as tasks:
        reading = {id_: tasks.create_task(jumpcloud.find_person(id_, extra_fields)) for id_ in asked}
    found = {id_: person for id_, task in reading.items() if (person := task.result())}
    entries = (*scope.users, *scope.exclude_entries)
    emptied = [people[id_].email for id_, now in found.items() if has_lost_a_field(people[id_], now, entries)]
    refuse(
        "users", emptied, "would have lost access, but a field that the scope uses is missing when read again", WRONG
    )
    excluded = [person.email for person in found.values() if scope.excludes(person)]
    refuse("users", excluded, "would have lost access, but scope.exclude_users matches them when read again", WRONG)
    return frozenset(id_ for id_ in asked if id_ in situation.desired.kept_out and not is_let_in(scope, found.get(id_)))


def ids_of(changes: Iterable[Change]) -> frozenset[str]:
    return frozenset(change.jumpcloud_id or "" for change in changes)


def is_in_scope_by(situation: Situation, path: Path | None) -> bool:
    """Whether a user who has the application by this path is in scope: directly, or through a group that is.

    The application's lists come from one graph and may lie together. The user's own list shows the other end.
    """
    if path is None:
        return False
    through, known = frozenset(path.through), situation.source.groups.keys()
    if path.direct or through - known:
        return True
    if not through:
        # The path is unknown. If groups are excluded, it may go through one of them.
        return not situation.desired.scope.exclude_groups
    return bool(groups_assigned(situation, through) & through)


def is_let_in(scope: Scope, person: Person | None) -> bool:
    return person is not None and scope.lets_in(person)


def is_about_the_unassigned(situation: Situation, change: Change) -> bool:
    person = situation.source.people.get(change.jumpcloud_id or "")
    return person is not None and not is_suspended(situation, person)


def people_of(change: Change) -> Mapping[str, str]:
    """JumpCloud id to email of a change's members; accounts without a JumpCloud user are skipped."""
    return {person_of(member.key): member.email for member in change.members if person_of(member.key)}


def groups_assigned(situation: Situation, assigned: frozenset[str]) -> frozenset[str]:
    """The groups in scope by the application's groups when read again; the first list may have left some out."""
    groups = situation.source.groups
    return choose_groups(SourceGroups(groups, assigned & groups.keys()), situation.desired.scope)


def refuse_unassigned(
    situation: Situation, left: Iterable[Change], groups: Mapping[str, frozenset[str]], in_scope: AbstractSet[str],
    having: AbstractSet[str],
) -> None:  # fmt: skip
    ids, known = {change.jumpcloud_id or "": change.subject for change in left}, situation.source.groups.keys()
    # A group that the list of groups lacks may be in scope too, if the list was short.
    found = [subject for id_, subject in ids.items() if groups[id_] & in_scope or groups[id_] - known or id_ in having]
    refuse("users in scope", found, "would have been suspended as unassigned, but JumpCloud still has them in scope")


def refuse_removed(moved: Iterable[Change], groups: Mapping[str, frozenset[str]]) -> None:
    found = [
        f"{email} in {change.group}"
        for change in moved
        for id_, email in people_of(change).items()
        if change.jumpcloud_id in groups.get(id_, ())
    ]
    refuse("members", found, "would have been removed from the group, but JumpCloud still has them in it")


async def confirm_left_groups(situation: Situation, plan: Plan, jumpcloud: JumpCloudClient) -> None:
    """Groups that would be emptied or deleted because their JumpCloud group was deleted or left the scope."""
    left = [
        change
        for kind in (Kind.DELETE_GROUP, Kind.REMOVE_MEMBERS)
        for change in plan.of_kind(kind)
        if change.jumpcloud_id not in situation.desired.groups
    ]
    if not left:
        return
    async with asyncio.TaskGroup() as tasks:
        assigned = tasks.create_task(jumpcloud.read_assigned("user_group"))
        having = {id_: tasks.create_task(has_application(id_, jumpcloud)) for id_ in sorted(ids_of(left))}
    shown = {id_: task.result() for id_, task in having.items()}
    in_scope = groups_assigned(situation, assigned.result() | {id_ for id_, has_it in shown.items() if has_it})
    known = situation.source.groups
    found = [
        change.subject
        for change in left
        if (id_ := change.jumpcloud_id or "") in in_scope or (shown[id_] is not None and id_ not in known)
    ]
    refuse("groups", found, "would have been emptied or deleted, but JumpCloud still has them")


async def has_application(group_id: str, jumpcloud: JumpCloudClient) -> bool | None:
    """Whether a group has the application, asked from the group's side; None if the group was deleted."""
    if not await jumpcloud.has_group(group_id):
        return None
    return await jumpcloud.read_access_of_group(group_id) is not None


async def confirm_gone_groups(plan: Plan, jumpcloud: JumpCloudClient) -> None:
    """Groups whose 1Password group another one takes over, since their JumpCloud group was deleted: one GET each."""
    gone = sorted(plan.presumed_gone)
    there = await asyncio.gather(*(jumpcloud.has_group(id_) for id_ in gone))
    found = [id_ for id_, is_there in zip(gone, there, strict=True) if is_there]
    refuse("groups", found, "would have lost the 1Password group to another group, but JumpCloud still has them")


async def confirm_gone_users(plan: Plan, jumpcloud: JumpCloudClient) -> None:
    """Users whose account another one takes over, since their JumpCloud user was deleted: one GET each."""
    gone = sorted(plan.presumed_gone_users)
    found = await asyncio.gather(*(jumpcloud.find_person(id_) for id_ in gone))
    there = [f"{person.email} ({person.id})" for person in found if person]
    refuse("users", there, "would have lost the 1Password account to another user, but JumpCloud still has them")


async def confirm_returns(situation: Situation, plan: Plan, jumpcloud: JumpCloudClient) -> None:
    """Users whose account would be reactivated: their state and that they are in scope.

    jc1p suspended them before. A list from before that would give back what was taken away on purpose.
    """
    back = {change.jumpcloud_id or "": change.subject for change in plan.of_kind(Kind.REACTIVATE_USER)}
    if not back:
        return
    scope = situation.desired.scope
    async with asyncio.TaskGroup() as tasks:
        direct = tasks.create_task(jumpcloud.read_assigned("user"))
        assigned = tasks.create_task(jumpcloud.read_assigned("user_group"))
        people = {id_: tasks.create_task(jumpcloud.find_person(id_, scope.fields - CORE_FIELDS)) for id_ in back}
        groups = {id_: tasks.create_task(jumpcloud.read_groups_of(id_)) for id_ in back}
        access = {id_: tasks.create_task(jumpcloud.read_access_of_user(id_)) for id_ in back}
    in_scope = situation.desired.groups.keys() | groups_assigned(situation, assigned.result())
    having = direct.result() | {id_ for id_, path in access.items() if is_in_scope_by(situation, path.result())}
    found = {id_: person for id_, task in people.items() if (person := task.result())}
    other = [subject for id_, subject in back.items()
             if id_ not in found or not is_provisioned(situation, found[id_])]  # fmt: skip
    granted = {id_ for id_, task in groups.items() if task.result() & in_scope} | having
    left = [subject for id_, subject in back.items()
            if id_ not in granted or not is_let_in(scope, found.get(id_))]  # fmt: skip
    refuse("users", other, "would have been reactivated, but JumpCloud shows another state when read again", OLD)
    out = "would have been reactivated, but JumpCloud shows them out of scope when read again"
    refuse("users in scope", left, out, OLD)


OLD = "is out of date"
WRONG = "can't be trusted"
"""The description of a list that shows all users but not their correct fields."""


def refuse(what: str, found: Iterable[str], would: str, how: str = "was short") -> None:
    names = sorted(found)
    if names:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        raise IncompleteRead(
            f"JumpCloud's list of {what} {how}: {', '.join(names[:SHOWN])}{more} {would}",
            hint="Nothing was changed. Run it again. If it happens again, an admin may be editing the "
            "directory, or JumpCloud's API is inconsistent.",
        )
