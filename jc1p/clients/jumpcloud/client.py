"""JumpCloud: people, groups, and who is assigned to the application (facts/jumpcloud-api.md).

With an application, people and memberships come from its own list with paths (plan A of section 8); named
groups are read member by member (plan B). Which groups are wanted is the caller's decision. The one write is
create_person, for `jc1p import --create`.
"""

import asyncio
import difflib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import TracebackType
from typing import Self
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from jc1p.clients.http.auth import Auth, KeyAuth
from jc1p.clients.http.json_values import text, whole_number
from jc1p.clients.http.service import Answer, HttpService, Repeat, RetryPolicy, Sleep
from jc1p.clients.http.urls import Params
from jc1p.clients.jumpcloud import insights
from jc1p.clients.jumpcloud.errors import checked, checked_object, explain, unexpected
from jc1p.clients.jumpcloud.oauth import NAME, NoAuth, OAuth, ServiceAccount, fetch_token
from jc1p.clients.jumpcloud.paging import PAGE, FetchPage, Page, as_it_is, read_list
from jc1p.clients.jumpcloud.parse import (  # fmt: skip
    access_by_path,
    id_of,
    known_among,
    label_of,
    matching_applications,
    parse_group,
    parse_path,
    parse_person,
    stray_remarks,
    target_id,
    target_type,
)
from jc1p.core.folding import fold
from jc1p.core.models import (  # fmt: skip
    ConnectorEvents,
    CreatedPerson,
    Group,
    NewPerson,
    Person,
    SourceDirectory,
    SourceGroups,
)
from jc1p.errors import (
    AmbiguousApplication,
    ApplicationNotFound,
    Jc1pError,
    OrganizationRequired,
    OutcomeUnknown,
    RequestRefused,
)  # fmt: skip

NOBODY: frozenset[str] = frozenset()

FIELDS = ("username", "email", "firstname", "lastname", "displayname", "state", "suspended", "activated",
          "alternateEmail", "recoveryEmail")  # fmt: skip


def fields_asked(extra_fields: frozenset[str]) -> str:
    """What to ask for of each user: what is always needed and what is used beyond it, no more."""
    asked = {name.partition(".")[0] for name in extra_fields}
    return " ".join([*FIELDS, *sorted(asked - set(FIELDS))])


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An administrator's or service account's key, sent as x-api-key."""

    key: SecretStr


@dataclass(frozen=True, slots=True)
class _Assignments:
    """What the application's own lists say; how the `unexplained` people got their access, they don't."""

    groups: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unexplained: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Members of the groups in scope, and the people bound directly."""

    members: Mapping[str, frozenset[str]]
    direct: frozenset[str]


class JumpCloudClient:
    """JumpCloud for one run. `api_root` is the console's address without a path. Use as an async context manager."""

    def __init__(
        self,
        api_root: str,
        credential: ApiKey | ServiceAccount,
        *,
        org_id: str | None = None,
        retry: RetryPolicy | None = None,
        concurrency: int = 8,
        rate: float = 500.0,
        run_id: str = "",
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        on_token: Callable[[SecretStr], None] = lambda _: None,
    ) -> None:
        self._org_id = org_id
        self._application_id: str | None = None
        self._token_http: HttpService | None = None
        shared = {"retry": retry or RetryPolicy(), "run_id": run_id, "sleep": sleep, "clock": clock}
        auth: Auth
        if isinstance(credential, ServiceAccount):
            self._token_http = HttpService(NAME, "", NoAuth(credential), **shared)  # type: ignore[arg-type]
            auth = OAuth(credential, lambda: fetch_token(self._token_http, credential), clock, on_token)
        else:
            auth = KeyAuth("x-api-key", credential.key)
        self._http = HttpService(
            NAME, api_root.rstrip("/") + "/api", auth, concurrency=concurrency, rate=rate,
            **shared,  # type: ignore[arg-type]
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        if self._token_http:
            await self._token_http.__aenter__()
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, error, trace)
        if self._token_http:
            await self._token_http.__aexit__(kind, error, trace)

    @property
    def requests(self) -> int:
        """Requests sent so far, retries and token requests included."""
        return self._http.requests + (self._token_http.requests if self._token_http else 0)

    @property
    def retries(self) -> int:
        """Of these, those that repeated one."""
        return self._http.retries + (self._token_http.retries if self._token_http else 0)

    # --- the directory ----------------------------------------------------------------------------------

    async def read_directory(
        self,
        *,
        application: str | None,
        choose_groups: Callable[[SourceGroups], frozenset[str]],
        extra_fields: frozenset[str] = frozenset(),
    ) -> SourceDirectory:
        """Everybody, every group's name, and the members of the groups that `choose_groups` wants.

        Raises:
            IncompleteRead: a list stayed incomplete after three readings.
            OrganizationRequired, ApplicationNotFound, AmbiguousApplication: the configuration doesn't fit.
            ServiceError: JumpCloud refused or couldn't be reached.
        """
        checking = asyncio.create_task(self.check_organization())
        try:
            found = await self._read_everything(application, choose_groups, extra_fields)
        except asyncio.CancelledError:
            checking.cancel()
            raise
        except Exception:
            # The wrong organization explains whatever else went wrong.
            await checking
            raise
        await checking
        return found

    async def _read_everything(
        self,
        application: str | None,
        choose_groups: Callable[[SourceGroups], frozenset[str]],
        extra_fields: frozenset[str],
    ) -> SourceDirectory:
        async with asyncio.TaskGroup() as tasks:
            people_task = tasks.create_task(self._read_people(extra_fields))
            groups_task = tasks.create_task(self._read_groups())
            assigned_task = tasks.create_task(self._read_assignments(application))
            members_task = tasks.create_task(self._read_chosen(groups_task, assigned_task, choose_groups))
        people, assigned = people_task.result(), assigned_task.result()
        members, direct = members_task.result().members, members_task.result().direct
        remarks = [*assigned.remarks, *stray_remarks(people, members, direct)]
        groups = {
            id_: replace(group, members=known_among(members.get(id_, NOBODY), people))
            for id_, group in groups_task.result().items()
        }
        return SourceDirectory(
            people=people,
            groups=groups,
            read_groups=frozenset(members),
            assigned_groups=assigned.groups,
            assigned_people=direct & people.keys(),
            remarks=tuple(remarks),
        )

    async def find_person(self, person_id: str, extra_fields: frozenset[str] = frozenset()) -> Person | None:
        """One person by id, None when JumpCloud says there is no such user (404)."""
        path = f"/systemusers/{quote(person_id, safe='')}"
        params = {"fields": fields_asked(extra_fields)}
        answer = await self._http.send("GET", path, params=params, headers=self._org_header)
        if answer.status == httpx.codes.NOT_FOUND:
            return None
        return parse_person(checked_object(answer, "GET /systemusers/{id}"), extra_fields)

    async def read_groups_of(self, person_id: str) -> frozenset[str]:
        """Ids of all groups of one person, in scope or not (facts 7): one request, for explaining and confirming."""
        path = f"/v2/users/{quote(person_id, safe='')}/memberof"
        fetch = self._v2_pages(path)
        listing = await read_list(
            "groups of one person", fetch, id_of, lambda _, row: row.get("type", "user_group") == "user_group",
            exact=False,
        )  # fmt: skip
        return frozenset(id_ for id_, is_group in listing.rows.items() if is_group)

    async def read_members(self, group_id: str, name: str) -> frozenset[str]:
        """Ids of a group's direct members; `name` is for messages."""
        path = f"/v2/usergroups/{quote(group_id, safe='')}/members"
        fetch = self._v2_pages(path)
        listing = await read_list(f"members of {name}", fetch, target_id, lambda _, row: target_type(row), exact=False)
        return frozenset(id_ for id_, kind in listing.rows.items() if kind == "user")

    async def read_assigned(self, target: str) -> frozenset[str]:
        """Ids of what is bound directly (`user` or `user_group`) to the application that was read; none without one."""
        if self._application_id is None:
            return frozenset()
        path = f"/v2/applications/{quote(self._application_id, safe='')}/associations"
        fetch = self._v2_pages(path, {"targets": target})
        return frozenset((await read_list(f"assigned {target}s", fetch, target_id, as_it_is, exact=False)).rows)

    async def has_group(self, group_id: str) -> bool:
        """Whether JumpCloud has a group; False when it says there is none (404)."""
        path = f"/v2/usergroups/{quote(group_id, safe='')}"
        answer = await self._http.send("GET", path, headers=self._org_header)
        if answer.status == httpx.codes.NOT_FOUND:
            return False
        return bool(checked_object(answer, "GET /v2/usergroups/{id}"))

    # --- looking (jc1p doctor) --------------------------------------------------------------------------

    async def look(self, path: str, params: Params | None = None) -> Answer:
        """One GET below /api, whatever comes. Raises Unreachable, or Unauthorized when no token was given."""
        headers = {} if path.startswith("/organizations") else self._org_header
        return await self._http.look("GET", path, params=params, headers=headers)

    async def count_connector_events(
        self, insights_url: str, since: datetime, marks: frozenset[str]
    ) -> ConnectorEvents:
        """What JumpCloud's own connectors have written, as Directory Insights tells it; see insights.py for `marks`.

        Raises:
            RequestRefused: with status 402, the organization doesn't have Directory Insights.
            ServiceError: it can't be seen.
        """
        answer = await self._http.look(
            "POST", "/events", body=insights.question(since), headers=self._org_header, base_url=insights_url
        )
        rows = checked(answer, "POST /events")
        if not isinstance(rows, list):
            raise unexpected("POST /events")
        return insights.count_events(rows, marks)

    # --- creating people (jc1p import --create) ---------------------------------------------------------

    async def create_person(self, new: NewPerson) -> CreatedPerson:
        """Create a STAGED user: nothing is mailed, nothing provisioned (facts 9.1). Never sent blindly twice.

        Raises:
            RequestRefused: JumpCloud said no, and nobody with this email exists.
        """
        body = {"username": new.username, "email": new.email, "firstname": new.firstname, "lastname": new.lastname,
                "displayname": new.displayname, "state": "STAGED"}  # fmt: skip
        try:
            answer = await self._http.send(
                "POST", "/systemusers", body=body, repeat=Repeat.CREATE, headers=self._org_header
            )
        except OutcomeUnknown:
            if found := await self._find_by("email", new.email):
                return CreatedPerson(found)
            raise
        if answer.status == httpx.codes.BAD_REQUEST:
            # A duplicate is a 400 whose text is not documented: looking tells it from other faults.
            if found := await self._find_by("email", new.email):
                return CreatedPerson(found, existed=True)
            raise await self._explain_refusal(answer, new)
        return CreatedPerson(parse_person(checked_object(answer, "POST /systemusers"), frozenset()))

    async def _find_by(self, name: str, value: str) -> Person | None:
        """The person with this email or username. The filter is case-sensitive (facts 4.3), so that is tried too."""
        for wanted in dict.fromkeys((value, value.lower())):
            fetch = self._v1_pages(
                "/systemusers", {"sort": "_id", "fields": " ".join(FIELDS), "filter": f"{name}:$eq:{wanted}"}
            )
            listing = await read_list("users", fetch, id_of, lambda _, row: parse_person(row, frozenset()), exact=True)
            for person in listing.rows.values():
                if fold(getattr(person, name)) == fold(value):
                    return person
        return None

    async def _explain_refusal(self, answer: Answer, new: NewPerson) -> Jc1pError:
        if holder := await self._find_by("username", new.username):
            said = f"the username {new.username} is taken by {holder.email}"
            return RequestRefused(f"JumpCloud refused to create {new.email}: {said}", service=NAME, status=400)
        return explain(answer, "POST /systemusers")

    # --- parts of the directory -------------------------------------------------------------------------

    async def _read_chosen(
        self,
        groups_task: "asyncio.Task[Mapping[str, Group]]",
        assigned_task: "asyncio.Task[_Assignments]",
        choose_groups: Callable[[SourceGroups], frozenset[str]],
    ) -> _Chosen:
        """Members of the wanted groups: from the application's paths where they explain everybody, else by list."""
        groups, assigned = await groups_task, await assigned_task
        known_assigned = assigned.groups & groups.keys()
        chosen = choose_groups(SourceGroups(groups, known_assigned))
        found = {} if assigned.unexplained else {id_: assigned.members.get(id_, NOBODY) for id_ in known_assigned}
        # Excluded groups are read too when they may explain somebody's access.
        wanted = chosen | known_assigned if assigned.unexplained else chosen
        async with asyncio.TaskGroup() as tasks:
            reading = {
                id_: tasks.create_task(self.read_members(id_, groups[id_].name))
                for id_ in sorted(wanted - found.keys())
            }
        found |= {id_: task.result() for id_, task in reading.items()}
        members = {id_: found[id_] for id_ in chosen}
        # Whoever has access and is in none of the assigned groups must be bound directly.
        return _Chosen(members, assigned.people | assigned.unexplained.difference(*found.values()))

    async def _read_people(self, extra_fields: frozenset[str]) -> Mapping[str, Person]:
        fetch = self._v1_pages("/systemusers", {"sort": "_id", "fields": fields_asked(extra_fields)})
        return (await read_list("users", fetch, id_of, lambda _, row: parse_person(row, extra_fields), exact=True)).rows

    async def _read_groups(self) -> Mapping[str, Group]:
        try:
            return await self._list_groups("id")
        except RequestRefused:
            # The name of v2's sort field for ids is not documented (facts 11.2).
            return await self._list_groups("name")

    async def _list_groups(self, sort: str) -> Mapping[str, Group]:
        fetch = self._v2_pages("/v2/usergroups", {"sort": sort})
        return (await read_list("user groups", fetch, id_of, parse_group, exact=True)).rows

    async def _read_assignments(self, application: str | None) -> _Assignments:
        if application is None:
            return _Assignments()
        self._application_id = await self.find_application(application)
        users_path = f"/v2/applications/{quote(self._application_id, safe='')}/users"
        async with asyncio.TaskGroup() as tasks:
            bound = tasks.create_task(self.read_assigned("user_group"))
            users_task = tasks.create_task(
                read_list(
                    "assigned users", self._v2_pages(users_path), id_of, lambda _, row: parse_path(row), exact=False
                )
            )
        users = users_task.result()
        access = access_by_path(users.rows)
        remarks = [f"{users.missing} dangling associations in the application's users"] if users.missing else []
        return _Assignments(
            groups=bound.result() | access.members.keys(),
            people=access.direct,
            members=access.members,
            unexplained=access.unexplained,
            remarks=tuple(remarks),
        )

    # --- the organization and the application -----------------------------------------------------------

    async def check_organization(self) -> None:
        """Refuse to guess among several organizations: without x-org-id the default one might answer (facts 2.4).

        Raises:
            OrganizationRequired: several and none configured, or the configured one isn't among them.
        """
        answer = await self._http.get("/organizations", {"limit": PAGE})
        body = checked(answer, "GET /organizations")
        rows = body.get("results") if isinstance(body, dict) else None
        if not isinstance(rows, list):
            raise unexpected("GET /organizations")
        known = {id_of(row): text(row.get("displayName")) for row in rows if isinstance(row, dict)}
        shown = ", ".join(f"{name or 'unnamed'} ({id_})" for id_, name in sorted(known.items()))
        if self._org_id and known and self._org_id not in known:
            raise OrganizationRequired(
                f"jumpcloud.org_id {self._org_id} is none of the organizations this credential sees: {shown}",
                hint="Correct jumpcloud.org_id.",
            )
        if not self._org_id and len(known) > 1:
            raise OrganizationRequired(
                f"this credential sees {len(known)} organizations: {shown}",
                hint="Set jumpcloud.org_id to the one that jc1p should read.",
            )

    async def find_application(self, wanted: str) -> str:
        """The id of the configured application, by id or label; refuses unless exactly one fits (facts 6.1).

        Raises:
            ApplicationNotFound, AmbiguousApplication: names those that are near.
        """
        fetch = self._v1_pages("/applications", {"fields": "displayLabel displayName name", "sort": "name"})
        listing = await read_list("applications", fetch, id_of, as_it_is, exact=True)
        found = matching_applications(wanted, listing.rows)
        if len(found) == 1:
            return found[0]
        if found:
            shown = ", ".join(f"{label_of(listing.rows[id_])} ({id_})" for id_ in found)
            raise AmbiguousApplication(
                f'{len(found)} JumpCloud applications match "{wanted}": {shown}',
                hint="Put the id of the one with provisioning into scope.application.",
            )
        labels = sorted({label_of(row) for row in listing.rows.values()})
        near = difflib.get_close_matches(wanted, labels, n=3, cutoff=0.4) or labels[:5]
        raise ApplicationNotFound(
            f'JumpCloud has no application "{wanted}"' + (f"; it has {', '.join(near)}" if near else ""),
            hint="Put the application's display label or id into scope.application.",
        )

    # --- pages ------------------------------------------------------------------------------------------

    @property
    def _org_header(self) -> dict[str, str]:
        return {"x-org-id": self._org_id} if self._org_id else {}

    def _v1_pages(self, path: str, params: Params) -> FetchPage:
        async def fetch(skip: int) -> Page:
            answer = await self._http.send(
                "GET", path, params={"limit": PAGE, "skip": skip, **params}, headers=self._org_header
            )
            body = checked(answer, f"GET {path}")
            if not isinstance(body, dict) or not isinstance(body.get("results"), list):
                raise unexpected(f"GET {path}")
            return Page(body["results"], whole_number(body.get("totalCount")))

        return fetch

    def _v2_pages(self, path: str, params: Params | None = None) -> FetchPage:
        async def fetch(skip: int) -> Page:
            answer = await self._http.send(
                "GET", path, params={"limit": PAGE, "skip": skip, **(params or {})}, headers=self._org_header
            )
            body = checked(answer, f"GET {path}")
            if not isinstance(body, list):
                raise unexpected(f"GET {path}")
            return Page(body, whole_number(answer.headers.get("x-total-count")))

        return fetch
