"""Additional questions of a recording beyond those of doctor: only GETs, about undocumented behaviour.

Questions that couldn't be asked or weren't answered are missing from the result; the learned_*.py modules interpret it.
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from jc1p.clients.http.exchange import Answer
from jc1p.clients.http.json_values import items, text, whole_number
from jc1p.clients.http.urls import Params
from jc1p.clients.jumpcloud.client import JumpCloudClient
from jc1p.clients.scim.client import ScimClient
from jc1p.clients.scim.wire import value
from jc1p.doctor.observations import BridgeSeen, JumpCloudSeen
from jc1p.doctor.probes.replies import attempt

BASES = ("/scim/v2", "/scim", "")
LARGEST = 10_000
NOBODY = "nobody@jc1p.invalid"
NO_ID = "A" * 26
NO_PERSON = "0" * 24
GROUPS_LOOKED_AT = 8


class Ask(StrEnum):
    """Everything that is asked once."""

    PING = "ping"
    HEALTH = "health"
    NO_TOKEN = "no_token"  # noqa: S105 - a question's name
    UNKNOWN_PATH = "unknown_path"
    SCHEMAS = "schemas"
    RESOURCE_TYPES = "resource_types"
    USERS_UNCOUNTED = "users_uncounted"
    USERS = "users"
    USERS_AGAIN = "users_again"
    USERS_BEYOND = "users_beyond"
    NOBODY = "nobody"
    USER_BY_NAME = "user_by_name"
    USER_BY_CAPITALS = "user_by_capitals"
    USER_BY_EXTERNAL_ID = "user_by_external_id"
    USERS_ACTIVE = "users_active"
    ONE_USER = "one_user"
    USER_IN_OTHER_CASE = "user_in_other_case"
    NO_USER = "no_user"
    GROUPS = "groups"
    GROUP_BY_NAME = "group_by_name"

    PEOPLE = "people"
    PEOPLE_UNCOUNTED = "people_uncounted"
    PEOPLE_BY_THOUSANDS = "people_by_thousands"
    PERSON_BY_EMAIL = "person_by_email"
    PERSON_WITHOUT_DOLLAR = "person_without_dollar"
    NO_PERSON = "no_person"
    ORGANIZATIONS = "organizations"
    APPLICATION_BY_LABEL = "application_by_label"
    GROUPS_BY_ID = "groups_by_id"
    GROUPS_BY_UNDERSCORE_ID = "groups_by_underscore_id"
    TWO_GROUPS = "two_groups"
    JUMPCLOUD_GROUPS = "jumpcloud_groups"
    JUMPCLOUD_GROUPS_AGAIN = "jumpcloud_groups_again"
    MEMBERS = "members"
    ASSIGNED_GROUPS = "assigned_groups"
    ASSIGNED_USERS = "assigned_users"
    ASSIGNED_USERS_AGAIN = "assigned_users_again"


Answers = Mapping[Ask, Answer]


@dataclass(frozen=True, slots=True)
class MoreSeen:
    """The answers of one service. `bases` are the bridge's base paths, `details` groups as listed and by their ids."""

    answers: Answers = field(default_factory=dict)
    bases: Mapping[str, Answer] = field(default_factory=dict)
    details: Sequence[tuple[Mapping[str, Any], Answer]] = ()


@dataclass(slots=True)
class Notes:
    """Collects answers."""

    answers: dict[Ask, Answer] = field(default_factory=dict)

    async def note(self, ask: Ask, asked: Awaitable[Answer]) -> Answer | None:
        """Wait for an answer and keep it; None without one."""
        came = await attempt(asked)
        if not isinstance(came, Answer):
            return None
        self.answers[ask] = came
        return came


def rows_of(answer: Answer | None) -> list[Mapping[str, Any]]:
    """The rows of a list, from the bridge or from either API version of JumpCloud."""
    body = answer.body if answer else None
    listed = body if isinstance(body, list) else value(body, "Resources") or value(body, "results")
    return [row for row in items(listed) if isinstance(row, Mapping)]


def total_of(answer: Answer | None) -> int | None:
    """The total that a list claims."""
    body = answer.body if answer else None
    if isinstance(body, list):
        return whole_number(answer.headers.get("x-total-count")) if answer else None
    found = value(body, "totalResults")
    return whole_number(value(body, "totalCount") if found is None else found)


# --- the bridge ---------------------------------------------------------------------------------------------


async def ask_bridge_more(bridge: ScimClient, seen: BridgeSeen) -> MoreSeen:
    """Everything about the bridge that GETs can show."""
    notes = Notes()
    await notes.note(Ask.PING, bridge.look("/ping", signed=False))
    if not seen.is_reached:
        return MoreSeen(notes.answers)
    await notes.note(Ask.HEALTH, bridge.look("/health"))
    await notes.note(Ask.UNKNOWN_PATH, bridge.look("/jc1p-no-such-path"))
    base = "/scim" if seen.base is None else seen.base
    await notes.note(Ask.NO_TOKEN, bridge.look(f"{base}/Users", {"count": 1}, signed=False))
    if seen.base is None:
        return MoreSeen(notes.answers)
    bases = {path: await attempt(bridge.look(f"{path}/ServiceProviderConfig")) for path in BASES}
    await notes.note(Ask.SCHEMAS, bridge.look(f"{base}/Schemas"))
    await notes.note(Ask.RESOURCE_TYPES, bridge.look(f"{base}/ResourceTypes"))
    await ask_for_users(bridge, base, notes)
    details = await ask_for_groups(bridge, base, notes)
    return MoreSeen(notes.answers, {path: each for path, each in bases.items() if isinstance(each, Answer)}, details)


async def ask_for_users(bridge: ScimClient, base: str, notes: Notes) -> None:
    """Pages, filters, and single accounts."""
    path = f"{base}/Users"
    await notes.note(Ask.USERS_UNCOUNTED, bridge.look(path))
    everybody = {"startIndex": 1, "count": LARGEST}
    rows = rows_of(listed := await notes.note(Ask.USERS, bridge.look(path, everybody)))
    await notes.note(Ask.USERS_AGAIN, bridge.look(path, everybody))
    if rows and len(rows) < (total_of(listed) or 0):
        await notes.note(Ask.USERS_BEYOND, bridge.look(path, {"startIndex": len(rows) + 1, "count": LARGEST}))
    await notes.note(Ask.NOBODY, bridge.look(path, equal("userName", NOBODY)))
    await notes.note(Ask.NO_USER, bridge.look(f"{path}/{NO_ID}"))
    await notes.note(Ask.USERS_ACTIVE, bridge.look(path, {"filter": "active eq true"}))
    for row in rows[:1]:
        name, id_ = text(value(row, "userName")), text(value(row, "id"))
        await notes.note(Ask.USER_BY_NAME, bridge.look(path, equal("userName", name)))
        await notes.note(Ask.USER_BY_CAPITALS, bridge.look(path, equal("userName", name.upper())))
        await notes.note(Ask.ONE_USER, bridge.look(f"{path}/{quote(id_, safe='')}"))
        if id_.swapcase() != id_:
            await notes.note(Ask.USER_IN_OTHER_CASE, bridge.look(f"{path}/{quote(id_.swapcase(), safe='')}"))
    linked = (text(value(row, "externalId")) for row in rows)
    for external_id in [each for each in linked if each][:1]:
        await notes.note(Ask.USER_BY_EXTERNAL_ID, bridge.look(path, equal("externalId", external_id)))


async def ask_for_groups(bridge: ScimClient, base: str, notes: Notes) -> list[tuple[Mapping[str, Any], Answer]]:
    """The list, and some of the groups by their ids."""
    path = f"{base}/Groups"
    rows = rows_of(await notes.note(Ask.GROUPS, bridge.look(path, {"startIndex": 1, "count": LARGEST})))
    if rows:
        name = text(value(rows[0], "displayName"))
        await notes.note(Ask.GROUP_BY_NAME, bridge.look(path, equal("displayName", name)))
    details: list[tuple[Mapping[str, Any], Answer]] = []
    for row in rows[:GROUPS_LOOKED_AT]:
        answer = await attempt(bridge.look(f"{path}/{quote(text(value(row, 'id')), safe='')}"))
        details += [(row, answer)] if isinstance(answer, Answer) else []
    return details


def equal(attribute: str, wanted: str) -> Params:
    """The parameters of a filter (facts/scim-bridge.md 9)."""
    escaped = wanted.replace("\\", "\\\\").replace('"', '\\"')
    return {"filter": f'{attribute} eq "{escaped}"'}


# --- JumpCloud ----------------------------------------------------------------------------------------------


async def ask_jumpcloud_more(client: JumpCloudClient, seen: JumpCloudSeen, label: str | None) -> MoreSeen:
    """Everything about JumpCloud that GETs can show; `label` is the application's as configured."""
    notes = Notes()
    await notes.note(Ask.ORGANIZATIONS, client.look("/organizations", {"limit": 100}))
    if seen.organization is not None or not seen.calls:
        return MoreSeen(notes.answers)
    await ask_for_people(client, notes)
    rows = rows_of(await notes.note(Ask.JUMPCLOUD_GROUPS, client.look("/v2/usergroups", {"limit": 100})))
    await notes.note(Ask.JUMPCLOUD_GROUPS_AGAIN, client.look("/v2/usergroups", {"limit": 100}))
    await notes.note(Ask.GROUPS_BY_ID, client.look("/v2/usergroups", {"limit": 100, "sort": "id"}))
    await notes.note(Ask.GROUPS_BY_UNDERSCORE_ID, client.look("/v2/usergroups", {"limit": 100, "sort": "_id"}))
    ids = [text(row.get("id")) for row in rows]
    if len(ids) > 1:
        await notes.note(Ask.TWO_GROUPS, client.look("/v2/usergroups", {"filter": f"id:in:{ids[0]}|{ids[1]}"}))
    for id_ in ids[:1]:
        await notes.note(Ask.MEMBERS, client.look(f"/v2/usergroups/{quote(id_, safe='')}/members", {"limit": 100}))
    if label:
        found: Params = {"limit": 10, "filter": f"displayLabel:$eq:{label}"}
        await notes.note(Ask.APPLICATION_BY_LABEL, client.look("/applications", found))
    if isinstance(seen.application, str):
        path = f"/v2/applications/{quote(seen.application, safe='')}"
        await notes.note(
            Ask.ASSIGNED_GROUPS, client.look(f"{path}/associations", {"targets": "user_group", "limit": 100})
        )
        for ask in (Ask.ASSIGNED_USERS, Ask.ASSIGNED_USERS_AGAIN):
            await notes.note(ask, client.look(f"{path}/users", {"limit": 100}))
    return MoreSeen(notes.answers)


async def ask_for_people(client: JumpCloudClient, notes: Notes) -> None:
    """Pages and filters of API v1."""
    path = "/systemusers"
    rows = rows_of(await notes.note(Ask.PEOPLE, client.look(path, {"limit": 100})))
    await notes.note(Ask.PEOPLE_UNCOUNTED, client.look(path))
    await notes.note(Ask.PEOPLE_BY_THOUSANDS, client.look(path, {"limit": 1000}))
    await notes.note(Ask.NO_PERSON, client.look(f"{path}/{NO_PERSON}"))
    for row in rows[:1]:
        email = text(row.get("email"))
        await notes.note(Ask.PERSON_BY_EMAIL, client.look(path, {"filter": f"email:$eq:{email}"}))
        await notes.note(Ask.PERSON_WITHOUT_DOLLAR, client.look(path, {"filter": f"email:eq:{email}"}))
