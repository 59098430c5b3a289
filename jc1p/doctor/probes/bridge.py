"""Asks the bridge step by step, each as far as the one before allows. GETs only."""

from typing import Any
from urllib.parse import urlsplit

from jc1p.clients.http.exchange import Answer
from jc1p.clients.http.json_values import items, text
from jc1p.clients.http.tls import KNOWN_ONLY, TlsFiles, tls_context
from jc1p.clients.scim.client import ScimClient
from jc1p.clients.scim.wire import value
from jc1p.config.addresses import HOSTED_PROVISIONING
from jc1p.config.models import OnePassword
from jc1p.doctor.observations import Answered, BridgeSeen, Health, Reply
from jc1p.doctor.probes.health import parse_health
from jc1p.doctor.probes.network import ask_the_way
from jc1p.doctor.probes.replies import attempt, reply, reply_of
from jc1p.errors import Jc1pError

ONE = {"startIndex": 1, "count": 1}


async def ask_bridge(bridge: ScimClient, section: OnePassword, tls: TlsFiles = KNOWN_ONLY) -> BridgeSeen:
    """Everything about 1Password that can be seen from here; `tls` is what the client trusts and shows."""
    root = section.scim_root
    known: dict[str, Any] = {
        "address": section.scim_url,
        "stray_path": urlsplit(root).path,
        "is_hosted": (urlsplit(root).hostname or "") == HOSTED_PROVISIONING,
        "way": await ask_the_way(root, tls_context(tls)),
        "ping": await reply(bridge.look("/ping", signed=False)),
    }
    bases, base, discovery = await find_base(bridge, section.scim_base_paths)
    known |= {"bases": bases, "base": base, "discovery": discovery}
    if all(isinstance(each, Jc1pError) for each in (known["ping"], *bases.values())):
        return BridgeSeen(**known)
    known |= {"health": await ask_health(bridge)}
    asked = next(reversed(bases)) if base is None else base
    known |= {"stranger": await reply(bridge.look(f"{asked}/Users", ONE, signed=False))}
    if base is None:
        return BridgeSeen(**known)
    known |= {kind.lower(): await reply(bridge.look(f"{base}/{kind}", ONE)) for kind in ("Users", "Groups")}
    if all(isinstance(each, Reply) and each.total is not None for each in (known["users"], known["groups"])):
        known |= {"directory": await attempt(bridge.read_directory())}
    return BridgeSeen(**known)


async def find_base(
    bridge: ScimClient, paths: tuple[str, ...]
) -> tuple[dict[str, Answered], str | None, tuple[str, ...]]:
    """Each base path's answer, until one answers like SCIM or refuses; that path, and its ServiceProviderConfig."""
    tried: dict[str, Answered] = {}
    for path in paths:
        answer = await attempt(bridge.look(f"{path}/ServiceProviderConfig"))
        tried[path] = said = answer if isinstance(answer, Jc1pError) else reply_of(answer)
        if isinstance(said, Reply) and said.is_good and isinstance(answer, Answer):
            return tried, path, discovery_of(answer.body)
        if not isinstance(said, Reply) or not said.is_elsewhere:
            break
    return tried, None, ()


async def ask_health(bridge: ScimClient) -> Health | Answered:
    """The health report, or the answer in its place."""
    answer = await attempt(bridge.look("/health"))
    if isinstance(answer, Jc1pError):
        return answer
    return parse_health(answer.status, answer.body) or reply_of(answer)


def discovery_of(body: object) -> tuple[str, ...]:
    """ServiceProviderConfig in words. It decides nothing: bridges advertise less than they do, and more."""
    features = [
        f"{name}: {'supported' if value(value(body, name), 'supported') is True else 'not supported'}"
        for name in ("patch", "bulk", "filter", "sort", "etag", "changePassword") if value(body, name) is not None
    ]  # fmt: skip
    limit = text(value(value(body, "filter"), "maxResults"))
    schemes = [text(value(each, "type")) for each in items(value(body, "authenticationSchemes"))]
    return (
        *features,
        *([f"filter.maxResults: {limit}"] if limit else []),
        *([f"authentication: {', '.join(filter(None, schemes))}"] if any(schemes) else []),
    )
