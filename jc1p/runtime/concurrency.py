"""Runs many jobs a few at a time, with one worker per job in progress, so that waiting jobs cost nothing.

A task for each of 50,000 changes would take more memory than the changes themselves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Drought:
    """Pages of a list that are requested at once, whose total may be far too high.

    After `most` pages without anything new, the rest isn't requested.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.barren = 0

    def note(self, *, is_fresh: bool) -> None:
        """A page arrived."""
        self.barren += not is_fresh

    @property
    def is_over(self) -> bool:
        """No more new rows are expected."""
        return self.barren >= self.most


async def side_by_side(
    items: Sequence[Item], work: Callable[[Item], Awaitable[Result]], *, at_once: int
) -> list[Result]:
    """The results in the order of the items, with at most `at_once` in progress; started in that order too.

    Raises the first failure; then no more are started, and those in progress are cancelled.
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
