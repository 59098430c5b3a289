"""The simulated JumpCloud's data and access control: keys, tokens, organizations (facts/jumpcloud-api.md 2)."""

import base64
import re
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from jc1p.sandbox.jumpcloud.lists import listed_id, problem
from jc1p.sandbox.knobs import JumpCloudKnobs
from jc1p.sandbox.world import World

HTTP_MOVED = 302


@dataclass(slots=True)
class SimulatedJumpCloud:
    """The simulated service. `key` and the client credentials are what it accepts."""

    world: World
    knobs: JumpCloudKnobs
    key: str = "jca_sandbox"
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-client-secret"  # noqa: S105 - made up, for loopback
    tokens: dict[str, float] = field(default_factory=dict)
    served: Counter[str] = field(default_factory=Counter)

    async def token(self, request: Request) -> Response:
        """A bearer token for client credentials (facts 2.2)."""
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
        """Credentials are checked before routing (facts 2.5), then organization and permission."""

        async def answer(request: Request) -> Response:
            refusal = self.refusal(request)
            return refusal or await handler(request)

        return answer

    def refusal(self, request: Request) -> Response | None:
        """Why a request is refused, None if it isn't."""
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
        """Whether a key or a token is known and still valid."""
        if key is None:
            known = self.tokens.get(token, 0) > time.monotonic()
        else:
            known = key == self.key and not self.knobs.key_expired
        credential = token if key is None else key
        self.served[credential] += 1
        return known and (not self.knobs.credential_serves or self.served[credential] <= self.knobs.credential_serves)

    def listed(self, path: str, rows: list[Any]) -> list[Any]:
        """The rows that the list at this path shows: the knob `unlisted` takes some away without any sign."""
        hidden = {id_ for end, ids in self.knobs.unlisted.items() if path.endswith(end) for id_ in ids}
        return [row for row in rows if listed_id(row) not in hidden] if hidden else rows

    def all_organizations(self) -> list[dict[str, Any]]:
        """The organizations that the credential sees."""
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


def in_order(service: SimulatedJumpCloud, rows: list[dict[str, Any]], sort: list[str]) -> list[dict[str, Any]]:
    """Sorted by known fields; unknown ones are ignored, and without any the order is undefined."""
    known = [name for name in sort if name.lstrip("-") and any(name.lstrip("-") in row for row in rows)]
    if not known:
        rows = list(rows)
        if service.knobs.shuffles_unsorted:
            service.world.random.shuffle(rows)
        return rows
    for name in reversed(known):
        rows = sorted(rows, key=lambda row: str(row.get(name.lstrip("-"), "")), reverse=name.startswith("-"))
    return rows
