"""JumpCloud for the rest of jc1p: the directory, single users and groups, and one write, `create_person`.

directory.py reads lists and the application's assignments; connection.py sends requests and reads pages.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Self
from urllib.parse import quote

from jc1p.clients.http.exchange import Answer
from jc1p.clients.http.urls import Params
from jc1p.clients.jumpcloud import create, insights, offers, organization
from jc1p.clients.jumpcloud.connection import JumpCloudConnection
from jc1p.clients.jumpcloud.directory import GROUPS, USERS, Chooser, SourceReader
from jc1p.clients.jumpcloud.errors import checked, checked_resource, unexpected
from jc1p.clients.jumpcloud.paging import read_list
from jc1p.clients.jumpcloud.parse import Path, fields_asked, id_of, parse_person
from jc1p.clients.jumpcloud.service_accounts import credentials_of
from jc1p.core.models import (  # fmt: skip
    ConnectorEvents,
    CreatedPerson,
    NewPerson,
    Person,
    ServiceCredential,
    SourceDirectory,
)


class JumpCloudClient:
    """JumpCloud for one run. Use as an async context manager, which opens and closes the connection."""

    def __init__(self, connection: JumpCloudConnection) -> None:
        self._connection = connection
        self._reader = SourceReader(connection)
        self.organization: str | None = None
        """The name of the organization; None until it is known, or if it has none."""

    async def __aenter__(self) -> Self:
        await self._connection.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connection.__aexit__(kind, error, trace)

    def beside(self) -> "JumpCloudClient":
        """Another client over the same connection, for another application. Only this client closes the connection."""
        return JumpCloudClient(self._connection)

    @property
    def requests(self) -> int:
        """Requests sent so far, retries and token requests included."""
        return self._connection.requests

    @property
    def retries(self) -> int:
        """How many of them were retries."""
        return self._connection.retries

    # --- the directory ----------------------------------------------------------------------------------

    async def read_directory(
        self,
        *,
        application: str | None,
        choose_groups: Chooser,
        extra_fields: frozenset[str] = frozenset(),
    ) -> SourceDirectory:
        """All users, the names of all groups, and the members of the groups that `choose_groups` selects.

        Raises as read_directories.
        """
        (found,) = await self.read_directories(
            application=application, choosers=[choose_groups], extra_fields=extra_fields
        )
        return found

    async def read_directories(
        self,
        *,
        application: str | None,
        choosers: Sequence[Chooser],
        extra_fields: frozenset[str] = frozenset(),
        known: SourceDirectory | None = None,
    ) -> list[SourceDirectory]:
        """One directory for each chooser from one reading, the same as each would get alone.

        `known` is a recent reading by a client of the same connection. Its users and groups are reused, and only
        assignments and members are read.

        Raises:
            IncompleteRead: a list stayed incomplete after three readings.
            OrganizationRequired, ApplicationNotFound, AmbiguousApplication: the configuration doesn't fit.
            ServiceError: JumpCloud refused or couldn't be reached.
        """
        if known:
            return await self._reader.read(application, choosers, extra_fields, known)
        checking = asyncio.create_task(self.check_organization())
        try:
            found = await self._reader.read(application, choosers, extra_fields)
        except asyncio.CancelledError:
            checking.cancel()
            raise
        except Exception:
            # The wrong organization explains all other errors.
            await checking
            raise
        await checking
        return found

    async def find_person(self, person_id: str, extra_fields: frozenset[str] = frozenset()) -> Person | None:
        """One person by id, None when JumpCloud says there is no such user (404)."""
        path = f"/systemusers/{quote(person_id, safe='')}"
        params = {"fields": fields_asked(extra_fields)}
        answer = await self._connection.http.send("GET", path, params=params, headers=self._connection.org_header)
        if answer.is_absence:
            return None
        return parse_person(checked_resource(answer, "GET /systemusers/{id}", person_id), extra_fields)

    async def read_groups_of(self, person_id: str) -> frozenset[str]:
        """Ids of all groups of one person, in scope or not (facts 7): one request, for explaining and confirming."""
        path = f"/v2/users/{quote(person_id, safe='')}/memberof"
        fetch = self._connection.v2_pages(path)
        listing = await read_list(
            "groups of one user", fetch, id_of, lambda _, row: row.get("type", "user_group") == "user_group",
            exact=False,
        )  # fmt: skip
        return frozenset(id_ for id_, is_group in listing.rows.items() if is_group)

    async def read_members(self, group_id: str, name: str) -> frozenset[str]:
        """Ids of a group's direct members; `name` is for messages."""
        return await self._reader.read_members(group_id, name)

    async def read_assigned(self, target: str) -> frozenset[str]:
        """Ids of `user` or `user_group` objects assigned directly to the application; none without an application."""
        return await self._reader.read_assigned(target)

    async def read_access_of_user(self, person_id: str) -> Path | None:
        """How a user has the application, asked from the user's side; None if the user doesn't have it."""
        return await self._reader.read_access_of(USERS, person_id)

    async def read_access_of_group(self, group_id: str) -> Path | None:
        """How a group has the application, asked from the group's side; None if the group doesn't have it."""
        return await self._reader.read_access_of(GROUPS, group_id)

    async def has_group(self, group_id: str) -> bool:
        """Whether JumpCloud has a group; False when it says there is none (404)."""
        path = f"/v2/usergroups/{quote(group_id, safe='')}"
        answer = await self._connection.http.send("GET", path, headers=self._connection.org_header)
        if answer.is_absence:
            return False
        return bool(checked_resource(answer, "GET /v2/usergroups/{id}", group_id))

    # --- looking (jc1p doctor) --------------------------------------------------------------------------

    async def look(self, path: str, params: Params | None = None) -> Answer:
        """One GET below /api; returns any answer. Raises Unreachable, or Unauthorized when no token was given."""
        headers = {} if path.startswith("/organizations") else self._connection.org_header
        return await self._connection.http.look("GET", path, params=params, headers=headers)

    async def read_service_credentials(self, client_id: str) -> tuple[ServiceCredential, ...]:
        """When the credentials of service accounts end; service_accounts.py decides whose. At most 40.

        Raises:
            ServiceError: the role may not read them, or the request failed.
        """
        rows = checked(await self.look("/v2/service-accounts", {"limit": 100}), "GET /v2/service-accounts")
        if not isinstance(rows, dict) or not isinstance(rows.get("results"), list):
            raise unexpected("GET /v2/service-accounts")
        return credentials_of(rows["results"], client_id)

    async def count_connector_events(
        self, insights_url: str, since: datetime, marks: frozenset[str]
    ) -> ConnectorEvents:
        """Writes of JumpCloud's own connectors according to Directory Insights; see insights.py for `marks`.

        Raises:
            RequestRefused: with status 402, the organization doesn't have Directory Insights.
            ServiceError: the request failed.
        """
        answer = await self._connection.http.look(
            "POST", "/events", body=insights.question(since), headers=self._connection.org_header, base_url=insights_url
        )
        rows = checked(answer, "POST /events")
        if not isinstance(rows, list):
            raise unexpected("POST /events")
        return insights.count_events(rows, marks)

    # --- choosing (jc1p init) ---------------------------------------------------------------------------

    async def list_organizations(self) -> Mapping[str, str]:
        """Id to name of every organization that the credential sees."""
        return await organization.list_organizations(self._connection)

    async def offer_applications(self) -> Sequence[offers.ApplicationOffer]:
        """The applications to choose from; see offers.py."""
        return await offers.offer_applications(self._connection)

    async def list_group_names(self) -> Mapping[str, str]:
        """Name of every user group by id."""
        return await offers.group_names(self._connection)

    # --- the organization, and creating people ----------------------------------------------------------

    async def check_organization(self) -> None:
        """Refuse to guess among several organizations: without x-org-id the default one might answer (facts 2.4).

        The same answer names the organization.

        Raises:
            OrganizationRequired: several and none configured, or the configured one isn't among them.
        """
        self.organization = await organization.check_organization(self._connection)

    async def find_application(self, wanted: str) -> str:
        """The id of the configured application, by id or label; refuses unless exactly one fits (facts 6.1).

        Raises:
            ApplicationNotFound, AmbiguousApplication: names similar ones.
        """
        return await organization.find_application(self._connection, wanted)

    async def create_person(self, new: NewPerson) -> CreatedPerson:
        """Create a STAGED user: no mail is sent, nothing is provisioned (facts 9.1). Never sent twice without checking.

        Raises:
            RequestRefused: JumpCloud refused, and no user with this email exists.
        """
        return await create.create_person(self._connection, new)
