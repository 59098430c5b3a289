"""The connection to a host: its name, and a TLS handshake that sends nothing else."""

import asyncio
import socket
import ssl
from datetime import UTC, datetime
from urllib.parse import urlsplit

from jc1p.clients.http.proxies import proxies_here, proxy_of
from jc1p.clients.http.tls import tls_context
from jc1p.doctor.observations import Tls, Way

TIMEOUT = 10.0
NEXT_ADDRESS = 0.25
"""Seconds until the next address of a name is tried, too: the clients don't wait for a dead one either."""
HTTPS_PORT, HTTP_PORT = 443, 80


async def ask_the_way(url: str, context: ssl.SSLContext | None = None) -> Way:
    """The connection to an address. `context` decides which certificates are trusted; by default the clients' own."""
    parts = urlsplit(url)
    host, is_https = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (HTTPS_PORT if is_https else HTTP_PORT)
    if is_proxied(url):
        return Way(host, is_proxied=True, is_https=is_https)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return Way(host, trouble=getattr(error, "strerror", None) or str(error), is_https=is_https)
    addresses = tuple(dict.fromkeys(str(address[0]) for *_, address in found))
    tls = await shake_hands(host, port, context or tls_context()) if is_https else None
    return Way(host, addresses, is_https=is_https, tls=tls)


def is_proxied(url: str) -> bool:
    """True when requests to an address use a proxy from the environment."""
    return proxy_of(url, proxies_here()) is not None


async def shake_hands(host: str, port: int, context: ssl.SSLContext) -> Tls:
    """The TLS handshake with a host: when its certificate ends, or why it isn't trusted."""
    try:
        async with asyncio.timeout(TIMEOUT):
            _, writer = await asyncio.open_connection(
                host, port, ssl=context, server_hostname=host, happy_eyeballs_delay=NEXT_ADDRESS
            )
    except ssl.SSLCertVerificationError as error:
        return Tls(trouble=error.verify_message, code=error.verify_code)
    except TimeoutError:
        return Tls(trouble=f"no answer in {TIMEOUT:.0f} s")
    except OSError as error:
        return Tls(trouble=error.strerror or str(error) or "the connection was closed")
    certificate = writer.get_extra_info("peercert") or {}
    writer.close()
    return Tls(ends=end_of(str(certificate.get("notAfter", ""))))


def end_of(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
    except ValueError:
        return None
