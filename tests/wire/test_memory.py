"""With 256 MB for data, the limit of the Helm chart, no answer of a service kills a run: it ends with our error.

Tests the installed program, since the limit applies to a process.
"""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.installed import PROGRAM, config_for, surroundings
from support.raw_server import Answering, drip, serving

from jc1p.sandbox.faults import ALWAYS, Fault, Kind
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

pytestmark = [pytest.mark.matrix, pytest.mark.anyio]

LIMITED = ["sh", "-c", 'ulimit -d 262144 && exec "$0" "$@"', str(PROGRAM)]
HURRY = "http: {attempts: 2, max_elapsed: 6}\n"
NO_HURRY = "http: {attempts: 2, max_elapsed: 120}\n"
"""For runs that end because of size, even on a busy machine."""
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
PIECE = b"10000\r\n" + b" " * 65536 + b"\r\n"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


async def run(config: Path, *command: str) -> tuple[int | None, str]:
    """Exit code and stderr."""
    process = await asyncio.create_subprocess_exec(
        *LIMITED, "-c", str(config), *command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, env=surroundings(config.parent, None),
    )  # fmt: skip
    _, said = await process.communicate()
    return process.returncode, said.decode()


def check(code: int | None, said: str) -> None:
    assert (code, "error: " in said) == (1, True), said[-2000:]
    assert "MemoryError" not in said
    assert "bug" not in said


@pytest.mark.parametrize("service", ["jumpcloud", "onepassword"])
@pytest.mark.parametrize("kind", ["bomb", "slow-body"])
async def test_a_bomb_and_a_slow_body_end_in_our_error(
    sandbox: Sandbox, tmp_path: Path, kind: Kind, service: str
) -> None:
    sandbox.faults.append(Fault(kind, service=service, times=ALWAYS))
    patience = NO_HURRY if kind == "bomb" else HURRY
    code, said = await run(config_for(sandbox, tmp_path, more=patience), "sync", "-y")
    check(code, said)
    assert ("more than 16 MB" if kind == "bomb" else "no complete answer") in said


async def endless(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await drip(writer, HEAD + b"\r\n", PIECE, every=0)


async def endless_header(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await drip(writer, b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536, every=0)


async def endless_error(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await drip(writer, HEAD.replace(b"200 OK", b"400 No") + b"\r\n", PIECE.replace(b" ", b"<"), every=0)


@pytest.mark.parametrize("answer", [endless, endless_header, endless_error], ids=lambda each: each.__name__)
@pytest.mark.parametrize("service", ["jumpcloud", "onepassword"])
async def test_an_endless_answer_ends_in_our_error(
    sandbox: Sandbox, tmp_path: Path, answer: Answering, service: str
) -> None:
    async with serving(answer) as url:
        address = sandbox.jumpcloud_url if service == "jumpcloud" else sandbox.bridge_url
        code, said = await run(config_for(sandbox, tmp_path, replace=(address, url), more=HURRY), "sync", "-y")
    check(code, said)


async def test_the_limit_leaves_room_for_a_run(sandbox: Sandbox, tmp_path: Path) -> None:
    config = config_for(sandbox, tmp_path)
    code, said = await run(config, "sync", "-y")
    assert code == 0, said
    hungry = [*LIMITED[:3], "python3", "-c", "b' ' * 300_000_000"]
    assert await (await asyncio.create_subprocess_exec(*hungry, stderr=subprocess.DEVNULL)).wait() == 1
