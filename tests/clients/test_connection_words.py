"""Messages about TLS, proxies and names between jc1p and a service. Real sockets on loopback."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr
from support.raw_server import serving

from jc1p.clients.http.auth import KeyAuth
from jc1p.clients.http.connection_faults import words_for
from jc1p.clients.http.exchange import RetryPolicy
from jc1p.clients.http.proxies import check_proxies, proxy_of, proxy_secrets
from jc1p.clients.http.service import HttpOptions, HttpService
from jc1p.clients.http.tls import TlsFiles, tls_context
from jc1p.doctor.probes.network import is_proxied
from jc1p.errors import ConfigError, Unreachable

pytestmark = pytest.mark.anyio

CERTIFICATES = Path(__file__).parents[1] / "certificates"
OURS = TlsFiles(CERTIFICATES / "authority.pem")
AS_CLIENT = TlsFiles(CERTIFICATES / "authority.pem", CERTIFICATES / "chain.pem", CERTIFICATES / "key.pem")


def service(url: str, tls: TlsFiles = OURS, *, attempts: int = 2, concurrency: int = 8) -> HttpService:
    return HttpService(
        "the bridge", url, KeyAuth("x-api-key", SecretStr("canary-key")),
        HttpOptions(RetryPolicy(attempts, timeout=5), concurrency, tls=tls, sleep=lambda _: asyncio.sleep(0)),
        address_key="onepassword.scim_url",
    )  # fmt: skip


@asynccontextmanager
async def served(certificate: str | None, *, asks: bool = False) -> AsyncIterator[int]:
    """A loopback port that answers {} over TLS with a test certificate, or over plain http."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / certificate, CERTIFICATES / "key.pem")
        if asks:
            # With 1.3 a client learns of it after the handshake, or gets only a reset.
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(CERTIFICATES / "authority.pem")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readline():
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    server = await asyncio.start_server(answer, "localhost", 0, ssl=context, family=socket.AF_INET)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def refusal(url: str, tls: TlsFiles = OURS) -> Unreachable:
    async with service(url, tls) as http:
        with pytest.raises(Unreachable) as caught:
            await http.get("/x")
    return caught.value


async def test_an_authority_of_ones_own_is_trusted_in_addition_to_the_known_ones() -> None:
    async with served("chain.pem") as port, service(f"https://localhost:{port}") as http:
        assert (await http.get("/x")).status == 200
    known = len(tls_context().get_ca_certs())
    assert len(tls_context(OURS).get_ca_certs()) == known + 1


@pytest.mark.parametrize(
    ("certificate", "tls", "what", "hint"),
    [
        ("chain.pem", TlsFiles(), "the TLS certificate is not trusted", "http.ca_file"),
        ("leaf.pem", OURS, "the TLS certificate is not trusted", "intermediate"),
        ("expired.pem", OURS, "the TLS certificate has expired", "Renew"),
        ("other-name.pem", OURS, "the TLS certificate is for another host name", "onepassword.scim_url"),
        (None, OURS, "this port does not use TLS", "onepassword.scim_url"),
    ],
)
async def test_tls_that_does_not_come_about_is_told_with_its_way_out(
    certificate: str | None, tls: TlsFiles, what: str, hint: str
) -> None:
    async with served(certificate) as port:
        error = await refusal(f"https://localhost:{port}", tls)
    assert f"GET /x got no answer from localhost:{port}: {what}" in error.message
    assert hint in (error.hint or "")


async def test_a_gateway_that_asks_for_a_certificate_is_told_by_its_key() -> None:
    async with served("chain.pem", asks=True) as port:
        error = await refusal(f"https://localhost:{port}")
    assert "onepassword.client_certificate" in (error.hint or "")
    alert = ssl.SSLError(1, "alert")
    alert.reason = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
    words = words_for(alert, address_key="", proxy_variable="", seconds=1)
    assert words.what.startswith("it requires a valid TLS client certificate")
    assert words.is_lasting


@pytest.mark.parametrize(
    ("reason", "what", "hint"),
    [
        ("TLSV1_ALERT_PROTOCOL_VERSION", "it supports no TLS version from 1.2 on", "Turn on TLS 1.2"),
        ("UNSUPPORTED_PROTOCOL", "it supports no TLS version from 1.2 on", "Turn on TLS 1.2"),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", "it requires a valid TLS client certificate", "proxy or firewall on the way"),
    ],
)
def test_alerts_of_old_and_strict_servers_have_their_own_words(reason: str, what: str, hint: str) -> None:
    """As `openssl s_server` sends them with -tls1, and without a common cipher."""
    alert = ssl.SSLError(1, "alert")
    alert.reason = reason
    words = words_for(alert, address_key="jumpcloud.url", proxy_variable="", seconds=1)
    assert (what in words.what, hint in words.hint, words.is_lasting) == (True, True, True)


async def test_address_without_a_route_is_told() -> None:
    """The address for broadcasts, to which TCP never has a route."""
    error = await refusal("https://255.255.255.255")
    assert error.message.endswith("from 255.255.255.255:443: this machine has no route to it")
    assert "this machine's network" in (error.hint or "")


def test_a_client_certificate_is_loaded_with_its_key() -> None:
    assert tls_context(AS_CLIENT) is not tls_context(OURS)


async def test_a_port_where_nobody_listens_and_a_name_that_is_none() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        error = await refusal(f"http://127.0.0.1:{port}")
    assert error.message == f"the bridge: GET /x got no answer from 127.0.0.1:{port}: it refused the connection"
    error = await refusal("http://scim.example.invalid")
    assert error.message.endswith("from scim.example.invalid:80: its name cannot be resolved")
    assert error.hint == "Check onepassword.scim_url and DNS, or run `jc1p doctor`."


@pytest.mark.parametrize("spelled", ["canary-key"[:9], "CANARY-KEY", " ".join("canary-key"), "canary%2dkey"])
@pytest.mark.parametrize("form", ["no {}\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz{}\r\n"])
async def test_an_answer_that_is_not_http_is_not_quoted(form: str, spelled: str) -> None:
    async def quote(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(form.format(spelled).encode())

    async with serving(quote) as address:
        error = await refusal(address)
    assert ": illegal " in error.message
    assert spelled not in error.message


@pytest.mark.parametrize("spelled", ["canary-prox", "CANARY-PROXY-4E4E"])
async def test_a_proxy_that_quotes_its_password_in_another_spelling_is_not_quoted(
    spelled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 407 No {spelled}\r\nContent-Length: 0\r\n\r\n".encode())

    async with serving(refuse) as address:
        monkeypatch.setenv("https_proxy", address.replace("://", f"://me:{PASSWORD}@"))
        error = await refusal("https://scim.example")
    assert spelled not in error.message


# --- proxies ------------------------------------------------------------------------------------------------

PASSWORD = "canary-proxy-4e4e"


@pytest.mark.parametrize(
    ("status", "what", "hint"),
    [
        (407, "the proxy asks for a login", "user and password into https_proxy"),
        (403, "the proxy refused", "allows this host"),
    ],
)
async def test_a_proxy_that_refuses_is_named_without_its_password(
    status: int, what: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status} No {PASSWORD}\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("https_proxy", f"http://me:{PASSWORD}@127.0.0.1:{port}")
        error = await refusal("https://scim.example")
    assert f"from scim.example:443 through the proxy 127.0.0.1:{port}: {what}" in error.message
    assert hint in (error.hint or "")
    assert PASSWORD not in error.message + (error.hint or "")


BAD = {
    "HTTPS_PROXY": [f"socks5://me:{PASSWORD}@proxy:1080", f"ftp://me:{PASSWORD}@proxy", f"http://me:{PASSWORD}#1@proxy",
                    f"http://me:{PASSWORD}@proxy:99999", f"http://me:{PASSWORD}/1@proxy:80", f"me:{PASSWORD}@a:http",
                    f"http://me:{PASSWORD}@:80", f"http://me:12#{PASSWORD}@proxy:80", f"http://me:{PASSWORD}@[::1"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_variables_that_cannot_be_used_are_configuration_errors_without_secrets(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name) as caught:
        check_proxies("https://scim.example", {name: value})
    assert PASSWORD not in caught.value.message + (caught.value.hint or "")


GOOD = ["http://proxy:3128", "proxy:3128", "https://proxy", f"http://me:{PASSWORD}@proxy:3128", "http://[::1]:3128"]


@pytest.mark.parametrize("value", GOOD)
async def test_what_passes_the_check_httpx_takes(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    odd = "localhost,127.0.0.0/8 .example.com,*.example.org,::1,10.0.0.1:80,http://x.example,fd00::/8,[::1]:8,<local>,a:b:c"
    monkeypatch.setenv("NO_PROXY", odd)
    async with service("https://scim.example"):
        pass


def test_an_ipv6_address_behind_a_proxy_is_refused_unless_it_is_excepted() -> None:
    environment = {"HTTPS_PROXY": "http://proxy:3128"}
    with pytest.raises(ConfigError, match="IPv6"):
        check_proxies("https://[2001:db8::1]", environment)
    check_proxies("https://[2001:db8::1]", environment | {"NO_PROXY": "2001:db8::1"})


AT = "https://scim.example"


@pytest.mark.parametrize(
    ("environment", "url", "used"),
    [
        ({"https_proxy": "http://a", "HTTPS_PROXY": "http://b"}, AT, "a"),
        ({"https_proxy": "", "HTTPS_PROXY": "http://b"}, AT, None),
        ({"https_proxy": "", "ALL_PROXY": "http://b"}, AT, "b"),
        ({"http_proxy": "http://a"}, AT, None),
        ({"https_proxy": "http://a", "no_proxy": "", "NO_PROXY": "scim.example"}, AT, "a"),
        ({"https_proxy": "http://a", "no_proxy": "other", "NO_PROXY": "scim.example"}, AT, "a"),
    ],
)
def test_variable_in_lower_case_counts_if_it_is_set(environment: dict[str, str], url: str, used: str | None) -> None:
    found = proxy_of(url, environment)
    assert (found and found[1].hostname) == used


@pytest.mark.parametrize(
    ("listed", "url", "is_used"),
    [
        ("*", AT, False), ("x *", AT, False), ("x, scim.example", AT, False), ("x scim.example\ty", AT, False),
        ("SCIM.Example", AT, False), ("scim.example", f"{AT}.", False), ("scim.example", f"{AT}:443", False),
        ("https://scim.example", AT, False), ("all://scim.example/", AT, False), ("http://scim.example", AT, True),
        ("scim.example:8443", f"{AT}:8443", False), ("scim.example:8443", AT, True), ("scim.example:443", AT, False),
        ("scim.example:80", AT, True), ("example:443", AT, False), ("other, *.example", AT, False),
        (".example", AT, False), (".scim.example", AT, True), ("im.example", AT, True), ("*im.example", AT, True),
        ("scim.example:http", AT, True), (" , ,", AT, True), ("1/2/3,:443,.,<local>", AT, True),
        ("10.0.0.0/8", "https://10.1.2.3", False), ("10.0.0.0/16", "https://10.1.2.3", True),
        ("10.0.0.0/8", AT, True), ("10.1.2.3:443", "https://10.1.2.3", False), ("10.1.2.3", "https://10.1.2.30", True),
        ("fd00::/8", "https://[fd12::1]", False), ("fd00::/8", "https://[2001:db8::1]", True), ("fd00::/8", AT, True),
        ("[fd12::1]", "https://[fd12:0::1]", False), ("[fd12::1]:443", "https://[fd12::1]", False),
        ("[fd12::1]:80", "https://[fd12::1]", True), ("fd12::1", "https://[fd12::1]:8443", False),
        ("fe80::1%eth0", "https://[fe80::1]", False), ("localhost,fd00::/8,::1", AT, True),
    ],
)  # fmt: skip
async def test_entry_of_no_proxy_means_what_it_means_for_other_programs(
    listed: str, url: str, is_used: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {"https_proxy": "http://proxy:3128", "no_proxy": listed}
    assert bool(proxy_of(url, environment)) is is_used
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert is_proxied(url) is is_used


def test_loopback_never_uses_a_proxy() -> None:
    """The service for tokens gets its address with each request, which may be the sandbox's."""
    for url in ("http://127.0.0.1:8001/oauth2/token", "https://localhost", "http://[::1]:8002"):
        assert proxy_of(url, {"http_proxy": "http://a", "https_proxy": "http://a", "all_proxy": "http://a"}) is None


@pytest.mark.parametrize(
    ("proxy", "what"),
    [("http://127.0.0.1:1", "it refused the connection"), ("http://proxy.invalid:1", "its name cannot be resolved")],
)
async def test_proxy_that_cannot_be_reached_is_to_be_checked_and_not_the_service(
    proxy: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    error = await refusal("https://scim.example")
    assert error.message.endswith(f"through the proxy {proxy.removeprefix('http://')}: {what}")
    assert "https_proxy" in (error.hint or "")
    assert "scim_url" not in (error.hint or "")


async def test_proxy_that_ends_tunnels_is_named_by_every_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """httpcore keeps the place of such a connection; with few places, later requests would wait for one in vain."""

    async def refuse_tls(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")

    async with serving(refuse_tls) as address:
        monkeypatch.setenv("https_proxy", address)
        async with service("https://scim.example", attempts=4, concurrency=1) as http:
            with pytest.raises(Unreachable, match="the TLS connection failed") as caught:
                await http.get("/x")
            assert http.requests == 4
    assert "may ask for a login" in (caught.value.hint or "")


async def test_proxy_at_an_https_address_is_trusted_by_the_configured_authorities(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "chain.pem", CERTIFICATES / "key.pem")
    server = await asyncio.start_server(refuse, "127.0.0.1", 0, ssl=context)
    async with server:
        monkeypatch.setenv("https_proxy", f"https://localhost:{server.sockets[0].getsockname()[1]}")
        assert "the proxy refused the connection (403 No)" in (await refusal("https://scim.example")).message


def test_passwords_of_proxies_are_known_in_both_forms() -> None:
    found = {each.get_secret_value() for each in proxy_secrets({"ALL_PROXY": "http://me:pass%23word@proxy:80"})}
    assert found == {"pass%23word", "pass#word"}


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "http.ca_file", "onepassword.client_certificate"])
@pytest.mark.parametrize("exists", [True, False])
def test_certificates_that_cannot_be_used_are_named(
    name: str, exists: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    path = tmp_path / "file.pem"
    if exists:
        path.write_text("no PEM")
    files = {"SSL_CERT_FILE": TlsFiles(), "http.ca_file": TlsFiles(path)}.get(name, TlsFiles(None, path, path))
    if name == "SSL_CERT_FILE":
        monkeypatch.setenv(name, str(path))
        tls_context.cache_clear()
    with pytest.raises(ConfigError, match=f"{name}: cannot use {path}"):
        tls_context(files)
