"""Only the service itself says that something is gone: the 404 of a gateway on the way says nothing about it."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
import respx
from support.wire import BRIDGE, ROOT, bridge, jumpcloud

from jc1p.clients.jumpcloud.client import JumpCloudClient
from jc1p.clients.scim.client import ScimClient
from jc1p.errors import BadResponse

pytestmark = pytest.mark.anyio

PAGE = httpx.Response(404, html="<html><title>404 Not Found</title><hr>nginx</html>")
OWN_WORDS = [
    httpx.Response(404, json={"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404"}),
    httpx.Response(404, json={"code": 404, "message": "not found"}),
    httpx.Response(404, text="404 page not found\n"),
    httpx.Response(404),
]
CONFIG = {"schemas": [], "patch": {"supported": True}}

ASKED_OF_JUMPCLOUD: dict[str, Callable[[JumpCloudClient], Awaitable[object]]] = {
    "user": lambda client: client.find_person("5f1a00000000000000000001"),
    "group": lambda client: client.has_group("5f1a00000000000000000001"),
}
ASKED_OF_BRIDGE: dict[str, Callable[[ScimClient], Awaitable[object]]] = {
    "account": lambda client: client.read_account("A1"),
    "group": lambda client: client.read_group("G1"),
    "deletion": lambda client: client.delete_group("G1"),
}


@pytest.mark.parametrize("asked", ASKED_OF_JUMPCLOUD)
@respx.mock
async def test_web_page_is_no_absence_at_jumpcloud(asked: str) -> None:
    respx.get(url__startswith=ROOT).mock(return_value=PAGE)
    async with jumpcloud() as client:
        with pytest.raises(BadResponse, match=r"a web page answered GET /\S+ at \S+ instead of JumpCloud \(404: 404"):
            await ASKED_OF_JUMPCLOUD[asked](client)


@pytest.mark.parametrize("asked", ASKED_OF_BRIDGE)
@respx.mock
async def test_web_page_is_no_absence_at_the_bridge(asked: str) -> None:
    respx.get(url__regex=r".*/ServiceProviderConfig").mock(return_value=httpx.Response(200, json=CONFIG))
    respx.route(url__startswith=BRIDGE).mock(return_value=PAGE)
    async with bridge() as client:
        with pytest.raises(BadResponse, match=r"a web page answered \S+ /\S+ at \S+ instead of 1Password SCIM bridge"):
            await ASKED_OF_BRIDGE[asked](client)


@pytest.mark.parametrize("answer", OWN_WORDS)
@respx.mock
async def test_404_in_the_services_words_is_absence(answer: httpx.Response) -> None:
    respx.get(url__regex=r".*/ServiceProviderConfig").mock(return_value=httpx.Response(200, json=CONFIG))
    respx.route().mock(return_value=answer)
    async with jumpcloud() as source:
        assert [await ask(source) for ask in ASKED_OF_JUMPCLOUD.values()] == [None, False]
    async with bridge() as target:
        assert [await ask(target) for ask in ASKED_OF_BRIDGE.values()] == [None, None, None]
