"""A proxy that mixes up answers: the resource of another request is an error, never taken for the one asked for."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest
import respx
from support.wire import BRIDGE, ROOT, bridge, jumpcloud

from jc1p.clients.jumpcloud.client import JumpCloudClient
from jc1p.clients.scim.client import ScimClient
from jc1p.core.models import NewAccount
from jc1p.errors import BadResponse

pytestmark = pytest.mark.anyio
CONFIG = {"schemas": [], "patch": {"supported": True}}
USER = {"id": "OTHER", "userName": "other@example.com", "active": True}
GROUP = {"id": "other", "displayName": "Other", "members": [{"value": "OTHER"}]}


def answered(method: str, url: str, body: object, status: int = 200) -> respx.Route:
    return respx.route(method=method, url__startswith=url).mock(return_value=httpx.Response(status, json=body))


@respx.mock
@pytest.mark.parametrize("ask", [JumpCloudClient.find_person, JumpCloudClient.has_group], ids=["user", "group"])
async def test_another_user_or_group_of_jumpcloud_is_an_error(ask: Callable[..., Awaitable[Any]]) -> None:
    answered("GET", ROOT, {"_id": "64b0000000000000000000a2", "id": "64b0000000000000000000a2", "state": "SUSPENDED"})
    async with jumpcloud() as jc:
        with pytest.raises(BadResponse, match="another"):
            await ask(jc, "64b0000000000000000000a1")
        assert await ask(jc, "64b0000000000000000000a2")


@respx.mock
@pytest.mark.parametrize(
    ("ask", "body"),
    [
        (lambda scim, id_: scim.read_account(id_), USER),
        (lambda scim, id_: scim.read_group(id_), GROUP),
    ],
)
async def test_another_account_or_group_of_the_bridge_is_an_error(
    ask: Callable[[ScimClient, str], Awaitable[Any]], body: dict[str, Any]
) -> None:
    answered("GET", f"{BRIDGE}/scim/ServiceProviderConfig", CONFIG)
    answered("GET", f"{BRIDGE}/scim/", body)
    async with bridge() as scim:
        with pytest.raises(BadResponse, match="another"):
            await ask(scim, "WANTED")
        assert await ask(scim, body["id"])
        assert await ask(scim, body["id"].swapcase()), "servers may write an id in another case"


@respx.mock
async def test_members_of_another_group_are_not_taken_for_the_groups_own() -> None:
    answered("GET", f"{BRIDGE}/scim/ServiceProviderConfig", CONFIG)
    answered("GET", f"{BRIDGE}/scim/Groups/", GROUP)
    async with bridge() as scim:
        assert await scim.read_own_members(["wanted"]) == {}
        with pytest.raises(BadResponse, match="another"):
            await scim.read_members(["wanted"])
        assert await scim.read_own_members(["other"]) == {"other": frozenset({"OTHER"})}


@respx.mock
async def test_answer_to_a_change_that_shows_another_account_is_read_back() -> None:
    answered("GET", f"{BRIDGE}/scim/ServiceProviderConfig", CONFIG)
    answered("PATCH", f"{BRIDGE}/scim/Users/", {**USER, "active": False})
    answered("GET", f"{BRIDGE}/scim/Users/", {**USER, "id": "WANTED", "active": True})
    async with bridge() as scim:
        shown = await scim.update_user("WANTED", {"active": False})
        assert shown
        assert (shown.id, shown.active) == ("WANTED", True)


@respx.mock
async def test_invitation_whose_answer_shows_another_account_is_looked_up() -> None:
    """Otherwise the user would be linked to the account of somebody else."""
    answered("GET", f"{BRIDGE}/scim/ServiceProviderConfig", CONFIG)
    answered("POST", f"{BRIDGE}/scim/Users", USER, 201)
    own = {"id": "NEW", "userName": "ann@example.com"}
    answered("GET", f"{BRIDGE}/scim/Users?filter", {"totalResults": 1, "Resources": [own]})
    for kind in ("Users", "Groups"):
        answered("GET", f"{BRIDGE}/scim/{kind}?", {"totalResults": 0, "Resources": []})
    async with bridge() as scim:
        await scim.read_directory()
        made = await scim.create_user(NewAccount("Ann@Example.com", "Ann E", "Ann", "E", "5f"))
        assert made.id == "NEW"


@respx.mock
@pytest.mark.parametrize("ask", [JumpCloudClient.find_person, JumpCloudClient.read_groups_of], ids=["user", "list"])
async def test_caches_on_the_way_must_ask_again(ask: Callable[..., Awaitable[Any]]) -> None:
    """JumpCloud's key is in a header of its own, so caches don't know that the answer depends on a credential."""
    route = answered("GET", ROOT, [])
    async with jumpcloud() as jc:
        with suppress(BadResponse):
            await ask(jc, "64b0000000000000000000a1")
    assert {call.request.headers.get("Cache-Control") for call in route.calls} == {"no-cache"}
