"""However slowly and however much a service sends, a request ends: over raw sockets, in real time."""

import asyncio
import gzip
import time
import tracemalloc
import zlib

import httpx
import pytest
from pydantic import SecretStr
from support.raw_server import Answering, drip, serving
from support.wire import Clock

import jc1p.clients.http.retries  # noqa: F401 - imported with a first fault, which must not take of the time here
from jc1p.clients.http.auth import KeyAuth
from jc1p.clients.http.bodies import MOST, decoder
from jc1p.clients.http.exchange import Repeat, RetryPolicy
from jc1p.clients.http.responses import plain
from jc1p.clients.http.service import HttpOptions, HttpService
from jc1p.errors import AnswerTooLarge, OutcomeUnknown, Unreachable
from jc1p.runtime.clocks import seconds_awake_or_asleep

pytestmark = pytest.mark.anyio

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n"
SOON = RetryPolicy(attempts=3, max_elapsed=0.4)
PATIENT = RetryPolicy(attempts=3, max_elapsed=3600)
"""What ends with this policy doesn't end because of the time."""
LONG = 60
"""Seconds after which a test has failed, however busy the machine is."""


def service(url: str, retry: RetryPolicy = SOON, concurrency: int = 8) -> HttpService:
    auth = KeyAuth("x-api-key", SecretStr("canary-key"))
    return HttpService("JumpCloud", url, auth, HttpOptions(retry, concurrency))


async def slow_headers(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await drip(writer, HEAD, b"X-More: 1\r\n")


async def slow_body(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await drip(writer, CHUNKED + b"\r\n", b"1\r\n \r\n")


async def endless_103s(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await drip(writer, b"", b"HTTP/1.1 103 Early Hints\r\n\r\n")


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def busy_then_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 429 Busy\r\nRetry-After: 0.01\r\nContent-Length: 9\r\n\r\nslow down")
    await reader.read()


async def test_a_deadline_that_ends_another_try_names_what_the_one_before_failed_with() -> None:
    async with serving(busy_then_silent) as url, service(url, SOON._replace(max_elapsed=2)) as http:
        with pytest.raises(
            Unreachable, match=r"no complete answer .*; previous attempt: .* answered 429 .*slow down"
        ) as caught:
            await http.get("/x")
    assert "fewer requests" in (caught.value.hint or "")


@pytest.mark.parametrize("answer", [slow_headers, slow_body, endless_103s, silence])
async def test_a_request_ends_at_max_elapsed_while_bytes_come(answer: Answering) -> None:
    async with serving(answer) as url, service(url) as http:
        async with asyncio.timeout(LONG):
            with pytest.raises(Unreachable, match=r"GET /x got no complete answer from 127\.0\.0\.1:\d+ within 0\.4 s"):
                await http.get("/x")
            with pytest.raises(OutcomeUnknown, match="no complete answer"):
                await http.send("POST", "/x", body={}, repeat=Repeat.CREATE)
            with pytest.raises(Unreachable, match="no complete answer"):
                await http.look("GET", "/x")
        assert http.requests == 3


@pytest.mark.parametrize("answer", [slow_headers, slow_body, endless_103s])
async def test_a_cancelled_request_ends_at_once(answer: Answering) -> None:
    is_answering = asyncio.Event()

    async def notice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_answering.set()
        await answer(reader, writer)

    async with serving(notice) as url, service(url, PATIENT) as http, asyncio.timeout(LONG):
        asking = asyncio.create_task(http.get("/x"))
        await is_answering.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert http.requests == 1


async def test_change_is_not_sent_again_after_the_machine_slept() -> None:
    """For hours: meanwhile an admin may have wanted the opposite."""
    clock = Clock()

    async def sleep_at_the_second(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        clock.now += 3600 * (http.requests > 1)

    auth = KeyAuth("x-api-key", SecretStr("canary-key"))
    async with (
        serving(sleep_at_the_second) as url,
        HttpService("bridge", url, auth, HttpOptions(clock=clock, sleep=clock.sleep)) as http,
    ):
        with pytest.raises(Unreachable):
            await http.send("PATCH", "/x", body={})
        assert http.requests == 2
    assert HttpService("bridge", url, auth).options.clock is seconds_awake_or_asleep


async def test_waiting_in_our_own_queue_is_no_time_of_the_request() -> None:
    """All requests together take longer than one of them may, and each takes a twentieth of that."""

    async def later(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        writer.write(HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}")

    retry, began = SOON._replace(max_elapsed=1), time.monotonic()
    async with serving(later) as url, service(url, retry, concurrency=1) as http:
        answers = await asyncio.gather(*(http.get("/x") for _ in range(25)))
        assert time.monotonic() - began > retry.max_elapsed
    assert [answer.status for answer in answers] == [200] * 25


async def bomb(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Two hundred megabytes of spaces."""
    pack = zlib.compressobj(wbits=31)
    packed = b"".join(pack.compress(b" " * 1_000_000) for _ in range(200)) + pack.flush()
    length = f"Content-Length: {len(packed)}\r\n\r\n".encode()
    writer.write(HEAD + b"Content-Encoding: gzip\r\nConnection: close\r\n" + length + packed)
    await writer.drain()


async def endless_chunks(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    piece = b" " * 65536
    await drip(writer, CHUNKED + b"\r\n", b"10000\r\n" + piece + b"\r\n", every=0)


@pytest.mark.parametrize("answer", [bomb, endless_chunks])
async def test_no_more_than_16_mb_of_an_answer_are_taken(answer: Answering) -> None:
    async with serving(answer) as url, service(url, PATIENT) as http:
        tracemalloc.start()
        try:
            with pytest.raises(AnswerTooLarge, match="more than 16 MB"):
                await http.get("/x")
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert http.requests == 2
    assert peak < 4 * MOST


async def test_of_an_error_only_the_beginning_is_read() -> None:
    sent = 0

    async def page(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 400 No\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"<" * 65536 + b"\r\n")
            await writer.drain()
            sent += 65536

    async with serving(page) as url, service(url, PATIENT) as http, asyncio.timeout(LONG):
        assert (await http.get("/x")).status == 400
    assert sent < MOST


@pytest.mark.parametrize("page", ["<" * 1_000_000, "<script" * 200_000, "<style>" * 200_000, "&" * 1_000_000])
def test_the_text_of_a_page_takes_no_time(page: str) -> None:
    began = time.process_time()
    plain(page)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("encoding", "what"),
    [
        ("zstd", "compressed in a way that was not asked for"), ("gzip, gzip", "in a way that was not asked for"),
        ("gzip", "the answer cannot be decompressed"),
    ],
)  # fmt: skip
async def test_an_answer_that_cannot_be_unpacked_is_a_fault_of_what_is_in_between(encoding: str, what: str) -> None:
    async def packed(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = HEAD + f"Content-Encoding: {encoding}\r\n".encode()
        writer.write(head + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}")

    async with serving(packed) as url, service(url, PATIENT._replace(attempts=1)) as http:
        with pytest.raises(Unreachable, match=what) as caught:
            await http.get("/x")
    assert "proxy or gateway on the way" in (caught.value.hint or "")


async def test_a_damaged_archive_is_read_again() -> None:
    answers = [b"\x1f\x8bnot gzip", gzip.compress(b'{"ok": true}')]

    async def packed(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = answers.pop(0)
        length = f"Content-Length: {len(body)}\r\n\r\n".encode()
        writer.write(HEAD + b"Content-Encoding: gzip\r\nConnection: close\r\n" + length + body)

    async with serving(packed) as url, service(url, PATIENT) as http:
        assert (await http.get("/x")).body == {"ok": True}


@pytest.mark.parametrize("size", [1, 2, 7, 4096])
async def test_gzip_in_several_parts_is_read_whole_however_it_is_cut(size: int) -> None:
    parts, text = (b'[{"a": 1},', b"", b' {"b": 2}]'), b'[{"a": 1}, {"b": 2}]'
    sent = b"".join(map(gzip.compress, parts)) + b"\0\0"
    decode, body = decoder(httpx.Headers({"Content-Encoding": "gzip"})), b""
    for at in range(0, len(sent), size):
        body += decode(sent[at : at + size], 100)
    assert body == text


async def test_gzip_in_many_parts_ends_at_the_limit() -> None:
    decode = decoder(httpx.Headers({"Content-Encoding": "gzip"}))
    assert decode(gzip.compress(b"x" * 10) * 50, 25) == b"x" * 25
