"""Whole runs through systems in front of a bridge: a gateway that asks for a certificate, a proxy, an IPv6 address."""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from support.inprocess import jc1p

from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

CERTIFICATES = Path(__file__).parents[1] / "certificates"
PASSWORD = "canary-proxy-7a7a"

Greet = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""What a stand-in does with a new connection, before it relays it."""


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


async def silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Only relay."""


@contextmanager
def relay(
    to: str, greet: Greet = silent, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> Iterator[int]:
    """A port in front of the http address `to`, served by a thread while the context lasts."""
    loop, open_ends = asyncio.new_event_loop(), set[asyncio.StreamWriter]()
    far_host, far_port = to.removeprefix("http://").rsplit(":", 1)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ends.add(writer)
        await greet(reader, writer)
        far_reader, far_writer = await asyncio.open_connection(far_host, int(far_port))
        open_ends.add(far_writer)
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    async def end() -> None:
        server.close()
        for writer in open_ends:
            writer.transport.abort()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)

    server = loop.run_until_complete(asyncio.start_server(serve, host, 0, ssl=tls))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until one side ends, and then end the other."""
    with suppress(OSError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    writer.close()


def gateway(newest: ssl.TLSVersion) -> ssl.SSLContext:
    """TLS that asks for a certificate of the test authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "chain.pem", CERTIFICATES / "key.pem")
    context.load_verify_locations(CERTIFICATES / "authority.pem")
    context.verify_mode, context.maximum_version = ssl.CERT_REQUIRED, newest
    return context


def config_at(served: Sandbox, folder: Path, address: str, more: str = "") -> Path:
    """The sandbox's configuration with another address of the bridge, and the authority of the gateway."""
    text = served.config_text(folder / "state").replace(f"scim_url: {served.bridge_url}", f"scim_url: {address}{more}")
    config = folder / "jc1p.yaml"
    config.write_text(f"{text}http:\n  ca_file: {CERTIFICATES / 'authority.pem'}\n  attempts: 2\n")
    config.chmod(0o600)
    return config


CERTIFICATE = f"\n  client_certificate: {{cert: {CERTIFICATES / 'chain.pem'}, key: {CERTIFICATES / 'key.pem'}}}"


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_gateway_that_wants_a_certificate_gets_it_or_is_told_of(
    served: Sandbox, tmp_path: Path, newest: ssl.TLSVersion
) -> None:
    with relay(served.bridge_url, tls=gateway(newest)) as port:
        address = f"https://localhost:{port}"
        without = jc1p("-c", config_at(served, tmp_path, address), "sync", "--yes")
        assert (without.code, "onepassword.client_certificate" in without.err) == (1, True), without
        done = jc1p("-c", config_at(served, tmp_path, address, CERTIFICATE), "sync", "--yes")
        assert (done.code, "1Password  " in done.out) == (0, True), done


def tunnel(seen: list[bytes]) -> Greet:
    """A proxy that answers CONNECT and records its requests."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")

    return greet


def test_bridge_behind_a_proxy_gets_the_token_and_the_proxy_does_not(served: Sandbox, tmp_path: Path) -> None:
    seen: list[bytes] = []
    with (
        relay(served.bridge_url, tls=gateway(ssl.TLSVersion.TLSv1_3)) as inner,
        relay(f"http://127.0.0.1:{inner}", tunnel(seen)) as outer,
    ):
        # Loopback never uses a proxy, so this is a name that only the proxy knows.
        config = config_at(served, tmp_path, "https://scim.example", CERTIFICATE)
        proxy = {"https_proxy": f"http://me:{PASSWORD}@127.0.0.1:{outer}"}
        done = jc1p("-c", config, "sync", "--yes", environment=proxy)
    asked = b"".join(seen)
    assert asked.startswith(b"CONNECT scim.example:443 HTTP/1.1")
    assert served.bridge.token.encode() not in asked
    # The certificate is for localhost: the name is checked through a proxy, too.
    assert (done.code, "is for another host name" in done.err, PASSWORD in done.err) == (1, True, False), done


def test_bridge_at_an_ipv6_address(served: Sandbox, tmp_path: Path) -> None:
    with relay(served.bridge_url, host="::1") as port:
        done = jc1p("-c", config_at(served, tmp_path, f"http://[::1]:{port}"), "sync", "--yes")
    assert (done.code, "1Password  " in done.out) == (0, True), done
