"""API v2 of the simulated JumpCloud: groups, and the graph of members and assignments."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from jc1p.sandbox.jumpcloud.lists import LARGEST_PAGE, OPERATORS, edge, group_json, hop, page_of, problem
from jc1p.sandbox.jumpcloud.service import SimulatedJumpCloud, in_order


def listed_path(request: Request) -> str:
    """The path of a list; the kind of `targets` makes two lists of the associations."""
    targets = request.query_params.get("targets")
    return request.url.path + (f"?targets={targets}" if targets else "")


Shape = Callable[[Any], Any]


def as_it_is(row: Any) -> Any:
    """A row that is JSON already."""
    return row


@dataclass(frozen=True, slots=True)
class VersionTwo:
    """Answers for a service."""

    service: SimulatedJumpCloud

    async def groups(self, request: Request) -> Response:
        """GET /v2/usergroups."""
        sort = request.query_params.get("sort", "").split(",")
        if "id" in sort and not self.service.knobs.sort_by_id:
            return problem(400, "Bad Request: unknown sort field id", "INVALID_ARGUMENT")
        rows = [group_json(group.id, group.name) for group in self.service.world.groups.values()]
        for expression in filter(None, request.query_params.get("filter", "").split(",")):
            name, _, rest = expression.partition(":")
            operator, _, wanted = rest.partition(":")
            test = OPERATORS.get(operator)
            rows = [row for row in rows if test and test(str(row.get(name, "")), wanted)]
        return self.v2_list(request, in_order(self.service, rows, sort))

    async def group(self, request: Request) -> Response:
        """GET /v2/usergroups/{id}."""
        found = self.service.world.groups.get(request.path_params["id"])
        return JSONResponse(group_json(found.id, found.name)) if found else problem(404, "not found")

    async def members(self, request: Request) -> Response:
        """GET /v2/usergroups/{id}/members: edges, unsorted, dangling ones missing."""
        found = self.service.world.groups.get(request.path_params["id"])
        if found is None:
            return problem(404, "not found")
        rows: list[dict[str, Any] | None] = [{"attributes": None, "to": edge(id_, "user")} for id_ in found.members]
        lost = self.service.knobs.lost_members
        return self.graph_list(request, rows[lost:], found.dangling + lost)

    async def membership(self, request: Request) -> Response:
        """GET /v2/usergroups/{id}/membership: one object per user, with paths."""
        found = self.service.world.groups.get(request.path_params["id"])
        if found is None:
            return problem(404, "not found")
        rows: list[dict[str, Any] | None] = [
            {"id": id_, "type": "user", "compiledAttributes": None, "paths": [[hop(id_, "user")]]}
            for id_ in found.members
        ]
        return self.graph_list(request, rows, found.dangling)

    async def change_members(self, request: Request) -> Response:
        """POST /v2/usergroups/{id}/members: 204, 409 for an existing member, 404 for a missing one."""
        found = self.service.world.groups.get(request.path_params["id"])
        body = await request.json()
        if found is None or body.get("id") not in self.service.world.users:
            return problem(404, "not found")
        is_member, adds = body["id"] in found.members, body.get("op") == "add"
        if is_member is adds:
            return problem(409 if adds else 404, "already so")
        (found.members.append if adds else found.members.remove)(body["id"])
        return Response(status_code=204)

    async def associations(self, request: Request) -> Response:
        """GET /v2/applications/{id}/associations: what is assigned directly."""
        if request.path_params["id"] not in {each["_id"] for each in self.service.world.applications}:
            return problem(404, "not found")
        targets = request.query_params.get("targets")
        if targets not in {"user", "user_group"}:
            return problem(400, "Bad Request: targets is required", "INVALID_ARGUMENT")
        bound = self.service.world.assigned_groups if targets == "user_group" else self.service.world.assigned_users
        ids = bound if request.path_params["id"] == self.service.world.application_id else []
        rows: list[dict[str, Any] | None] = [{"attributes": None, "to": edge(id_, targets)} for id_ in ids]
        return self.graph_list(request, rows, 0)

    async def assigned_groups(self, request: Request) -> Response:
        """GET /v2/applications/{id}/usergroups."""
        rows: list[dict[str, Any] | None] = [
            {"id": id_, "type": "user_group", "compiledAttributes": None, "paths": [[hop(id_, "user_group")]]}
            for id_ in self.service.world.assigned_groups
        ]
        return self.graph_list(request, rows, 0)

    async def assigned_users(self, request: Request) -> Response:
        """GET /v2/applications/{id}/users: all users with access, with every path."""
        if request.path_params["id"] != self.service.world.application_id:
            return self.graph_list(request, [], 0)
        direct = set(self.service.world.assigned_users)
        effective = self.service.world.effective()

        unshown = self.service.knobs.unlisted.get("paths", ())

        def with_paths(user_id: str) -> dict[str, Any]:
            shown_groups = [id_ for id_ in effective[user_id] if id_ not in unshown]
            paths = [[hop(group_id, "user_group"), hop(user_id, "user")] for group_id in shown_groups]
            paths += [[hop(user_id, "user")]] if user_id in direct else []
            shown = {} if self.service.knobs.omits_paths else {"paths": paths}
            return {"id": user_id, "type": "user", "compiledAttributes": None, **shown}

        lost = self.service.knobs.lost_assignments
        return self.graph_list(
            request, list(effective)[lost:], self.service.world.dangling_assignments + lost, with_paths
        )

    async def memberof(self, request: Request) -> Response:
        """GET /v2/users/{id}/memberof."""
        rows: list[dict[str, Any] | None] = [
            {"id": id_, "type": "user_group", "compiledAttributes": None, "paths": [[hop(id_, "user_group")]]}
            for id_ in self.groups_of(request.path_params["id"])
        ]
        return self.graph_list(request, rows, 0)

    async def user_applications(self, request: Request) -> Response:
        """GET /v2/users/{id}/applications: the application from the user's side, with every path."""
        user_id = request.path_params["id"]
        if user_id not in self.service.world.users:
            return problem(404, "not found")
        ways = self.service.world.effective().get(user_id)
        is_direct = user_id in self.service.world.assigned_users
        return self.graph_list(request, self.reached(ways or [], is_there=ways is not None, is_direct=is_direct), 0)

    async def group_applications(self, request: Request) -> Response:
        """GET /v2/usergroups/{id}/applications: the application from the group's side."""
        group_id = request.path_params["id"]
        if group_id not in self.service.world.groups:
            return problem(404, "not found")
        is_assigned = group_id in self.service.world.assigned_groups
        return self.graph_list(request, self.reached([], is_there=is_assigned, is_direct=is_assigned), 0)

    def reached(self, groups: Sequence[str], *, is_there: bool, is_direct: bool) -> list[dict[str, Any]]:
        """The rows of a list of applications: one, or none."""
        id_ = self.service.world.application_id
        last = hop(id_, "application")
        paths = [[hop(group, "user_group"), last] for group in groups] + ([[last]] if is_direct else [])
        shown = {} if self.service.knobs.omits_paths else {"paths": paths}
        return [{"id": id_, "type": "application", "compiledAttributes": None, **shown}] if is_there else []

    def groups_of(self, user_id: str) -> list[str]:
        """Ids of a user's groups, assigned or not."""
        return [group.id for group in self.service.world.groups.values() if user_id in group.members]

    def graph_list(self, request: Request, rows: Sequence[Any], dangling: int, shape: Shape = as_it_is) -> Response:
        """A list without sort; dangling edges count in the total, take a place, and are missing from the page."""
        listed = [*rows, *[None] * (dangling + self.service.knobs.dangling)]
        if self.service.knobs.shuffles_unsorted and len(listed) <= LARGEST_PAGE:
            self.service.world.random.shuffle(listed)
        return self.v2_list(request, listed, shape)

    def v2_list(self, request: Request, rows: list[Any], shape: Shape = as_it_is) -> Response:
        """A bare array, with the total in a header; only the rows of the page are converted."""
        page = page_of(request.query_params)
        if isinstance(page, Response):
            return page
        limit, skip = page
        rows = self.service.listed(listed_path(request), rows)
        total = (
            {"x-total-count": str(len(rows) + self.service.knobs.total_off_by)}
            if self.service.knobs.sends_total_count
            else {}
        )
        shown = [shape(row) for row in rows[skip : skip + limit] if row is not None]
        return JSONResponse(shown, headers=total)
