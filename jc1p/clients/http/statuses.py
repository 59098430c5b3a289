"""Whether a status is worth a retry, and which systems in front of a service answer with it."""

from collections.abc import Mapping

BUSY = frozenset({408, 425, 429})
SERVER_ERRORS = 500
NOT_SUPPORTED = frozenset({501, 505})
"""Server errors that are permanent."""

REFUSED_FOR_NOW = frozenset({429, 503})
"""Answers that ask for fewer requests."""
NOTHING_DONE = frozenset({429})
"""Answers that mean nothing was done: even a create may be repeated. A gateway's 503 doesn't mean that."""
TOO_SLOW = frozenset({504, 524, 598, 599})
"""Answers of gateways that timed out: a smaller page may arrive in time."""

AGAIN = "It may be down or busy; try again later."
GATEWAY = "A gateway or proxy in front of the service answered. The service may be down. Check it, or try again later."
CLOUDFLARE = "Cloudflare got no answer from the service. Check the service."
PORTAL = "This network wants a login first (a captive portal). Log in with a browser, then run again."
LOAD_BALANCER = "An AWS load balancer answered, not the service. Check its rules and the service."
HINTS: Mapping[int, str] = {
    511: PORTAL,
    429: "The service asks for fewer requests. Lower its concurrency under `http`, or try again later.",
    **dict.fromkeys((502, 503, 504, 598, 599), GATEWAY),
    **dict.fromkeys((*range(520, 528), 530), CLOUDFLARE),
    **dict.fromkeys((460, 463, 464, 561), LOAD_BALANCER),
}


def is_transient(status: int) -> bool:
    """True if the same request may succeed a little later."""
    return status in BUSY or (status >= SERVER_ERRORS and status not in NOT_SUPPORTED)


def hint_for(status: int) -> str:
    """What a transient answer that persists may mean, for admins."""
    return HINTS.get(status, AGAIN)
