"""Writes group links as externalId, once each. Otherwise only the names would be left to match after a loss of state.

A group that jc1p creates has its link from the start; this is for existing groups. It is not a change of the plan,
since no access changes. If a bridge refuses or drops a link, that is remembered and not tried again. `import --link
--group` moves a link.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from jc1p.core.models import Group
from jc1p.core.policy import group_attribute
from jc1p.errors import ServiceError
from jc1p.state.store import State

log = logging.getLogger("jc1p.sync")


class Linker(Protocol):
    """The one write that is needed here."""

    async def link_group(self, scim_id: str, external_id: str) -> bool:
        """Write a group's externalId; True when it shows afterwards. Raises ServiceError."""


async def link_groups(unlinked: Mapping[str, str], bridge: Linker, state: State, now: datetime) -> None:
    """Write the links of `unlinked` (SCIM id to JumpCloud id), one after the other, until one doesn't show."""
    for scim_id, jumpcloud_id in sorted(unlinked.items()):
        try:
            is_kept = await bridge.link_group(scim_id, jumpcloud_id)
        except ServiceError as error:
            log.warning("cannot write the link of a group: %s", error.message)
            return
        state.remember_request(scim_id, group_attribute("externalId"), jumpcloud_id, now)
        if not is_kept:
            log.info("the bridge does not store externalId of groups; their links are only in the state folder")
            return


async def move_group_link(pushed: Group, wanted: Group, bridge: Linker, state: State, now: datetime) -> bool:
    """Link a 1Password group to a JumpCloud group; True if 1Password shows the link.

    State counts more than externalId, so with a bridge that drops it, state alone has the new link. If the request
    fails, state keeps the old one. Raises ServiceError.
    """
    is_kept = await bridge.link_group(pushed.id, wanted.id)
    state.remember_links("group", {wanted.id: pushed.id})
    state.remember_request(pushed.id, group_attribute("externalId"), wanted.id, now)
    return is_kept
