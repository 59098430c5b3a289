"""The proxies in the environment: which one an address uses, whether it is valid, and its passwords.

httpx reads the same variables. For an invalid one, its error message would quote the value.
"""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

import httpx
from pydantic import SecretStr

from jc1p.errors import ConfigError

Environment = Mapping[str, str]

USABLE = frozenset({"http", "https"})
USUAL_PORTS = {"http": 80, "https": 443}


def proxy_variables(environment: Environment) -> Iterator[tuple[str, str]]:
    """The variables that name a proxy, with their values."""
    for kind in ("http", "https", "all"):
        for name in (f"{kind}_proxy", f"{kind}_proxy".upper()):
            if value := environment.get(name, "").strip():
                yield name, value


def proxy_of(url: str, environment: Environment) -> tuple[str, SplitResult] | None:
    """The variable and the proxy that requests to an address use; None without a proxy."""
    parts = urlsplit(url)
    if is_bypassed(parts, environment):
        return None
    named = (in_force(kind, environment) for kind in (parts.scheme, "all"))
    return next(((name, urlsplit(with_scheme(value))) for name, value in named if value), None)


def in_force(kind: str, environment: Environment) -> tuple[str, str]:
    """The variable that counts and its value: the lower-case one if it is set, even to nothing."""
    name = f"{kind}_proxy"
    name = name if name in environment else name.upper()
    return name, environment.get(name, "").strip()


def is_bypassed(parts: SplitResult, environment: Environment) -> bool:
    """Whether NO_PROXY names a host. An entry may have a port other than the usual one, and a scheme."""
    entries = [plain_entry(entry, parts) for entry in entries_of(environment)]
    listed = re.sub(rf"\b(?:all|{re.escape(parts.scheme)})://", "", ",".join(entries))
    port = parts.port if parts.port != USUAL_PORTS.get(parts.scheme) else None
    host = f"{parts.hostname}:{port}" if port else parts.hostname or ""
    return bool(proxy_bypass_environment(host, {"no": listed}))


def entries_of(environment: Environment) -> list[str]:
    """The entries of NO_PROXY."""
    return [entry for part in in_force("no", environment)[1].split(",") if (entry := part.strip())]


def exceptions(url: str, environment: Environment) -> list[str]:
    """Entries of NO_PROXY in forms that other programs know and httpx ignores, as httpx's patterns for an address."""
    parts = urlsplit(url or "https://")
    plain = [(entry, plain_entry(entry, parts)) for entry in entries_of(environment)]
    return [pattern_of(each, parts.scheme) for entry, each in plain if each != entry]


def plain_entry(entry: str, parts: SplitResult) -> str:
    """An entry in the form that every program knows, if it has one of these: `*.domain`, `host:443`, `10.0.0.0/8`."""
    if entry.startswith("*."):
        return entry[1:]
    host, _, port = entry.rpartition(":")
    if host and "/" not in entry and not is_ipv6(entry) and port == str(USUAL_PORTS.get(parts.scheme)):
        return host
    return parts.hostname or "" if is_in_network(parts.hostname or "", entry) else entry


def is_in_network(host: str, entry: str) -> bool:
    try:
        return "/" in entry and ip_address(host) in ip_network(entry, strict=False)
    except ValueError:
        return False


def pattern_of(entry: str, scheme: str) -> str:
    """An entry as httpx's pattern: a name includes the names below it, an address is only itself."""
    return f"{scheme}://{entry}" if is_address_literal(entry) else f"{scheme}://*{entry}"


def is_address_literal(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


def with_scheme(value: str) -> str:
    return value if "://" in value else f"http://{value}"


def check_proxies(url: str, environment: Environment) -> None:
    """Raises ConfigError for proxies that can't be used for an address; names the variable but none of its secrets."""
    for name, value in proxy_variables(environment):
        check_proxy(name, value)
    for name in ("no_proxy", "NO_PROXY"):
        check_exceptions(name, environment.get(name, ""))
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


def check_exceptions(name: str, value: str) -> None:
    """Raises ConfigError for an entry of NO_PROXY that httpx can't use: it doesn't support IPv6 networks."""
    for entry in filter(None, (part.strip() for part in value.split(","))):
        host, slash, _ = entry.partition("/")
        if slash and is_ipv6(host):
            raise ConfigError(
                f"{name} lists the IPv6 network {entry}, which is not supported",
                hint=f"Remove it from {name} and list the host names instead.",
            )
        if not is_pattern(entry):
            raise ConfigError(
                f"{name} has an entry that is not a host: {entry}", hint="Use host names separated by commas."
            )


def is_pattern(entry: str) -> bool:
    try:
        httpx.URL(entry if "://" in entry else f"all://[{entry}]" if is_ipv6(entry) else f"all://*{entry}")
    except httpx.InvalidURL:
        return False
    return True


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
