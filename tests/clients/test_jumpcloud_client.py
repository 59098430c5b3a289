"""Reading JumpCloud: from the simulator over real sockets, and from faulty answers (respx)."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from support.effort import times
from support.wire import KEY, ROOT, Clock, few, jumpcloud, service_account

from jc1p.clients.http.exchange import Answer
from jc1p.clients.jumpcloud.client import JumpCloudClient
from jc1p.clients.jumpcloud.connection import JumpCloudConnection
from jc1p.clients.jumpcloud.errors import explain
from jc1p.clients.jumpcloud.oauth import ServiceAccount
from jc1p.clients.jumpcloud.parse import Path, access_by_path, parse_path, parse_person
from jc1p.clients.jumpcloud.service_accounts import credentials_of
from jc1p.core.models import PersonState, SourceDirectory
from jc1p.core.scope import Scope, choose_groups
from jc1p.errors import (
    AmbiguousApplication,
    ApplicationNotFound,
    BadResponse,
    GroupNotFound,
    IncompleteRead,
    Jc1pError,
    NotFound,
    OrganizationRequired,
    Unauthorized,
)  # fmt: skip
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

pytestmark = pytest.mark.anyio
APP = Scope(application="1Password Business")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=240, groups=12)) as made:
        yield made


def client(sandbox: Sandbox, **options: Any) -> JumpCloudClient:
    return jumpcloud(root=sandbox.jumpcloud_url, key=str(options.pop("key", sandbox.jumpcloud.key)), **options)


async def read(jc: JumpCloudClient, scope: Scope = APP, **options: Any) -> SourceDirectory:
    chooser = partial(choose_groups, scope=scope)
    async with jc:
        return await jc.read_directory(application=scope.application, choose_groups=chooser, **options)


async def failure(jc: JumpCloudClient, scope: Scope = APP) -> BaseException:
    """The error that reading fails with, taken out of the exception groups of tasks."""
    with pytest.raises((Jc1pError, BaseExceptionGroup)) as caught:
        await read(jc, scope)
    error: BaseException = caught.value
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def test_application_gives_people_groups_and_members_in_one_plan(sandbox: Sandbox) -> None:
    source = await read(client(sandbox))
    world = sandbox.world
    assert source.people.keys() == world.users.keys()
    assert source.read_groups == frozenset(world.assigned_groups)
    assert source.assigned_people == frozenset(world.assigned_users)
    for id_ in world.assigned_groups:
        assert source.groups[id_].members == frozenset(world.groups[id_].members)
    assert {group.name for group in source.groups.values()} == {group.name for group in world.groups.values()}
    assert any("users who were deleted" in remark for remark in source.remarks)


@pytest.mark.parametrize("knobs", [{}, {"omits_paths": True}], ids=str)
async def test_several_scopes_get_from_one_reading_what_each_gets_alone(
    sandbox: Sandbox, knobs: Mapping[str, bool]
) -> None:
    """Even if the lists don't say how people got access, and groups explain it."""
    sandbox.turn(knobs, {})
    names = [sandbox.world.groups[id_].name for id_ in sandbox.world.groups]
    scopes = [APP, APP._replace(groups=tuple(names)), APP._replace(exclude_groups=tuple(names[:6]))]
    alone = [await read(client(sandbox), scope) for scope in scopes]
    choosers = [partial(choose_groups, scope=scope) for scope in scopes]
    async with client(sandbox) as jc:
        assert await jc.read_directories(application=APP.application, choosers=choosers) == alone
        again = await jc.beside().read_directories(application=None, choosers=[choosers[1]], known=alone[0])
    without = await read(client(sandbox), scopes[1]._replace(application=None))
    assert again == [without]


@pytest.mark.parametrize(
    "knobs", [{"sends_total_count": False}, {"sort_by_id": False}, {"shuffles_unsorted": False}], ids=str
)
async def test_every_documented_oddity_gives_the_same_directory(sandbox: Sandbox, knobs: dict[str, bool]) -> None:
    plain = await read(client(sandbox))
    sandbox.turn(knobs, {})
    odd = await read(client(sandbox))
    assert (odd.people, odd.groups, odd.assigned_people) == (plain.people, plain.groups, plain.assigned_people)


async def test_named_groups_are_read_without_an_application(sandbox: Sandbox) -> None:
    source = await read(client(sandbox), Scope(groups=("Engineering", "Support [tier 2]", "Market*")))
    assert {source.groups[id_].name for id_ in source.read_groups} == {"Engineering", "Support [tier 2]", "Marketing "}
    engineering = sandbox.world.group_named("Engineering")
    assert source.groups[engineering.id].members == frozenset(engineering.members)
    assert not any("/applications" in request.path for request in sandbox.requests)


async def test_reading_two_thousand_people_takes_few_requests() -> None:
    with Sandbox(make_world(users=2000, groups=60, assigned_users=800, assigned_groups=12)) as sandbox:
        jc = client(sandbox)
        await read(jc)
        assert jc.requests == len(sandbox.requests) <= 34
        assert {request.method for request in sandbox.requests} == {"GET"}


async def test_states_and_oddities_of_people(sandbox: Sandbox) -> None:
    source = await read(client(sandbox), extra_fields=frozenset({"department", "attributes.team"}))
    by_email = {person.email: person for person in source.people.values()}
    assert by_email["stan.staged@example.com"].state is PersonState.STAGED
    assert by_email["susi.suspended@example.com"].state is PersonState.SUSPENDED
    assert by_email["dora.disagrees@example.com"].state is PersonState.SUSPENDED
    assert by_email["penny.pending@example.com"].state is PersonState.PASSWORD_PENDING
    assert by_email["plus+work@example.com"].other_emails == ("plus@example.com",)
    assert by_email["nameless@example.com"].firstname == ""


async def test_extra_fields_are_read_when_templates_want_them(sandbox: Sandbox) -> None:
    someone = next(iter(sandbox.world.users.values()))
    someone |= {"department": "R&D", "attributes": [{"name": "team", "value": "core"}, {"name": "x", "value": "y"}]}
    source = await read(client(sandbox), extra_fields=frozenset({"department", "attributes.team"}))
    assert dict(source.people[someone["id"]].extra) == {"department": "R&D", "attributes.team": "core"}


async def test_wrong_key_is_refused_with_what_to_check(sandbox: Sandbox) -> None:
    error = await failure(client(sandbox, key="jca_wrong"))
    assert isinstance(error, Unauthorized)
    assert "api key user not found" in error.message
    assert "region" in (error.hint or "")


async def test_unknown_application_names_the_nearest(sandbox: Sandbox) -> None:
    error = await failure(client(sandbox), Scope(application="2Password"))
    assert isinstance(error, ApplicationNotFound)
    assert "1Password Business" in error.message


async def test_two_matching_applications_are_refused_with_their_ids(sandbox: Sandbox) -> None:
    twin = {**sandbox.world.applications[0], "_id": "66d0000000000000000000c9", "id": "66d0000000000000000000c9"}
    sandbox.world.applications.append(twin)
    error = await failure(client(sandbox))
    assert isinstance(error, AmbiguousApplication)
    assert "66d0000000000000000000c1" in error.message
    assert "66d0000000000000000000c9" in error.message
    assert (await read(client(sandbox), Scope(application="66d0000000000000000000c1"))).read_groups


@pytest.mark.parametrize("written", ["1password business", " 1Password Business ", "66d0000000000000000000c1"])
async def test_application_is_found_by_label_without_case_or_by_id(sandbox: Sandbox, written: str) -> None:
    assert (await read(client(sandbox), Scope(application=written))).assigned_people


async def test_application_of_the_same_product_under_another_label_is_not_taken_for_it(sandbox: Sandbox) -> None:
    error = await failure(client(sandbox), Scope(application="my 1Password"))
    assert isinstance(error, ApplicationNotFound)


async def test_access_without_paths_is_explained_by_the_groups_own_members(sandbox: Sandbox) -> None:
    excluded = Scope(application="1Password Business", exclude_groups=("Operations",))
    for scope in (APP, excluded):
        whole = await read(client(sandbox), scope)
        sandbox.turn({"omits_paths": True}, {})
        assert await read(client(sandbox), scope) == whole
        sandbox.turn({"omits_paths": False}, {})


async def test_second_look_finds_members_assignments_and_groups(sandbox: Sandbox) -> None:
    world = sandbox.world
    group = world.groups[world.assigned_groups[0]]
    async with client(sandbox) as jc:
        assert await jc.read_assigned("user") == frozenset()
        await jc.read_directory(application="1Password Business", choose_groups=partial(choose_groups, scope=APP))
        assert await jc.read_assigned("user") == frozenset(world.assigned_users)
        assert await jc.read_members(group.id, group.name) == frozenset(group.members)
        assert group.id in await jc.read_groups_of(group.members[0])
        path = await jc.read_access_of_user(group.members[0])
        assert path
        assert (path.direct, group.id in path.through) == (False, True)
        assert await jc.read_access_of_user(world.assigned_users[0]) == Path(direct=True, through=())
        assert await jc.read_access_of_user(next(iter(world.users.keys() - world.effective()))) is None
        assert await jc.read_access_of_group(group.id)
        assert await jc.read_access_of_group(next(iter(world.groups.keys() - {*world.assigned_groups}))) is None
        for ask in (jc.read_access_of_user, jc.read_access_of_group):
            with pytest.raises(NotFound):  # unknown, not absent
                await ask("65c0ffffffffffffffffffff")
        assert await jc.has_group(group.id)
        assert not await jc.has_group("65c0ffffffffffffffffffff")


@respx.mock
async def test_every_call_for_one_person_names_the_organization() -> None:
    org = "5f1a00000000000000000001"
    respx.get(f"{ROOT}/api/systemusers/x").mock(return_value=httpx.Response(404))
    respx.get(f"{ROOT}/api/v2/users/x/memberof").mock(return_value=httpx.Response(200, json=[]))
    respx.get(f"{ROOT}/api/v2/usergroups/x").mock(return_value=httpx.Response(404))
    respx.get(f"{ROOT}/api/v2/usergroups/x/members").mock(return_value=httpx.Response(200, json=[]))
    async with jumpcloud(org_id=org) as jc:
        await jc.find_person("x")
        await jc.read_groups_of("x")
        await jc.has_group("x")
        await jc.read_members("x", "x")
    assert {call.request.headers.get("x-org-id") for call in respx.calls} == {org}


@respx.mock
@pytest.mark.parametrize("body", [{}, {"message": "try again"}, {"id": None}])
async def test_answer_without_an_id_does_not_say_that_a_user_or_group_is_gone(body: object) -> None:
    for path in ("systemusers", "v2/usergroups"):
        respx.get(f"{ROOT}/api/{path}/x").mock(return_value=httpx.Response(200, json=body))
    async with jumpcloud() as jc:
        for ask in (jc.find_person, jc.has_group):
            with pytest.raises(BadResponse, match="unexpected JSON"):
                await ask("x")


@respx.mock
@pytest.mark.parametrize(
    ("pages", "complete"),
    [
        (["full", "empty", "full", "rest"], True),
        (["full", "empty", "full", "empty"], True),
        (["full", "empty", "rest", "empty", "full", "empty"], False),
    ],
)
async def test_an_empty_page_is_believed_only_twice(pages: list[str], complete: bool) -> None:
    rows = [{"to": {"id": f"{n:024x}", "type": "user"}} for n in range(150)]
    content = {"full": rows[:100], "rest": rows[100:], "empty": []}
    respx.get(f"{ROOT}/api/v2/usergroups/g/members").mock(
        side_effect=[httpx.Response(200, json=content[page], headers={"x-total-count": "150"}) for page in pages]
    )
    async with jumpcloud() as jc:
        if complete:
            assert len(await jc.read_members("g", "g")) == (150 if "rest" in pages else 100)
        else:
            with pytest.raises(IncompleteRead):
                await jc.read_members("g", "g")


async def test_unknown_group_names_the_nearest(sandbox: Sandbox) -> None:
    error = await failure(client(sandbox), Scope(groups=("Enginering",)))
    assert isinstance(error, GroupNotFound)
    assert '"Engineering"' in error.message


async def test_several_organizations_need_a_choice(sandbox: Sandbox) -> None:
    sandbox.turn({"organizations": 2}, {})
    error = await failure(client(sandbox))
    assert isinstance(error, OrganizationRequired)
    assert "Subsidiary 2" in error.message
    chosen = sandbox.world.organizations[0]["_id"]
    assert (await read(client(sandbox, org_id=chosen))).people
    wrong = await failure(client(sandbox, org_id="5f1affffffffffffffffffff"))
    assert isinstance(wrong, OrganizationRequired)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Example Corp", "Example Corp"), (None, None), ("", None), (" \n ", None), (["a"], None), ({}, None), (7, "7"),
        ("a\n\tb", "a b"), ("x" * 5000, "x" * 200),
    ],
)  # fmt: skip
async def test_organization_is_named_by_whatever_is_a_name(sandbox: Sandbox, given: object, name: str | None) -> None:
    sandbox.world.organizations[0]["displayName"] = given
    async with client(sandbox) as jc:
        assert jc.organization is None
        await jc.check_organization()
        assert jc.organization == name


async def test_organization_is_named_that_was_chosen_among_several(sandbox: Sandbox) -> None:
    sandbox.turn({"organizations": 3}, {})
    async with client(sandbox, org_id=f"5f1a{3:020x}") as jc:
        await jc.check_organization()
        assert jc.organization == "Subsidiary 3"


@respx.mock
async def test_organizations_that_are_not_shown_have_no_name() -> None:
    respx.get(f"{ROOT}/api/organizations").mock(return_value=listing([], 0))
    async with jumpcloud() as jc:
        await jc.check_organization()
        assert jc.organization is None


async def test_total_that_lies_ends_as_incomplete_after_three_readings(sandbox: Sandbox) -> None:
    sandbox.turn({"total_off_by": 2}, {})
    error = await failure(client(sandbox))
    assert isinstance(error, IncompleteRead)
    assert "in 3 readings" in error.message


async def test_one_person_is_found_or_known_to_be_gone(sandbox: Sandbox) -> None:
    someone = next(iter(sandbox.world.users))
    async with client(sandbox) as jc:
        found = await jc.find_person(someone)
        assert found
        assert found.id == someone
        assert await jc.find_person("64b0ffffffffffffffffffff") is None


async def test_service_account_fetches_one_token_and_sends_no_key(sandbox: Sandbox) -> None:
    account = ServiceAccount(
        sandbox.jumpcloud.client_id, SecretStr(sandbox.jumpcloud.client_secret), f"{sandbox.jumpcloud_url}/oauth2/token"
    )
    assert (await read(client(sandbox, credential=account))).people
    assert [request.path for request in sandbox.requests].count("/oauth2/token") == 1
    wrong = ServiceAccount("nobody", SecretStr("wrong"), f"{sandbox.jumpcloud_url}/oauth2/token")
    assert isinstance(await failure(client(sandbox, credential=wrong)), Unauthorized)


@respx.mock
async def test_token_is_renewed_before_it_ends_and_once_after_a_401() -> None:
    clock = Clock()
    token = respx.post(f"{ROOT}/oauth2/token").mock(
        side_effect=[httpx.Response(200, json={"access_token": f"t{n}", "expires_in": 100}) for n in range(9)]
    )
    person = respx.get(f"{ROOT}/api/systemusers/x").mock(return_value=httpx.Response(404))
    async with jumpcloud(clock, credential=service_account()) as jc:
        await jc.find_person("x")
        await jc.find_person("x")
        assert token.call_count == 1
        clock.now += 50
        await jc.find_person("x")
        assert token.call_count == 2
        clock.now += 5
        person.mock(side_effect=[httpx.Response(401), httpx.Response(404)])
        await jc.find_person("x")
        assert token.call_count == 3
        assert person.calls.last.request.headers["authorization"] == "Bearer t2"
        assert "x-api-key" not in person.calls.last.request.headers
        clock.now += 5
        person.mock(return_value=httpx.Response(401))
        with pytest.raises(Unauthorized):
            await jc.find_person("x")


def listing(rows: Sequence[Mapping[str, object]], total: int) -> httpx.Response:
    return httpx.Response(200, json={"totalCount": total, "results": rows})


def mock_rest() -> None:
    respx.get(f"{ROOT}/api/organizations").mock(return_value=listing([{"_id": "o1"}], 1))
    respx.get(f"{ROOT}/api/v2/usergroups").mock(
        return_value=httpx.Response(200, json=[], headers={"x-total-count": "0"})
    )


EVERYONE = Scope(groups=("*",))


@respx.mock
async def test_page_that_repeats_is_read_again() -> None:
    mock_rest()
    first = [{"_id": f"{n:024x}", "email": f"{n}@x.example", "state": "ACTIVATED"} for n in range(100)]
    last = [{"_id": f"{n:024x}", "email": f"{n}@x.example", "state": "ACTIVATED"} for n in range(100, 150)]
    pages = [listing(first, 150), listing(first[:50], 150), listing(first, 150), listing(last, 150)]
    respx.get(f"{ROOT}/api/systemusers").mock(side_effect=pages)
    assert len((await read(jumpcloud(), EVERYONE)).people) == 150


@respx.mock
async def test_list_that_shrinks_while_it_is_read_ends_as_incomplete() -> None:
    mock_rest()
    row = [{"_id": f"{n:024x}"} for n in range(100)]
    respx.get(f"{ROOT}/api/systemusers").mock(side_effect=[listing(row, 120), listing(row[:19], 119)] * 3)
    assert isinstance(await failure(jumpcloud(), EVERYONE), IncompleteRead)


@respx.mock
async def test_login_redirect_says_where_the_credential_was_sent() -> None:
    respx.get(f"{ROOT}/api/organizations").mock(return_value=httpx.Response(302, headers={"Location": "/login"}))
    error = await failure(jumpcloud())
    assert isinstance(error, Unauthorized)
    assert "login page (302 to /login); jc1p sent the credential to " in error.message
    assert "http://" not in error.message


@respx.mock
@pytest.mark.parametrize("body", ["[]", '"x"', "{}", '{"results": 3}', "null", "17"])
async def test_json_of_another_shape_is_told(body: str) -> None:
    answer = httpx.Response(200, headers={"Content-Type": "application/json"}, content=body)
    respx.get(f"{ROOT}/api/organizations").mock(return_value=answer)
    assert isinstance(await failure(jumpcloud(retry=few())), BadResponse)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["_id", "id", "to", "type", "paths", "state", "suspended", "recoveryEmail", "attributes"]),
        inner, max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


@given(rows=st.lists(st.dictionaries(st.text(max_size=5), json_values) | json_values, max_size=4))
@times(2)
def test_arbitrary_rows_never_break_the_parsers(rows: list[object]) -> None:
    usable = [row for row in rows if isinstance(row, dict)]
    for row in usable:
        parse_person(row, frozenset({"department", "attributes.team"}))
    access_by_path({str(number): parse_path(row) for number, row in enumerate(usable)})


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ({"state": "ACTIVATED", "suspended": "true"}, PersonState.SUSPENDED),
        ({"suspended": 1}, PersonState.SUSPENDED),
        ({"state": " suspended "}, PersonState.SUSPENDED),
        ({"state": "ACTIVATED", "suspended": "false", "activated": "True"}, PersonState.ACTIVATED),
        ({"state": "ACTIVATED", "suspended": None, "activated": None}, PersonState.ACTIVATED),
        ({"state": "ACTIVATED", "activated": "false"}, PersonState.PASSWORD_PENDING),
        ({"state": "ACTIVATED", "suspended": [], "activated": {}}, PersonState.ACTIVATED),
    ],
)
def test_suspension_is_read_from_text_and_numbers_too(row: dict[str, object], state: PersonState) -> None:
    assert parse_person(row, frozenset()).state is state


@respx.mock
@pytest.mark.parametrize(
    ("told", "is_enough"),
    [
        ({}, False),
        ({"state": None, "suspended": "?"}, False),
        ({"suspended": False}, True),
        ({"state": "STAGED"}, True),
    ],
)
async def test_list_that_never_says_who_is_suspended_is_incomplete(told: dict[str, object], is_enough: bool) -> None:
    mock_rest()
    rows = [{"_id": f"{n:024x}"} for n in range(3)]
    respx.get(f"{ROOT}/api/systemusers").mock(return_value=listing([*rows[:2], {**rows[2], **told}], 3))
    if is_enough:
        assert len((await read(jumpcloud(), EVERYONE)).people) == 3
    else:
        assert "cannot see who is suspended" in str(await failure(jumpcloud(), EVERYONE))


def test_refusals_of_jumpcloud_never_show_the_key() -> None:
    for status in (302, 400, 401, 403, 404, 409, 418):
        error = explain(Answer(status, httpx.Headers(), None, "said"), "GET /systemusers")
        assert KEY not in error.message
        assert str(status) in error.message


@pytest.mark.parametrize(
    ("row", "expired"),
    [({"password_expired": True}, True), ({"password_expired": False}, False), ({}, None),
     ({"password_expired": None}, None), ({"password_expired": "true"}, None), ({"password_expired": 1}, None)],
)  # fmt: skip
def test_only_a_clear_answer_says_that_a_password_expired(row: dict[str, object], expired: bool | None) -> None:
    assert parse_person(row, frozenset()).password_expired is expired


def secret(client_id: str, ends: str = "2027-01-02T00:00:00Z") -> dict[str, object]:
    return {"clientSecretConfig": {"clientId": client_id, "expiresAt": ends}}


@pytest.mark.parametrize(
    ("rows", "ends"),
    [
        ([{"name": "a", "expiresAt": "2027-01-01T00:00:00Z"}, {"name": "b", "expiresAt": "soon"}],
         ["a 2027-01-01", "b -"]),
        ([{"name": "a", "expiresAt": "2027-01-01T00:00:00"}, {"name": "b"}, None, "x"], ["a -", "b -"]),
        ([{"name": "a", "authType": "API_KEY", "expiresAt": "2027-01-01T00:00:00Z"}], []),
        ([{"name": "a", "authConfigList": [secret("other"), secret("ours")]}, {"name": "b"}], ["a 2027-01-02 ours"]),
        ([{"name": "a", "authConfigList": [None, {}, {"clientSecretConfig": 1}, secret("other")]}], ["a -"]),
    ],
)  # fmt: skip
def test_ends_of_credentials_are_taken_from_what_the_list_says_and_no_more(rows: list[object], ends: list[str]) -> None:
    found = [
        f"{each.name} {f'{each.ends:%Y-%m-%d}' if each.ends else '-'}{' ours' if each.is_ours else ''}"
        for each in credentials_of(rows, "ours")
    ]
    assert found == ends


@pytest.mark.parametrize(
    ("root", "key"),
    [
        ("https://console.jumpcloud.com", "jumpcloud.region"),
        ("https://console.eu.jumpcloud.com", "jumpcloud.region"),
        ("https://jumpcloud.com.example", "jumpcloud.url"),
    ],
)
def test_hints_name_the_key_that_the_address_comes_from(root: str, key: str) -> None:
    assert JumpCloudConnection(root, service_account()).http.address_key == key
