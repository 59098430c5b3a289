"""Reads the bridge's accounts, groups and members, and remembers what the lists showed.

reading.py reads a list in passes; wire.py knows the format of resources.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from urllib.parse import quote

from jc1p.clients.http.exchange import Answer, Repeat
from jc1p.clients.http.page_size import Rows
from jc1p.clients.http.responses import mixed_up
from jc1p.clients.scim import wire
from jc1p.clients.scim.connection import ScimConnection, checked, checked_page
from jc1p.clients.scim.errors import NAME, REFUSES_FORM, no_scim
from jc1p.clients.scim.reading import (  # fmt: skip
    MODEST_PAGE,
    MOST_AT_ONCE,
    GroupReading,
    Reading,
    UsualRow,
    members_by_group,
    read_memberships,
    read_resources,
)
from jc1p.clients.scim.user_groups import with_own_groups
from jc1p.core.folding import fold
from jc1p.core.id_set import IdSet
from jc1p.core.models import Account, Group, MembershipView, TargetDirectory
from jc1p.errors import BadResponse, ServiceError, Unauthorized, Unreachable
from jc1p.runtime.concurrency import side_by_side

log = logging.getLogger("jc1p.scim")

GROUPS_TO_PROBE = 3
"""How many groups are read before a bridge that showed no membership counts as one that never does."""

REFUSES_COUNT = frozenset({400, 413, 422})
"""Answers to a count that is too large; a 500 counts as one too. A smaller page shows whether it was the count."""

NOBODY: frozenset[str] = frozenset()

Resource = TypeVar("Resource", Account, Group)


@dataclass(slots=True, eq=False, repr=False)
class TargetReader:
    """Reads the directory.

    `known_…` are the ids that the lists showed, `knows_…` whether these were complete, with an address or name for
    each. `view` is where the bridge shows membership.
    """

    connection: ScimConnection
    known_accounts: frozenset[str] = frozenset()
    known_groups: frozenset[str] = frozenset()
    knows_everybody: bool = False
    knows_every_group: bool = False
    view: MembershipView = MembershipView.NONE

    async def read(self) -> TargetDirectory:
        """All accounts and groups. See ScimClient.read_directory."""
        await self.connection.find_base()
        async with asyncio.TaskGroup() as tasks:
            users_task = tasks.create_task(self._read("Users"))
            groups_task = tasks.create_task(self._read("Groups"))
        users, listed = users_task.result(), groups_task.result()
        accounts = {id_: row.account for id_, row in users.rows.items() if row.account}
        groups = await self._with_members(read_memberships(users, listed))
        if groups.view is MembershipView.USERS:
            groups = await self._with_user_groups(users, listed)
        self.known_accounts, self.known_groups = frozenset(accounts), frozenset(groups.groups)
        # An account without an address, or a group without a name, may be the one that is about to be created.
        self.knows_everybody = users.complete and all(each.user_name for each in accounts.values())
        self.knows_every_group = listed.complete and all(each.name for each in groups.groups.values())
        self.view = groups.view
        return TargetDirectory(
            accounts=accounts,
            groups={id_: group._replace(members=IdSet.of(group.members)) for id_, group in groups.groups.items()},
            accounts_complete=users.complete,
            accounts_in_pages=users.in_pages,
            groups_complete=listed.complete and groups.complete,
            membership_view=groups.view,
            remarks=(*users.remarks, *listed.remarks, *groups.remarks),
        )

    async def find_account(self, user_name: str) -> Account | None:
        """The account with this userName, compared by jc1p; by filter, or from the whole list if no filter works."""
        answer = await self.connection.request(
            "GET", "/Users", params={"filter": wire.eq_filter("userName", user_name)}
        )
        rows = [] if answer.status in REFUSES_FORM else checked_page(answer, "GET /Users").resources
        found = at_address(map(wire.parse_account, rows), user_name)
        # Other accounts show that the filter was ignored: then this is only the first page of all.
        if not found and (rows or answer.status in REFUSES_FORM):
            everybody = (await self._read("Users")).rows.values()
            found = at_address((row.account for row in everybody), user_name)
        return found

    async def read_account(self, scim_id: str) -> Account | None:
        """One account by id, even if no list shows it; None if there is none (404)."""
        return await self._read_one("Users", scim_id, wire.parse_account)

    async def read_group(self, scim_id: str) -> Group | None:
        """One group by id, even if no list shows it; None if there is none (404)."""
        return await self._read_one("Groups", scim_id, wire.parse_group)

    async def find_group(self, name: str) -> Group | None:
        """The group with a name: by filter, since the list may be out of date, then from the whole list."""
        answer = await self.connection.request("GET", "/Groups", params={"filter": wire.eq_filter("displayName", name)})
        rows = [] if answer.status in REFUSES_FORM else checked_page(answer, "GET /Groups").resources
        filtered = named((wire.parse_group(row) for row in rows), name)
        return filtered or named((row.group for row in (await self._read("Groups")).rows.values()), name)

    async def _get(self, kind: str, id_: str) -> Answer:
        """The answer about one resource. Raises BadResponse if it is about another one."""
        answer = await self.connection.request("GET", f"/{kind}/{quote(id_, safe='')}")
        if 200 <= answer.status < 300 and not wire.is_about(answer.body, id_):  # noqa: PLR2004 - success
            raise mixed_up(NAME, f"GET /{kind}/{{id}}")
        return answer

    async def _read_one(
        self, kind: str, scim_id: str, parse: Callable[[object], Resource | None]
    ) -> Resource | None:  # fmt: skip
        """None only if there is none: an answer that can't be read is an error, since unknown is never absent."""
        asked = f"GET /{kind}/{{id}}"
        answer = await self._get(kind, scim_id)
        if answer.is_absence:
            return None
        found = parse(checked(answer, asked))
        if found is None:
            raise no_scim(asked)
        return found

    # --- lists ------------------------------------------------------------------------------------------

    async def _read(self, kind: str) -> Reading:
        base = await self.connection.find_base()

        async def ask(skip: int, count: int) -> Rows | None:
            params = {"startIndex": skip + 1, "count": count}
            is_large = count > MODEST_PAGE[kind]
            try:
                answer = await self.connection.http.get(f"{base}/{kind}", params, repeat=Repeat.PAGE, rows_apart=True)
            except Unreachable as error:
                if is_large and "answered 500" in error.message:
                    return None
                raise
            if is_large and answer.status in REFUSES_COUNT:
                return None
            page = checked_page(answer, f"GET /{kind}")
            return Rows(page.resources, page.total)

        async def fetch(start: int, count: int) -> wire.ListPage | None:
            came = await self.connection.page_sizes[kind].ask(start - 1, count, ask, ends_short=True)
            return wire.ListPage(came.rows, came.total) if came else None

        return await read_resources(kind, fetch, partial(parse_rows, kind), limits=self.connection.page_limits)

    async def _with_members(self, reading: GroupReading) -> GroupReading:
        """Membership by facts 3.1: from the list, from users, else from each group's own resource."""
        if reading.view is not MembershipView.NONE or not reading.groups:
            return reading

        async def detail(group_id: str) -> object:
            answer = await self._get("Groups", group_id)
            if answer.is_absence:
                return None
            row = checked(answer, "GET /Groups/{id}")
            if wire.parse_group(row) is None:
                raise no_scim("GET /Groups/{id}")
            return row

        return reading.with_details(await side_by_side(list(reading.groups), detail, at_once=MOST_AT_ONCE))

    async def _with_user_groups(self, users: Reading, listed: Reading) -> GroupReading:
        """Membership shown on users, with users' own resources in place of cut lists."""
        own = await with_own_groups(users, partial(self._read_own, "Users"))
        return read_memberships(own.users, listed)._replace(complete=own.complete, remarks=own.remarks)

    # --- members ----------------------------------------------------------------------------------------

    async def read_members(self, group_ids: Sequence[str]) -> dict[str, AbstractSet[str]]:
        """Current members of these groups; groups without visible members or that can't be read are skipped.

        Raises:
            Unauthorized: the token was refused.
        """
        if self.view is MembershipView.NONE:
            await self._find_view(group_ids)
        if self.view is MembershipView.NONE:
            return {}
        if self.view is MembershipView.USERS:
            by_group = await self._members_by_user()
            return {id_: by_group.get(id_, NOBODY) for id_ in group_ids}
        found = await side_by_side(group_ids, self._members_if_readable, at_once=MOST_AT_ONCE)
        return {id_: members for id_, members in zip(group_ids, found, strict=True) if members is not None}

    async def read_own_members(self, group_ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """Members of these groups from their own resource, not from lists; groups that don't show them are skipped."""
        rows = await self._read_own("Groups", group_ids)
        if not any(wire.has_list(row, "members") for row in rows):
            return {}
        # If other groups show their members, a group without any is empty (facts 3.1).
        return {
            id_: frozenset(group.members)
            for id_, row in zip(group_ids, rows, strict=True)
            if (group := wire.parse_group(row))
        }

    async def read_own_groups(self, account_ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """The groups of these accounts from their own resource; accounts that don't show them are skipped."""
        rows = await self._read_own("Users", account_ids)
        return {id_: frozenset(wire.parse_user_row(row).groups)
                for id_, row in zip(account_ids, rows, strict=True) if wire.has_list(row, "groups")}  # fmt: skip

    async def _read_own(self, kind: str, ids: Sequence[str]) -> list[object]:
        """Resources by id, None for those that can't be read."""

        async def own(id_: str) -> object:
            try:
                answer = await self._get(kind, id_)
            except BadResponse:
                return None
            return answer.body if answer.status < 300 else None  # noqa: PLR2004 - success

        return await side_by_side(ids, own, at_once=MOST_AT_ONCE)

    async def _members_by_user(self) -> dict[str, frozenset[str]]:
        """Members of groups as users' `groups` show them, read again."""
        own = await with_own_groups(await self._read("Users"), partial(self._read_own, "Users"))
        return members_by_group(own.users)

    async def _members_if_readable(self, group_id: str) -> AbstractSet[str] | None:
        try:
            return await self.members_of(group_id)
        except Unauthorized:
            raise
        except ServiceError as error:
            log.warning("a group could not be read back: %s", error.message)
            return None

    async def _find_view(self, group_ids: Sequence[str]) -> None:
        """Find out again where membership shows: while all groups were empty, this was unknown."""
        for group_id in group_ids[:GROUPS_TO_PROBE]:
            if await self.members_of(group_id) is not None:
                return
        if group_ids and members_by_group(await self._read("Users")):
            self.view = MembershipView.USERS

    async def members_of(self, group_id: str) -> AbstractSet[str] | None:
        """The members of a group; None if the bridge doesn't show them."""
        if self.view is MembershipView.USERS:
            return (await self._members_by_user()).get(group_id, NOBODY)
        answer = await self._get("Groups", group_id)
        row = checked(answer, "GET /Groups/{id}")
        if wire.has_list(row, "members") and self.view is MembershipView.NONE:
            self.view = MembershipView.DETAILS
        group = wire.parse_group(row)
        return IdSet(group.members) if group and self.view is not MembershipView.NONE else None


def usual_accounts() -> UsualRow:
    """Imported when a large page came: importing msgspec costs more than a small company's rows."""
    from jc1p.clients.scim.usual_rows import usual_account  # noqa: PLC0415

    return usual_account


def usual_groups() -> UsualRow:
    from jc1p.clients.scim.usual_rows import usual_group  # noqa: PLC0415 - as in `usual_accounts`

    return usual_group


PARSERS = {"Users": (wire.parse_user_row, usual_accounts), "Groups": (wire.parse_group_row, usual_groups)}


def parse_rows(kind: str, rows: Sequence[object]) -> Iterable[wire.Row]:
    """The resources of a list. Raises BadResponse for a row of a large page that can't be read."""
    tolerant, usual = PARSERS[kind]
    if bytes not in map(type, rows):
        return map(tolerant, rows)
    from jc1p.clients.http.large_pages import parse_bytes  # noqa: PLC0415 - msgspec pays only for large pages

    return parse_bytes(rows, usual(), tolerant, NAME)


def at_address(accounts: Iterable[Account | None], user_name: str) -> Account | None:
    """The first account with an address, compared by jc1p."""
    wanted = fold(user_name)
    return next((each for each in accounts if each and fold(each.user_name) == wanted), None)


def named(groups: Iterable[Group | None], name: str) -> Group | None:
    """The first group with a name, compared by jc1p."""
    wanted = fold(name)
    return next((each for each in groups if each and fold(each.name) == wanted), None)
