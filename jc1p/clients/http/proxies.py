"""The proxies in the environment: which one an address uses, whether it is valid, and its passwords.

jc1p decides this itself and tells httpx (routes.py), so that every request, message and check uses the same rules.
For an invalid proxy, httpx's error message would quote the value.
"""

import os
import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies

import httpx
from pydantic import SecretStr

from jc1p.clients.http.tls import is_loopback
from jc1p.errors import ConfigError

Environment = Mapping[str, str]

USABLE = frozenset({"http", "https"})
USUAL_PORTS = {"http": 80, "https": 443}


def proxies_here() -> Environment:
    """The environment of this process; on macOS without proxies in it, those of the system settings."""
    if any(proxy_variables(os.environ)):
        return os.environ
    return {f"{kind}_proxy": value for kind, value in getproxies().items()}


def proxy_variables(environment: Environment) -> Iterator[tuple[str, str]]:
    """The variables that name a proxy, with their values."""
    for kind in ("http", "https", "all"):
        for name in (f"{kind}_proxy", f"{kind}_proxy".upper()):
            if value := environment.get(name, "").strip():
                yield name, value


def proxy_of(url: str, environment: Environment) -> tuple[str, SplitResult] | None:
    """The variable and the proxy that requests to an address use; None without a proxy, as always for loopback."""
    parts = urlsplit(url)
    if is_loopback(url) or is_bypassed(parts, environment):
        return None
    named = (in_force(kind, environment) for kind in (parts.scheme, "all"))
    return next(((name, urlsplit(with_scheme(value))) for name, value in named if value), None)


def in_force(kind: str, environment: Environment) -> tuple[str, str]:
    """The variable that counts and its value: the lower-case one if it is set, even to nothing."""
    name = f"{kind}_proxy"
    name = name if name in environment else name.upper()
    return name, environment.get(name, "").strip()


def is_bypassed(parts: SplitResult, environment: Environment) -> bool:
    """Whether NO_PROXY names a host."""
    entries = re.split(r"[\s,]+", in_force("no", environment)[1])
    return any(is_named_by(entry.lower(), parts) for entry in entries)


def is_named_by(entry: str, parts: SplitResult) -> bool:
    """Whether an entry of NO_PROXY names the host of an address.

    It is `*`, a name (which includes the names below it, and only those after a dot), an IP address or a network. It
    may have a scheme and a port.
    """
    scheme, _, rest = entry.rpartition("://")
    wanted, (host, port) = (parts.hostname or "").rstrip("."), without_port(rest.rstrip("/"))
    if scheme not in {"", "all", parts.scheme} or port not in {"", str(parts.port or USUAL_PORTS.get(parts.scheme))}:
        return False
    name = host.removeprefix("*") if host.startswith("*.") else host
    below = name if name.startswith(".") else f".{name}"
    return host == "*" or (name != "" and (wanted == name or wanted.endswith(below))) or is_in_network(wanted, host)


def without_port(entry: str) -> tuple[str, str]:
    """Host and port of an entry. An IPv6 address has a port only after brackets."""
    host, _, port = entry.rpartition(":")
    return (host, port) if port.isdigit() and (":" not in host or host.endswith("]")) else (entry, "")


def is_in_network(host: str, entry: str) -> bool:
    """Whether an entry is this IP address, or a network that contains it."""
    try:
        return ip_address(host) in ip_network(re.sub(r"[][]|%[^/]*", "", entry), strict=False)
    except ValueError:
        return False


def with_scheme(value: str) -> str:
    return value if "://" in value else f"http://{value}"


def check_proxies(url: str, environment: Environment) -> None:
    """Raises ConfigError for proxies that can't be used for an address; names the variable but none of its secrets."""
    for name, value in proxy_variables(environment):
        check_proxy(name, value)
    through = proxy_of(url, environment)
    if through and is_ipv6(urlsplit(url).hostname or ""):
        raise ConfigError(
            f"{through[0]}: jc1p cannot reach an IPv6 address through a proxy",
            hint="Use a host name, or list the address in NO_PROXY.",
        )


def check_proxy(name: str, value: str) -> None:
    """Raises ConfigError for the address of a proxy that can't be used."""
    address = with_scheme(value)
    scheme = address.partition("://")[0].lower()
    if scheme not in USABLE:
        what = "a SOCKS proxy, which is not supported" if scheme.startswith("socks") else "not an http or https address"
        raise ConfigError(f"{name} names {what}", hint=f"Set {name} to http://HOST:PORT, or unset it.")
    if "#" in address or not is_address(address):
        raise ConfigError(
            f"{name} is not the address of a proxy",
            hint="Write it as http://USER:PASSWORD@HOST:PORT; in a password # is %23, @ is %40, / is %2F.",
        )


def is_address(value: str) -> bool:
    """Whether httpx can use an address."""
    try:
        parts = urlsplit(value)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0) and bool(httpx.Proxy(value).url.host)
    except (ValueError, httpx.InvalidURL):
        return False


def is_ipv6(host: str) -> bool:
    try:
        return ip_address(host.strip("[]").partition("%")[0]).version == 6  # noqa: PLR2004 - the version's name
    except ValueError:
        return False


def proxy_secrets(environment: Environment) -> list[SecretStr]:
    """Passwords of proxies, as written and as sent: they are masked everywhere."""
    found: set[str] = set()
    for _, value in proxy_variables(environment):
        # Not urlsplit: the password in an invalid address is a secret all the same.
        before, at, _ = with_scheme(value).partition("://")[2].rpartition("@")
        password = before.partition(":")[2] if at else ""
        found |= {password, unquote(password)} - {""}
    return [SecretStr(each) for each in sorted(found)]
