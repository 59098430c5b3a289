"""A few jobs at a time: order, limit, and what happens to the others when one fails."""

import asyncio

import pytest

from jc1p.runtime.concurrency import side_by_side

pytestmark = pytest.mark.anyio


async def test_results_come_in_order_and_no_more_are_under_way_than_allowed() -> None:
    under_way, most = 0, 0

    async def work(item: int) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _ in range(10 - item):
            await asyncio.sleep(0)
        under_way -= 1
        return item * item

    assert await side_by_side(range(10), work, at_once=3) == [item * item for item in range(10)]
    assert most == 3


async def test_the_first_failure_is_raised_as_it_is_and_nothing_more_is_begun() -> None:
    begun: list[int] = []

    async def work(item: int) -> int:
        begun.append(item)
        await asyncio.sleep(0)
        if item == 2:
            raise KeyError(item)
        return item

    with pytest.raises(KeyError):
        await side_by_side(range(100), work, at_once=2)
    assert max(begun) <= 4


async def test_nothing_to_do_takes_no_worker() -> None:
    async def work(item: int) -> int:
        return item

    assert await side_by_side([], work, at_once=3) == []
