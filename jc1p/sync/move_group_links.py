"""Moves the link of a group to another JumpCloud group: in 1Password as externalId, then in state."""

from datetime import datetime

from jc1p.core.models import Group
from jc1p.state.store import State
from jc1p.sync.link_groups import Linker


async def move_group_link(pushed: Group, wanted: Group, bridge: Linker, state: State, now: datetime) -> bool:
    """Link a 1Password group to a JumpCloud group; True if 1Password shows the link.

    State counts more than externalId, so with a bridge that drops it, state alone has the new link. If the request
    fails, state keeps the old one. Raises ServiceError.
    """
    is_kept = await bridge.link_group(pushed.id, wanted.id)
    state.remember_links("group", {wanted.id: pushed.id})
    state.remember_request(pushed.id, "externalId", wanted.id, now)
    return is_kept
