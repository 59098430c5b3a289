"""Messages about refusals: host and port, the likely cause, the next step."""

import asyncio
from collections.abc import Callable

import httpx
import pytest
from pydantic import SecretStr
from support.raw_server import serving

from jc1p.clients.http.exchange import Answer
from jc1p.clients.jumpcloud.errors import explain as explain_jumpcloud
from jc1p.clients.scim.connection import ScimConnection
from jc1p.clients.scim.errors import explain
from jc1p.errors import Jc1pError, NotFound, RefusedByGateway

HOST = "scim.example.com:443"


def refusal(status: int, said: str = "", asked: str = "GET /Users", **headers: str) -> Jc1pError:
    answer = Answer(status, httpx.Headers(headers), None if "html" in str(headers) else {}, said, place=HOST)
    return explain(answer, asked)


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 409, 413, 501])
def test_every_refusal_names_host_and_port(status: int) -> None:
    assert HOST in refusal(status).message
    assert HOST in explain_jumpcloud(Answer(status, httpx.Headers(), {}, place=HOST), "GET /x").message


@pytest.mark.parametrize("explained", [explain, explain_jumpcloud])
def test_a_cache_that_answers_304_is_no_login_page(explained: Callable[[Answer, str], Jc1pError]) -> None:
    error = explained(Answer(304, httpx.Headers(), None, place=HOST), "GET /x")
    assert f"a cache answered GET /x at {HOST}" in error.message
    assert "proxy" in (error.hint or "")


def test_a_refused_credential_may_have_reached_the_wrong_server() -> None:
    hint = refusal(401).hint or ""
    assert all(key in hint for key in ("onepassword.scim_url", "onepassword.token"))
    hint = explain_jumpcloud(Answer(401, httpx.Headers(), {}, place=HOST), "GET /x").hint or ""
    assert all(f"jumpcloud.{key}" in hint for key in ("api_key", "region", "org_id"))


def test_a_login_gateway_is_told_by_where_it_sends_without_its_query() -> None:
    error = refusal(302, Location="https://login.example.com/start?token=secret#part")
    assert "(302 to https://login.example.com/start)" in error.message
    assert "login gateway" in (error.hint or "")


@pytest.mark.anyio
async def test_a_login_gateway_before_the_bridge_is_told_by_where_it_sends() -> None:
    async def send_on(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 302 Found\r\nLocation: https://login.example.com/start?t=1\r\nContent-Length: 0\r\n\r\n"
        )

    async with serving(send_on) as url, ScimConnection(url, ["/scim", ""], SecretStr("t")) as bridge:
        with pytest.raises(NotFound) as caught:
            await bridge.find_base()
    assert url.removeprefix("http://") in caught.value.message
    assert "302 to https://login.example.com/start" in caught.value.message
    assert "login gateway" in (caught.value.hint or "")


def test_a_missing_list_is_a_wrong_address_and_a_missing_person_is_deleted() -> None:
    assert "Workspace mode" in (refusal(404).hint or "")
    assert "deleted" in (refusal(404, asked="GET /Users/{id}").hint or "")


def test_a_web_page_with_403_is_a_firewall_and_json_is_the_service() -> None:
    page = refusal(403, "Access denied", **{"Content-Type": "text/html; charset=utf-8"})
    assert isinstance(page, RefusedByGateway)
    assert "firewall" in (page.hint or "")
    assert not isinstance(refusal(403, "forbidden"), RefusedByGateway)


def test_a_web_page_with_403_is_no_word_of_jumpclouds() -> None:
    page = Answer(403, httpx.Headers({"Content-Type": "text/html"}), None, "Blocked", place=HOST)
    assert "a web page" in explain_jumpcloud(page, "GET /systemusers").message
    assert "does not allow" in explain_jumpcloud(Answer(403, httpx.Headers(), {}), "GET /systemusers").message


def test_seats_and_accounts_that_no_list_shows_have_a_way_out() -> None:
    assert "seat" in (refusal(400, "No seats left", "POST /Users").hint or "")
    assert "guest" in (refusal(409, "User already exists", "POST /Users").hint or "")


def test_a_gateway_that_misses_a_certificate_is_told_by_its_key() -> None:
    page = refusal(400, "No required SSL certificate was sent", **{"Content-Type": "text/html"})
    assert "onepassword.client_certificate" in (page.hint or "")
    assert refusal(400, "certificate: unknown attribute").hint is None
