"""The simulated JumpCloud: v1 and v2 of its API, OAuth tokens and a minimal Directory Insights.

Answers as facts/jumpcloud-api.md says, with section 13 where JumpCloud is silent. Errors, envelopes and limits
matter as much as the data: a client that is wrong about one of them should fail here.
"""

import base64
import re
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from jc1p.sandbox.knobs import JumpCloudKnobs
from jc1p.sandbox.world import World

OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "eq": lambda value, wanted: value == wanted,
    "ne": lambda value, wanted: value != wanted,
    "in": lambda value, wanted: value in wanted.split("|"),
    "nin": lambda value, wanted: value not in wanted.split("|"),
    "gt": lambda value, wanted: value > wanted,
    "gte": lambda value, wanted: value >= wanted,
    "lt": lambda value, wanted: value < wanted,
    "lte": lambda value, wanted: value <= wanted,
    "sw": lambda value, wanted: value.startswith(wanted),
}
LARGEST_PAGE, DEFAULT_PAGE = 100, 10
HTTP_MOVED = 302

Shape = Callable[[Any], Any]


def as_it_is(row: Any) -> Any:
    """A row that is JSON already."""
    return row


@dataclass(slots=True)
class JumpCloud:
    """The simulated service. `key` and the client credentials are what it accepts."""

    world: World
    knobs: JumpCloudKnobs
    key: str = "jca_sandbox"
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-client-secret"  # noqa: S105 - made up, for loopback
    tokens: dict[str, float] = field(default_factory=dict)
    served: Counter[str] = field(default_factory=Counter)

    def app(self) -> Starlette:
        """The ASGI application."""
        get, post = ["GET"], ["POST"]
        routes = [
            Route("/oauth2/token", self.token, methods=post),
            Route("/api/organizations", self.guarded(self.organizations), methods=get),
            Route("/api/systemusers", self.guarded(self.users), methods=get),
            Route("/api/systemusers", self.guarded(self.create_user), methods=post),
            Route("/api/systemusers/{id}", self.guarded(self.user), methods=get),
            Route("/api/systemusers/{id}", self.guarded(self.update_user), methods=["PUT"]),
            Route("/api/systemusers/{id}/state/activate", self.guarded(self.activate), methods=post),
            Route("/api/search/systemusers", self.guarded(self.search), methods=post),
            Route("/api/applications", self.guarded(self.applications), methods=get),
            Route("/api/applications/{id}", self.guarded(self.application), methods=get),
            Route("/api/v2/usergroups", self.guarded(self.groups), methods=get),
            Route("/api/v2/usergroups/{id}", self.guarded(self.group), methods=get),
            Route("/api/v2/usergroups/{id}/members", self.guarded(self.members), methods=get),
            Route("/api/v2/usergroups/{id}/members", self.guarded(self.change_members), methods=post),
            Route("/api/v2/usergroups/{id}/membership", self.guarded(self.membership), methods=get),
            Route("/api/v2/applications/{id}/associations", self.guarded(self.associations), methods=get),
            Route("/api/v2/applications/{id}/usergroups", self.guarded(self.assigned_groups), methods=get),
            Route("/api/v2/applications/{id}/users", self.guarded(self.assigned_users), methods=get),
            Route("/api/v2/users/{id}/memberof", self.guarded(self.memberof), methods=get),
            Route("/insights/directory/v1/events", self.guarded(self.events), methods=post),
            Route("/{path:path}", self.guarded(self.nothing), methods=[*get, *post, "PUT", "PATCH", "DELETE"]),
        ]
        return Starlette(routes=routes)

    # --- credentials ------------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        """Client credentials to a bearer token (facts 2.2)."""
        expected = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            return JSONResponse({"error": "invalid_client", "error_description": "unknown client"}, 401)
        token = f"ory_at_{secrets.token_urlsafe(16)}"
        self.tokens[token] = time.monotonic() + self.knobs.token_lifetime
        body = {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": self.knobs.token_lifetime,
            "scope": "api",
        }
        return JSONResponse(body)

    def guarded(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        """Credentials come before routing (facts 2.5), then organization and permission."""

        async def answer(request: Request) -> Response:
            refusal = self.refusal(request)
            return refusal or await handler(request)

        return answer

    def refusal(self, request: Request) -> Response | None:
        """Why a request gets no further, None when it does."""
        key = request.headers.get("x-api-key")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if key is None and scheme.lower() != "bearer":
            return RedirectResponse("/login", HTTP_MOVED)
        if not self.is_known(key, token):
            return JSONResponse({"error": "Unauthorized", "message": "Unauthorized: api key user not found"}, 401)
        organization = request.headers.get("x-org-id")
        is_organizations = request.url.path.startswith("/api/organizations")
        if organization and not is_organizations:
            if not re.fullmatch(r"[0-9a-f]{24}", organization):
                return problem(400, "Bad Request: malformed x-org-id", "INVALID_ARGUMENT")
            if organization not in {each["_id"] for each in self.all_organizations()}:
                return problem(404, "organization not found", "NOT_FOUND")
        if any(request.url.path.startswith(prefix) for prefix in self.knobs.forbidden_paths):
            return problem(403, "Forbidden", "PERMISSION_DENIED")
        return None

    def is_known(self, key: str | None, token: str) -> bool:
        """Whether a key or a token is one of ours, and still good."""
        if key is None:
            known = self.tokens.get(token, 0) > time.monotonic()
        else:
            known = key == self.key and not self.knobs.key_expired
        credential = token if key is None else key
        self.served[credential] += 1
        return known and (not self.knobs.credential_serves or self.served[credential] <= self.knobs.credential_serves)

    def all_organizations(self) -> list[dict[str, Any]]:
        """What the credential sees."""
        first = self.world.organizations[0]
        more = [
            {
                **first,
                "_id": f"5f1a{number:020x}",
                "id": f"5f1a{number:020x}",
                "displayName": f"Subsidiary {number}",
            }
            for number in range(2, self.knobs.organizations + 1)
        ]
        return [first, *more]

    # --- v1 ---------------------------------------------------------------------------------------------

    async def organizations(self, request: Request) -> Response:
        """GET /organizations."""
        return self.v1_list(request, self.all_organizations())

    async def users(self, request: Request) -> Response:
        """GET /systemusers."""
        return self.v1_list(request, list(self.world.users.values()), filters=request.query_params.getlist("filter"))

    async def search(self, request: Request) -> Response:
        """POST /search/systemusers: reads only."""
        body = await request.json()
        users = list(self.world.users.values())
        term = body.get("searchFilter") or {}
        wanted = term.get("searchTerm") or []
        wanted = [wanted] if isinstance(wanted, str) else wanted
        if wanted:
            users = [
                user for user in users
                if any(part.lower() in str(user.get(name)).lower() for part in wanted for name in term["fields"])
            ]  # fmt: skip
        expressions = body.get("filter") or []
        filters = [each for each in expressions if isinstance(each, str)] if isinstance(expressions, list) else []
        given = {name: str(body[name]) for name in ("limit", "skip", "fields", "sort") if name in body}
        return self.v1_list(request, users, filters=filters, given=given)

    async def user(self, request: Request) -> Response:
        """GET /systemusers/{id}."""
        found = self.world.users.get(request.path_params["id"])
        if found is None:
            return problem(404, "not found")
        return JSONResponse(chosen(found, request.query_params.get("fields", "")))

    async def create_user(self, request: Request) -> Response:
        """POST /systemusers: 200, or 400 for a duplicate (facts 9.1)."""
        body = await request.json()
        username, email = str(body.get("username") or ""), str(body.get("email") or "")
        if not username or not email:
            return problem(400, "username and email are required", "INVALID_ARGUMENT", details=[])
        for user in self.world.users.values():
            if user["username"] == username or user["email"].lower() == email.lower():
                return problem(400, "username or email already in use", "INVALID_ARGUMENT", details=[])
        user = self.world.add_user("", "", **{"displayname": "", **body, "activated": False})
        return JSONResponse(user)

    async def update_user(self, request: Request) -> Response:
        """PUT /systemusers/{id}: a partial body."""
        found = self.world.users.get(request.path_params["id"])
        if found is None:
            return problem(404, "not found")
        body = await request.json()
        if body.get("state") == "STAGED":
            return problem(400, "state must be ACTIVATED or SUSPENDED", "INVALID_ARGUMENT", details=[])
        found.update(body)
        found["suspended"] = found["state"] == "SUSPENDED"
        return JSONResponse(found)

    async def activate(self, request: Request) -> Response:
        """POST /systemusers/{id}/state/activate."""
        found = self.world.users.get(request.path_params["id"])
        if found is None:
            return problem(404, "not found")
        found.update(state="ACTIVATED", suspended=False)
        return Response(status_code=200)

    async def applications(self, request: Request) -> Response:
        """GET /applications."""
        return self.v1_list(request, self.world.applications)

    async def application(self, request: Request) -> Response:
        """GET /applications/{id}."""
        found = [each for each in self.world.applications if each["_id"] == request.path_params["id"]]
        return JSONResponse(found[0]) if found else problem(404, "not found")

    def v1_list(
        self, request: Request, rows: list[dict[str, Any]], *, filters: list[str] | None = None,
        given: Mapping[str, str] | None = None,
    ) -> Response:  # fmt: skip
        """The v1 envelope: space-separated sort and fields, `$` operators, limit 10 unless asked."""
        query = {**request.query_params, **(given or {})}
        page = page_of(query)
        if isinstance(page, Response):
            return page
        for expression in filters or []:
            rows = [row for row in rows if v1_matches(row, expression, bare=self.knobs.bare_operators)]
        ordered = self.in_order(rows, str(query.get("sort", "")).split(" "))
        limit, skip = page
        results = [chosen(row, str(query.get("fields", ""))) for row in ordered[skip : skip + limit]]
        return JSONResponse({"totalCount": len(rows) + self.knobs.total_off_by, "results": results})

    def in_order(self, rows: list[dict[str, Any]], sort: list[str]) -> list[dict[str, Any]]:
        """Sorted by known fields; unknown ones are ignored, and without any the order is anybody's guess."""
        known = [name for name in sort if name.lstrip("-") and any(name.lstrip("-") in row for row in rows)]
        if not known:
            rows = list(rows)
            if self.knobs.shuffles_unsorted:
                self.world.random.shuffle(rows)
            return rows
        for name in reversed(known):
            rows = sorted(rows, key=lambda row: str(row.get(name.lstrip("-"), "")), reverse=name.startswith("-"))
        return rows

    # --- v2 ---------------------------------------------------------------------------------------------

    async def groups(self, request: Request) -> Response:
        """GET /v2/usergroups."""
        sort = request.query_params.get("sort", "").split(",")
        if "id" in sort and not self.knobs.sort_by_id:
            return problem(400, "Bad Request: unknown sort field id", "INVALID_ARGUMENT")
        rows = [group_json(group.id, group.name) for group in self.world.groups.values()]
        for expression in filter(None, request.query_params.get("filter", "").split(",")):
            name, _, rest = expression.partition(":")
            operator, _, wanted = rest.partition(":")
            test = OPERATORS.get(operator)
            rows = [row for row in rows if test and test(str(row.get(name, "")), wanted)]
        return self.v2_list(request, self.in_order(rows, sort))

    async def group(self, request: Request) -> Response:
        """GET /v2/usergroups/{id}."""
        found = self.world.groups.get(request.path_params["id"])
        return JSONResponse(group_json(found.id, found.name)) if found else problem(404, "not found")

    async def members(self, request: Request) -> Response:
        """GET /v2/usergroups/{id}/members: edges, unsorted, dangling ones missing."""
        found = self.world.groups.get(request.path_params["id"])
        if found is None:
            return problem(404, "not found")
        rows: list[dict[str, Any] | None] = [{"attributes": None, "to": edge(id_, "user")} for id_ in found.members]
        lost = self.knobs.lost_members
        return self.graph_list(request, rows[lost:], found.dangling + lost)

    async def membership(self, request: Request) -> Response:
        """GET /v2/usergroups/{id}/membership: one object a user, with paths."""
        found = self.world.groups.get(request.path_params["id"])
        if found is None:
            return problem(404, "not found")
        rows: list[dict[str, Any] | None] = [
            {"id": id_, "type": "user", "compiledAttributes": None, "paths": [[hop(id_, "user")]]}
            for id_ in found.members
        ]
        return self.graph_list(request, rows, found.dangling)

    async def change_members(self, request: Request) -> Response:
        """POST /v2/usergroups/{id}/members: 204, 409 when there already, 404 when not there."""
        found = self.world.groups.get(request.path_params["id"])
        body = await request.json()
        if found is None or body.get("id") not in self.world.users:
            return problem(404, "not found")
        is_member, adds = body["id"] in found.members, body.get("op") == "add"
        if is_member is adds:
            return problem(409 if adds else 404, "already so")
        (found.members.append if adds else found.members.remove)(body["id"])
        return Response(status_code=204)

    async def associations(self, request: Request) -> Response:
        """GET /v2/applications/{id}/associations: what is bound directly."""
        if request.path_params["id"] not in {each["_id"] for each in self.world.applications}:
            return problem(404, "not found")
        targets = request.query_params.get("targets")
        if targets not in {"user", "user_group"}:
            return problem(400, "Bad Request: targets is required", "INVALID_ARGUMENT")
        bound = self.world.assigned_groups if targets == "user_group" else self.world.assigned_users
        ids = bound if request.path_params["id"] == self.world.application_id else []
        rows: list[dict[str, Any] | None] = [{"attributes": None, "to": edge(id_, targets)} for id_ in ids]
        return self.graph_list(request, rows, 0)

    async def assigned_groups(self, request: Request) -> Response:
        """GET /v2/applications/{id}/usergroups."""
        rows: list[dict[str, Any] | None] = [
            {"id": id_, "type": "user_group", "compiledAttributes": None, "paths": [[hop(id_, "user_group")]]}
            for id_ in self.world.assigned_groups
        ]
        return self.graph_list(request, rows, 0)

    async def assigned_users(self, request: Request) -> Response:
        """GET /v2/applications/{id}/users: everybody with access, with every path."""
        if request.path_params["id"] != self.world.application_id:
            return self.graph_list(request, [], 0)
        direct = set(self.world.assigned_users)
        effective = self.world.effective()

        def with_paths(user_id: str) -> dict[str, Any]:
            paths = [[hop(group_id, "user_group"), hop(user_id, "user")] for group_id in effective[user_id]]
            paths += [[hop(user_id, "user")]] if user_id in direct else []
            shown = {} if self.knobs.omits_paths else {"paths": paths}
            return {"id": user_id, "type": "user", "compiledAttributes": None, **shown}

        lost = self.knobs.lost_assignments
        return self.graph_list(request, list(effective)[lost:], self.world.dangling_assignments + lost, with_paths)

    async def memberof(self, request: Request) -> Response:
        """GET /v2/users/{id}/memberof."""
        rows: list[dict[str, Any] | None] = [
            {"id": id_, "type": "user_group", "compiledAttributes": None, "paths": [[hop(id_, "user_group")]]}
            for id_ in self.groups_of(request.path_params["id"])
        ]
        return self.graph_list(request, rows, 0)

    def groups_of(self, user_id: str) -> list[str]:
        """Ids of a user's groups, assigned or not."""
        return [group.id for group in self.world.groups.values() if user_id in group.members]

    def graph_list(self, request: Request, rows: Sequence[Any], dangling: int, shape: Shape = as_it_is) -> Response:
        """A list without sort; dangling edges count in the total, take a place, and are missing from the page."""
        listed = [*rows, *[None] * (dangling + self.knobs.dangling)]
        if self.knobs.shuffles_unsorted and len(listed) <= LARGEST_PAGE:
            self.world.random.shuffle(listed)
        return self.v2_list(request, listed, shape)

    def v2_list(self, request: Request, rows: list[Any], shape: Shape = as_it_is) -> Response:
        """A bare array, with the total in a header; only the rows of the page are given their shape."""
        page = page_of(request.query_params)
        if isinstance(page, Response):
            return page
        limit, skip = page
        total = {"x-total-count": str(len(rows) + self.knobs.total_off_by)} if self.knobs.sends_total_count else {}
        shown = [shape(row) for row in rows[skip : skip + limit] if row is not None]
        return JSONResponse(shown, headers=total)

    # --- the rest ---------------------------------------------------------------------------------------

    async def events(self, request: Request) -> Response:
        """POST /events of Directory Insights: 402 when the organization doesn't have it."""
        if not self.knobs.insights:
            return problem(402, "Directory Insights is not enabled")
        body = await request.json()
        if "directory" not in body.get("service", []) or not body.get("start_time"):
            return problem(400, "Bad Request: service and start_time are required", "INVALID_ARGUMENT")
        wanted = {
            kind
            for term in body.get("search_term", {}).get("or", [])
            for kind in ([term["event_type"]] if isinstance(term["event_type"], str) else term["event_type"])
        }
        found = [event for event in self.connector_events() if event["event_type"] in wanted]
        headers = {"X-Result-Count": str(len(found)), "X-Limit": "1000", "X-Search_after": "[]"}
        return JSONResponse(found, headers=headers)

    def connector_events(self) -> list[dict[str, Any]]:
        """What connectors wrote to applications: the one that is provisioned, and the other."""
        ours, other = self.world.applications[:2]
        to = [ours] * self.knobs.connector_events + [other] * self.knobs.foreign_events
        return [
            {"id": f"6493{number:020x}", "service": "directory", "event_type": "user_update_provision", "success": True,
             "organization": self.world.organizations[0]["_id"], "timestamp": "2026-11-24T00:00:00.000Z",
             "application": {"id": each["_id"], "name": each["name"], "display_label": each["displayLabel"]}}
            for number, each in enumerate(to)
        ]  # fmt: skip

    async def nothing(self, _: Request) -> Response:
        """Any other path."""
        return problem(404, "not found")


def problem(code: int, message: str, status: str = "", *, details: list[Any] | None = None) -> JSONResponse:
    """An `Error` of the specs."""
    body: dict[str, Any] = {"code": code, "message": message}
    body |= {"status": status} if status else {}
    body |= {} if details is None else {"details": details}
    return JSONResponse(body, code)


def page_of(query: Mapping[str, str]) -> tuple[int, int] | Response:
    """Limit and skip, or the 400 for a limit that is too large."""
    limit, skip = int(query.get("limit", DEFAULT_PAGE)), int(query.get("skip", 0))
    if limit > LARGEST_PAGE:
        message = f'Bad Request: request parameter "limit" exceeds maximum value of {LARGEST_PAGE}'
        return problem(400, message, "INVALID_ARGUMENT")
    return limit, max(0, skip)


def v1_matches(row: Mapping[str, Any], expression: str, *, bare: bool) -> bool:
    """`field:$op:value`; without the `$` nothing matches, or (`bare`) as with it: facts 4.3 calls it undefined."""
    name, _, rest = expression.partition(":")
    operator, _, wanted = rest.partition(":")
    test = OPERATORS.get(operator.removeprefix("$")) if bare or operator.startswith("$") else None
    return test is not None and test(str(row.get(name, "")), wanted)


def chosen(row: dict[str, Any], fields: str) -> dict[str, Any]:
    """The named fields, and the id that always comes back; unknown names, commas included, are ignored."""
    wanted = [name for name in fields.split(" ") if name in row]
    if not wanted:
        return row
    return {name: row[name] for name in ("_id", "id", *wanted) if name in row}


def edge(id_: str, kind: str) -> dict[str, Any]:
    return {"attributes": None, "id": id_, "type": kind}


def hop(id_: str, kind: str) -> dict[str, Any]:
    return {"attributes": None, "to": edge(id_, kind)}


def group_json(id_: str, name: str) -> dict[str, Any]:
    return {
        "id": id_, "name": name, "type": "user_group", "description": "", "email": "",
        "attributes": {"ldapGroups": [{"name": name}], "sudo": {"enabled": False, "withoutPassword": False}},
        "membershipMethod": "STATIC", "memberQuery": None, "memberQueryExemptions": [], "memberQueryErrorFlags": [],
        "memberSuggestionsNotify": False, "suggestionCounts": {"add": 0, "remove": 0, "total": 0},
    }  # fmt: skip
