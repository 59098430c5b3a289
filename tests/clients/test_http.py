"""Retries, waits and errors of the request path (respx; no real sleeping)."""

import json
import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import respx
from pydantic import SecretStr
from support.wire import KEY, ROOT, Clock, service

from jc1p.clients.http.auth import KeyAuth
from jc1p.clients.http.exchange import Repeat, RetryPolicy
from jc1p.clients.http.responses import plain
from jc1p.clients.http.service import HttpService
from jc1p.clients.http.urls import path_template
from jc1p.clients.http.verdicts import BREAKER
from jc1p.errors import BadResponse, OutcomeUnknown, Unreachable

pytestmark = pytest.mark.anyio

OK = httpx.Response(200, json={"ok": True})


async def get(clock: Clock, **options: object) -> object:
    async with service(clock, **options) as http:
        return (await http.get("/things")).body


@respx.mock
async def test_retry_after_in_seconds_is_waited_for() -> None:
    clock = Clock()
    respx.get(f"{ROOT}/things").mock(side_effect=[httpx.Response(429, headers={"Retry-After": "7"}), OK])
    assert await get(clock) == {"ok": True}
    assert clock.waits == [7.0]


@respx.mock
async def test_retry_after_as_a_date_is_measured_from_the_answers_own_clock() -> None:
    clock = Clock()
    far_off = datetime(2001, 1, 1, tzinfo=UTC)
    headers = {"Date": format_datetime(far_off, usegmt=True),
               "Retry-After": format_datetime(far_off + timedelta(seconds=9), usegmt=True)}  # fmt: skip
    respx.get(f"{ROOT}/things").mock(side_effect=[httpx.Response(503, headers=headers), OK])
    await get(clock)
    assert clock.waits == [9.0]


@respx.mock
@pytest.mark.parametrize("value", ["0", "Thu, 01 Jan 1970 00:00:00 GMT"])
async def test_retry_after_without_a_wait_does_not_use_up_the_tries_at_once(value: str) -> None:
    """A gateway with a clock that is behind sends a date that has passed."""
    clock = Clock()
    busy = httpx.Response(429, headers={"Retry-After": value})
    respx.get(f"{ROOT}/things").mock(side_effect=[busy, busy, busy, OK])
    await get(clock)
    assert len(clock.waits) == 3
    assert 0 not in clock.waits


@respx.mock
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_transient_answers_are_repeated_with_growing_jittered_waits(status: int) -> None:
    clock = Clock()
    respx.get(f"{ROOT}/things").mock(side_effect=[httpx.Response(status), httpx.Response(status), OK])
    assert await get(clock) == {"ok": True}
    assert len(clock.waits) == 2
    assert 0 <= clock.waits[0] <= 1
    assert 0 <= clock.waits[1] <= 2


@respx.mock
@pytest.mark.parametrize("fault", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ReadError])
async def test_reads_survive_connection_faults(fault: type[httpx.TransportError]) -> None:
    respx.get(f"{ROOT}/things").mock(side_effect=[fault("gone"), OK])
    assert await get(Clock()) == {"ok": True}


@respx.mock
async def test_attempts_are_limited_and_every_one_counts() -> None:
    route = respx.get(f"{ROOT}/things").mock(return_value=httpx.Response(503, text="<h1>Down</h1>"))
    async with service(Clock(), retry=RetryPolicy(attempts=3)) as http:
        with pytest.raises(Unreachable, match=r"GET /things was answered 503 by jc.example:443: Down"):
            await http.get("/things")
        assert (http.requests, http.retries) == (route.call_count, 2) == (3, 2)


@respx.mock
async def test_total_time_is_limited_too() -> None:
    clock = Clock()
    respx.get(f"{ROOT}/things").mock(return_value=httpx.Response(429, headers={"Retry-After": "200"}))
    with pytest.raises(Unreachable):
        await get(clock, retry=RetryPolicy(attempts=20, max_elapsed=300))
    assert sum(clock.waits) <= 300


@respx.mock
async def test_retry_after_stops_all_calls_to_the_service() -> None:
    clock = Clock()
    respx.get(f"{ROOT}/busy").mock(return_value=httpx.Response(429, headers={"Retry-After": "30"}))
    respx.get(f"{ROOT}/things").mock(return_value=OK)
    async with service(clock, retry=RetryPolicy(attempts=1)) as http:
        with pytest.raises(Unreachable):
            await http.get("/busy")
        await http.get("/things")
    assert clock.waits == [30.0]


@respx.mock
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 413, 501])
async def test_refusals_are_handed_over_at_once(status: int) -> None:
    route = respx.get(f"{ROOT}/things").mock(return_value=httpx.Response(status, json={"message": "no"}))
    async with service(Clock()) as http:
        answer = await http.get("/things")
    assert (answer.status, answer.text, route.call_count) == (status, "no", 1)


@respx.mock
@pytest.mark.parametrize(
    "fault",
    [
        httpx.ReadTimeout("late"),
        httpx.RemoteProtocolError("cut"),
        *(httpx.Response(status) for status in (500, 502, 503, 504)),
        httpx.Response(200, html="<p>Gateway"),
        httpx.Response(200),
    ],
)
async def test_create_is_never_repeated_after_a_doubt(fault: httpx.Response | Exception) -> None:
    route = respx.post(f"{ROOT}/things").mock(side_effect=[fault, OK])
    async with service(Clock()) as http:
        with pytest.raises(OutcomeUnknown):
            await http.send("POST", "/things", body={}, repeat=Repeat.CREATE)
    assert route.call_count == 1


@respx.mock
@pytest.mark.parametrize("refusal", [httpx.Response(429), httpx.ConnectError("refused")])
async def test_create_is_repeated_when_certainly_nothing_was_done(refusal: httpx.Response | Exception) -> None:
    respx.post(f"{ROOT}/things").mock(side_effect=[refusal, OK])
    async with service(Clock()) as http:
        assert (await http.send("POST", "/things", body={}, repeat=Repeat.CREATE)).status == 200


@respx.mock
async def test_untrusted_certificate_is_told_and_not_retried() -> None:
    fault = httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] unable to get local issuer certificate")
    route = respx.get(f"{ROOT}/things").mock(side_effect=fault)
    with pytest.raises(Unreachable, match="certificate is not trusted") as caught:
        await get(Clock())
    assert route.call_count == 1
    assert "intermediate" in (caught.value.hint or "")


@respx.mock
async def test_truncated_json_is_read_again_then_told() -> None:
    broken = httpx.Response(200, headers={"Content-Type": "application/json"}, content=b'{"a": [1, 2')
    respx.get(f"{ROOT}/things").mock(side_effect=[broken, OK])
    assert await get(Clock()) == {"ok": True}
    respx.get(f"{ROOT}/things").mock(return_value=broken)
    with pytest.raises(BadResponse, match=r"the answer to GET /things from \S+ is invalid JSON") as caught:
        await get(Clock())
    assert "cut the answer off" in (caught.value.hint or "")


@respx.mock
async def test_html_page_with_200_is_an_error_that_shows_its_words() -> None:
    page = "<html><head><style>p{}</style><title>Sign in</title></head><body>to\x1b[31m proceed</body></html>"
    respx.get(f"{ROOT}/things").mock(return_value=httpx.Response(200, html=page))
    with pytest.raises(BadResponse, match=r'text/html, beginning "Sign in to \[31m proceed"'):
        await get(Clock())


@respx.mock
async def test_redirects_are_never_followed() -> None:
    elsewhere = respx.get("https://evil.example/login").mock(return_value=OK)
    respx.get(f"{ROOT}/things").mock(
        return_value=httpx.Response(302, headers={"Location": "https://evil.example/login"})
    )
    async with service(Clock()) as http:
        assert (await http.get("/things")).status == 302
    assert not elsewhere.called


@respx.mock
async def test_credential_in_a_header_of_an_answer_is_masked() -> None:
    answers = [
        httpx.Response(302, headers={"Location": "/login/c2VjcmV0LWtleS0xMjM"}),
        httpx.Response(200, text="x", headers={"Content-Type": "text/secret%2dkey%2d123"}),
    ]
    respx.get(f"{ROOT}/things").mock(side_effect=answers)
    async with HttpService("Service", ROOT, KeyAuth("x-api-key", SecretStr("secret-key-123"))) as http:
        assert (await http.get("/things")).headers["Location"] == "/login/********"
        with pytest.raises(BadResponse, match=r"answered with text/\*{8}, beginning"):
            await http.get("/things")


@respx.mock
async def test_a_service_that_stays_down_is_left_alone() -> None:
    respx.get(f"{ROOT}/things").mock(return_value=httpx.Response(502))
    async with service(Clock(), retry=RetryPolicy(attempts=BREAKER)) as http:
        with pytest.raises(Unreachable):
            await http.get("/things")
        sent = http.requests
        with pytest.raises(Unreachable, match="10 requests in a row failed"):
            await http.get("/things")
        assert http.requests == sent


@respx.mock
async def test_credential_travels_in_its_header_only(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    route = respx.get(f"{ROOT}/things").mock(side_effect=[httpx.Response(503), OK])
    async with service(Clock(), run_id="r1") as http:
        await http.get("/things", {"filter": 'userName eq "a+b@x.example"'})
        assert KEY not in repr(http)
    request = route.calls.last.request
    assert request.headers["x-api-key"] == KEY
    assert request.headers["user-agent"].endswith("(run r1)")
    assert str(request.url).endswith("filter=userName%20eq%20%22a%2Bb%40x.example%22")
    told = caplog.text + json.dumps([record.__dict__.get("fields") for record in caplog.records])
    assert KEY not in told
    assert "x.example" not in "".join(record.getMessage() for record in caplog.records if record.name == "jc1p.http")


def test_paths_are_told_without_ids() -> None:
    assert path_template("/v2/usergroups/65c0000000000000000000b1/members") == "/v2/usergroups/{id}/members"
    assert path_template("/scim/Users/QZ7XMPLE2BINHPRMYTZOI3H2AA") == "/scim/Users/{id}"
    assert path_template("/api/search/systemusers") == "/api/search/systemusers"
    assert path_template("/scim/ServiceProviderConfig") == "/scim/ServiceProviderConfig"


@respx.mock
@pytest.mark.parametrize("before", ["", "x" * 190])
@pytest.mark.parametrize("status", [400, 401, 500, 503])
async def test_credential_in_an_answer_is_masked_whole_and_cut(status: int, before: str) -> None:
    answer = httpx.Response(status, json={"message": f"{before} invalid key {KEY}!"})
    respx.get(f"{ROOT}/things").mock(return_value=answer)
    async with service(Clock()) as http:
        try:
            said = (await http.get("/things")).text
        except Unreachable as error:
            said = error.message
    assert KEY[:6] not in said
    assert before or "invalid key ********!" in said


def test_error_texts_are_plain_and_short() -> None:
    assert plain("<p>a &amp; b</p>\n<script>alert(1)</script>") == "a & b"
    assert len(plain("x" * 999)) == 200


class Unsearched:
    """A credential that counts how often a text is searched for it."""

    issue = 1
    searches = 0

    @property
    def secrets(self) -> list[SecretStr]:
        self.searches += 1
        return [SecretStr(KEY)]

    async def headers(self) -> dict[str, str]:
        return {"x-api-key": KEY}

    def refused(self, issue: int) -> bool:
        return False


@respx.mock
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(200, json={"message": f"version 2 {KEY}"}), ""),
        (httpx.Response(200, json=[1]), ""),
        (httpx.Response(200, json="no object"), '"no object"'),
        (httpx.Response(200, text='{"message": "a page"}'), "a page"),
        (httpx.Response(403, json={"message": f"not {KEY}"}), "not ********"),
        (httpx.Response(200, text=f"<p>{KEY}</p>"), "********"),
    ],
)
async def test_a_look_searches_a_usual_answer_for_no_secrets_since_its_text_is_not_quoted(
    answer: httpx.Response, said: str
) -> None:
    auth = Unsearched()
    respx.get(f"{ROOT}/health").mock(return_value=answer)
    async with HttpService("JumpCloud", ROOT, auth) as http:
        found = await http.look("GET", "/health")
    assert found.text == said
    assert bool(auth.searches) is bool(said)
