"""Serves both simulators on loopback, with a ready configuration, a request log and a control address.

It runs in a background thread, so that tests and the demo can access the company directly. Admins control it through
/_sandbox/ on JumpCloud's address.
"""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jc1p.sandbox.bridge.app import BridgeApp
from jc1p.sandbox.bridge.store import Bridge
from jc1p.sandbox.days import advance_day
from jc1p.sandbox.faults import CONTROL, STANDING, UNMANAGED, ConnectionBroken, Fault, FaultLayer, parse_fault
from jc1p.sandbox.jumpcloud.app import JumpCloudApp
from jc1p.sandbox.jumpcloud.service import SimulatedJumpCloud
from jc1p.sandbox.knobs import PROFILES, BridgeKnobs, JumpCloudKnobs
from jc1p.sandbox.world import APPLICATION_LABEL, OWNER, World, make_world

FIRST_LINE = "# A sandbox made by `jc1p sandbox`: nothing here is real, and nothing leaves this machine."
"""The first line of the configuration, which marks it as one that the next sandbox may overwrite."""


@dataclass(frozen=True, slots=True)
class Logged:
    """One request, without headers: credentials are never kept. `status` is 0 if no answer was started."""

    service: str
    method: str
    path: str
    query: str
    status: int


@dataclass(slots=True)
class LoggingLayer:
    """ASGI middleware: latency, then a log line for every request except control requests."""

    app: ASGIApp
    service: str
    log: list[Logged]
    latency: "Latency"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request after the latency and log it."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self.app(scope, receive, send)
            return
        entry = Logged(self.service, scope["method"], scope["path"], scope["query_string"].decode("latin-1"), 0)
        logged = False

        def note(status: int) -> None:
            nonlocal logged
            if not logged:
                self.log.append(replace(entry, status=status))
                logged = True

        async def noted(message: Message) -> None:
            # Before the answer is sent: a client that has read it finds its line in the log.
            if message["type"] == "http.response.start":
                note(message["status"])
            await send(message)

        if self.latency.seconds:
            await asyncio.sleep(self.latency.seconds)
        try:
            await self.app(scope, receive, noted)
        finally:
            note(0)


@dataclass(slots=True)
class Latency:
    """The delay of every answer, in seconds."""

    seconds: float = 0.0


@dataclass(slots=True)
class Sandbox:
    """Both simulators, served while the context lasts. Everything may be changed while they run."""

    world: World = field(default_factory=make_world)
    jumpcloud_knobs: JumpCloudKnobs = field(default_factory=JumpCloudKnobs)
    bridge_knobs: BridgeKnobs = field(default_factory=BridgeKnobs)
    jumpcloud_port: int = 0
    bridge_port: int = 0
    latency_ms: float = 0.0
    requests: list[Logged] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    jumpcloud: SimulatedJumpCloud = field(init=False)
    bridge: Bridge = field(init=False)
    jumpcloud_url: str = ""
    bridge_url: str = ""
    _servers: "list[_Served]" = field(default_factory=list)

    def __post_init__(self) -> None:
        self.jumpcloud = SimulatedJumpCloud(self.world, self.jumpcloud_knobs)
        self.bridge = Bridge(self.world, self.bridge_knobs)

    def __enter__(self) -> Self:
        latency = Latency(self.latency_ms / 1000)
        source = JumpCloudApp(self.jumpcloud).app()
        source.router.routes[0:0] = self._control_routes()
        for name, app, port in (
            ("jumpcloud", source, self.jumpcloud_port),
            ("onepassword", BridgeApp(self.bridge).app(), self.bridge_port),
        ):
            layered = LoggingLayer(FaultLayer(app, name, self.faults), name, self.requests, latency)
            self._servers.append(_Served(layered, port))
        self.jumpcloud_url, self.bridge_url = (server.start() for server in self._servers)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.end()
        for server in self._servers:
            server.stop()
        self._servers.clear()

    def config_text(self, state_path: Path) -> str:
        """A working configuration for this sandbox in its current state."""
        return f"""\
{FIRST_LINE}
jumpcloud:
  url: {self.jumpcloud_url}
  api_key: ${{JC1P_SANDBOX_KEY:-{self.jumpcloud.key}}}
onepassword:
  scim_url: {self.bridge_url}
  token: ${{JC1P_SANDBOX_TOKEN:-{self.bridge.token}}}
scope:
  application: {APPLICATION_LABEL}
users:
  protected: [{OWNER}]
state:
  path: {state_path}
"""

    def unplug_bridge(self) -> None:
        """Connections to the bridge are refused from now on."""
        self._servers[1].stop()

    def plug_in_bridge(self) -> None:
        """The bridge answers again, at its old address and with its data."""
        port = int(self.bridge_url.rpartition(":")[2])
        self._servers[1] = _Served(self._servers[1].app, port)
        self._servers[1].start()

    # --- control ----------------------------------------------------------------------------------------

    def _control_routes(self) -> list[Route]:
        post, get = ["POST"], ["GET"]
        return [
            Route(f"{CONTROL}day", self._day, methods=post),
            Route(f"{CONTROL}confirm", self._confirm, methods=post),
            Route(f"{CONTROL}knobs", self._knobs, methods=post),
            Route(f"{CONTROL}faults", self._add_faults, methods=post),
            Route(f"{CONTROL}requests", self._requests, methods=get),
            Route(f"{CONTROL}state", self._state, methods=get),
        ]

    async def _day(self, _: Request) -> Response:
        return JSONResponse(advance_day(self.world))

    async def _confirm(self, _: Request) -> Response:
        return JSONResponse(self.bridge.confirm_emails())

    async def _knobs(self, request: Request) -> Response:
        try:
            body = await request.json()
            self.turn(body.get("jumpcloud", {}), body.get("bridge", {}))
        except (AttributeError, ValueError) as wrong:
            return JSONResponse({"error": str(wrong)}, 400)
        return JSONResponse({"jumpcloud": asdict(self.jumpcloud_knobs), "bridge": asdict(self.bridge_knobs)})

    async def _add_faults(self, request: Request) -> Response:
        try:
            wanted = await request.json()
            texts = [each for each in wanted if isinstance(each, str)]
            made = [Fault(**each) for each in wanted if not isinstance(each, str)]
            made += [parse_fault(text) for text in texts if text != UNMANAGED and text not in STANDING]
        except (TypeError, ValueError) as wrong:
            return JSONResponse({"error": str(wrong)}, 400)
        self.faults[:] = made
        for text in texts:
            self.add_standing(text)
        if not wanted:
            self.end_standing()
        return JSONResponse(len(wanted))

    def add_fault(self, text: str) -> None:
        """Add a fault, as admins write it. Raises ValueError for an invalid one."""
        if not self.add_standing(text):
            self.faults.append(parse_fault(text))

    def add_standing(self, text: str) -> bool:
        """Make the bridge behave this way until it is ended; False for a network fault."""
        if text == UNMANAGED:
            self.bridge.reset_managed_groups()
        self.turn({}, STANDING.get(text, {}))
        return text == UNMANAGED or text in STANDING

    def end_standing(self) -> None:
        """The bridge behaves normally again."""
        self.bridge.manage_groups_again()
        usual = BridgeKnobs()
        self.turn({}, {name: getattr(usual, name) for knobs in STANDING.values() for name in knobs})

    async def _requests(self, _: Request) -> Response:
        return JSONResponse([asdict(each) for each in self.requests])

    async def _state(self, _: Request) -> Response:
        accounts = sorted(self.bridge.users(), key=lambda each: str(each["userName"]))
        return JSONResponse({"accounts": accounts, "groups": self.bridge.groups(), "mails": self.bridge.invitations})

    def turn(self, jumpcloud: Mapping[str, Any], bridge: Mapping[str, Any]) -> None:
        """Set knobs by name. Raises AttributeError for an unknown one."""
        for knobs, given in ((self.jumpcloud_knobs, jumpcloud), (self.bridge_knobs, bridge)):
            for name, value in given.items():
                if not hasattr(knobs, name):
                    raise AttributeError(f"unknown setting {name}")
                setattr(knobs, name, value)


def with_profile(profile: str) -> tuple[JumpCloudKnobs, BridgeKnobs]:
    """The knobs of a named profile. Raises KeyError for an unknown one."""
    _, jumpcloud, bridge = PROFILES[profile]
    return JumpCloudKnobs(**jumpcloud), BridgeKnobs(**bridge)


class _Server(uvicorn.Server):
    """uvicorn's server, but it stops at once. uvicorn looks ten times a second whether to stop, then waits as long."""

    _loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        """Serve until `leave`; the Date of answers is set each second, as uvicorn does."""
        self._left, self._loop = asyncio.Event(), asyncio.get_running_loop()
        while not self.should_exit:
            await self.on_tick(0)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._left.wait(), timeout=1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close all connections; answers in progress get a moment."""
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0.1 if self.server_state.tasks else 0)

    def leave(self) -> None:
        """Stop, from another thread."""
        self.should_exit = True
        if self._loop:
            with suppress(RuntimeError):  # it has stopped
                self._loop.call_soon_threadsafe(self._left.set)


class _Served:
    """One app on one loopback port, in its own thread and event loop."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self.app = app
        self._socket = socket.create_server(("127.0.0.1", port))
        # Otherwise every answer waits 40 ms between its head and its body: asyncio doesn't set this for such sockets.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", loop="asyncio", http="h11")
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        logging.getLogger("uvicorn.error").addFilter(is_no_made_fault)
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def start(self) -> str:
        """Start serving; returns the address once it answers."""
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.005)
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def end(self) -> None:
        """Start to stop, which takes a moment."""
        self._server.leave()

    def stop(self) -> None:
        """Stop and free the port."""
        self.end()
        self._thread.join(timeout=10)
        self._socket.close()


def is_no_made_fault(record: logging.LogRecord) -> bool:
    """Uvicorn logs broken connections as errors; those from a fault are expected."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, ConnectionBroken)
