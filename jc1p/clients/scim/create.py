"""Creates accounts and groups that must not exist twice: after a conflict or any doubt, look first.

A create is in doubt if its answer got lost, is a 5xx, or doesn't show the created resource. It may have succeeded all
the same, and an invitation sends a mail. client.py knows what is created and how it is found.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from jc1p.clients.http.exchange import Answer
from jc1p.clients.scim.errors import NAME, explain, is_conflict
from jc1p.core.models import Account, Group
from jc1p.errors import OutcomeUnknown, ServiceError, Unauthorized

log = logging.getLogger("jc1p.scim")

TRIES = 2

Resource = TypeVar("Resource", Account, Group)


async def create(
    asked: str, post: Callable[[], Awaitable[Answer]], parse: Callable[[Any], Resource | None],
    find: Callable[[], Awaitable[Resource | None]],
) -> tuple[Resource, bool]:  # fmt: skip
    """The created or existing resource; True when the service said that it existed before.

    Raises:
        OutcomeUnknown: it was sent and may have been carried out, but no lookup shows it.
    """
    for _ in range(TRIES):
        try:
            answer = await post()
        except OutcomeUnknown as lost:
            doubt = lost
        else:
            if is_conflict(answer):
                return await conflicting(asked, answer, find), True
            if not 200 <= answer.status < 300:  # noqa: PLR2004 - success
                raise explain(answer, asked)
            if made := parse(answer.body):
                return made, False
            doubt = OutcomeUnknown(f"{NAME} answered {asked} with JSON that is not SCIM", service=NAME)
        log.warning("%s; checking whether it was done", doubt.message)
        if found := await look_after(doubt, find):
            return found, False
    raise OutcomeUnknown(
        f"{asked} was sent twice without a usable answer, and 1Password does not show the result yet ({doubt.message})",
        service=NAME, hint="The next run checks again before it sends anything.",
    )  # fmt: skip


async def conflicting(asked: str, refusal: Answer, find: Callable[[], Awaitable[Resource | None]]) -> Resource:
    """The resource that a create conflicts with. Raises the refusal if none is found."""
    found = await find()
    if found is None:
        raise explain(refusal, asked)
    return found


async def look_after(doubt: OutcomeUnknown, find: Callable[[], Awaitable[Resource | None]]) -> Resource | None:
    """What a create in doubt created. If the lookup fails too, the doubt stays, and the next run checks."""
    try:
        return await find()
    except Unauthorized:
        raise
    except ServiceError as error:
        raise OutcomeUnknown(
            f"{doubt.message}; checking whether it was done also failed: {error.message}", service=NAME, hint=error.hint
        ) from None
