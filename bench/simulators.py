"""One of the sandbox's two simulators in its own process, for benchmarks: fast, with a latency, counting requests.

`python bench/simulators.py jumpcloud|onepassword --users N --groups N` prints its address as a line of JSON and serves
until its stdin closes. Answers to GETs are kept and replayed until something changes, so that the client is measured
and not the simulator. Every answer is sent when the latency is over, not sooner and (while the machine keeps up) not
later.
"""

import argparse
import asyncio
import json
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message

from jc1p.sandbox.bridge.app import BridgeApp
from jc1p.sandbox.bridge.store import Bridge
from jc1p.sandbox.days import is_ordinary
from jc1p.sandbox.jumpcloud.app import JumpCloudApp
from jc1p.sandbox.jumpcloud.service import SimulatedJumpCloud
from jc1p.sandbox.knobs import BridgeKnobs, JumpCloudKnobs
from jc1p.sandbox.world import OWNER, StartingAccount, World, make_world, spread

GROUPS_EACH = 6
CONTROL = "/_bench/"
ROUNDING = 0.0005
"""Seconds: half of the millisecond that asyncio rounds timers up to, so that the latency is right on average."""


def company(users: int, groups: int) -> World:
    """A company in which all users have access to the application through six of all groups; 1Password is empty."""
    world = make_world(users=users, groups=groups + 1, assigned_users=users, assigned_groups=groups, accounts=False)
    spread(world, GROUPS_EACH)
    world.accounts.append(StartingAccount(OWNER, "Olivia Owner", is_owner=True))
    return world


def change_one_percent(world: World) -> None:
    """One person in a hundred changes: of ten of these, four get another name, three move, two join and one leaves."""
    ordinary = [id_ for id_ in sorted(world.effective()) if is_ordinary(world.users[id_])]
    chosen = world.random.sample(ordinary, max(1, len(ordinary) // 100))
    groups = [world.groups[id_] for id_ in world.assigned_groups]
    world.days += 1
    for position, id_ in enumerate(chosen):
        match position % 10:
            case 0 | 1 | 2 | 3:
                user = world.users[id_]
                user["displayname"] = f"{user['firstname']} {user['lastname']} the {world.days}th"
            case 4 | 5 | 6:
                old = next(group for group in groups if id_ in group.members)
                new = next(group for group in groups if id_ not in group.members)
                old.members.remove(id_)
                new.members.append(id_)
            case 7 | 8:
                joiner = world.add_user("Nova", f"Joiner{world.days}x{position}")
                world.random.choice(groups).members.append(joiner["id"])
            case _:
                world.delete_user(id_)


@dataclass(slots=True)
class Answer:
    """A whole answer, kept as bytes to send."""

    status: int = 200
    headers: list[tuple[bytes, bytes]] = field(default_factory=lambda: [(b"content-type", b"application/json")])
    body: bytes = b""

    async def collect(self, message: Message) -> None:
        """The `send` function for an application."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")

    def wire(self) -> bytes:
        """The answer as HTTP/1.1."""
        kept = [(name, value) for name, value in self.headers if name.lower() != b"content-length"]
        lines = [b"HTTP/1.1 %d X" % self.status, *(b"%s: %s" % header for header in kept)]
        return b"\r\n".join([*lines, b"content-length: %d" % len(self.body), b"", self.body])


@dataclass(slots=True)
class Replay:
    """An application with latency, a log, control commands, and GET answers that are kept until something changes."""

    app: ASGIApp
    control: dict[str, Callable[[], Any]]
    latency: float = 0.0
    log: list[tuple[str, str]] = field(default_factory=list)
    kept: dict[str, bytes] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def answer(self, method: str, asked: str, head: list[tuple[bytes, bytes]], body: bytes,
               write: Callable[[bytes], None]) -> None:  # fmt: skip
        """Answer a request through `write`, after the latency."""
        loop = asyncio.get_running_loop()
        if asked.startswith(CONTROL):
            write(Answer(body=json.dumps(self.controlled(*asked.removeprefix(CONTROL).partition("?"))).encode()).wire())
            return
        self.log.append((method, asked))
        at = loop.time() + max(0.0, self.latency - ROUNDING)
        if method == "GET" and asked in self.kept:
            loop.call_at(at, write, self.kept[asked])
            return
        task = loop.create_task(self.ask(method, asked, head, body, lambda made: loop.call_at(at, write, made)))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def ask(
        self, method: str, asked: str, head: list[tuple[bytes, bytes]], body: bytes, then: Callable[[bytes], object]
    ) -> None:
        path, _, query = asked.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": head, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1),
        }  # fmt: skip

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        answer = Answer()
        await self.app(scope, receive, answer.collect)
        if method == "GET":
            self.kept[asked] = answer.wire()
        else:
            self.kept.clear()
        then(answer.wire())

    def controlled(self, what: str, _: str, query: str) -> Any:
        if what == "latency":
            self.latency = float(query) / 1000
            return None
        if what == "log":
            said, self.log = self.log, []
            return said
        self.kept.clear()
        return self.control[what]()


class Connection(asyncio.Protocol):
    """HTTP/1.1 as httpx uses it: one request at a time, bodies with a length. A server library would cost more."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        first, *lines = head.split(b"\r\n")
        headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
        length = int(dict(headers).get(b"content-length", b"0"))
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        method, asked, _ = first.decode().split(" ")
        self.replay.answer(method, asked, headers, rest[:length], self.write)

    def write(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)


def simulator(service: str, world: World) -> Replay:
    """The application of a service with its control commands."""
    if service == "jumpcloud":
        knobs = JumpCloudKnobs(shuffles_unsorted=False)
        return Replay(
            JumpCloudApp(SimulatedJumpCloud(world, knobs)).app(), {"change": lambda: change_one_percent(world)}
        )
    bridge = Bridge(world, BridgeKnobs(user_order="stable"))

    def forget() -> None:
        bridge.forget_everything()
        bridge.owners.update([bridge.add_account(OWNER, "Olivia Owner")])

    return Replay(BridgeApp(bridge).app(), {"forget": forget})


async def serve(replay: Replay) -> None:
    """Serve until stdin closes."""
    loop, closed = asyncio.get_running_loop(), asyncio.Event()
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    server = await loop.create_server(lambda: Connection(replay), sock=listening)
    loop.add_reader(sys.stdin, closed.set)
    print(json.dumps(f"http://127.0.0.1:{listening.getsockname()[1]}"), flush=True)
    await closed.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service", choices=["jumpcloud", "onepassword"])
    parser.add_argument("--users", type=int, required=True)
    parser.add_argument("--groups", type=int, required=True)
    given = parser.parse_args()
    asyncio.run(serve(simulator(given.service, company(given.users, given.groups))))


if __name__ == "__main__":
    main()
