"""Reads JumpCloud's users, groups, members and assignments to the application (facts/jumpcloud-api.md).

With an application, people and memberships come from its own list with paths (plan A of section 8); named groups are
read member by member (plan B). The caller decides which groups are wanted.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple
from urllib.parse import quote

from jc1p.clients.jumpcloud.connection import JumpCloudConnection
from jc1p.clients.jumpcloud.organization import find_application
from jc1p.clients.jumpcloud.paging import UsualRow, read_list
from jc1p.clients.jumpcloud.parse import (  # fmt: skip
    Path,
    access_by_path,
    fields_asked,
    id_of,
    known_among,
    parse_group,
    parse_path,
    parse_person,
    path_of,
    says_state,
    stray_remarks,
    target_id,
    target_type,
)
from jc1p.core.id_set import IdSet
from jc1p.core.models import DANGLING, Group, Person, SourceDirectory, SourceGroups
from jc1p.core.nothing import NOTHING
from jc1p.errors import IncompleteRead, RequestRefused

NOBODY: frozenset[str] = frozenset()

USERS, GROUPS = "users", "usergroups"
"""Paths of API v2 with a list of applications for each user and each group."""


def usual_paths() -> UsualRow[Path]:
    """Imported when a large page came: importing msgspec costs more than a small company's rows."""
    from jc1p.clients.jumpcloud.usual_rows import usual_path  # noqa: PLC0415

    return usual_path


def usual_targets() -> UsualRow[str]:
    from jc1p.clients.jumpcloud.usual_rows import usual_target  # noqa: PLC0415 - as in `usual_paths`

    return usual_target


def usual_groups() -> UsualRow[Group]:
    from jc1p.clients.jumpcloud.usual_rows import usual_group  # noqa: PLC0415 - as in `usual_paths`

    return usual_group


def as_type(_: str, row: Mapping[str, Any]) -> str:
    """The far end's type: all that is needed beside its id."""
    return target_type(row)


Chooser = Callable[[SourceGroups], frozenset[str]]
"""Selects the ids of wanted groups from those available."""
UNLISTED = f"the count of the application's users is {{}} higher than its list {DANGLING}"


class _Assignments(NamedTuple):
    """The application's own lists; they don't show how the `unexplained` people got access."""

    groups: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    members: Mapping[str, AbstractSet[str]] = NOTHING
    unexplained: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()


class _Chosen(NamedTuple):
    """Members of the groups in scope, and the people assigned directly."""

    members: Mapping[str, AbstractSet[str]]
    direct: frozenset[str]


def put_together(
    people: Mapping[str, Person], groups: Mapping[str, Group], assigned: _Assignments, chosen: _Chosen
) -> SourceDirectory:
    members, direct = chosen.members, chosen.direct
    return SourceDirectory(
        people=people,
        groups={
            id_: group._replace(members=IdSet.of(known_among(members.get(id_, NOBODY), people)))
            for id_, group in groups.items()
        },
        read_groups=frozenset(members),
        assigned_groups=assigned.groups,
        assigned_people=direct & people.keys(),
        remarks=(*assigned.remarks, *stray_remarks(people, members, direct)),
    )


class SourceReader:
    """Reads the directory; `application_id` is the configured application's, known after reading."""

    def __init__(self, connection: JumpCloudConnection) -> None:
        self.connection = connection
        self.application_id: str | None = None

    async def read(
        self,
        application: str | None,
        choosers: Sequence[Chooser],
        extra_fields: frozenset[str],
        known: SourceDirectory | None = None,
    ) -> list[SourceDirectory]:
        """Users, groups and members, in parallel; see JumpCloudClient.read_directories.

        Each chooser gets the same as it would alone.
        """
        async with asyncio.TaskGroup() as tasks:
            people_task = tasks.create_task(self._read_people(extra_fields, known))
            groups_task = tasks.create_task(self._read_groups(known))
            assigned_task = tasks.create_task(self._read_assignments(application))
            members_task = tasks.create_task(self._read_chosen(groups_task, assigned_task, choosers))
        people, groups, assigned = people_task.result(), groups_task.result(), assigned_task.result()
        return [put_together(people, groups, assigned, chosen) for chosen in members_task.result()]

    async def read_members(self, group_id: str, name: str) -> frozenset[str]:
        """Ids of a group's direct members; `name` is for messages."""
        path = f"/v2/usergroups/{quote(group_id, safe='')}/members"
        fetch = self.connection.v2_pages(path, rows_apart=True)
        listing = await read_list(f"members of {name}", fetch, target_id, as_type, exact=False, usual=usual_targets)
        return frozenset(id_ for id_, kind in listing.rows.items() if kind == "user")

    async def read_assigned(self, target: str) -> frozenset[str]:
        """Ids of `user` or `user_group` objects assigned directly to the application; none without an application."""
        if self.application_id is None:
            return frozenset()
        path = f"/v2/applications/{quote(self.application_id, safe='')}/associations"
        fetch = self.connection.v2_pages(path, {"targets": target}, rows_apart=True)
        listing = await read_list(f"assigned {target}s", fetch, target_id, as_type, exact=False, usual=usual_targets)
        return frozenset(listing.rows)

    async def read_access_of(self, side: str, id_: str) -> Path | None:
        """How one user or group has the application, by its own list of applications. `side` is USERS or GROUPS.

        None if the list doesn't have it, or without an application. An answer that is no list is an error.
        """
        if self.application_id is None:
            return None
        fetch = self.connection.v2_pages(f"/v2/{side}/{quote(id_, safe='')}/applications")
        what = "applications of one user" if side == USERS else "applications of one group"
        listing = await read_list(what, fetch, id_of, lambda _, row: path_of(row), exact=False)
        return listing.rows.get(self.application_id)

    # --- parts of the directory -------------------------------------------------------------------------

    async def _read_chosen(
        self,
        groups_task: "asyncio.Task[Mapping[str, Group]]",
        assigned_task: "asyncio.Task[_Assignments]",
        choosers: Sequence[Chooser],
    ) -> list[_Chosen]:
        """Members of the wanted groups: from the application's paths if they explain all access, otherwise by list."""
        groups, assigned = await groups_task, await assigned_task
        known_assigned = assigned.groups & groups.keys()
        choices = [choose(SourceGroups(groups, known_assigned)) for choose in choosers]
        found = {} if assigned.unexplained else {id_: assigned.members.get(id_, NOBODY) for id_ in known_assigned}
        # Excluded groups are read too if they may explain a user's access.
        explaining = known_assigned if assigned.unexplained else NOBODY
        wanted = explaining.union(*choices)
        async with asyncio.TaskGroup() as tasks:
            reading = {
                id_: tasks.create_task(self.read_members(id_, groups[id_].name))
                for id_ in sorted(wanted - found.keys())
            }
        found |= {id_: task.result() for id_, task in reading.items()}
        # A user who has access and is in none of the assigned groups must be assigned directly.
        return [
            _Chosen(
                {id_: found[id_] for id_ in chosen},
                assigned.people | assigned.unexplained.difference(*(found[id_] for id_ in chosen | explaining)),
            )
            for chosen in choices
        ]

    async def _read_people(self, extra_fields: frozenset[str], known: SourceDirectory | None) -> Mapping[str, Person]:
        if known:
            return known.people
        params = {"sort": "_id", "fields": fields_asked(extra_fields)}
        fetch = self.connection.v1_pages("/systemusers", params, rows_apart=True)
        is_said = False

        def parse(id_: str, row: Mapping[str, Any]) -> Person:
            nonlocal is_said
            is_said = is_said or says_state(row)
            return parse_person(row, extra_fields, id_)

        def usual() -> UsualRow[Person]:
            from jc1p.clients.jumpcloud.usual_rows import usual_person  # noqa: PLC0415 - as in `usual_paths`

            def read(row: bytes) -> tuple[str, Person] | None:
                nonlocal is_said
                found = usual_person(row)
                is_said = is_said or found is not None
                return found

            return read

        people = (await read_list("users", fetch, id_of, parse, exact=True, usual=None if extra_fields else usual)).rows
        if people and not is_said:
            raise IncompleteRead(
                f"none of {len(people)} JumpCloud users has a state, so jc1p cannot see who is suspended",
                hint="Check that this credential's role can read the fields state and suspended.",
            )
        return people

    async def _read_groups(self, known: SourceDirectory | None) -> Mapping[str, Group]:
        if known:
            return known.groups
        try:
            return await self._list_groups("id")
        except RequestRefused:
            # The name of v2's sort field for ids is not documented (facts 11.2).
            return await self._list_groups("name")

    async def _list_groups(self, sort: str) -> Mapping[str, Group]:
        fetch = self.connection.v2_pages("/v2/usergroups", {"sort": sort}, rows_apart=True)
        return (await read_list("user groups", fetch, id_of, parse_group, exact=True, usual=usual_groups)).rows

    async def _read_assignments(self, application: str | None) -> _Assignments:
        if application is None:
            return _Assignments()
        self.application_id = await find_application(self.connection, application)
        users_path = f"/v2/applications/{quote(self.application_id, safe='')}/users"
        async with asyncio.TaskGroup() as tasks:
            bound = tasks.create_task(self.read_assigned("user_group"))
            users_task = tasks.create_task(
                read_list(
                    "assigned users",
                    self.connection.v2_pages(users_path, rows_apart=True),
                    id_of,
                    lambda _, row: parse_path(row),
                    exact=False,
                    usual=usual_paths,
                )
            )
        users = users_task.result()
        access = access_by_path(users.rows)
        remarks = [UNLISTED.format(users.missing)] if users.missing else []
        return _Assignments(
            groups=bound.result() | access.members.keys(),
            people=access.direct,
            members=access.members,
            unexplained=access.unexplained,
            remarks=tuple(remarks),
        )
