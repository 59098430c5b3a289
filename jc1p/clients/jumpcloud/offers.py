"""The choices for setup: each application with its groups and its people, in two requests each.

The counts only help admins to choose. A run reads the whole lists (directory.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from jc1p.clients.jumpcloud.connection import JumpCloudConnection
from jc1p.clients.jumpcloud.organization import list_applications
from jc1p.clients.jumpcloud.paging import PAGE, read_list
from jc1p.clients.jumpcloud.parse import id_of, label_of, parse_group, target_id
from jc1p.runtime.concurrency import side_by_side

AT_ONCE = 8
MOST_COUNTED = 30
"""How many applications get their groups and people counted; a company may have hundreds."""
OURS = "1password"


class ApplicationOffer(NamedTuple):
    """An application that the scope could use. `people` is None if not counted."""

    id: str
    label: str
    groups: tuple[str, ...] = ()
    people: int | None = None

    @property
    def is_ours(self) -> bool:
        """Whether its name contains 1Password."""
        return OURS in self.label.lower().replace(" ", "")


async def offer_applications(connection: JumpCloudConnection) -> Sequence[ApplicationOffer]:
    """Every application, those named 1Password first; the first ones with their groups and number of people."""
    rows = await list_applications(connection)
    offers = sorted(
        (ApplicationOffer(id_, label_of(row)) for id_, row in rows.items()),
        key=lambda offer: (not offer.is_ours, offer.label.lower(), offer.id),
    )
    names = await group_names(connection) if offers else {}

    async def counted(offer: ApplicationOffer) -> ApplicationOffer:
        return await count(connection, offer, names)

    return [*await side_by_side(offers[:MOST_COUNTED], counted, at_once=AT_ONCE), *offers[MOST_COUNTED:]]


async def group_names(connection: JumpCloudConnection) -> Mapping[str, str]:
    """Name of every user group by id."""
    fetch = connection.v2_pages("/v2/usergroups", {"sort": "name"})
    rows = (await read_list("user groups", fetch, id_of, parse_group, exact=True)).rows
    return {id_: group.name for id_, group in rows.items()}


async def count(connection: JumpCloudConnection, offer: ApplicationOffer, names: Mapping[str, str]) -> ApplicationOffer:
    """The same offer with its groups and people, from the first page of each."""
    path = f"/v2/applications/{quote(offer.id, safe='')}"
    users = await connection.v2_pages(f"{path}/users")(0)
    bound = await connection.v2_pages(f"{path}/associations", {"targets": "user_group"})(0)
    known = {target_id(row) for row in objects(bound.rows)} & names.keys()
    came = len({id_of(row) for row in objects(users.rows)} - {""})
    people = came if len(users.rows) < PAGE else users.total
    return ApplicationOffer(offer.id, offer.label, tuple(sorted(names[id_] for id_ in known)), people)


def objects(rows: Sequence[object]) -> Sequence[dict[str, Any]]:
    return [row for row in rows if isinstance(row, dict)]
