"""Attributes that some SCIM servers refuse, and the simpler form that the client then sends."""

import json
from typing import Any

import httpx
import pytest
import respx
from support.wire import BRIDGE, bridge

from jc1p.core.models import NewAccount
from jc1p.errors import RequestRefused

pytestmark = pytest.mark.anyio


def mock_config() -> None:
    respx.get(f"{BRIDGE}/scim/ServiceProviderConfig").mock(return_value=httpx.Response(200, json={"filter": {}}))
    nothing = httpx.Response(200, json={"totalResults": 0, "Resources": []})
    respx.get(url__regex=f"{BRIDGE}/scim/(Users|Groups)\\?").mock(return_value=nothing)


def sent(route: respx.Route) -> list[Any]:
    """The bodies of a route's requests: the attributes of a create, the paths of a PATCH."""
    bodies = [json.loads(call.request.content) for call in route.calls]
    return [[each["path"] for each in body["Operations"]] if "Operations" in body else sorted(body) for body in bodies]


@respx.mock
async def test_create_is_repeated_without_an_unknown_attribute_and_remembered() -> None:
    mock_config()
    refusal = httpx.Response(400, json={"detail": "externalId: extra inputs are not permitted"})
    made = [httpx.Response(201, json={"id": f"g{number}"}) for number in (1, 2)]
    route = respx.post(f"{BRIDGE}/scim/Groups").mock(side_effect=[refusal, *made])
    async with bridge() as scim:
        assert (await scim.create_group("Eng", "x")).id == "g1"
        assert (await scim.create_group("Ops", "x")).id == "g2"
    plain = ["displayName", "schemas"]
    assert sent(route) == [[*plain[:1], "externalId", *plain[1:]], plain, plain]


@respx.mock
@pytest.mark.parametrize(
    ("said", "left"),
    [("preferredLanguage: extra inputs are not permitted", {"preferredLanguage"}),
     ("externalId is read only", {"externalId"}), ("unknown attribute", {"preferredLanguage", "externalId"})],
)  # fmt: skip
async def test_invitation_is_repeated_without_what_the_bridge_names(said: str, left: set[str]) -> None:
    mock_config()
    answers = [httpx.Response(400, json={"detail": said}), httpx.Response(201, json={"id": "u1"})]
    route = respx.post(f"{BRIDGE}/scim/Users").mock(side_effect=answers)
    async with bridge() as scim:
        assert (await scim.create_user(NewAccount("a@b.example", "A B", "A", "B", "x", "de"))).id == "u1"
    first, second = sent(route)
    assert set(first) - set(second) == left


@respx.mock
async def test_update_goes_without_a_language_that_is_refused() -> None:
    mock_config()
    taken = httpx.Response(200, json={"id": "u1", "displayName": "A B"})
    route = respx.patch(f"{BRIDGE}/scim/Users/u1").mock(side_effect=[httpx.Response(400), taken])
    async with bridge() as scim:
        assert await scim.update_user("u1", {"displayName": "A B", "preferredLanguage": "de"})
    assert sent(route)[-1] == ["displayName"]


@respx.mock
async def test_refused_create_is_told_as_it_was_first_refused() -> None:
    mock_config()
    answers = [httpx.Response(400, json={"detail": f"unknown attribute, try {n}"}) for n in (1, 2)]
    respx.post(f"{BRIDGE}/scim/Groups").mock(side_effect=answers)
    async with bridge() as scim:
        with pytest.raises(RequestRefused, match="try 1"):
            await scim.create_group("Eng", "x")


@respx.mock
async def test_link_that_the_bridge_does_not_take_stays_in_state_alone() -> None:
    mock_config()
    taken = httpx.Response(200, json={"id": "u1", "active": True})
    route = respx.patch(f"{BRIDGE}/scim/Users/u1").mock(side_effect=[httpx.Response(501), taken])
    async with bridge() as scim:
        assert await scim.update_user("u1", {"active": True, "externalId": "x"})
        assert await scim.update_user("u1", {"externalId": "x"}) is None
    assert sent(route) == [["active", "externalId"], ["active"]]


@respx.mock
async def test_name_is_sent_in_parts_where_the_whole_is_refused() -> None:
    mock_config()
    shown = httpx.Response(200, json={"id": "u1", "name": {"givenName": "Ada King", "familyName": "Lovelace"}})
    route = respx.patch(f"{BRIDGE}/scim/Users/u1").mock(side_effect=[httpx.Response(501), shown, shown])
    async with bridge() as scim:
        account = await scim.update_user("u1", {"displayName": "Ada King Lovelace"})
        await scim.update_user("u1", {"displayName": "Ada King Lovelace"})
    assert account
    assert account.display_name == "Ada King Lovelace"
    parts = ["name.givenName", "name.familyName"]
    assert sent(route) == [["displayName"], parts, parts]


@respx.mock
async def test_name_is_sent_in_parts_where_the_answer_does_not_show_it() -> None:
    mock_config()
    old, new = (
        httpx.Response(200, json={"id": "u1", "name": {"givenName": "Ada", "familyName": family}})
        for family in ("Byron", "Lovelace")
    )
    route = respx.patch(f"{BRIDGE}/scim/Users/u1").mock(side_effect=[old, new])
    async with bridge() as scim:
        account = await scim.update_user("u1", {"displayName": "Ada Lovelace"})
    assert account
    assert account.display_name == "Ada Lovelace"
    assert sent(route) == [["displayName"], ["name.givenName", "name.familyName"]]


@respx.mock
async def test_refusal_of_an_update_names_what_was_asked() -> None:
    mock_config()
    respx.patch(f"{BRIDGE}/scim/Users/u1").mock(return_value=httpx.Response(400, json={"detail": "no"}))
    async with bridge() as scim:
        with pytest.raises(RequestRefused, match=r"PATCH /Users/\{id\} userName, displayName"):
            await scim.update_user("u1", {"userName": "new@x.example", "displayName": "Ada"})
