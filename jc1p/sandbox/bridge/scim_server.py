"""scim2-server in memory, with 1Password's ids: it stores the resources, filters them and applies PATCHes.

It is an independent project, so client and simulator can't share the same mistakes.
"""

import json
import random
from collections.abc import Mapping
from functools import cache
from typing import Any

from scim2_models import ResourceType, SCIMException, ScimProvider
from scim2_server.handler import ScimHandler
from scim2_server.memory import InMemoryStorage
from scim2_server.requests import ScimRequest
from scim2_server.service import ScimService
from scim2_server.utils import load_default_provider

from jc1p.sandbox.bridge.bodies import MEDIA_TYPE, Json
from jc1p.sandbox.knobs import BridgeKnobs

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
BASE_URL = "https://scim.example.com/scim/v2"


@cache
def scim_provider() -> ScimProvider:
    """scim2-server's schemas as models; shared, since they never change and take a quarter of a second to create."""
    return load_default_provider()


KEPT: set[type] = set()
"""Models of requests, kept alive: pydantic discards unused ones, and each takes ten milliseconds to create."""


class LastingService(ScimService):
    """scim2-server's service, but it creates each model of a request only once."""

    def read_response_parameters(self, resource_type: ResourceType, query: Mapping[str, str]) -> Any:
        """The parameters that select attributes."""
        made = super().read_response_parameters(resource_type, query)
        KEPT.add(type(made))
        return made

    def read_patch(self, resource_type: ResourceType, body: bytes, content_type: str | None) -> Any:
        """The operations of a PATCH."""
        made = super().read_patch(resource_type, body, content_type)
        KEPT.add(type(made))
        return made


class SeededStorage(InMemoryStorage):
    """scim2-server's storage with 1Password's ids: 26 characters, upper case for users, lower for groups."""

    def __init__(self, chooser: random.Random, knobs: BridgeKnobs) -> None:
        super().__init__()
        self._chooser = chooser
        self._knobs = knobs
        self._given = 0

    def generate_id(self, resource_type: ResourceType, resource: Any) -> str:  # noqa: ARG002 - the base's signature
        """The next id of a resource type."""
        return self._next_id(resource_type.name)

    def _next_id(self, kind: str | None) -> str:
        self._given += 1
        if self._knobs.numeric_ids:
            return str(1000 + self._given)
        made = "".join(self._chooser.choices(ALPHABET, k=26))
        return made if kind == "User" else made.lower()

    def by_id(self, name: str) -> dict[str, Any]:
        """The live resources of a type, in order of creation, without the copies that `resources` makes."""
        return self._resources.setdefault(name, {})

    def add_like(self, model: Any, changes: dict[str, Any]) -> str:
        """Store a copy of a stored resource with other values, without checks, which is quick; returns its id.

        Raises UniquenessException for a value that another resource has.
        """
        kind = model.meta.resource_type
        made = model.model_copy(update={**changes, "id": self._next_id(kind)})
        made.meta = model.meta.model_copy(update={"version": self.next_version()})
        values = self._values_of(made)
        self._check_uniqueness(made, values)
        self._store(made, values)
        return str(made.id)


class ScimServer:
    """A SCIM service without a network."""

    def __init__(self, storage: SeededStorage) -> None:
        self._handler = ScimHandler(LastingService(scim_provider()), storage)

    def handle(
        self, method: str, path: str, body: Json | None = None, query: dict[str, str] | None = None
    ) -> tuple[int, Json | None]:
        """Pass a request to scim2-server; returns status and body."""
        request = ScimRequest(
            method=method,
            base_url=BASE_URL,
            path=path,
            query=query or {},
            headers={"Content-Type": MEDIA_TYPE, "Accept": MEDIA_TYPE},
            body=b"" if body is None else json.dumps(body).encode(),
        )
        try:
            answer = self._handler.handle(request)
        except SCIMException as refusal:
            answer = self._handler.service.error_response(refusal)
        return int(answer.status), answer.body
