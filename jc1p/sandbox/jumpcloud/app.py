"""The paths of the simulated JumpCloud: v1 and v2 of its API, OAuth tokens and a minimal Directory Insights.

It answers as facts/jumpcloud-api.md describes, with section 13 for undocumented behaviour. Errors, envelopes and limits
matter as much as the data: a client that is wrong about one of them should fail here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jc1p.sandbox.jumpcloud.lists import problem
from jc1p.sandbox.jumpcloud.service import SimulatedJumpCloud
from jc1p.sandbox.jumpcloud.v1 import VersionOne
from jc1p.sandbox.jumpcloud.v2 import VersionTwo


@dataclass(frozen=True, slots=True)
class JumpCloudApp:
    """Every path of a service."""

    service: SimulatedJumpCloud

    def app(self) -> Starlette:
        """The ASGI application."""
        get, post, guarded = ["GET"], ["POST"], self.service.guarded
        v1, v2 = VersionOne(self.service), VersionTwo(self.service)
        routes = [
            Route("/oauth2/token", self.service.token, methods=post),
            Route("/api/organizations", guarded(v1.organizations), methods=get),
            Route("/api/systemusers", guarded(v1.users), methods=get),
            Route("/api/systemusers", guarded(v1.create_user), methods=post),
            Route("/api/systemusers/{id}", guarded(v1.user), methods=get),
            Route("/api/systemusers/{id}", guarded(v1.update_user), methods=["PUT"]),
            Route("/api/systemusers/{id}/state/activate", guarded(v1.activate), methods=post),
            Route("/api/search/systemusers", guarded(v1.search), methods=post),
            Route("/api/applications", guarded(v1.applications), methods=get),
            Route("/api/applications/{id}", guarded(v1.application), methods=get),
            Route("/api/v2/usergroups", guarded(v2.groups), methods=get),
            Route("/api/v2/usergroups/{id}", guarded(v2.group), methods=get),
            Route("/api/v2/usergroups/{id}/members", guarded(v2.members), methods=get),
            Route("/api/v2/usergroups/{id}/members", guarded(v2.change_members), methods=post),
            Route("/api/v2/usergroups/{id}/membership", guarded(v2.membership), methods=get),
            Route("/api/v2/applications/{id}/associations", guarded(v2.associations), methods=get),
            Route("/api/v2/applications/{id}/usergroups", guarded(v2.assigned_groups), methods=get),
            Route("/api/v2/applications/{id}/users", guarded(v2.assigned_users), methods=get),
            Route("/api/v2/usergroups/{id}/applications", guarded(v2.group_applications), methods=get),
            Route("/api/v2/users/{id}/memberof", guarded(v2.memberof), methods=get),
            Route("/api/v2/users/{id}/applications", guarded(v2.user_applications), methods=get),
            Route("/api/v2/service-accounts", guarded(self.service_accounts), methods=get),
            Route("/insights/directory/v1/events", guarded(self.events), methods=post),
            Route("/{path:path}", guarded(self.nothing), methods=[*get, *post, "PUT", "PATCH", "DELETE"]),
        ]
        return Starlette(routes=routes)

    async def events(self, request: Request) -> Response:
        """POST /events of Directory Insights: 402 when the organization doesn't have it."""
        if not self.service.knobs.insights:
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

    async def service_accounts(self, _: Request) -> Response:
        """GET /service-accounts: wrapped, and without auth config, as in the specs (facts, corrections of 2.2)."""
        days, client = self.service.knobs.credential_days, self.service.client_id
        ends = {"expiresAt": f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"} if days else {}
        account = {
            "objectId": "5f1b00000000000000000001",
            "name": "jc1p",
            "authType": "CLIENT_SECRET",
            "status": "ACTIVE",
        }
        shown = [{"authType": "CLIENT_SECRET", "clientSecretConfig": {"clientId": client, **ends}}]
        config = {"authConfigList": shown} if self.service.knobs.shows_auth_config else {}
        return JSONResponse({"results": [{**account, **ends, **config}], "totalCount": 1})

    def connector_events(self) -> list[dict[str, Any]]:
        """Writes of connectors to applications: the provisioned one, and the other one."""
        ours, other = self.service.world.applications[:2]
        to = [ours] * self.service.knobs.connector_events + [other] * self.service.knobs.foreign_events
        return [
            {"id": f"6493{number:020x}", "service": "directory", "event_type": "user_update_provision", "success": True,
             "organization": self.service.world.organizations[0]["_id"], "timestamp": "2026-11-24T00:00:00.000Z",
             "application": {"id": each["_id"], "name": each["name"], "display_label": each["displayLabel"]}}
            for number, each in enumerate(to)
        ]  # fmt: skip

    async def nothing(self, _: Request) -> Response:
        """Any other path."""
        return problem(404, "not found")
