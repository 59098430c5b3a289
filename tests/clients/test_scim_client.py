"""The bridge's client: against the simulator over real sockets, and against odd answers (respx)."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st
from support.effort import times
from support.wire import BRIDGE, TOKEN, Clock, bridge, few

from jc1p.clients.scim import wire
from jc1p.clients.scim.client import ScimClient
from jc1p.core.models import MembershipView, NewAccount
from jc1p.errors import (
    BadResponse,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    ProvisioningOff,
    RequestRefused,
    Unauthorized,
)  # fmt: skip
from jc1p.sandbox.faults import Fault
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import OWNER, make_world

pytestmark = pytest.mark.anyio
ADA = NewAccount("ada@example.com", "Ada Lovelace", "Ada", "Lovelace", "64b0000000000000000000a1")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=60, groups=8)) as made:
        yield made


def client(sandbox: Sandbox, **options: Any) -> ScimClient:
    return bridge(root=sandbox.bridge_url, token=options.pop("token", sandbox.bridge.token), **options)


def account_of(sandbox: Sandbox, email: str) -> dict[str, Any]:
    return next(each for each in sandbox.bridge.users() if each["userName"] == email)


def group_of(sandbox: Sandbox, name: str) -> dict[str, Any]:
    return next(each for each in sandbox.bridge.groups() if each["displayName"] == name)


async def test_ordinary_bridge_is_read_in_three_requests(sandbox: Sandbox) -> None:
    async with client(sandbox) as scim:
        actual = await scim.read_directory()
        assert scim.requests == 3
    assert {each.user_name for each in actual.accounts.values()} == {
        each["userName"] for each in sandbox.bridge.users()
    }
    assert actual.complete
    assert actual.membership_view is MembershipView.GROUPS
    (group,) = actual.groups.values()
    assert group.members == frozenset(group_of(sandbox, group.name)["members"])


@pytest.mark.parametrize(
    ("knobs", "view"),
    [
        ({"shape": "2023"}, MembershipView.GROUPS),
        ({"shape": "2023", "members": "never"}, MembershipView.USERS),
        ({"members": "always"}, MembershipView.GROUPS),
        ({"members": "detail-only"}, MembershipView.DETAILS),
        ({"members": "never"}, MembershipView.NONE),
        ({"numeric_ids": True, "string_booleans": True}, MembershipView.GROUPS),
        ({"max_count": 6}, MembershipView.GROUPS),
        ({"max_count": 4, "user_order": "stable", "start_index_zero": True}, MembershipView.GROUPS),
        ({"paths": [""]}, MembershipView.GROUPS),
        ({"paths": ["/scim/v2"], "unknown_redirects": True}, MembershipView.GROUPS),
        ({"omits_resources": True}, MembershipView.GROUPS),
    ],
    ids=str,
)
async def test_every_shape_gives_the_same_accounts(
    sandbox: Sandbox, knobs: dict[str, Any], view: MembershipView
) -> None:
    with Sandbox(make_world(users=60, groups=8)) as odd:
        odd.turn({}, knobs)
        async with client(odd) as scim:
            actual = await scim.read_directory()
    expected = {(each["userName"], each["displayName"], each["active"]) for each in sandbox.bridge.users()}
    assert {(each.user_name, each.display_name, each.active) for each in actual.accounts.values()} == expected
    assert actual.complete
    assert actual.membership_view is view


@pytest.mark.parametrize("knobs", [{"total_off_by": 3}, {"max_count": 1}])
async def test_list_that_stays_short_is_incomplete_not_an_error(sandbox: Sandbox, knobs: dict[str, Any]) -> None:
    sandbox.turn({}, knobs)
    async with client(sandbox) as scim:
        actual = await scim.read_directory()
    assert actual.accounts_complete is (len(actual.accounts) == len(sandbox.bridge.users()) and "max_count" in knobs)


async def test_a_large_account_is_read_in_one_page() -> None:
    world = make_world(users=60)
    with Sandbox(world) as sandbox:
        for number in range(1200):
            sandbox.bridge.add_account(f"u{number}@x.example", f"U {number}")
        async with client(sandbox) as scim:
            actual = await scim.read_directory()
            assert scim.requests == 3
        assert len(actual.accounts) == len(sandbox.bridge.users())


async def test_invitation_is_one_mail_and_carries_the_link(sandbox: Sandbox) -> None:
    async with client(sandbox) as scim:
        await scim.read_directory()
        created = await scim.create_user(ADA)
    assert not created.existed
    assert account_of(sandbox, ADA.user_name)["externalId"] == ADA.external_id
    assert sandbox.bridge.invitations == {"ada@example.com": 1}


@pytest.mark.parametrize(
    "knobs",
    [{}, {"post_existing": "return"}, {"filters": "off"}, {"filters": "ignore"},
     {"filters": "ignore", "default_count": 2, "user_order": "stable"}],
    ids=str,
)  # fmt: skip
async def test_known_address_is_adopted_in_any_case(sandbox: Sandbox, knobs: dict[str, Any]) -> None:
    sandbox.turn({}, knobs)
    async with client(sandbox) as scim:
        await scim.read_directory()
        created = await scim.create_user(NewAccount(OWNER.upper(), "O", "O", "O", "x"))
    assert created.existed
    assert created.id == account_of(sandbox, OWNER)["id"]
    assert not sandbox.bridge.invitations


@pytest.mark.parametrize("kind", ["reset", "502-html", "500", "504", "truncated"])
async def test_invitation_whose_answer_was_lost_is_found_not_sent_again(sandbox: Sandbox, kind: Any) -> None:
    async with client(sandbox) as scim:
        await scim.read_directory()
        sandbox.faults.append(Fault(kind, service="onepassword", method="POST", path="Users", after=True))
        created = await scim.create_user(ADA)
    assert not created.existed
    assert sandbox.bridge.invitations == {"ada@example.com": 1}
    assert created.id == account_of(sandbox, ADA.user_name)["id"]


@pytest.mark.parametrize("kind", ["reset", "502-html", "429", "503"])
async def test_invitation_that_never_arrived_is_sent_once_more(sandbox: Sandbox, kind: Any) -> None:
    async with client(sandbox) as scim:
        await scim.read_directory()
        sandbox.faults.append(Fault(kind, service="onepassword", method="POST", path="Users"))
        await scim.create_user(ADA)
    assert sandbox.bridge.invitations == {"ada@example.com": 1}


async def test_invitation_that_stays_in_doubt_is_given_up(sandbox: Sandbox) -> None:
    async with client(sandbox) as scim:
        await scim.read_directory()
        sandbox.faults.append(Fault("502-html", method="POST", path="Users", times=9))
        with pytest.raises(OutcomeUnknown):
            await scim.create_user(ADA)
    assert not sandbox.bridge.invitations


async def test_lost_group_creation_never_makes_a_twin(sandbox: Sandbox) -> None:
    sandbox.turn({}, {"post_group": "second"})
    async with client(sandbox) as scim:
        await scim.read_directory()
        sandbox.faults.append(Fault("reset", method="POST", path="Groups", after=True))
        created = await scim.create_group("Platform", "65c000000000000000000001")
    assert [each["id"] for each in sandbox.bridge.groups() if each["displayName"] == "Platform"] == [created.id]


@pytest.mark.parametrize("mode", ["existing", "409"])
async def test_group_that_exists_is_adopted(sandbox: Sandbox, mode: str) -> None:
    sandbox.turn({}, {"post_group": mode})
    (known,) = sandbox.bridge.groups()
    async with client(sandbox) as scim:
        await scim.read_directory()
        created = await scim.create_group(known["displayName"].upper(), "x")
    assert (created.id, created.existed) == (known["id"], True)


async def test_updates_suspensions_and_email_changes(sandbox: Sandbox) -> None:
    someone = next(each for each in sandbox.bridge.users() if each["active"] and each["userName"] != OWNER)
    async with client(sandbox) as scim:
        await scim.read_directory()
        shown = await scim.update_user(someone["id"], {"displayName": "New Name", "active": False})
        assert shown
        assert (shown.display_name, shown.active) == ("New Name", False)
        waiting = await scim.update_user(someone["id"], {"userName": "new@example.com"})
        assert waiting
        assert waiting.user_name == someone["userName"]
        sandbox.turn({}, {"email_change": "immediate", "patch_status": 204})
        silent = await scim.update_user(someone["id"], {"userName": "newer@example.com"})
        assert silent
        assert silent.user_name == "newer@example.com"
    assert account_of(sandbox, "newer@example.com")["name"]["familyName"] == "Name"
    patches = [request for request in sandbox.requests if request.method == "PATCH"]
    assert len(patches) == 3


async def test_last_owner_is_refused_in_words(sandbox: Sandbox) -> None:
    async with client(sandbox) as scim:
        with pytest.raises(Forbidden, match="last owner"):
            await scim.update_user(account_of(sandbox, OWNER)["id"], {"active": False})


@pytest.mark.parametrize("knobs", [{}, {"refuses_filter_path": True}], ids=str)
async def test_members_are_added_in_chunks_and_removed_one_by_one(sandbox: Sandbox, knobs: dict[str, Any]) -> None:
    ids = [sandbox.bridge.add_account(f"u{number}@x.example", f"U {number}") for number in range(120)]
    sandbox.turn({}, knobs)
    async with client(sandbox) as scim:
        await scim.read_directory()
        group = (await scim.create_group("Big", "x")).id
        await scim.add_members(group, ids)
        assert len([request for request in sandbox.requests if request.method == "PATCH"]) == 2
        await scim.remove_members(group, ids[:3])
        await scim.remove_members(group, ids[3:4])
    assert group_of(sandbox, "Big")["members"] == sorted(ids[4:])


async def test_server_that_takes_value_removal_for_everybody_gets_its_members_back(sandbox: Sandbox) -> None:
    sandbox.turn({}, {"refuses_filter_path": True, "strict_remove": True})
    before = sandbox.bridge.groups()[0]
    assert len(before["members"]) > 1
    async with client(sandbox) as scim:
        await scim.read_directory()
        await scim.remove_members(before["id"], before["members"][:1])
    assert sandbox.bridge.groups()[0]["members"] == before["members"][1:]


async def test_deleted_group_is_gone_and_a_second_time_is_fine(sandbox: Sandbox) -> None:
    known = sandbox.bridge.groups()[0]["id"]
    async with client(sandbox) as scim:
        await scim.delete_group(known)
        await scim.delete_group(known)
    assert not sandbox.bridge.groups()


@pytest.mark.parametrize("answer", ["scim", "html", "empty"])
async def test_wrong_token_is_refused_with_what_to_check(sandbox: Sandbox, answer: str) -> None:
    sandbox.turn({}, {"auth_failure": answer})
    async with client(sandbox, token="wrong") as scim:
        with pytest.raises(Unauthorized) as caught:
            await scim.read_directory()
    assert "onepassword.token" in (caught.value.hint or "")


async def test_provisioning_switched_off_is_recognised(sandbox: Sandbox) -> None:
    sandbox.turn({}, {"provisioning": False})
    async with client(sandbox) as scim:
        with pytest.raises(ProvisioningOff) as caught:
            await scim.read_directory()
    assert "Provisioning users & groups" in (caught.value.hint or "")


@respx.mock
async def test_address_without_scim_is_told() -> None:
    respx.get(url__regex=".*").mock(return_value=httpx.Response(200, html="<title>Sign in</title>"))
    async with bridge() as scim:
        with pytest.raises(NotFound, match="no SCIM service at this address"):
            await scim.read_directory()


def mock_config() -> None:
    respx.get(f"{BRIDGE}/scim/ServiceProviderConfig").mock(return_value=httpx.Response(200, json={"filter": {}}))


def users(*ids: int, total: int | None = None) -> httpx.Response:
    rows = [{"id": f"u{n}", "userName": f"u{n}@x.example"} for n in ids]
    body: dict[str, Any] = {"Resources": rows} | ({} if total is None else {"totalResults": total})
    return httpx.Response(200, json=body)


async def accounts_read(*answers: httpx.Response) -> tuple[list[str], bool]:
    mock_config()
    respx.get(f"{BRIDGE}/scim/Users").mock(side_effect=[*answers, *[answers[-1]] * 20])
    respx.get(f"{BRIDGE}/scim/Groups").mock(return_value=httpx.Response(200, json={"totalResults": 0, "Resources": []}))
    async with bridge(retry=few()) as scim:
        actual = await scim.read_directory()
    return sorted(actual.accounts), actual.accounts_complete


@respx.mock
async def test_server_that_wraps_round_ends_at_the_page_without_a_new_id() -> None:
    assert await accounts_read(users(1, 2), users(1, 2)) == (["u1", "u2"], True)


@respx.mock
async def test_pages_in_random_order_are_united_over_readings() -> None:
    answers = [users(1, 2, total=4), users(2, 3, total=4), users(4, 1, total=4), users(2, 3, total=4)]
    assert await accounts_read(*answers) == (["u1", "u2", "u3", "u4"], True)


@respx.mock
async def test_account_without_an_id_makes_the_list_incomplete() -> None:
    odd = httpx.Response(200, json={"totalResults": 2, "Resources": [{"id": "u1"}, {"userName": "x@x.example"}]})
    assert await accounts_read(odd) == (["u1"], False)


@respx.mock
async def test_one_odd_account_does_not_spoil_the_others() -> None:
    odd = {"id": 7, "userName": None, "emails": [{"value": "no at sign", "primary": "x"}], "name": 3, "active": "False"}
    answer = httpx.Response(200, json={"totalResults": 2, "resources": [odd, {"id": "u1"}]})
    assert await accounts_read(answer) == (["7", "u1"], True)


@respx.mock
async def test_second_media_type_is_tried_once_and_remembered() -> None:
    mock_config()
    patch = respx.patch(f"{BRIDGE}/scim/Users/u1").mock(side_effect=[httpx.Response(415), *[httpx.Response(204)] * 2])
    respx.get(f"{BRIDGE}/scim/Users/u1").mock(return_value=httpx.Response(200, json={"id": "u1", "active": False}))
    async with bridge() as scim:
        await scim.update_user("u1", {"active": False})
        await scim.update_user("u1", {"active": False})
    kinds = [call.request.headers["content-type"] for call in patch.calls]
    assert kinds == ["application/scim+json", "application/json", "application/json"]
    sent = json.loads(patch.calls.last.request.content)
    assert sent == {"schemas": [wire.PATCH_OP], "Operations": [{"op": "replace", "path": "active", "value": False}]}


@respx.mock
async def test_ids_are_encoded_and_the_token_stays_in_its_header() -> None:
    mock_config()
    route = respx.delete(f"{BRIDGE}/scim/Groups/a%2Fb%3Fc").mock(
        return_value=httpx.Response(400, json={"detail": "no"})
    )
    async with bridge() as scim:
        with pytest.raises(RequestRefused) as caught:
            await scim.delete_group("a/b?c")
    assert route.calls.last.request.headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in str(caught.value) + repr(scim)


@respx.mock
@pytest.mark.parametrize("body", ["[]", "{}", '"x"', "null", '{"Resources": 3}'])
async def test_json_that_is_no_scim_is_told(body: str) -> None:
    mock_config()
    answer = httpx.Response(200, headers={"Content-Type": "application/json"}, content=body)
    respx.get(f"{BRIDGE}/scim/Users").mock(return_value=answer)
    async with bridge(Clock()) as scim:
        with pytest.raises(BadResponse, match="not SCIM"):
            await scim.find_account("x@x.example")


def test_filters_and_paths_are_escaped() -> None:
    assert wire.eq_filter("userName", 'o"n\\e@x') == 'userName eq "o\\"n\\\\e@x"'
    assert wire.remove_member_op('a"b')["path"] == 'members[value eq "a\\"b"]'


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["id", "ID", "userName", "active", "name", "emails", "members", "groups", "value",
                         "displayName", "Resources", "totalResults", "externalId", "primary"]), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@given(body=values)
@times(3)
def test_arbitrary_json_never_breaks_the_parsers(body: object) -> None:
    page = wire.parse_page(body)
    for row in [body, *(page.resources if page else [])]:
        account, group = wire.parse_account(row), wire.parse_group(row)
        assert account is None or account.id
        assert group is None or "" not in group.members


@pytest.mark.parametrize(
    "knobs",
    [{}, {"members": "always"}, {"members": "detail-only"}, {"members": "never", "user_groups": True}],
    ids=str,
)
async def test_members_are_read_back_wherever_they_show_also_after_all_groups_were_empty(
    sandbox: Sandbox, knobs: dict[str, Any]
) -> None:
    sandbox.turn({}, knobs)
    sandbox.bridge.storage.by_id("Group").clear()
    ids = [each["id"] for each in sandbox.bridge.users()[:3]]
    async with client(sandbox) as scim:
        await scim.read_directory()
        full, empty = [(await scim.create_group(name, "x")).id for name in ("Full", "Empty")]
        await scim.add_members(full, ids)
        shown = await scim.read_members([full, empty])
    assert shown == {full: frozenset(ids), empty: frozenset()}


async def test_members_that_never_show_are_not_read_back(sandbox: Sandbox) -> None:
    sandbox.turn({}, {"members": "never", "user_groups": False})
    async with client(sandbox) as scim:
        await scim.read_directory()
        assert await scim.read_members([sandbox.bridge.groups()[0]["id"]]) == {}


@respx.mock
@pytest.mark.parametrize("body", [{}, [], {"detail": "try again"}, {"id": ".."}, None])
async def test_answer_without_an_id_does_not_say_that_an_account_or_group_is_gone(body: object) -> None:
    respx.get(f"{BRIDGE}/scim/ServiceProviderConfig").mock(return_value=httpx.Response(200, json={"filter": {}}))
    respx.get(url__regex=r".*/(Users|Groups)/OPX").mock(return_value=httpx.Response(200, json=body))
    async with bridge() as scim:
        for read in (scim.read_account, scim.read_group):
            with pytest.raises(BadResponse, match="not SCIM"):
                await read("OPX")


@pytest.mark.parametrize(
    ("active", "is_active"),
    [(True, True), (False, False), ("False", False), (" no ", False), (0, False), (0.0, False), (None, True),
     ([], True), ({}, True), ("", True), ("?", True)],
)  # fmt: skip
def test_account_is_suspended_only_if_the_answer_says_so(active: object, is_active: bool) -> None:
    shown = wire.parse_account({"id": "A", "active": active})
    assert shown is not None
    assert shown.active is is_active


@respx.mock
@pytest.mark.parametrize("kind", ["Users", "Groups"])
async def test_a_row_without_a_name_may_be_what_is_about_to_be_created(kind: str) -> None:
    """A second account would be invited, a second group would have no vaults: both are looked up first."""
    named = {"id": "X1", "userName": ADA.user_name, "displayName": "Platform", "active": True}

    def listed(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("X1"):
            return httpx.Response(200, json={"id": "X1"})
        row = named if "filter" in request.url.params else {"id": "X1"}
        rows = [row] if request.url.path.endswith(kind) else []
        return httpx.Response(200, json={"totalResults": len(rows), "Resources": rows})

    respx.get(f"{BRIDGE}/scim/ServiceProviderConfig").mock(return_value=httpx.Response(200, json={"patch": {}}))
    respx.get(url__startswith=f"{BRIDGE}/scim/").mock(side_effect=listed)
    post = respx.post(url__startswith=f"{BRIDGE}/scim/").mock(
        return_value=httpx.Response(201, json={**named, "id": "X2"})
    )
    async with bridge() as scim:
        await scim.read_directory()
        created = await (scim.create_user(ADA) if kind == "Users" else scim.create_group("Platform", "65c0"))
    assert (created.id, created.existed, post.called) == ("X1", True, False)
