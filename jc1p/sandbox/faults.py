"""Simulated network faults, as rules for requests: what to do instead of, or after, the real answer.

Tests use them directly, admins through the sandbox's control address. With an "after" fault, the service carries the
request out and then the answer is spoilt: the client can't know that it was done.
"""

import asyncio
import json
import re
import socket
import struct
import zlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from typing import Any, Literal, get_args

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Kind = Literal[
    "429", "429-seconds", "429-date", "429-html", "500", "502-html", "503", "504", "520", "slow", "slow-body", "bomb",
    "timeout", "reset", "tls-reset", "cut", "truncated", "wrong-type", "html-200", "empty-200", "login-302", "401",
    "403", "403-html", "echo-400", "echo-401", "echo-500", "echo-base64", "echo-percent", "echo-escaped", "echo-tags",
]  # fmt: skip
"""docs/faults.md describes them."""

SERVICES = ("jumpcloud", "onepassword")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
AFTER = "-after"
ALWAYS = 1_000_000

UNMANAGED = "unmanaged"
"""Not a network fault: Managed Groups were reset, so the bridge shows none of its groups, by list or by id."""

STANDING: Mapping[str, Mapping[str, object]] = {
    "members-cut": {"members_listed": 100, "user_groups_listed": 100},
    "suspension-ignored": {"keeps_suspensions": False},
    "other-writer": {"other_writer": True},
}
"""Not network faults either: the bridge behaves this way until they are ended, by setting knobs."""

CONTROL = "/_sandbox/"
"""The sandbox's control address: faults don't apply to it, since otherwise they couldn't be cleared."""

TLS_ALERT = bytes.fromhex("15030300020250")
"""The record of a fatal internal error."""
DRIP = 0.05
"""Seconds between two bytes of a slow body."""

HTML = b"<html><head><title>Gateway</title></head><body><h1>Something is wrong</h1></body></html>"


@dataclass(slots=True)
class Fault:
    """One rule: the fault for requests of a service, method and path, `times` times after `skip` requests.

    `method` may name several, as in "POST|PATCH"; `path` is searched in path?query. With `after`, the request is
    carried out first. `on_hit` is called when the fault happens, before the answer is spoilt.
    """

    kind: Kind
    service: str = ""
    method: str = ""
    path: str = ".*"
    times: int = 1
    skip: int = 0
    after: bool = False
    seconds: float = 1.0
    made: int = 0
    on_hit: Callable[[], None] | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for an invalid fault."""
        if self.kind not in get_args(Kind):
            raise ValueError(f"unknown fault {self.kind}; use one of {', '.join(get_args(Kind))}")
        try:
            re.compile(self.path)
        except re.error as error:
            raise ValueError(f"path is not a regular expression: {error}") from None

    def applies(self, service: str, method: str, path: str) -> bool:
        """True when this request gets the fault; counts."""
        fits = (not self.service or self.service == service) and (not self.method or method in self.method.split("|"))
        if not fits or not re.search(self.path, path) or self.made >= self.times:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.made += 1
        return True


def parse_fault(text: str) -> Fault:
    """A fault as admins write it: KIND[-after][:SERVICE[:METHOD[:PATH[:TIMES]]]]; an empty part matches anything.

    Raises:
        ValueError: a part can't be understood; names the accepted values.
    """
    kind, service, method, rest = (*text.split(":", 3), "", "", "")[:4]
    path, _, times = rest.rpartition(":") if re.search(r":(\d*|always)$", rest) else (rest, "", "")
    name = kind.removesuffix(AFTER)
    if name not in get_args(Kind):
        on_the_wire, standing = ", ".join(get_args(Kind)), ", ".join((*STANDING, UNMANAGED))
        raise ValueError(f"unknown fault {kind}; use one of {on_the_wire}, each also with {AFTER}; or {standing}")
    if service and service not in SERVICES:
        raise ValueError(f"unknown service {service}; use one of {', '.join(SERVICES)}")
    if unknown := [each for each in method.upper().split("|") if method and each not in METHODS]:
        raise ValueError(f"unknown method {unknown[0]}; use one of {', '.join(METHODS)}")
    count = ALWAYS if times == "always" else int(times or 1)
    return Fault(name, service, method.upper(), path or ".*", count, after=kind.endswith(AFTER))  # type: ignore[arg-type]


@dataclass(slots=True)
class FaultLayer:
    """ASGI middleware that applies the faults of a shared list of rules."""

    app: ASGIApp
    service: str
    faults: list[Fault] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, with a fault if a rule applies."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        fault = None if scope["path"].startswith(CONTROL) else self.fault_for(scope["method"], target_of(scope))
        if fault is None:
            await self.app(scope, receive, send)
            return
        if fault.kind.startswith("echo-"):
            spelled = fault.kind.removeprefix("echo-")
            spell = SPELLINGS.get(spelled, str)
            await reply(send, 400 if spelled in SPELLINGS else int(spelled), quoting(scope, spell))
            return
        answer = _Answer()
        if fault.after or fault.kind in {"truncated", "wrong-type"}:
            await self.app(scope, receive, answer.take)
        if fault.on_hit:
            fault.on_hit()
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            await (answer.give(send) if answer.started else self.app(scope, receive, send))
            return
        await make(fault, answer, receive, send)

    def fault_for(self, method: str, path: str) -> Fault | None:
        """The first rule that applies to this request; counts."""
        return next((each for each in list(self.faults) if each.applies(self.service, method, path)), None)


async def make(fault: Fault, answer: "_Answer", receive: Receive, send: Send) -> None:
    """Apply the fault to a connection or an answer."""
    match fault.kind:
        case "timeout":
            await wait_for_the_end(receive)
        case "slow-body":
            await drip(receive, send)
        case "reset":
            reset_connection(receive)
        case "tls-reset":
            break_tls(receive)
        case _:
            await spoil(fault, answer, send)


def target_of(scope: Scope) -> str:
    """Path and query, as sent."""
    query = scope["query_string"].decode("latin-1")
    return f"{scope['path']}?{query}" if query else str(scope["path"])


async def wait_for_the_end(receive: Receive) -> None:
    """No answer, until the client disconnects."""
    while (await receive())["type"] != "http.disconnect":
        pass


def reset_connection(receive: Receive) -> None:
    """End a connection with a TCP reset, without a byte of an answer. ASGI can't do this, but uvicorn's cycle can."""
    cycle = receive.__self__  # type: ignore[attr-defined]
    cycle.disconnected = True
    now_without_waiting = struct.pack("ii", 1, 0)
    cycle.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now_without_waiting)
    cycle.transport.abort()


def break_tls(receive: Receive) -> None:
    """End a connection with the alert of a TLS failure in place of an answer."""
    cycle = receive.__self__  # type: ignore[attr-defined]
    cycle.disconnected = True
    cycle.transport.write(TLS_ALERT)
    cycle.transport.close()


async def drip(receive: Receive, send: Send) -> None:
    """A body of single spaces that never ends, until the client disconnects."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    gone = asyncio.ensure_future(wait_for_the_end(receive))
    while not gone.done():
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
        await asyncio.wait({gone}, timeout=DRIP)


@cache
def bomb() -> bytes:
    """A few hundred kilobytes that decompress to two hundred megabytes of spaces."""
    pack = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    return b"".join(pack.compress(b" " * 1_000_000) for _ in range(200)) + pack.flush()


SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "base64": lambda text: " ".join(b64encode(f"{before}{text}".encode()).decode() for before in ("", "x", "xy")),
    "percent": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "escaped": lambda text: "".join(f"\\u{ord(each):04x}" for each in text),
    "tags": "<b></b>".join,
}
"""How a gateway may encode text that it quotes."""


def quoting(scope: Scope, spell: Callable[[str], str]) -> bytes:
    """A gateway's page that quotes the credential it refuses."""
    named = {"authorization", "x-api-key"}
    quoted = [value.decode() for name, value in scope["headers"] if name.decode().lower() in named]
    return json.dumps({"message": f"invalid token: {spell(' '.join(quoted))}"}).encode()


@dataclass(slots=True)
class _Answer:
    """A real answer, kept back."""

    started: Message | None = None
    body: bytes = b""

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = message
        else:
            self.body += message.get("body", b"")

    async def give(self, send: Send) -> None:
        if self.started:
            await send(self.started)
            await send({"type": "http.response.body", "body": self.body})


class ConnectionBroken(Exception):
    """Raised to disconnect in the middle of an answer."""


async def spoil(fault: Fault, answer: _Answer, send: Send) -> None:  # noqa: C901 - one case a kind of fault
    """Send the answer as the fault changes it."""
    body = answer.body or b'{"Resources": []}'
    match fault.kind:
        case "429" | "429-seconds" | "429-date":
            moment = format_datetime(datetime.now(UTC) + timedelta(seconds=fault.seconds), usegmt=True)
            later = {"429": "", "429-seconds": str(int(fault.seconds)), "429-date": moment}[fault.kind]
            headers = {"Retry-After": later} if later else {}
            await reply(send, 429, b'{"error":"Too Many Requests","message":"slow down"}', headers=headers)
        case "429-html":
            await reply(send, 429, HTML, "text/html")
        case "403-html":
            await reply(send, 403, HTML, "text/html")
        case "502-html":
            await reply(send, 502, HTML, "text/html")
        case "html-200":
            await reply(send, 200, HTML, "text/html")
        case "bomb":
            await reply(send, 200, bomb(), headers={"Content-Encoding": "gzip"})
        case "empty-200":
            await reply(send, 200, b"")
        case "login-302":
            await reply(send, 302, b"", "text/html", {"Location": "/login"})
        case "truncated":
            await reply(send, 200, body[: max(1, len(body) // 2)])
        case "wrong-type":
            await reply(send, 200, body, "text/plain")
        case "cut":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
            await send({"type": "http.response.body", "body": b"{", "more_body": True})
            raise ConnectionBroken
        case "500" | "503" | "504" | "520" | "401" | "403":
            await reply(send, int(fault.kind), b'{"message":"made by the sandbox"}')


async def reply(
    send: Send,
    status: int,
    body: bytes,
    media_type: str = "application/json",
    headers: dict[str, Any] | None = None,
) -> None:
    """A whole answer."""
    lines = {"content-type": media_type, "content-length": str(len(body)), **(headers or {})}
    raw = [(name.lower().encode(), value.encode()) for name, value in lines.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
