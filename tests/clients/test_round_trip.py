"""Ids, names and emails with any Unicode survive the way to a bridge and back."""

import json
from collections.abc import Iterator
from urllib.parse import unquote

import httpx
import pytest
import respx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.wire import BRIDGE, bridge

from jc1p.clients.http.json_values import id_text
from jc1p.clients.jumpcloud.parse import id_of, target_id
from jc1p.clients.scim import wire
from jc1p.core.folding import tidy
from jc1p.core.models import NewAccount
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

pytestmark = pytest.mark.anyio

anything = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
ids = anything.filter(lambda each: id_text(each) == each)
names = anything.map(tidy).filter(bool)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


@given(id_=ids, email=anything, display=names, given_name=names, family=names, external=anything)
def test_what_is_sent_is_what_is_read(
    id_: str, email: str, display: str, given_name: str, family: str, external: str
) -> None:
    new = NewAccount(email, display, given_name, family, external)
    account = wire.parse_account(json.loads(json.dumps({"id": id_, **wire.new_user(new)})))
    assert account
    assert (account.id, account.user_name, account.display_name) == (id_, email, display)
    assert (account.given_name, account.family_name, account.external_id) == (given_name, family, external)


@given(id_=ids, email=anything)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_ids_and_filters_reach_the_bridge_as_they_are(id_: str, email: str) -> None:
    with respx.mock(assert_all_called=False) as mocked:
        mocked.get(f"{BRIDGE}/scim/ServiceProviderConfig").mock(return_value=httpx.Response(200, json={}))
        listed = mocked.get(url__startswith=f"{BRIDGE}/scim/Users?").mock(
            return_value=httpx.Response(200, json={"Resources": [], "totalResults": 0})
        )
        one = mocked.get(url__startswith=f"{BRIDGE}/scim/Users/").mock(return_value=httpx.Response(404))
        async with bridge() as scim:
            await scim.read_account(id_)
            await scim.find_account(email)
        assert unquote(one.calls.last.request.url.raw_path.decode().removeprefix("/scim/Users/")) == id_
        expression = listed.calls.last.request.url.params["filter"]
        assert json.loads(expression.removeprefix("userName eq ")) == email


@given(display=names)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
async def test_names_survive_a_bridge(sandbox: Sandbox, display: str) -> None:
    someone = sandbox.bridge.users()[0]["id"]
    async with bridge(root=sandbox.bridge_url, token=sandbox.bridge.token) as scim:
        shown = await scim.update_user(someone, {"displayName": display})
        read = await scim.read_account(someone)
    assert shown
    assert read
    assert tidy(shown.display_name) == tidy(read.display_name) == display


@pytest.mark.parametrize("id_", ["", ".", "..", "../Users", "a/b", "a\\b", "a?b", "a#b", "a\nb", "\x00", "\x85"])
def test_an_id_that_would_change_the_path_of_a_request_is_refused(id_: str) -> None:
    assert wire.parse_account({"id": id_, "userName": "ann@example.com"}) is None
    assert wire.parse_group({"id": id_, "displayName": "Eng"}) is None
    assert list(wire.reference_ids([{"value": id_}, id_, {"value": "AB"}])) == ["AB"]
    row = {"_id": id_, "id": id_, "to": {"id": id_}}
    assert (id_of(row), target_id(row)) == ("", "")


@pytest.mark.parametrize("id_", ["AB", "...", ".a", "5f3e", "6f2c-11", "a b", "ann@example.com", "ü", 7])
def test_any_other_id_is_taken(id_: object) -> None:
    account = wire.parse_account({"id": id_})
    assert account
    assert account.id == str(id_)
