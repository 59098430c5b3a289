"""The simulators compared with the facts: JumpCloud's answers fit its OpenAPI, the bridge behaves like section 12."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator
from support.inprocess import jc1p

from jc1p.cli.commands.sandbox import add_faults, make
from jc1p.sandbox.days import advance_day
from jc1p.sandbox.faults import ALWAYS, Fault, parse_fault
from jc1p.sandbox.knobs import PROFILES
from jc1p.sandbox.server import Latency, Logged, LoggingLayer, Sandbox, with_profile
from jc1p.sandbox.world import OWNER, make_world, settle

OPENAPI = Path(__file__).parents[1] / "openapi"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=130, groups=8)) as made:
        yield made


@pytest.fixture
def jumpcloud(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"x-api-key": sandbox.jumpcloud.key}
    with httpx.Client(base_url=f"{sandbox.jumpcloud_url}/api", headers=headers) as client:
        yield client


def scim(sandbox: Sandbox, **options: Any) -> httpx.Client:
    headers = {"Authorization": f"Bearer {sandbox.bridge.token}", "Content-Type": "application/scim+json"}
    return httpx.Client(base_url=f"{sandbox.bridge_url}/scim", headers=headers, **options)


# --- JumpCloud against its OpenAPI --------------------------------------------------------------------------


def validator(version: str, path: str, method: str = "get", status: str = "200") -> Draft202012Validator:
    document = yaml.safe_load((OPENAPI / f"jumpcloud-v{version}-subset.yaml").read_text())
    answer = document["paths"][path][method]["responses"][status]
    content = answer["content"]["application/json"]["schema"]
    return Draft202012Validator(resolve(content, document))


def resolve(schema: Any, document: Any, depth: int = 0) -> Any:
    """A schema with its references filled in; deep recursion ends in "anything"."""
    if isinstance(schema, list):
        return [resolve(each, document, depth) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        if depth > 12:
            return {}
        target = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return resolve(target, document, depth + 1)
    return {key: resolve(value, document, depth) for key, value in schema.items()}


APP, GROUP, USER = "66d0000000000000000000c1", "{group}", "{user}"


@pytest.mark.parametrize(
    ("version", "template", "path"),
    [
        ("1", "/systemusers", "/systemusers?limit=100&sort=_id"),
        ("1", "/systemusers/{id}", f"/systemusers/{USER}"),
        ("1", "/applications", "/applications?limit=100"),
        ("1", "/applications/{id}", f"/applications/{APP}"),
        ("1", "/organizations", "/organizations?limit=1"),
        ("2", "/usergroups", "/v2/usergroups?limit=100&sort=id"),
        ("2", "/usergroups/{id}", f"/v2/usergroups/{GROUP}"),
        ("2", "/usergroups/{group_id}/members", f"/v2/usergroups/{GROUP}/members?limit=100"),
        ("2", "/usergroups/{group_id}/membership", f"/v2/usergroups/{GROUP}/membership?limit=100"),
        ("2", "/applications/{application_id}/usergroups", f"/v2/applications/{APP}/usergroups"),
        ("2", "/applications/{application_id}/users", f"/v2/applications/{APP}/users?limit=100"),
        ("2", "/applications/{application_id}/associations", f"/v2/applications/{APP}/associations?targets=user"),
        ("2", "/users/{user_id}/memberof", f"/v2/users/{USER}/memberof"),
    ],
)
def test_answers_fit_the_openapi(
    sandbox: Sandbox, jumpcloud: httpx.Client, version: str, template: str, path: str
) -> None:
    world = sandbox.world
    path = path.replace(GROUP, world.assigned_groups[0]).replace(USER, next(iter(world.users)))
    answer = jumpcloud.get(path)
    assert answer.status_code == 200
    body = answer.json()
    assert body
    errors = [f"{list(error.path)}: {error.message}" for error in validator(version, template).iter_errors(body)]
    assert errors == []


def test_search_fits_the_openapi(jumpcloud: httpx.Client) -> None:
    answer = jumpcloud.post("/search/systemusers", json={"limit": 3, "fields": "email state"})
    assert answer.json()["totalCount"] == 130
    assert [*validator("1", "/search/systemusers", "post").iter_errors(answer.json())] == []


def test_schema_check_can_fail() -> None:
    assert [*validator("2", "/usergroups").iter_errors([{"id": 3}])]
    assert [*validator("1", "/systemusers").iter_errors({"totalCount": "x", "results": [{"state": "GONE"}]})]


# --- JumpCloud's behaviour ----------------------------------------------------------------------------------


def test_no_credential_is_redirected_and_a_wrong_one_refused_before_routing(sandbox: Sandbox) -> None:
    bare = httpx.get(f"{sandbox.jumpcloud_url}/api/systemusers")
    assert (bare.status_code, bare.headers["location"]) == (302, "/login")
    wrong = httpx.get(f"{sandbox.jumpcloud_url}/api/no/such/path", headers={"x-api-key": "x"})
    assert (wrong.status_code, wrong.json()["message"]) == (401, "Unauthorized: api key user not found")


def test_limits_default_to_ten_and_end_at_a_hundred(jumpcloud: httpx.Client) -> None:
    assert len(jumpcloud.get("/systemusers").json()["results"]) == 10
    too_many = jumpcloud.get("/systemusers?limit=101")
    assert (too_many.status_code, too_many.json()["status"]) == (400, "INVALID_ARGUMENT")
    assert jumpcloud.get("/systemusers?limit=100&skip=500").json() == {"totalCount": 130, "results": []}


def test_v1_lists_are_separated_by_blanks_and_need_dollar_operators(jumpcloud: httpx.Client) -> None:
    row = jumpcloud.get("/systemusers?fields=email state&limit=1").json()["results"][0]
    assert row.keys() == {"_id", "id", "email", "state"}
    whole = jumpcloud.get("/systemusers?fields=email,state&limit=1").json()["results"][0]
    assert "username" in whole
    assert jumpcloud.get("/systemusers?filter=state:$eq:STAGED").json()["totalCount"] == 1
    assert jumpcloud.get("/systemusers?filter=state:eq:STAGED").json()["totalCount"] == 0


def test_lists_without_sort_come_in_any_order(jumpcloud: httpx.Client) -> None:
    reads = [[row["id"] for row in jumpcloud.get("/systemusers?limit=100").json()["results"]] for _ in range(3)]
    assert len({tuple(read) for read in reads}) > 1
    sorted_ids = [row["id"] for row in jumpcloud.get("/systemusers?limit=100&sort=_id").json()["results"]]
    assert sorted_ids == sorted(sorted_ids)


def test_dangling_members_count_and_are_missing(sandbox: Sandbox, jumpcloud: httpx.Client) -> None:
    group = sandbox.world.groups[sandbox.world.assigned_groups[0]]
    answer = jumpcloud.get(f"/v2/usergroups/{group.id}/members?limit=100")
    assert int(answer.headers["x-total-count"]) == len(group.members) + 2
    assert len(answer.json()) == len(group.members)


def test_duplicate_user_is_a_400_and_creation_a_200(jumpcloud: httpx.Client, sandbox: Sandbox) -> None:
    new = {"username": "cy", "email": "cy@example.com", "state": "STAGED"}
    assert jumpcloud.post("/systemusers", json=new).status_code == 200
    assert jumpcloud.post("/systemusers", json={**new, "username": "cz"}).status_code == 400
    del sandbox.world.users[sandbox.world.user_by_email("cy@example.com")["id"]]


def test_membership_changes_twice_are_conflicts(sandbox: Sandbox, jumpcloud: httpx.Client) -> None:
    group, user = list(sandbox.world.groups)[-1], next(iter(sandbox.world.users))
    codes = [
        jumpcloud.post(f"/v2/usergroups/{group}/members", json={"op": op, "type": "user", "id": user}).status_code
        for op in ("add", "add", "remove", "remove")
    ]
    assert codes == [204, 409, 204, 404]


# --- the bridge ---------------------------------------------------------------------------------------------


def test_bridge_answers_at_every_base_path_and_refuses_without_token(sandbox: Sandbox) -> None:
    with scim(sandbox) as client:
        for base in ("", "/scim", "/scim/v2"):
            assert client.get(f"{sandbox.bridge_url}{base}/Users?count=1").status_code == 200
    refused = httpx.get(f"{sandbox.bridge_url}/scim/Users")
    assert (refused.status_code, refused.json()["detail"]) == (401, "unauthorized")
    assert httpx.get(f"{sandbox.bridge_url}/ping").text == "pong"


def test_ids_shapes_order_and_paging_of_accounts(sandbox: Sandbox) -> None:
    with scim(sandbox) as client:
        first, second = (client.get("/Users?count=100").json() for _ in range(2))
        page = client.get("/Users?startIndex=3&count=2").json()
    assert {each["id"] for each in first["Resources"]} == {each["id"] for each in second["Resources"]}
    assert [each["id"] for each in first["Resources"]] != [each["id"] for each in second["Resources"]]
    assert all(len(each["id"]) == 26 and each["id"].isupper() for each in first["Resources"])
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (first["totalResults"], 3, 2)
    assert "meta" in first["Resources"][0]
    assert "externalId" not in first["Resources"][0]


def test_invitations_conflicts_and_deletion_that_suspends(sandbox: Sandbox) -> None:
    new = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@example.com",
           "name": {"givenName": "Ada", "familyName": "Lovelace"}, "active": True}  # fmt: skip
    with scim(sandbox) as client:
        created = client.post("/Users", json=new)
        assert (created.status_code, created.json()["displayName"]) == (201, "Ada Lovelace")
        again = client.post("/Users", json={**new, "userName": "ADA@example.com"})
        assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")
        assert client.delete(f"/Users/{created.json()['id']}").status_code == 204
        assert client.get(f"/Users/{created.json()['id']}").json()["active"] is False
    assert sandbox.bridge.invitations["ada@example.com"] == 1


def patched(client: httpx.Client, path: str, *operations: dict[str, Any]) -> httpx.Response:
    return client.patch(
        path, json={"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}
    )


def test_names_split_and_email_changes_wait(sandbox: Sandbox) -> None:
    someone = next(each for each in sandbox.bridge.users() if each["userName"] != OWNER)
    path = f"/Users/{someone['id']}"
    with scim(sandbox) as client:
        name = patched(client, path, {"op": "replace", "path": "displayName", "value": "Updated Display Name"}).json()
        assert name["name"] == {
            "givenName": "Updated",
            "familyName": "Display Name",
            "formatted": "Updated Display Name",
        }
        for operation in (
            {"op": "Replace", "path": "active", "value": "False"},
            {"op": "replace", "value": {"active": True}},
        ):
            assert patched(client, path, operation).status_code == 200
        patched(client, path, {"op": "replace", "path": "userName", "value": "late@example.com"})
        assert client.get(path).json()["userName"] == someone["userName"]
        assert sandbox.bridge.confirm_emails() == ["late@example.com"]
        assert client.get(path).json()["userName"] == "late@example.com"


def test_groups_are_managed_adopted_and_show_members_when_not_empty(sandbox: Sandbox) -> None:
    new = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Crew"}
    ids = [each["id"] for each in sandbox.bridge.users()[:3]]
    with scim(sandbox) as client:
        names = {each["displayName"] for each in client.get("/Groups").json()["Resources"]}
        assert not names & {"Owners", "Board"}
        group = client.post("/Groups", json=new).json()
        assert "members" not in group
        assert group["id"].islower()
        assert client.post("/Groups", json=new).json()["id"] == group["id"]
        path = f"/Groups/{group['id']}"
        added = patched(client, path, {"op": "add", "path": "members", "value": [{"value": id_} for id_ in ids]})
        assert len(added.json()["members"]) == 3
        removed = patched(client, path, {"op": "remove", "path": f'members[value eq "{ids[0]}"]'})
        assert {each["value"] for each in removed.json()["members"]} == set(ids[1:])
        entra = patched(client, path, {"op": "Remove", "path": "members", "value": [{"value": ids[1]}]})
        assert {each["value"] for each in entra.json()["members"]} == {ids[2]}
        unknown = patched(client, path, {"op": "add", "path": "members", "value": [{"value": "X" * 26}]})
        assert (unknown.status_code, unknown.json()["scimType"]) == (400, "invalidValue")
        assert client.delete(path).status_code == 204
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("expression", "status"),
    [('userName eq "OLIVIA.owner@example.com"', 200), ('emails.value eq "x"', 400), ('userName co "x"', 400)],
)
def test_filters(sandbox: Sandbox, expression: str, status: int) -> None:
    with scim(sandbox) as client:
        answer = client.get("/Users", params={"filter": expression})
    assert answer.status_code == status
    assert status != 200 or [each["userName"] for each in answer.json()["Resources"]] == [OWNER]


def test_last_owner_cannot_be_suspended(sandbox: Sandbox) -> None:
    owner = next(each for each in sandbox.bridge.users() if each["userName"] == OWNER)
    with scim(sandbox) as client:
        refused = patched(client, f"/Users/{owner['id']}", {"op": "replace", "path": "active", "value": False})
        assert refused.status_code == client.delete(f"/Users/{owner['id']}").status_code == 403


def test_discovery_and_health(sandbox: Sandbox) -> None:
    with scim(sandbox) as client:
        assert client.get("/ServiceProviderConfig").json()["filter"]["maxResults"] == 10000
        assert client.get("/ResourceTypes").json()["startIndex"] == 0
        assert client.get("/Schemas").status_code == 200
        health = client.get(f"{sandbox.bridge_url}/health").json()
    assert {report["state"] for report in health["reports"]} == {"healthy"}


@pytest.mark.parametrize(
    ("knobs", "status", "ill"),
    [
        ({"healthy": False}, 200, {"ConfirmationWatcher"}),
        ({"health_states": {"RedisCache": "unhealthy"}, "health_status": 503}, 503, {"RedisCache"}),
        ({"health_age": 60}, 200, set()),
        ({"health_status": 404}, 404, None),
    ],
)
def test_health_has_its_bad_days(knobs: dict[str, Any], status: int, ill: set[str] | None) -> None:
    with Sandbox(make_world(users=30, groups=6)) as sandbox, scim(sandbox) as client:
        sandbox.turn({}, knobs)
        answer = client.get(f"{sandbox.bridge_url}/health")
        assert answer.status_code == status
        if ill is not None:
            body = answer.json()
            assert {report["source"] for report in body["reports"] if report["state"] != "healthy"} == ill
            is_stale = all(report["expires"] < body["retrievedAt"] for report in body["reports"])
            assert is_stale is ("health_age" in knobs)


# --- the company and its control ----------------------------------------------------------------------------


def test_company_is_the_same_for_a_seed_and_of_the_size_asked_for() -> None:
    one, two = (make_world(users=200, groups=20, seed=7, assigned_users=120, assigned_groups=9) for _ in range(2))
    assert one.users == two.users
    assert [advance_day(one) for _ in range(9)] == [advance_day(two) for _ in range(9)]
    big = make_world(users=2000, groups=60, assigned_users=800, assigned_groups=12)
    assert (len(big.users), len(big.groups), len(big.effective()), len(big.assigned_groups)) == (2000, 60, 800, 12)
    assert len({user["email"].casefold() for user in big.users.values()}) == 2000
    with pytest.raises(ValueError, match="at least 30 people"):
        make_world(users=10)


def test_settled_company_has_everybody_in_1password() -> None:
    world = make_world(users=60, groups=8)
    settle(world)
    assert {account.external_id for account in world.accounts if account.external_id} < world.effective().keys()


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_can_be_served(profile: str) -> None:
    with Sandbox(make_world(users=30, groups=6), *with_profile(profile)) as sandbox:
        assert httpx.get(f"{sandbox.bridge_url}/ping").status_code == 200


def test_control_address_stays_whole_and_tells_what_is_wrong() -> None:
    with Sandbox() as made, httpx.Client(base_url=f"{made.jumpcloud_url}/_sandbox/") as control:
        assert control.post("faults", json=[{"kind": "500", "times": 99}]).status_code == 200
        assert httpx.get(f"{made.bridge_url}/scim/Users").status_code == 500
        assert control.get("state").status_code == 200
        for wrong in (b"{", b"[1]", b'[{"kind": "600"}]', b'[{"kind": "500", "path": "("}]', b'[{"nope": 1}]'):
            answer = control.post("faults", content=wrong)
            assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
            assert len(made.faults) == 1
        assert control.post("knobs", content=b"{").status_code == 400
        assert control.post("knobs", json=[1]).status_code == 400
        assert control.post("faults", json=[]).json() == 0
        assert httpx.get(f"{made.bridge_url}/scim/Users").status_code == 401


def test_control_address_drives_the_company() -> None:
    with Sandbox(make_world(users=60, groups=8)) as sandbox:
        base = f"{sandbox.jumpcloud_url}/_sandbox"
        assert len(httpx.post(f"{base}/day").json()) >= 10
        assert (
            httpx.post(f"{base}/knobs", json={"bridge": {"patch_status": 204}}).json()["bridge"]["patch_status"] == 204
        )
        assert httpx.post(f"{base}/knobs", json={"bridge": {"nope": 1}}).status_code == 400
        assert httpx.post(f"{base}/faults", json=[{"kind": "503", "path": "ping"}]).json() == 1
        assert httpx.get(f"{sandbox.bridge_url}/ping").status_code == 503
        assert httpx.get(f"{base}/requests").json()[-1]["status"] == 503
        assert httpx.get(f"{base}/state").json()["mails"] == {}
        assert httpx.post(f"{base}/confirm").json() == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("503", Fault("503")),
        ("reset-after:onepassword", Fault("reset", "onepassword", after=True)),
        ("429-date:jumpcloud::systemusers", Fault("429-date", "jumpcloud", path="systemusers")),
        ("timeout:onepassword:post|patch:/Users$:3", Fault("timeout", "onepassword", "POST|PATCH", "/Users$", 3)),
        ("500:::/a:b:always", Fault("500", path="/a:b", times=ALWAYS)),
        ("500::::2", Fault("500", times=2)),
    ],
)
def test_faults_as_people_write_them(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("599", "unknown fault 599; use one of 429, "),
        ("503:okta", "unknown service okta; use one of jumpcloud, onepassword"),
        ("503::FETCH", "unknown method FETCH; use one of GET, "),
        ("503:::(", "path is not a regular expression"),
    ],
)
def test_fault_that_cannot_be_made_is_told(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_fault(text)


def test_faults_of_the_command_line_are_served_or_told() -> None:
    made = make(30, 6, 1, "default")
    add_faults(made, ["503:onepassword", "reset-after"])
    assert [fault.kind for fault in made.faults] == ["503", "reset"]
    refused = jc1p("sandbox", "--fault", "599:onepassword")
    assert (refused.code, refused.out) == (2, "")
    assert "--fault 599:onepassword: unknown fault 599; use one of 429" in " ".join(refused.err.split())


@pytest.mark.anyio
async def test_a_request_is_in_the_log_before_its_answer_leaves() -> None:
    log: list[Logged] = []
    seen: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def send(_: object) -> None:
        seen.append(len(log))

    async def receive() -> dict[str, Any]:
        return {}

    layer = LoggingLayer(app, "onepassword", log, Latency())
    await layer({"type": "http", "method": "GET", "path": "/x", "query_string": b"a=1"}, receive, send)
    assert seen == [1, 1]
    assert log == [Logged("onepassword", "GET", "/x", "a=1", 204)]


def test_groups_that_left_managed_groups_are_shown_nowhere_and_made_a_second_time() -> None:
    with Sandbox() as made:
        before = made.bridge.groups()
        made.add_fault("unmanaged")
        assert made.bridge.groups() == []
        headers = {"Authorization": f"Bearer {made.bridge.token}"}
        with httpx.Client(base_url=f"{made.bridge_url}/scim", headers=headers) as bridge:
            name = before[0]["displayName"]
            assert bridge.get(f"/Groups/{before[0]['id']}").status_code == 404
            assert bridge.get("/Groups").json()["totalResults"] == 0
            made_id = bridge.post("/Groups", json={"displayName": name}).json()["id"]
        assert made_id != before[0]["id"]
        with httpx.Client(base_url=f"{made.jumpcloud_url}/_sandbox/") as control:
            control.post("faults", json=[])
        assert {each["id"] for each in made.bridge.groups()} == {made_id, *(each["id"] for each in before)}


def test_standing_faults_turn_the_bridge_until_they_are_ended() -> None:
    with Sandbox() as made, httpx.Client(base_url=f"{made.jumpcloud_url}/_sandbox/") as control:
        control.post("faults", json=["suspension-ignored", "members-cut"])
        assert (made.bridge_knobs.keeps_suspensions, made.bridge_knobs.members_listed) == (False, 100)
        assert made.faults == []
        control.post("faults", json=[])
        assert (made.bridge_knobs.keeps_suspensions, made.bridge_knobs.members_listed) == (True, 0)
