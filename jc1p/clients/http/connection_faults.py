"""Why there was no answer, in words for admins: the cause of httpx's error, and what to do about it.

No text names the host: the caller says where the request went, unless the address is a secret.
"""

import errno
import re
import socket
import ssl
import zlib
from collections.abc import Iterator
from typing import NamedTuple, TypeVar

import httpx

from jc1p.clients.http.bodies import UnknownCompression

NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError,
                httpx.UnsupportedProtocol, httpx.InvalidURL)  # fmt: skip
"""Errors before anything was sent: after these, even a create may be repeated."""

BROKEN_OFF = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError, ssl.SSLError, ConnectionError)
"""A connection that broke during a request: the page may be too large for a device in between."""

DISTRUSTED = {
    9: "the TLS certificate is not valid yet; check this machine's clock",
    10: "the TLS certificate has expired",
    62: "the TLS certificate is for another host name",
    64: "the TLS certificate is for another address",
}
"""OpenSSL's codes in words."""

UNTRUSTED = "the TLS certificate is not trusted"
CHAIN = (
    "Check that the service sends the complete chain with intermediate certificates. For your own certificate "
    "authority, set http.ca_file to its PEM file."
)
NAME = "Check that the host name in {key} matches the certificate."
RENEW = "Renew the certificate where TLS ends."
PLAIN = "The port may use plain http. Check {key}."
CLIENT = "Set onepassword.client_certificate to the certificate and key that the gateway requires."
NO_CLIENT = "A proxy or firewall on the way may end TLS. Exempt this host there."
OLD = "Turn on TLS 1.2 or later where TLS ends."
CHANGED = "A proxy or gateway on the way may change answers. Exempt this host there, or run `jc1p doctor`."
NO_ROUTE = "Check this machine's network and {key}, or run `jc1p doctor`."
RESOLVE = "Check {key} and DNS, or run `jc1p doctor`."
REFUSED = "Check that the service is up and that {key} has the right port, or run `jc1p doctor`."
SLOW = "It may be down or busy, or a firewall drops the connection. Try again later, or run `jc1p doctor`."
CUT = "It may be down, or a firewall or gateway may cut the connection{certificate}. Try again, or run `jc1p doctor`."
CUT_WITHOUT_CERTIFICATE = ", for example because it requires onepassword.client_certificate"
CUT_BY_PROXY = "The proxy may ask for a login, or not allow this host. Check {key}, or try again."
PROXY = "Check {key}, and that the proxy allows this host."
PROXY_LOGIN = "Put the proxy's user and password into {key}."

BRIDGE_ADDRESS = "onepassword.scim_url"
"""Only in front of the bridge may a gateway ask for a certificate; with TLS 1.3 it closes the connection to say so."""

PROXY_AUTHENTICATION_REQUIRED = 407

UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})

ALERTS = (
    (("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL"), "it supports no TLS version from 1.2 on", OLD),
    (("CERTIFICATE_REQUIRED", "BAD_CERTIFICATE", "UNKNOWN_CA", "HANDSHAKE_FAIL"),
     "it requires a valid TLS client certificate", CLIENT),
    (("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"), "this port does not use TLS", PLAIN),
)  # fmt: skip
"""Parts of OpenSSL's reasons, and what they mean. Another try can't help."""

WAITING = (ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""TLS raises these while it waits for data. They are not faults, though often the context of one."""

RECEIVED = re.compile(r""": (?:bytearray\()?b['"].*""", re.DOTALL)
"""The bytes that h11 quotes at the end of an error: up to 100 kB, and perhaps a credential in any spelling."""

Kind = TypeVar("Kind", bound=BaseException)


class Words(NamedTuple):
    """What happened, and what to do; `is_lasting` if another try can't help."""

    what: str
    hint: str
    is_lasting: bool = False


def words_for(error: Exception, *, address_key: str, proxy_variable: str, seconds: float) -> Words:
    """What happened to a request. `address_key` is the key of its address, `proxy_variable` is "" without a proxy.

    `seconds` is how long jc1p waited for an answer.
    """
    words = proxy_words(error) or tls_words(error) or network_words(error, seconds)
    key, hint = address_key or "the address", words.hint
    if hint == CLIENT and key != BRIDGE_ADDRESS:
        hint = NO_CLIENT
    if hint in OF_THE_PROXY and proxy_variable and (hint != CUT or isinstance(error, NOTHING_SENT)):
        key, hint = proxy_variable, OF_THE_PROXY[hint]
    certificate = CUT_WITHOUT_CERTIFICATE if key == BRIDGE_ADDRESS else ""
    return Words(words.what, hint.format(key=key, certificate=certificate), words.is_lasting)


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and all its causes, including those in exception groups."""
    seen, waiting = set[int](), [error]
    while waiting and len(seen) < 50:  # noqa: PLR2004 - no chain is so long
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [cause for cause in (each.__cause__, each.__context__) if cause]
        waiting += each.exceptions if isinstance(each, BaseExceptionGroup) else []


def cause_of(error: BaseException, kind: type[Kind]) -> Kind | None:
    return next((each for each in causes(error) if isinstance(each, kind)), None)


def proxy_words(error: Exception) -> Words | None:
    if not isinstance(error, httpx.ProxyError):
        return None
    said = str(error)
    if said.startswith(str(PROXY_AUTHENTICATION_REQUIRED)):
        return Words(f"the proxy asks for a login ({said})", PROXY_LOGIN, is_lasting=True)
    return Words(f"the proxy refused the connection ({said})", PROXY, is_lasting=said.startswith("403"))


def tls_words(error: Exception) -> Words | None:
    if distrust := cause_of(error, ssl.SSLCertVerificationError):
        return distrusted(distrust.verify_code, distrust.verify_message)
    found = next(
        (each for each in causes(error) if isinstance(each, ssl.SSLError) and not isinstance(each, WAITING)), None
    )
    said = str(getattr(found, "reason", None) or found or error)
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return distrusted(0, said)
    if found is None:
        return None
    for names, what, hint in ALERTS:
        if any(name in said for name in names):
            return Words(f"{what} ({said})", hint, is_lasting=True)
    return Words(f"the TLS connection failed ({said})", CUT)


def distrusted(code: int, said: str) -> Words:
    hint = {10: RENEW, 62: NAME, 64: NAME}.get(code, CHAIN)
    return Words(DISTRUSTED.get(code, f"{UNTRUSTED}: {said}"), hint, is_lasting=True)


def network_words(error: Exception, seconds: float) -> Words:
    found = next((words for causes_of, words in BY_CAUSE if any(cause_of(error, kind) for kind in causes_of)), None)
    if found:
        return found
    codes = {each.errno for each in causes(error) if isinstance(each, OSError)}
    if codes & UNREACHABLE:
        return Words("this machine has no route to it", NO_ROUTE)
    if isinstance(error, httpx.TimeoutException):
        return Words(f"it was silent for {seconds:g} s", SLOW)
    if isinstance(error, httpx.RemoteProtocolError):
        return Words(RECEIVED.sub("", str(error)), CUT)
    return Words(str(error) or type(error).__name__, SLOW)


OF_THE_PROXY = {
    **{hint: hint for hint in (PROXY, PROXY_LOGIN, RESOLVE, REFUSED, NO_ROUTE)}, CUT: CUT_BY_PROXY, PLAIN: CUT_BY_PROXY,
}  # fmt: skip
"""Hints that are about the proxy if there is one: jc1p resolves, connects and talks to the proxy first."""

BY_CAUSE: tuple[tuple[tuple[type[Exception], ...], Words], ...] = (
    ((socket.gaierror,), Words("its name cannot be resolved", RESOLVE)),
    ((ConnectionRefusedError,), Words("it refused the connection", REFUSED)),
    ((ConnectionResetError,), Words("the connection was reset", CUT)),
    ((httpx.ConnectTimeout,), Words("the connection timed out", SLOW)),
    ((httpx.PoolTimeout,), Words("no free connection in time", SLOW)),
    ((UnknownCompression,), Words("the answer is compressed in a way that was not asked for", CHANGED)),
    ((zlib.error,), Words("the answer cannot be decompressed", CHANGED)),
    (
        (httpx.InvalidURL, httpx.UnsupportedProtocol),
        Words("this is not a valid address", "Check {key}.", is_lasting=True),
    ),
)
