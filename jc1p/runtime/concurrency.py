"""Doing many things a few at a time: as many workers as may be in progress, so that what waits costs nothing.

Knows nothing of what is done; a task for each of 50,000 changes would take more memory than the changes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True)
class Drought:
    """Pages of a list asked for at once, whose total may promise far more than there is.

    After `most` pages without anything new the rest isn't asked for.
    """

    most: int
    barren: int = 0

    def note(self, *, is_fresh: bool) -> None:
        """A page came."""
        self.barren += not is_fresh

    @property
    def is_over(self) -> bool:
        """Nothing more is to be expected."""
        return self.barren >= self.most


async def side_by_side(
    items: Sequence[Item], work: Callable[[Item], Awaitable[Result]], *, at_once: int
) -> list[Result]:
    """The results in the order of the items, with at most `at_once` in progress; begun in that order too.

    Raises what the first failure raised; nothing more is begun then, and what was in progress is cancelled.
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
