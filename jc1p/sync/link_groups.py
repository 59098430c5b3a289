"""Links of groups written as externalId, once each, so that lost state doesn't leave the name alone to decide.

A group that jc1p creates has its link from the start; this is for those that it found. Nothing here is a change of the
plan: nobody gains or loses anything by it, and a bridge that refuses or drops it is remembered and left alone.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from jc1p.errors import ServiceError
from jc1p.state.store import State

log = logging.getLogger("jc1p.sync")


class Linker(Protocol):
    """The one write that this needs."""

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
        state.remember_request(scim_id, "externalId", jumpcloud_id, now)
        if not is_kept:
            log.info("the bridge does not store externalId of groups; their links are only in the state folder")
            return
