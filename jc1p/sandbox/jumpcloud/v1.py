"""API v1 of the simulated JumpCloud: users, organizations and applications, in its envelope."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from jc1p.sandbox.jumpcloud.lists import chosen, page_of, problem, v1_matches
from jc1p.sandbox.jumpcloud.service import SimulatedJumpCloud, in_order


@dataclass(frozen=True, slots=True)
class VersionOne:
    """Answers for a service."""

    service: SimulatedJumpCloud

    async def organizations(self, request: Request) -> Response:
        """GET /organizations."""
        return self.v1_list(request, self.service.all_organizations())

    async def users(self, request: Request) -> Response:
        """GET /systemusers."""
        stale = self.service.knobs.stale_users
        users = [{**user, **stale.get(id_, {})} if stale else user for id_, user in self.service.world.users.items()]
        return self.v1_list(request, users, filters=request.query_params.getlist("filter"))

    async def search(self, request: Request) -> Response:
        """POST /search/systemusers: reads only."""
        body = await request.json()
        users = list(self.service.world.users.values())
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
        found = self.service.world.users.get(request.path_params["id"])
        if found is None:
            return problem(404, "not found")
        return JSONResponse(self.shown(found, request.query_params.get("fields", "")))

    async def create_user(self, request: Request) -> Response:
        """POST /systemusers: 200, or 400 for a duplicate (facts 9.1)."""
        body = await request.json()
        username, email = str(body.get("username") or ""), str(body.get("email") or "")
        if not username or not email:
            return problem(400, "username and email are required", "INVALID_ARGUMENT", details=[])
        for user in self.service.world.users.values():
            if user["username"] == username or user["email"].lower() == email.lower():
                return problem(400, "username or email already in use", "INVALID_ARGUMENT", details=[])
        user = self.service.world.add_user("", "", **{"displayname": "", **body, "activated": False})
        return JSONResponse(user)

    async def update_user(self, request: Request) -> Response:
        """PUT /systemusers/{id}: a partial body."""
        found = self.service.world.users.get(request.path_params["id"])
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
        found = self.service.world.users.get(request.path_params["id"])
        if found is None:
            return problem(404, "not found")
        found.update(state="ACTIVATED", suspended=False)
        return Response(status_code=200)

    async def applications(self, request: Request) -> Response:
        """GET /applications."""
        return self.v1_list(request, self.service.world.applications)

    async def application(self, request: Request) -> Response:
        """GET /applications/{id}."""
        found = [each for each in self.service.world.applications if each["_id"] == request.path_params["id"]]
        return JSONResponse(found[0]) if found else problem(404, "not found")

    def shown(self, row: dict[str, Any], fields: str) -> dict[str, Any]:
        """A row with the requested fields that the credential may read."""
        hidden = self.service.knobs.hidden_fields
        return {name: value for name, value in chosen(row, fields).items() if name not in hidden}

    def v1_list(
        self, request: Request, rows: list[dict[str, Any]], *, filters: list[str] | None = None,
        given: Mapping[str, str] | None = None,
    ) -> Response:  # fmt: skip
        """The v1 envelope: space-separated sort and fields, `$` operators, limit 10 unless asked."""
        query = {**request.query_params, **(given or {})}
        page = page_of(query)
        if isinstance(page, Response):
            return page
        rows = self.service.listed(request.url.path, rows)
        for expression in filters or []:
            rows = [row for row in rows if v1_matches(row, expression, bare=self.service.knobs.bare_operators)]
        ordered = in_order(self.service, rows, str(query.get("sort", "")).split(" "))
        limit, skip = page
        results = [self.shown(row, str(query.get("fields", ""))) for row in ordered[skip : skip + limit]]
        return JSONResponse({"totalCount": len(rows) + self.service.knobs.total_off_by, "results": results})
