"""TLS for both services, and for whom there is none."""

import ssl
from functools import cache
from ipaddress import ip_address

import httpx


@cache
def tls_context() -> ssl.SSLContext:
    """One context for all clients: building one takes tens of milliseconds."""
    return httpx.create_ssl_context()


@cache
def no_tls_context() -> ssl.SSLContext:
    """For addresses that are plain http: it trusts nobody, and takes no time to build."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def is_loopback(url: str) -> bool:
    """True for localhost and loopback addresses, which no proxy should see."""
    host = httpx.URL(url).host
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
