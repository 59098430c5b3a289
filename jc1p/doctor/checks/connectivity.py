"""The connection to the bridge: its address, name resolution, and whether its certificate is trusted."""

from datetime import datetime

from jc1p.doctor.findings import Check, Finding, failure, info, ok, unchecked, warning
from jc1p.doctor.observations import BridgeSeen, Tls

FEWEST_DAYS = 14
"""Days that a certificate should still be valid: automatic renewals happen earlier."""

DISTRUSTED = {
    9: "the certificate is not valid yet (check this machine's clock)",
    10: "the certificate has expired",
    18: "the certificate is self-signed",
    19: "this machine does not trust the certificate authority",
    20: "the chain is incomplete (the server does not send its intermediate certificates), or this "
        "machine does not trust the certificate authority",
    21: "the chain is incomplete: the server does not send its intermediate certificates",
    62: "the certificate is for another host name",
    64: "the certificate is for another address",
}  # fmt: skip
"""OpenSSL's codes in words; others are quoted."""

CERTIFICATE = (
    "Fix the certificate where TLS ends (the bridge or the proxy in front): the whole chain, intermediates included, "
    "for exactly this host name. For a certificate authority of your own, set http.ca_file to its PEM file."
)


def judge_address(seen: BridgeSeen) -> Finding:
    if not seen.stray_path:
        return ok(Check.BRIDGE_ADDRESS, seen.address)
    return warning(
        Check.BRIDGE_ADDRESS,
        f"{seen.address} has the path {seen.stray_path}; a bridge usually has no path",
        "If the bridge is not published under that path, remove it from onepassword.scim_url.",
    )


def judge_name(seen: BridgeSeen) -> Finding:
    way = seen.way
    if way.is_proxied:
        return info(Check.BRIDGE_RESOLVES, f"not checked: requests to {way.host} go through a proxy")
    if way.trouble:
        return failure(
            Check.BRIDGE_RESOLVES,
            f"cannot resolve {way.host}: {way.trouble}",
            "Check the spelling of onepassword.scim_url, and its DNS record from this machine.",
        )
    return ok(Check.BRIDGE_RESOLVES, f"{way.host} is {', '.join(way.addresses)}")


def judge_tls(seen: BridgeSeen, now: datetime) -> Finding:
    way, tls = seen.way, seen.way.tls
    if not way.is_https:
        return info(Check.BRIDGE_TLS, "plain http, accepted on loopback only")
    if way.is_proxied:
        return info(Check.BRIDGE_TLS, "not checked because of the proxy; each request checks the certificate")
    if tls is None:
        return unchecked(Check.BRIDGE_TLS, Check.BRIDGE_RESOLVES)
    return judge_broken_tls(tls, way.host) if tls.trouble else judge_certificate(tls, now)


def judge_certificate(tls: Tls, now: datetime) -> Finding:
    if tls.ends is None:
        return info(Check.BRIDGE_TLS, "the certificate is trusted; its end date is unknown")
    days = (tls.ends - now).days
    until = f"the certificate is trusted and valid until {tls.ends:%Y-%m-%d}, {days} days"
    if days >= FEWEST_DAYS:
        return ok(Check.BRIDGE_TLS, until)
    hint = "Renew it now. Let's Encrypt renews automatically if it can reach port 443 (or 80) of the bridge."
    return warning(Check.BRIDGE_TLS, until, hint)


def judge_broken_tls(tls: Tls, host: str) -> Finding:
    if tls.code is not None:
        return failure(Check.BRIDGE_TLS, f"{host}: {DISTRUSTED.get(tls.code, tls.trouble)}", CERTIFICATE)
    return info(Check.BRIDGE_TLS, f"not checked: no TLS connection to {host} ({tls.trouble})")
