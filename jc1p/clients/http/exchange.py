"""One exchange as plain values: the request and how it may be repeated, the answer, and how to handle a fault."""

from collections.abc import Callable, Mapping
from enum import Enum, auto
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

from jc1p.clients.http.urls import path_template
from jc1p.core.nothing import NOTHING
from jc1p.errors import ServiceError


class Repeat(Enum):
    """How a request may be repeated: by what it does, not only by the answer."""

    FREELY = auto()
    """Reads, and writes that set a value: repeated after every transient fault."""
    PAGE = auto()
    """A page of a list that can be requested in parts: like FREELY, but only once more if it isn't delivered."""
    CREATE = auto()
    """A POST that creates: repeated only if certainly nothing was done; in doubt, OutcomeUnknown is raised."""


class RetryPolicy(NamedTuple):
    """Limits for one request with all its tries; `max_elapsed` and `timeout` are in seconds."""

    attempts: int = 5
    max_elapsed: float = 300.0
    timeout: float = 30.0


class Answer(NamedTuple):
    """A JSON answer: status, headers, and the parsed body (None without one); `seconds` if they matter."""

    status: int
    headers: httpx.Headers
    body: Any
    text: str = ""
    seconds: float = 0.0
    issue: int = 0
    """The number of the credential in the request, 0 for none."""
    place: str = ""
    """Host and port that answered."""

    @property
    def is_signed(self) -> bool:
        """The request bore a credential."""
        return self.issue > 0

    @property
    def is_page(self) -> bool:
        """A web page instead of JSON, as from a proxy, a firewall or a login gateway."""
        return not isinstance(self.body, dict | list) and "html" in self.headers.get("Content-Type", "").lower()

    @property
    def is_absence(self) -> bool:
        """The service says that what was asked for doesn't exist. The 404 of a gateway on the way says nothing."""
        return self.status == httpx.codes.NOT_FOUND and not self.is_page

    @property
    def is_success(self) -> bool:
        """A 2xx."""
        return httpx.codes.is_success(self.status)


class Received(NamedTuple):
    """The answer with its body, complete for a success and cut otherwise; `issue` is the number of the credential."""

    status: int
    headers: httpx.Headers
    content: bytes
    issue: int

    @property
    def is_success(self) -> bool:
        """A 2xx."""
        return httpx.codes.is_success(self.status)


class Transient(Exception):
    """A fault that may pass: the error to raise after the last try, how long to wait, how many tries at most."""

    def __init__(self, final: ServiceError, *, retry_after: float | None = None, tries: int | None = None) -> None:
        super().__init__(str(final))
        self.final = final
        self.retry_after = retry_after
        self.tries = tries


class Asked(NamedTuple):
    """One request to send; as text, its description for messages."""

    method: str
    path: str
    url: str
    body: object
    repeat: Repeat
    signed: bool
    headers: Mapping[str, str]
    rows_apart: bool = False

    def __str__(self) -> str:
        return f"{self.method} {path_template(self.path)}"

    @property
    def place(self) -> str:
        """Host and port."""
        return place_of("/".join(self.url.split("/", 3)[:3]))


@lru_cache(maxsize=64)
def place_of(origin: str) -> str:
    """Host and port of an address."""
    try:
        parts = urlsplit(origin)
        host, port = parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443)
    except ValueError:
        return "its address"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Exchanged(NamedTuple):
    """One request of a service and what came, as they went over the wire, the credential aside.

    `status` is 0 if there was no answer; `error` then says what happened.
    """

    service: str
    method: str
    url: str
    body: object
    signed: bool
    status: int = 0
    headers: Mapping[str, str] = NOTHING
    content: bytes = b""
    error: str = ""


Listen = Callable[[Exchanged], None]


def unheard(_: Exchanged) -> None:
    """The default listener, which does nothing."""
