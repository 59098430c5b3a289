"""Doing many things a few at a time: as many workers as may be under way, so that what waits costs nothing.

Knows nothing of what is done; a task for each of 50,000 changes would take more memory than the changes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


async def side_by_side(
    items: Sequence[Item], work: Callable[[Item], Awaitable[Result]], *, at_once: int
) -> list[Result]:
    """The results in the order of the items, with at most `at_once` under way; begun in that order too.

    Raises what the first failure raised; nothing more is begun then, and what was under way is cancelled.
    """
    results: dict[int, Result] = {}
    waiting = iter(enumerate(items))

    async def worker() -> None:
        for position, item in waiting:
            results[position] = await work(item)

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(at_once, len(items))):
                tasks.create_task(worker())
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [results[position] for position in range(len(items))]
