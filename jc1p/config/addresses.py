"""The addresses of both services in the configuration: which are accepted, and what they mean.

Only the standard library: `jc1p status` reads them without the models.
"""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from jc1p.config.choices import Region

CONSOLES = {
    Region.US: ("https://console.jumpcloud.com", "https://admin-oauth.id.jumpcloud.com/oauth2/token"),
    Region.EU: ("https://console.eu.jumpcloud.com", "https://admin-oauth.id.eu.jumpcloud.com/oauth2/token"),
    Region.IN: ("https://console.in.jumpcloud.com", "https://admin-oauth.id.in.jumpcloud.com/oauth2/token"),
}
INSIGHTS = {
    Region.US: "https://api.jumpcloud.com",
    Region.EU: "https://api.eu.jumpcloud.com",
    Region.IN: "https://api.in.jumpcloud.com",
}


def console_address(value: str) -> str:
    check_url(value, example="https://console.jumpcloud.com")
    return value.strip().rstrip("/").removesuffix("/v2").removesuffix("/api")


SIGN_IN_DOMAINS = ("1password.com", "1password.ca", "1password.eu")
HOSTED_PROVISIONING = "provisioning.1password.com"
TRAILERS = ("/app/status", "/app", "/health", "/Users", "/Groups", "/ServiceProviderConfig")
SCIM_PATHS = ("/scim/v2", "/v2", "/scim")


def check_url(value: str, *, example: str) -> SplitResult:
    """A plain http(s) address: https unless on loopback, without credentials, query or fragment."""
    try:
        parts = urlsplit(value.strip())
        host, _ = parts.hostname, parts.port
        (host or "").encode("idna")  # a UnicodeError is a ValueError
    except ValueError:
        raise ValueError(f"not a valid address; use an address such as {example}") from None
    if " " in value.strip() or not value.strip().isprintable():
        raise ValueError(f"an address has no spaces or control characters; use an address such as {example}")
    if parts.scheme not in {"https", "http"} or not host:
        raise ValueError(f"an address needs https:// and a host, such as {example}")
    if parts.scheme == "http" and not is_loopback_host(host):
        raise ValueError(
            f"only https is accepted, because each request carries credentials; use an address such as {example}"
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(f"the address cannot have a user, query or fragment; use an address such as {example}")
    return parts


def is_loopback_host(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def parse_scim_url(value: str) -> str:
    """The bridge's own address; the account's sign-in address is the usual mistake (facts/scim-bridge.md 1.1)."""
    parts = check_url(value, example="https://scim.example.com")
    host = (parts.hostname or "").rstrip(".").lower()
    is_sign_in = any(host == domain or host.endswith(f".{domain}") for domain in SIGN_IN_DOMAINS)
    if is_sign_in and host != HOSTED_PROVISIONING:
        raise ValueError(
            f"{host} is the account's sign-in address. Use the address of your SCIM "
            "bridge, such as https://scim.example.com"
        )
    return value.strip()


def bridge_addresses(url: str) -> tuple[str, tuple[str, ...]]:
    """The bridge's root, and the base paths to try for SCIM, best first (facts/scim-bridge.md 1.1)."""
    parts = urlsplit(url.strip())
    path = parts.path.rstrip("/")
    for trailer in TRAILERS:
        path = path.removesuffix(trailer).rstrip("/")
    asked_v2 = path.endswith("/v2")
    for scim_path in SCIM_PATHS:
        if path.endswith(scim_path):
            path = path.removesuffix(scim_path)
            break
    first = "/scim/v2" if asked_v2 else "/scim"
    order = [first, *(base for base in ("/scim", "/scim/v2", "") if base != first)]
    return f"{parts.scheme}://{parts.netloc}{path}", tuple(order)
