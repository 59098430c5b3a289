"""What a status says about trying again, by its class, and who in front of a service answers with it."""

from collections.abc import Mapping

BUSY = frozenset({408, 425, 429})
SERVER_ERRORS = 500
NOT_SUPPORTED = frozenset({501, 505})
"""Of the server errors those that stay."""

REFUSED_FOR_NOW = frozenset({429, 503})
"""Answers that ask for a slower pace."""
NOTHING_DONE = frozenset({429})
"""Answers that say nothing was done: even a create may be repeated after them. A gateway's 503 doesn't say so."""
TOO_SLOW = frozenset({504, 524, 598, 599})
"""Answers of gateways that waited in vain: a smaller page may come in time."""

AGAIN = "It may be down or busy; try again later."
GATEWAY = "A gateway or proxy in front of the service answered. The service may be down. Check it, or try again later."
CLOUDFLARE = "Cloudflare got no answer from the service. Check the service."
LOAD_BALANCER = "An AWS load balancer answered, not the service. Check its rules and the service."
HINTS: Mapping[int, str] = {
    429: "The service asks for fewer requests. Lower its concurrency under `http`, or try again later.",
    **dict.fromkeys((502, 503, 504, 598, 599), GATEWAY),
    **dict.fromkeys((*range(520, 528), 530), CLOUDFLARE),
    **dict.fromkeys((460, 463, 464, 561), LOAD_BALANCER),
}


def is_transient(status: int) -> bool:
    """True when the same request may be answered otherwise a little later."""
    return status in BUSY or (status >= SERVER_ERRORS and status not in NOT_SUPPORTED)


def hint_for(status: int) -> str:
    """What a transient answer that stays may mean, for people."""
    return HINTS.get(status, AGAIN)
