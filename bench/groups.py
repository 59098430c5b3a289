"""The cost of a run with 500 groups, 10,000 people and 60,000 memberships: seconds and requests, by kind of run.

Only the requests to the bridge have a bound, since they don't depend on the machine; seconds are only shown.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from jc1p.config import Loaded, load_config
from jc1p.config.settings import fetch_credentials, settings_of
from jc1p.sandbox.days import is_ordinary
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import World, make_world, settle, spread
from jc1p.state.store import open_state
from jc1p.sync.clients import open_clients
from jc1p.sync.observer import Unobserved
from jc1p.sync.pipeline import prepare
from jc1p.sync.real_run import carry_out
from jc1p.sync.run_context import RunContext

GROUPS, PEOPLE, GROUPS_EACH = 500, 10_000, 6
NOW = datetime(2026, 11, 24, tzinfo=UTC)
READING = 5
"""The most requests to the bridge for one reading: configuration, accounts, two full pages of groups, one after."""
CHECKS = 3
"""Beside the writes to one group: the bridge's health and the group before them, and the group after them."""


def nothing(_: World) -> None:
    """The company is in sync."""


def join_one(world: World) -> None:
    join(world, 1, 1)


def join_many(world: World) -> None:
    join(world, 2, 250)


def join(world: World, position: int, count: int) -> None:
    """This many ordinary people join the assigned group at a position."""
    group = world.groups[world.assigned_groups[position]]
    outside = sorted(world.effective().keys() - set(group.members))
    group.members += [id_ for id_ in outside if is_ordinary(world.users[id_])][-count:]


RUNS: list[tuple[str, Callable[[World], None], int]] = [
    ("nothing to do", nothing, READING),
    ("one person joins one group", join_one, READING + CHECKS + 1),
    ("250 people join one group", join_many, READING + CHECKS + 3),
]
"""Name, what happens before, and the most requests to the bridge."""


async def run(loaded: Loaded, state_folder: Path) -> int:
    """One whole sync; returns the requests to JumpCloud."""
    with open_state(state_folder) as state:
        settings = settings_of(loaded.config)
        context = RunContext(state, state_folder, f"run-{time.time_ns()}", "sync", NOW)
        async with open_clients(settings, fetch_credentials(loaded), "bench") as clients:
            prepared = await prepare(clients, settings, context)
            await carry_out(prepared, clients, context, Unobserved())
            return clients.requests.jumpcloud


def main() -> None:
    world = make_world(users=PEOPLE + 50, groups=GROUPS + 10, assigned_users=PEOPLE, assigned_groups=GROUPS)
    spread(world, GROUPS_EACH)
    settle(world)
    print(f"{GROUPS} groups, {PEOPLE:,} people, {PEOPLE * GROUPS_EACH:,} memberships\n")
    print("| run | seconds | JumpCloud requests | bridge requests | of these writes | bound |")
    print("|---|---|---|---|---|---|")
    over = False
    with tempfile.TemporaryDirectory() as name, Sandbox(world) as sandbox:
        folder = Path(name)
        path = folder / "jc1p.yaml"
        path.write_text(sandbox.config_text(folder / "state"))
        loaded = load_config(path, {})
        for title, happens, bound in RUNS:
            happens(world)
            sandbox.requests.clear()
            began = time.perf_counter()
            jumpcloud = asyncio.run(run(loaded, folder / "state"))
            seconds = time.perf_counter() - began
            methods = [each.method for each in sandbox.requests if each.service == "onepassword"]
            writes = len(methods) - methods.count("GET")
            print(f"| {title} | {seconds:.1f} | {jumpcloud} | {len(methods)} | {writes} | at most {bound} |")
            over = over or len(methods) > bound
    sys.exit(over)


if __name__ == "__main__":
    main()
