"""The pace: few requests at first, more while answers are quick, half after a fault, never over the limit."""

import asyncio
import json
import logging
from pathlib import Path

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st
from support.inprocess import jc1p
from support.installed import config_for
from support.wire import ROOT, Clock, few, service

from jc1p.clients.http.pace import Pace
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

pytestmark = pytest.mark.anyio


def pace(most: int = 8) -> tuple[Pace, Clock]:
    clock = Clock()
    return Pace("JumpCloud", most, clock), clock


def answer(at: Pace, clock: Clock, seconds: float = 0.05) -> None:
    began = clock()
    clock.now += seconds
    at.answered("GET /x", began)


def test_pace_doubles_with_each_round_up_to_the_limit() -> None:
    at, clock = pace()
    seen = [int(at.limit)]
    for _ in range(10):
        answer(at, clock)
        seen.append(int(at.limit))
    assert seen == [4, 5, 6, 7, 8, 8, 8, 8, 8, 8, 8]


def test_trouble_halves_once_for_all_that_was_under_way_and_then_grows_slowly() -> None:
    at, clock = pace()
    for _ in range(6):
        answer(at, clock)
    began = clock()
    clock.now += 0.1
    for _ in range(5):
        at.in_trouble("answered 429", began)
    assert at.limit == 4
    for _ in range(3):
        answer(at, clock)
    assert int(at.limit) == 4
    for _ in range(2):
        answer(at, clock)
    assert int(at.limit) == 5
    for _ in range(9):
        clock.now += 1
        at.in_trouble("answered 503", clock())
    assert at.limit == 1


def test_slow_answers_do_not_raise_the_pace() -> None:
    at, clock = pace()
    answer(at, clock, 0.05)
    assert int(at.limit) == 5
    for _ in range(5):
        answer(at, clock, 2.0)
    assert int(at.limit) == 5


@given(steps=st.lists(st.sampled_from(["quick", "slow", "trouble"]), max_size=60), most=st.integers(1, 16))
def test_pace_stays_between_one_and_the_limit(steps: list[str], most: int) -> None:
    at, clock = pace(most)
    for step in steps:
        if step == "trouble":
            clock.now += 0.01
            at.in_trouble("timeout", clock())
        else:
            answer(at, clock, 0.01 if step == "quick" else 5.0)
        assert 1 <= at.limit <= most


async def test_no_more_requests_than_the_pace_are_under_way_and_none_is_forgotten() -> None:
    at, _ = pace(3)
    most = running = done = 0

    async def work() -> None:
        nonlocal most, running, done
        async with at:
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1
            done += 1

    at.limit = 3
    await asyncio.gather(*(work() for _ in range(50)))
    assert (most, done, at.under_way) == (3, 50, 0)


async def test_cancelled_waiters_leave_their_place_to_others() -> None:
    at, _ = pace(1)
    async with at:
        waiting = [asyncio.create_task(at.__aenter__()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
    await asyncio.sleep(0)
    assert at.under_way == 1
    assert waiting[1].done()
    waiting[2].cancel()
    await asyncio.sleep(0)
    await at.__aexit__(None, None, None)
    assert at.under_way == 0


@respx.mock
async def test_busy_service_is_told_at_debug_level(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("jc1p").propagate = True
    respx.get(f"{ROOT}/x").mock(side_effect=[httpx.Response(429), httpx.Response(200, json={})])
    with caplog.at_level("DEBUG", logger="jc1p"):
        async with service(Clock(), retry=few()) as jc:
            await jc.get("/x")
    assert "JumpCloud: 2 requests at once instead of 4: answered 429" in caplog.text


def test_log_has_one_json_line_a_request_without_names_or_secrets(tmp_path: Path) -> None:
    with Sandbox(make_world(users=40, groups=8)) as sandbox:
        config = config_for(sandbox, tmp_path)
        done = jc1p("-c", config, "sync", "-y", "--log-level", "info", "--log-format", "json")
        sent = list(sandbox.requests)
    lines = [json.loads(line) for line in done.err.splitlines()]
    requests = [line for line in lines if line["logger"] == "jc1p.http"]
    assert len(requests) == len(sent)
    for line in requests:
        assert {"service", "method", "path", "status", "attempt", "wait_ms", "ms", "run_id"} <= line.keys()
    assert len({line["run_id"] for line in requests}) == 1
    assert "@example.com" not in "".join(map(str, requests))
    assert sandbox.jumpcloud.key not in done.err
    assert sandbox.bridge.token not in done.err
