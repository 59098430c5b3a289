"""Retries by class of fault; how long a Retry-After may delay a request; pages requested in parts."""

import asyncio
import logging
import re
import ssl
from contextlib import suppress
from typing import Any

import httpx
import pytest
import respx
from support.wire import BRIDGE, ROOT, Clock, bridge, few, jumpcloud, service

from jc1p.clients.http.exchange import Repeat, RetryPolicy
from jc1p.clients.http.service import HttpService
from jc1p.errors import AnswerTooLarge, NotDelivered, OutcomeUnknown, Unreachable

pytestmark = pytest.mark.anyio

OK = httpx.Response(200, json={"ok": True})
GATEWAYS = {520: "Cloudflare", 524: "Cloudflare", 530: "Cloudflare", 561: "AWS load balancer", 598: "gateway or proxy"}


@respx.mock
@pytest.mark.parametrize("status", [*GATEWAYS, 507, 521, 599])
async def test_every_server_error_is_tried_again_on_reads_and_in_doubt_on_creates(status: int) -> None:
    respx.get(f"{ROOT}/things").mock(side_effect=[httpx.Response(status), OK])
    creating = respx.post(f"{ROOT}/things").mock(return_value=httpx.Response(status))
    async with service(Clock()) as http:
        assert (await http.get("/things")).status == 200
        with pytest.raises(OutcomeUnknown, match=f"answered {status}") as caught:
            await http.send("POST", "/things", body={}, repeat=Repeat.CREATE)
    assert creating.call_count == 1
    assert GATEWAYS.get(status, "") in (caught.value.hint or "")


@respx.mock
@pytest.mark.parametrize("status", [501, 505])
async def test_what_a_service_does_not_support_is_handed_over(status: int) -> None:
    route = respx.get(f"{ROOT}/things").mock(return_value=httpx.Response(status))
    async with service(Clock()) as http:
        assert (await http.get("/things")).status == status
    assert route.call_count == 1


@respx.mock
async def test_a_message_names_host_and_port_and_the_last_failure_when_a_service_is_left_alone() -> None:
    respx.get(f"{ROOT}/things").mock(return_value=httpx.Response(521))
    async with service(Clock(), retry=RetryPolicy(attempts=10)) as http:
        with pytest.raises(Unreachable, match=r"jc\.example:443"):
            await http.get("/things")
        with pytest.raises(Unreachable, match=r"in a row failed.*answered 521"):
            await http.get("/things")


@respx.mock
async def test_requests_that_wait_for_one_service_are_told_of_once_a_round(caplog: pytest.LogCaptureFixture) -> None:
    respx.get(url__startswith=ROOT).mock(return_value=httpx.Response(503))
    down: set[str] = set()

    async def wait(seconds: float) -> None:
        await asyncio.sleep(0)

    async def ask(http: HttpService, path: str) -> None:
        with suppress(Unreachable):
            await http.get(path)
        down.add(path)

    caplog.set_level(logging.DEBUG, "jc1p.http")
    async with service(Clock(), retry=RetryPolicy(attempts=4), sleep=wait) as http:
        await asyncio.gather(*(ask(http, f"/things/{number}") for number in range(4)))
        warned = [each.message for each in caplog.records if each.levelno == logging.WARNING]
        every = [each for each in caplog.records if "Retrying in" in each.message]
        assert (len(down), len(every)) == (4, 12)
        assert [re.sub(r"[\d.]+ s", "N s", each.partition(": ")[0]) for each in warned] == [
            "Retrying in N s (attempt 2 of 4)",
            "Retrying in N s (attempt 3 of 4, 4 requests waiting)",
            "Retrying in N s (attempt 4 of 4, 4 requests waiting)",
        ]


@respx.mock
async def test_trouble_after_trouble_is_told_of_again(caplog: pytest.LogCaptureFixture) -> None:
    respx.get(f"{ROOT}/things").mock(side_effect=[httpx.Response(503), OK, httpx.Response(503), OK])
    async with service(Clock()) as http:
        await http.get("/things")
        await http.get("/things")
    assert caplog.text.count("(attempt 2 of ") == 2


GARBAGE = ["9" * 400, "-5", "1e9", "soon", "Fri, 01 Jan 2021 00:00:00 +9999999999", "Fri, 01 Jan 2021 00:00:00 +9959",
           "Fri, 01 Jan 0001 00:00:00 +2359", "Fri, 31 Dec 9999 23:59:59 -2359", "\u0663"]  # fmt: skip


@respx.mock
@pytest.mark.parametrize("value", GARBAGE)
async def test_a_retry_after_that_cannot_be_read_is_none(value: str) -> None:
    clock = Clock()
    answer = httpx.Response(429, headers=[(b"Retry-After", value.encode())])
    respx.get(f"{ROOT}/things").mock(side_effect=[answer, OK])
    async with service(clock) as http:
        assert (await http.get("/things")).status == 200
    assert sum(clock.waits) <= 1


@respx.mock
async def test_a_retry_after_beyond_the_time_left_is_said_and_cut_for_all(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("jc1p").propagate = True
    clock = Clock()
    respx.get(f"{ROOT}/things").mock(side_effect=[httpx.Response(429, headers={"Retry-After": "900"}), OK])
    async with service(clock, retry=RetryPolicy(max_elapsed=100)) as http:
        assert (await http.get("/things")).status == 200
    assert clock.waits == [90]
    assert "jc.example:443 asks to wait 900 s, and http.max_elapsed leaves 100 s" in caplog.text


@respx.mock
@pytest.mark.parametrize(
    "error", [ssl.SSLError(1, "[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC]"), OSError("no route"), ValueError("odd"),
              httpx.InvalidURL("odd"), httpx.UnsupportedProtocol("odd"), httpx.StreamError("odd")],
)  # fmt: skip
async def test_whatever_talking_raises_is_a_connection_fault(error: Exception) -> None:
    respx.get(f"{ROOT}/things").mock(side_effect=error)
    async with service(Clock(), retry=few()) as http:
        with pytest.raises(Unreachable, match=r"GET /things got no answer from jc\.example:443: "):
            await http.get("/things")


# --- pages --------------------------------------------------------------------------------------------------

USERS = [{"id": f"u{n}", "userName": f"u{n}@x.example"} for n in range(900)]


def too_heavy(limit: int, fault: httpx.Response | Exception, asked: list[int]) -> Any:
    """A bridge whose gateway delivers only this many users at once."""

    def answer(request: httpx.Request) -> httpx.Response:
        params = request.url.params
        if "/Groups" in request.url.path:
            return httpx.Response(200, json={"Resources": [], "totalResults": 0})
        start, count = int(params["startIndex"]), int(params["count"])
        asked.append(count)
        if count > limit:
            if isinstance(fault, Exception):
                raise fault
            return fault
        rows = USERS[start - 1 : start - 1 + count]
        return httpx.Response(200, json={"Resources": rows, "totalResults": len(USERS)})

    return answer


def huge() -> httpx.Response:
    return httpx.Response(200, headers={"Content-Type": "application/json"}, content=b" " * (16 * 1024 * 1024 + 1))


@respx.mock
@pytest.mark.parametrize("fault", [httpx.Response(504), httpx.ReadError("reset"), huge()], ids=["504", "reset", "huge"])
async def test_a_page_that_does_not_come_is_asked_for_in_halves_and_the_size_is_remembered(
    fault: httpx.Response | Exception,
) -> None:
    asked: list[int] = []
    respx.get(f"{BRIDGE}/scim/ServiceProviderConfig").mock(return_value=httpx.Response(200, json={"filter": {}}))
    respx.get(url__startswith=f"{BRIDGE}/scim/").mock(side_effect=too_heavy(250, fault, asked))
    async with bridge(retry=few()) as client:
        directory = await client.read_directory()
        assert len(directory.accounts) == 900
        assert directory.complete
        first, asked[:] = list(asked), []
        await client.read_directory()
    assert first[-4:] == [250] * 4
    assert max(asked) == 250


@respx.mock
async def test_a_jumpcloud_page_is_asked_for_in_halves_too() -> None:
    people = [{"_id": f"{n:024x}", "email": f"u{n}@x.example", "suspended": False} for n in range(170)]

    def answer(request: httpx.Request) -> httpx.Response:
        skip, limit = int(request.url.params["skip"]), int(request.url.params["limit"])
        if limit > 30:
            return httpx.Response(504)
        return httpx.Response(200, json={"results": people[skip : skip + limit], "totalCount": 170})

    none = httpx.Response(200, json=[], headers={"x-total-count": "0"})
    respx.get(f"{ROOT}/api/systemusers").mock(side_effect=answer)
    respx.get(f"{ROOT}/api/v2/usergroups").mock(return_value=none)
    respx.get(f"{ROOT}/api/organizations").mock(return_value=httpx.Response(200, json={"results": []}))
    async with jumpcloud() as client:
        found = await client.read_directory(application=None, choose_groups=lambda _: frozenset())
    assert len(found.people) == 170


@respx.mock
@pytest.mark.parametrize(("fault", "error"), [(httpx.Response(504), Unreachable), (huge(), AnswerTooLarge)])
async def test_a_single_row_that_does_not_come_fails(fault: httpx.Response, error: type[Exception]) -> None:
    respx.get(f"{BRIDGE}/scim/ServiceProviderConfig").mock(return_value=httpx.Response(200, json={"filter": {}}))
    respx.get(url__startswith=f"{BRIDGE}/scim/").mock(side_effect=too_heavy(0, fault, []))
    async with bridge(retry=few()) as client:
        with pytest.raises(ExceptionGroup) as caught:
            await client.read_directory()
    assert caught.group_contains(error)


@respx.mock
async def test_only_pages_are_given_up_early() -> None:
    route = respx.get(f"{ROOT}/things").mock(return_value=httpx.Response(504))
    async with service(Clock(), retry=few(4)) as http:
        with pytest.raises(NotDelivered):
            await http.get("/things", repeat=Repeat.PAGE)
        assert route.call_count == 2
        with pytest.raises(Unreachable):
            await http.get("/things")
        assert route.call_count == 6
