"""Writes the members of a group: in chunks that the bridge accepts, removals in a form that it understands.

What worked is remembered for the run. client.py sends PATCHes and reads groups back; apply decides about members.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from jc1p.clients.scim import wire
from jc1p.clients.scim.errors import REFUSES_FORM
from jc1p.errors import NotFound, RequestRefused, ServiceError, Unreachable

log = logging.getLogger("jc1p.scim")

CHUNK = 100
"""Members in one PATCH at most (facts 3.2)."""

TOO_LARGE = 413
TOO_MUCH_TO_ADD = frozenset({400, 422, TOO_LARGE})
"""Refusals that a single member may have caused: the others are tried without it."""

TOO_MUCH_TO_REMOVE = frozenset({TOO_LARGE})
"""Here a 400 is caused by the form, not by a member."""

MOST_REFUSED = 3
"""After this many refused members in a row, the group itself counts as refused."""

Operations = Sequence[Mapping[str, Any]]
PatchGroup = Callable[[str, Operations], Awaitable[None]]
ReadMembers = Callable[[str], Awaitable[AbstractSet[str] | None]]
"""Group id to account ids; None if the bridge doesn't show them."""


@dataclass(slots=True, eq=False, repr=False)
class MemberWriter:
    """Adds and removes members. `size` and `removes_by_value` are what the bridge is known to accept."""

    patch: PatchGroup
    read: ReadMembers
    size: int = CHUNK
    removes_by_value: bool = False

    async def add(self, group_id: str, member_ids: Sequence[str]) -> None:
        """Add, in chunks one after the other."""
        await self._in_chunks(group_id, member_ids, lambda ids: [wire.add_members_op(ids)], TOO_MUCH_TO_ADD)

    async def remove(self, group_id: str, member_ids: Sequence[str]) -> None:
        """Remove exactly these: filter form first, value form only if that is refused (facts 3.2)."""
        refusal: RequestRefused | None = None
        if not self.removes_by_value:
            try:
                return await self._in_chunks(group_id, member_ids, removals, TOO_MUCH_TO_REMOVE)
            except RequestRefused as error:
                if error.status not in REFUSES_FORM:
                    raise
                log.warning("the bridge refuses members[value eq …]; trying the value form")
                refusal = error
        await self._remove_by_value(group_id, member_ids, refusal)
        self.removes_by_value = True
        return None

    # --- chunks -----------------------------------------------------------------------------------------

    async def _in_chunks(
        self, group_id: str, ids: Sequence[str], operations: Callable[[Sequence[str]], Operations],
        too_much: frozenset[int],
    ) -> None:  # fmt: skip
        """Send in chunks that are halved if the bridge refuses them, down to one member.

        One refused member doesn't affect the others.

        Raises:
            ServiceError: members were refused; names the first of them.
        """
        largest, position, in_a_row = self.size, 0, 0
        first: ServiceError | None = None
        while position < len(ids) and in_a_row < MOST_REFUSED:
            part = ids[position : position + self.size]
            try:
                await self.patch(group_id, operations(part))
                in_a_row = 0
            except (RequestRefused, NotFound, Unreachable) as error:
                await self._check_divisible(group_id, error, too_much)
                if len(part) > 1:
                    self.size = (len(part) + 1) // 2
                    continue
                first = first or about_member(error, part[0], position + 1, len(ids))
                self.size, in_a_row = largest, in_a_row + 1
            position += len(part)
        if first:
            raise first

    async def _check_divisible(self, group_id: str, error: ServiceError, too_much: frozenset[int]) -> None:
        """Raise the error if fewer members wouldn't help: another refusal, a missing bridge or group."""
        if isinstance(error, RequestRefused):
            if error.status not in too_much:
                raise error
            return
        await self.read(group_id)

    # --- the value form ---------------------------------------------------------------------------------

    async def _remove_by_value(
        self, group_id: str, member_ids: Sequence[str], refusal: RequestRefused | None
    ) -> None:  # fmt: skip
        """The form that some servers read as "remove all members": checked after each member, and repaired."""
        present = await self.read(group_id)
        if present is None:
            raise cannot_check(refusal)
        staying = present - set(member_ids)
        for member_id in member_ids:
            if member_id not in present:
                continue
            try:
                await self.patch(group_id, [wire.remove_member_by_value_op(member_id)])
            finally:
                present = await self._put_back(group_id, staying)

    async def _put_back(self, group_id: str, staying: AbstractSet[str]) -> AbstractSet[str]:
        """The current members, including those that a removal took along and that were added back."""
        present = await self.read(group_id) or frozenset()
        if lost := staying - present:
            log.warning("the bridge removed %d members too many; jc1p adds them again", len(lost))
            await self.add(group_id, sorted(lost))
        return present


def removals(ids: Sequence[str]) -> Operations:
    """One operation per member, in the form that no server reads as "remove all members"."""
    return [wire.remove_member_op(id_) for id_ in ids]


def about_member(error: ServiceError, member_id: str, position: int, count: int) -> ServiceError:
    """The error for one refused member: the bridge accepted other requests meanwhile, so the member is the cause."""
    message = f"{error.message} for member {position} of {count} ({member_id})"
    status = error.status if isinstance(error, RequestRefused) else 0
    return RequestRefused(message, service=error.service, status=status, hint=error.hint)


def cannot_check(refusal: RequestRefused | None) -> ServiceError:
    """Why the value form isn't tried if jc1p couldn't see that it emptied the group."""
    why = "the bridge refuses members[value eq …], the only removal that cannot empty a group"
    return RequestRefused(
        f"{why}, and does not show group members; no member was removed",
        service=refusal.service if refusal else "",
        status=refusal.status if refusal else 0,
        hint="Remove them in 1Password.",
    )
