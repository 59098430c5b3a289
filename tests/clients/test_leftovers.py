"""Bytes that come after an answer must not be read as the answer to the next request on the same connection."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from jc1p.clients.http.auth import KeyAuth
from jc1p.clients.http.exchange import RetryPolicy
from jc1p.clients.http.service import HttpOptions, HttpService
from jc1p.clients.http.tls import TlsFiles

pytestmark = pytest.mark.anyio

CERTIFICATES = Path(__file__).parents[1] / "certificates"
Answering = Callable[[asyncio.StreamWriter, int, bool], Awaitable[None]]


def answer(text: str, more: str = "") -> bytes:
    return (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n{more}\r\n{text}".encode()
    )


STALE = answer('{"id": "stale"}')
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"


async def at_once(writer: asyncio.StreamWriter, number: int, is_first: bool) -> None:
    writer.write(answer(f'{{"id": {number}}}') + STALE)


async def half_of_it(writer: asyncio.StreamWriter, number: int, is_first: bool) -> None:
    """The rest comes when the next request has been sent."""
    writer.write((b"" if is_first else STALE[20:]) + answer(f'{{"id": {number}}}') + STALE[:20])


async def in_two_pieces(writer: asyncio.StreamWriter, number: int, is_first: bool) -> None:
    """As two TLS records."""
    writer.write(answer(f'{{"id": {number}}}'))
    writer.write(STALE)


async def after_chunks(writer: asyncio.StreamWriter, number: int, is_first: bool) -> None:
    writer.write((CHUNKED if number == 1 else answer(f'{{"id": {number}}}')) + STALE)


async def after_no_body(writer: asyncio.StreamWriter, number: int, is_first: bool) -> None:
    """A 204 with a body, which it must not have."""
    first = b"HTTP/1.1 204 No Content\r\n\r\n" if number == 1 else answer(f'{{"id": {number}}}')
    writer.write(first + STALE)


@asynccontextmanager
async def serving(answering: Answering, tls: ssl.SSLContext | None) -> AsyncIterator[tuple[str, list[int]]]:
    """A server whose connections answer every request; the numbers of requests, as the connections saw them."""
    seen: list[int] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_first = True
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                seen.append(len(seen) + 1)
                await answering(writer, seen[-1], is_first)
                is_first = False
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            writer.close()

    server = await asyncio.start_server(talk, "localhost", 0, ssl=tls, family=socket.AF_INET)
    port = server.sockets[0].getsockname()[1]
    yield f"{'https' if tls else 'http'}://localhost:{port}", seen
    server.close()


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("answering", [at_once, half_of_it, in_two_pieces, after_chunks, after_no_body])
async def test_unasked_answer_is_not_taken_for_the_next_one(answering: Answering, is_tls: bool) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if is_tls else None
    if context:
        context.load_cert_chain(CERTIFICATES / "chain.pem", CERTIFICATES / "key.pem")
    async with (
        serving(answering, context) as (url, seen),
        HttpService("JumpCloud", url, KeyAuth("x-api-key", SecretStr("k")),
                    HttpOptions(RetryPolicy(attempts=1), tls=TlsFiles(CERTIFICATES / "authority.pem"))) as service,
    ):  # fmt: skip
        await service.get("/1")
        for number in (2, 3):
            assert (await service.get(f"/{number}")).body == {"id": number}
        assert seen == [1, 2, 3]


async def test_connection_without_leftovers_is_used_again() -> None:
    connections: set[asyncio.StreamWriter] = set()

    async def plain(writer: asyncio.StreamWriter, number: int, is_first: bool) -> None:
        connections.add(writer)
        writer.write(answer(f'{{"id": {number}}}'))

    async with (
        serving(plain, None) as (url, _),
        HttpService("JumpCloud", url, KeyAuth("x-api-key", SecretStr("k"))) as service,
    ):
        for number in range(1, 6):
            assert (await service.get("/")).body == {"id": number}
    assert len(connections) == 1
