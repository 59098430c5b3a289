"""The bridge's HTTP interface: SCIM paths, authentication, and routing to the right module.

It also has the pages outside SCIM (facts/scim-bridge.md 1). Knobs set status codes and redirects.
"""

import asyncio
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from jc1p.sandbox.bridge import groups, lists, users
from jc1p.sandbox.bridge.bodies import Json, error, named_members, read_json, scim_json, service_provider_config
from jc1p.sandbox.bridge.health import health_report
from jc1p.sandbox.bridge.store import Bridge


@dataclass(frozen=True, slots=True)
class BridgeApp:
    """Every path of the bridge."""

    bridge: Bridge

    def app(self) -> Starlette:
        """The ASGI application."""
        every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        return Starlette(
            routes=[
                Route("/ping", self.ping),
                Route("/app", self.status_page),
                Route("/app/status", self.status_page),
                Route("/health", self.health),
                Route("/", self.home),
                Route("/{path:path}", self.scim, methods=every),
            ]
        )

    async def ping(self, _: Request) -> Response:
        """Liveness, without a token."""
        return PlainTextResponse("pong")

    async def home(self, _: Request) -> Response:
        """The root redirects to the status page."""
        return RedirectResponse("/app", 302)

    async def status_page(self, _: Request) -> Response:
        """The status page."""
        return HTMLResponse("<!doctype html><title>1Password SCIM Bridge</title><p>Sign in with your bearer token.")

    async def health(self, request: Request) -> Response:
        """The component report (facts 1.2)."""
        if self.bridge.knobs.health_status == 404:  # noqa: PLR2004 - not found
            return error(404, "not found")
        if refusal := self._refusal(request):
            return refusal
        return health_report(self.bridge.knobs)

    async def scim(self, request: Request) -> Response:
        """Any SCIM path: find the base, check the token, answer."""
        found = self._resource_path(request.url.path)
        if found is None:
            return RedirectResponse("/app", 302) if self.bridge.knobs.unknown_redirects else error(404, "not found")
        if refusal := self._refusal(request):
            return refusal
        if not self.bridge.knobs.provisioning:
            return error(500, "internal server error")
        kind, id_ = found
        if kind not in {"Users", "Groups"}:
            return self._discovery(kind, id_)
        body = await read_json(request)
        if isinstance(body, Response):
            return body
        if self.bridge.knobs.ms_per_member and kind == "Groups":
            await asyncio.sleep(self.bridge.knobs.ms_per_member * len(named_members(body)) / 1000)
        return self._serve(request.method, kind, id_, body, dict(request.query_params))

    def _resource_path(self, path: str) -> tuple[str, str] | None:
        for base in sorted(self.bridge.knobs.paths, key=len, reverse=True):
            if path.startswith(base + "/"):
                kind, _, id_ = path.removeprefix(base + "/").partition("/")
                if kind in {"Users", "Groups", "ServiceProviderConfig", "ResourceTypes", "Schemas"}:
                    return kind, id_
        return None

    def _refusal(self, request: Request) -> Response | None:
        self.bridge.served += 1
        is_rotated = 0 < self.bridge.knobs.token_serves < self.bridge.served
        given = request.headers.get("authorization")
        is_stranger_welcome = given is None and self.bridge.knobs.lets_strangers_in
        if is_stranger_welcome or (given == f"Bearer {self.bridge.token}" and not is_rotated):
            return None
        match self.bridge.knobs.auth_failure:
            case "403":
                return error(403, "forbidden")
            case "html":
                return HTMLResponse("<html><body><h1>401 Unauthorized</h1></body></html>", 401)
            case "empty":
                return Response(status_code=401)
            case _:
                return error(401, "unauthorized")

    def _discovery(self, kind: str, id_: str) -> Response:
        if kind == "ServiceProviderConfig":
            return scim_json(service_provider_config())
        status, body = self.bridge.handle("GET", f"/{kind}/{id_}" if id_ else f"/{kind}")
        return scim_json({**(body or {}), **({} if id_ else {"startIndex": 0})}, status)

    def _serve(self, method: str, kind: str, id_: str, body: Json, query: dict[str, str]) -> Response:  # noqa: PLR0911
        bridge = self.bridge
        if method == "GET":
            return lists.one(bridge, kind, id_) if id_ else lists.page(bridge, kind, query)
        if method == "POST" and not id_:
            return users.create_user(bridge, body) if kind == "Users" else groups.create_group(bridge, body)
        if id_ not in bridge.stored(kind) or id_ in bridge.hidden:
            return Response(status_code=204) if method == "DELETE" and kind == "Users" else error(404, "not found")
        if method == "PATCH":
            return users.patch_user(bridge, id_, body) if kind == "Users" else groups.patch_group(bridge, id_, body)
        if method == "DELETE":
            return users.delete_user(bridge, id_) if kind == "Users" else groups.delete_group(bridge, id_)
        if method == "PUT":
            status, answer = bridge.handle("PUT", f"/{kind}/{id_}", body)
            return scim_json(bridge.shaped(kind, id_), status) if status < 300 else scim_json(answer, status)  # noqa: PLR2004
        return error(405, "method not allowed")
