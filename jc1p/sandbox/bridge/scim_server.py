"""scim2-server in memory, with 1Password's ids: it keeps the resources, filters them and applies PATCHes.

It is another's work, so that client and simulator don't share their mistakes.
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
    """scim2-server's schemas as models: nobody changes them, and making them takes a quarter of a second."""
    return load_default_provider()


KEPT: set[type] = set()
"""Models of requests: pydantic forgets those that nobody holds, and each takes ten milliseconds to make."""


class LastingService(ScimService):
    """scim2-server's service, which makes each model of a request once."""

    def read_response_parameters(self, resource_type: ResourceType, query: Mapping[str, str]) -> Any:
        """The parameters that say which attributes are wanted."""
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
        """Store a copy of a stored resource with other values, unchecked: quick, for companies of many; its id.

        Raises UniquenessException for a value that another one has.
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
        """Let scim2-server do it; status and body."""
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
