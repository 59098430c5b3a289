"""The time limit of a run: after four fifths no additions start, removals continue, and at the end nothing starts."""

import asyncio
import time
from collections.abc import Sequence

import pytest
from support.wire import Clock

from jc1p.errors import DeadlineReached
from jc1p.runtime.clocks import CLOCK, seconds_awake_or_asleep
from jc1p.sync.run_deadline import RunDeadline

pytestmark = pytest.mark.anyio


def test_giving_ends_at_four_fifths_and_all_else_at_the_end() -> None:
    clock = Clock()
    deadline = RunDeadline(100, clock)
    seen: list[Sequence[bool]] = []
    for now in (0, 79, 80, 99, 100):
        clock.now = 1000 + now
        seen.append((deadline.why_late() is not None, deadline.why_over() is not None))
    assert seen == [(False, False), (False, False), (True, False), (True, False), (True, True)]


def test_time_goes_on_while_the_machine_sleeps() -> None:
    assert RunDeadline().clock is seconds_awake_or_asleep
    assert time.CLOCK_BOOTTIME == CLOCK


def test_prompts_do_not_count() -> None:
    clock = Clock()
    deadline = RunDeadline(100, clock)
    with deadline.not_counting():
        clock.now += 500
    assert deadline.left == 100
    assert deadline.why_late() is None


async def test_a_block_ends_with_the_time_and_says_which_key_it_is() -> None:
    with pytest.raises(DeadlineReached, match=r"longer than http\.max_run") as caught:
        async with RunDeadline(0.01).ending():
            await asyncio.Event().wait()
    assert caught.value.code == "deadline"


async def test_a_time_out_of_something_else_stays_what_it_is() -> None:
    with pytest.raises(TimeoutError):
        async with RunDeadline(60).ending():
            raise TimeoutError


async def test_without_a_limit_nothing_ends() -> None:
    async with RunDeadline().ending():
        await asyncio.sleep(0)
    assert RunDeadline().why_over() is RunDeadline().why_late() is None
