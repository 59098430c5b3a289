"""Checks again before anything is removed: asks JumpCloud once more, with other calls than the first time.

Graph lists may come back short without any sign (facts/jumpcloud-api.md 11.3 and 11.6), and a short list looks like
leavers. Costs requests only for what a plan removes. A contradiction ends the run before any change.
"""

import asyncio
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from jc1p.clients.jumpcloud.client import JumpCloudClient
from jc1p.core.attributes import CORE_FIELDS
from jc1p.core.models import Person, PersonState, SourceGroups
from jc1p.core.people_filter import has_lost_a_field
from jc1p.core.plan import Change, Kind, Plan, person_of
from jc1p.core.planning import Situation
from jc1p.core.planning.people_result import has_expired_password, is_suspended
from jc1p.core.scope import Scope, choose_groups
from jc1p.errors import IncompleteRead

SHOWN = 5


async def confirm_losses(situation: Situation, plan: Plan, jumpcloud: JumpCloudClient) -> None:
    """Ask again about all users and groups that lose something because JumpCloud's lists don't show them.

    Raises:
        IncompleteRead: JumpCloud still has them, so a list was short; names them.
    """
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(confirm_gone(plan, jumpcloud))
        tasks.create_task(confirm_gone_members(situation, plan, jumpcloud))
        tasks.create_task(confirm_people(situation, plan, jumpcloud))
        tasks.create_task(confirm_passwords(situation, plan, jumpcloud))
        tasks.create_task(confirm_left_groups(situation, plan, jumpcloud))
        tasks.create_task(confirm_gone_groups(plan, jumpcloud))
        tasks.create_task(confirm_gone_users(plan, jumpcloud))


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


async def confirm_passwords(situation: Situation, plan: Plan, jumpcloud: JumpCloudClient) -> None:
    """Users who would be suspended for an expired password, which may be renewed by now: one GET each."""
    people = situation.source.people
    suspended = [people.get(change.jumpcloud_id or "") for change in plan.of_kind(Kind.SUSPEND_USER)]
    expired = [
        person for person in suspended
        if person and person.state is not PersonState.SUSPENDED and has_expired_password(situation, person)
    ]  # fmt: skip
    async with asyncio.TaskGroup() as tasks:
        answers = [tasks.create_task(jumpcloud.find_person(person.id)) for person in expired]
    renewed = [
        person.email for person, answer in zip(expired, answers, strict=True)
        if (now := answer.result()) is None or not (now.password_expired or now.state is PersonState.SUSPENDED)
    ]  # fmt: skip
    refuse("users", renewed, "would have been suspended for an expired password, but it is valid when read again",
           "is out of date")  # fmt: skip


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
    asked = (members - kept_out) | {change.jumpcloud_id or "" for change in left}
    if not asked:
        return
    async with asyncio.TaskGroup() as tasks:
        direct = tasks.create_task(jumpcloud.read_assigned("user"))
        assigned = tasks.create_task(jumpcloud.read_assigned("user_group"))
        reading = {id_: tasks.create_task(jumpcloud.read_groups_of(id_)) for id_ in sorted(asked)}
    groups = {id_: task.result() for id_, task in reading.items()}
    in_scope = situation.desired.groups.keys() | groups_assigned(situation, assigned.result())
    refuse_unassigned(situation, left, groups, in_scope, direct.result())
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
    direct: frozenset[str],
) -> None:  # fmt: skip
    ids, known = {change.jumpcloud_id or "": change.subject for change in left}, situation.source.groups.keys()
    # A group that the list of groups lacks may be in scope too, if the list was short.
    found = [subject for id_, subject in ids.items() if groups[id_] & in_scope or groups[id_] - known or id_ in direct]
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
        there = {
            change.jumpcloud_id: tasks.create_task(jumpcloud.has_group(change.jumpcloud_id or "")) for change in left
        }
    known = situation.source.groups
    found = [
        change.subject
        for change in left
        if change.jumpcloud_id in assigned.result() - situation.source.assigned_groups
        or (there[change.jumpcloud_id].result() and change.jumpcloud_id not in known)
    ]
    refuse("groups", found, "would have been emptied or deleted, but JumpCloud still has them")


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
