"""One of the sandbox's two simulators in its own process, for benchmarks: quick, with a latency, counting requests.

`python bench/simulators.py jumpcloud|onepassword --users N --groups N` prints its address as a line of JSON and serves
until its stdin closes. What the simulator answers to a GET is kept and replayed until something changes, so that what
is measured is the client and not the simulator; every answer leaves when the latency is over, neither sooner nor
(while the machine keeps up) later.
"""

import argparse
import asyncio
import json
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jc1p.sandbox.bridge import Bridge
from jc1p.sandbox.jumpcloud import JumpCloud
from jc1p.sandbox.knobs import BridgeKnobs, JumpCloudKnobs
from jc1p.sandbox.world import OWNER, StartingAccount, World, is_ordinary, make_world, spread

GROUPS_EACH = 6
CONTROL = "/_bench/"


def company(users: int, groups: int) -> World:
    """A company in which everybody has access to the application through six of all groups; 1Password is empty."""
    world = make_world(users=users, groups=groups + 1, assigned_users=users, assigned_groups=groups, accounts=False)
    spread(world, GROUPS_EACH)
    world.accounts.append(StartingAccount(OWNER, "Olivia Owner", is_owner=True))
    return world


def change_one_percent(world: World) -> None:
    """Of a hundred people one changes: of ten such, four get another name, three move, two join and one leaves."""
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
    """A whole answer, kept."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def collect(self, message: Message) -> None:
        """Be the `send` of an application."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")


@dataclass(slots=True)
class Replay:
    """ASGI middleware: latency, the log, control, and answers that are kept until something changes."""

    app: ASGIApp
    control: dict[str, Callable[[], Any]]
    latency: float = 0.0
    log: list[tuple[str, str]] = field(default_factory=list)
    kept: dict[str, Answer] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = asyncio.get_running_loop().time()
        path, query = scope["path"], scope["query_string"].decode()
        if path.startswith(CONTROL):
            await deliver(send, self.controlled(path.removeprefix(CONTROL), query))
            return
        asked = f"{path}?{query}" if query else path
        self.log.append((scope["method"], asked))
        answer = await self.answered(scope, receive, asked)
        left = began + self.latency - asyncio.get_running_loop().time()
        if left > 0:
            await asyncio.sleep(left)
        await deliver(send, answer)

    async def answered(self, scope: Scope, receive: Receive, asked: str) -> Answer:
        if scope["method"] == "GET" and asked in self.kept:
            return self.kept[asked]
        answer = Answer()
        await self.app(scope, receive, answer.collect)
        if scope["method"] == "GET":
            self.kept[asked] = answer
        else:
            self.kept.clear()
        return answer

    def controlled(self, what: str, query: str) -> Answer:
        if what == "latency":
            self.latency, said = float(query) / 1000, None
        elif what == "log":
            said, self.log = self.log, []
        else:
            said = self.control[what]()
            self.kept.clear()
        return Answer(200, [(b"content-type", b"application/json")], json.dumps(said).encode())


async def deliver(send: Send, answer: Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


def simulator(service: str, world: World) -> Replay:
    """The application of a service with its control commands."""
    if service == "jumpcloud":
        knobs = JumpCloudKnobs(shuffles_unsorted=False)
        return Replay(JumpCloud(world, knobs).app(), {"change": lambda: change_one_percent(world)})
    bridge = Bridge(world, BridgeKnobs(user_order="stable"))
    owner = list(bridge.owners)

    def forget() -> None:
        bridge.forget_everything()
        bridge.owners.update([bridge.add_account(OWNER, "Olivia Owner")])

    assert owner
    return Replay(bridge.app(), {"forget": forget})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("service", choices=["jumpcloud", "onepassword"])
    parser.add_argument("--users", type=int, required=True)
    parser.add_argument("--groups", type=int, required=True)
    given = parser.parse_args()
    app = simulator(given.service, company(given.users, given.groups))
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", loop="asyncio"))

    def until_stdin_closes() -> None:
        sys.stdin.read()
        server.should_exit = server.force_exit = True

    threading.Thread(target=until_stdin_closes, daemon=True).start()
    print(json.dumps(f"http://127.0.0.1:{listening.getsockname()[1]}"), flush=True)
    asyncio.run(server.serve(sockets=[listening]))


if __name__ == "__main__":
    main()
