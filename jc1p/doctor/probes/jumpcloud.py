"""Asks JumpCloud: each call that a run needs, once, then the whole directory. Writes nothing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from jc1p.clients.jumpcloud.client import JumpCloudClient
from jc1p.config.models import JumpCloud
from jc1p.core.models import SourceDirectory
from jc1p.core.scope import Scope, check_fields, choose_groups, unmatched_globs
from jc1p.doctor.observations import Answered, Call, JumpCloudSeen, Reply
from jc1p.doctor.probes.replies import attempt, reply
from jc1p.errors import Jc1pError

ONE = {"limit": 1}
A_DAY = timedelta(days=1)


async def ask_jumpcloud(
    client: JumpCloudClient, section: JumpCloud, scope: Scope, extra_fields: frozenset[str], now: datetime
) -> JumpCloudSeen:
    """Everything about JumpCloud that can be seen from here."""
    organizations = await reply(client.look("/organizations", ONE))
    known: dict[str, Any] = {
        "address": section.api_root,
        "credential": "API key" if section.api_key else "service account",
        "organizations": organizations,
        "is_service_account": section.client_id is not None,
        "wants_application": scope.application is not None,
    }
    if not isinstance(organizations, Reply) or not organizations.is_good:
        return JumpCloudSeen(**known)
    known["organization"] = await attempt(client.check_organization())
    if known["organization"]:
        return JumpCloudSeen(**known)
    if section.client_id:
        known["service_credentials"] = await attempt(client.read_service_credentials(section.client_id))
    calls = dict(await ask_plain_calls(client, scope))
    application = await find_application(client, scope, calls)
    if isinstance(application, str):
        calls |= await ask_calls_of(client, application)
    known |= {"calls": calls, "application": application}
    known["events"] = await attempt(
        client.count_connector_events(section.insights_url, now - A_DAY, marks_of(scope, application))
    )
    if isinstance(application, Jc1pError) or not all(
        isinstance(each, Reply) and each.is_good for each in calls.values()
    ):
        return JumpCloudSeen(**known)
    return JumpCloudSeen(**known, **await read(client, scope, extra_fields))


async def ask_plain_calls(client: JumpCloudClient, scope: Scope) -> Mapping[Call, Answered]:
    """The calls that need no id; applications only if one is configured."""
    paths = {Call.USERS: "/systemusers", Call.GROUPS: "/v2/usergroups"}
    paths |= {Call.APPLICATIONS: "/applications"} if scope.application else {}
    return {call: await reply(client.look(path, ONE)) for call, path in paths.items()}


async def find_application(
    client: JumpCloudClient, scope: Scope, calls: Mapping[Call, Answered]
) -> str | Jc1pError | None:
    """The id of the configured application, the error if there is none, or None if it could not be looked up."""
    listed = calls.get(Call.APPLICATIONS)
    if scope.application is None or not isinstance(listed, Reply) or not listed.is_good:
        return None
    return await attempt(client.find_application(scope.application))


async def ask_calls_of(client: JumpCloudClient, application: str) -> Mapping[Call, Answered]:
    """The calls about one application."""
    path = f"/v2/applications/{quote(application, safe='')}"
    return {
        Call.ASSOCIATIONS: await reply(client.look(f"{path}/associations", {"targets": "user_group", **ONE})),
        Call.ASSIGNED_USERS: await reply(client.look(f"{path}/users", ONE)),
    }


def marks_of(scope: Scope, application: str | Jc1pError | None) -> frozenset[str]:
    """The texts by which an event of the 1Password application is recognised."""
    known = (scope.application, application if isinstance(application, str) else None, "1password")
    return frozenset(mark for mark in known if mark)


async def read(client: JumpCloudClient, scope: Scope, extra_fields: frozenset[str]) -> Mapping[str, Any]:
    """The directory as a run would read it, and the globs that match nothing."""
    directory = await attempt(read_readable(client, scope, extra_fields))
    globs = unmatched_globs(directory, scope) if isinstance(directory, SourceDirectory) else ()
    return {"directory": directory, "unmatched_globs": globs}


async def read_readable(client: JumpCloudClient, scope: Scope, extra_fields: frozenset[str]) -> SourceDirectory:
    """The directory, if decisions can be based on it: a run ends if no record has a field of the scope."""
    directory = await client.read_directory(
        application=scope.application, choose_groups=partial(choose_groups, scope=scope), extra_fields=extra_fields
    )
    check_fields(directory, scope)
    return directory
