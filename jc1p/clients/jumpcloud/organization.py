"""Which organization and which application to use: jc1p refuses to guess among several (facts 2.4 and 6.1)."""

import difflib
from collections.abc import Mapping
from typing import Any

from jc1p.clients.http.json_values import text
from jc1p.clients.jumpcloud.connection import JumpCloudConnection
from jc1p.clients.jumpcloud.errors import checked, unexpected
from jc1p.clients.jumpcloud.paging import PAGE, as_it_is, read_list
from jc1p.clients.jumpcloud.parse import id_of, label_of, matching_applications
from jc1p.errors import AmbiguousApplication, ApplicationNotFound, OrganizationRequired

LONGEST_NAME = 200
"""Characters of an organization's name that are shown."""


async def list_organizations(connection: JumpCloudConnection) -> dict[str, str]:
    """Id to name of every organization that the credential sees."""
    answer = await connection.http.get("/organizations", {"limit": PAGE})
    body = checked(answer, "GET /organizations")
    rows = body.get("results") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise unexpected("GET /organizations")
    return {id_of(row): text(row.get("displayName")) for row in rows if isinstance(row, dict)}


async def check_organization(connection: JumpCloudConnection) -> str | None:
    """Refuse to guess among several organizations. See JumpCloudClient.check_organization."""
    known = await list_organizations(connection)
    shown = ", ".join(f"{name or 'unnamed'} ({id_})" for id_, name in sorted(known.items()))
    if connection.org_id and known and connection.org_id not in known:
        raise OrganizationRequired(
            f"this credential has no access to jumpcloud.org_id {connection.org_id}, only to {shown}",
            hint="Correct jumpcloud.org_id.",
        )
    if not connection.org_id and len(known) > 1:
        raise OrganizationRequired(
            f"this credential has access to {len(known)} organizations: {shown}",
            hint="Set jumpcloud.org_id to the one that jc1p should read.",
        )
    name = known.get(connection.org_id or next(iter(known), ""), "")
    return " ".join(name.split())[:LONGEST_NAME] or None


async def list_applications(connection: JumpCloudConnection) -> Mapping[str, Mapping[str, Any]]:
    """Every application by id, with its names."""
    fetch = connection.v1_pages("/applications", {"fields": "displayLabel displayName name", "sort": "name"})
    return (await read_list("applications", fetch, id_of, as_it_is, exact=True)).rows


async def find_application(connection: JumpCloudConnection, wanted: str) -> str:
    """The id of the configured application. See JumpCloudClient.find_application."""
    rows = await list_applications(connection)
    found = matching_applications(wanted, rows)
    if len(found) == 1:
        return found[0]
    if found:
        shown = ", ".join(f"{label_of(rows[id_])} ({id_})" for id_ in found)
        raise AmbiguousApplication(
            f'{len(found)} JumpCloud applications match "{wanted}": {shown}',
            hint="Set scope.application to the id of the one with provisioning.",
        )
    labels = sorted({label_of(row) for row in rows.values()})
    near = difflib.get_close_matches(wanted, labels, n=3, cutoff=0.4) or labels[:5]
    raise ApplicationNotFound(
        f'JumpCloud has no application "{wanted}"' + (f"; it has {', '.join(near)}" if near else ""),
        hint="Set scope.application to the application's display label or id.",
    )
