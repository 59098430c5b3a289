"""The bridge's answers: token, base path, provisioning, lists, requests without the token (facts/scim-bridge.md 8)."""

from collections.abc import Iterator
from datetime import datetime

from jc1p.doctor.checks.connectivity import judge_address, judge_name, judge_tls
from jc1p.doctor.checks.health import judge_health, judge_version, judge_workspace_mode
from jc1p.doctor.findings import Check, Finding, failure, info, number_of, ok, unchecked, unchecked_all, warning
from jc1p.doctor.observations import (  # fmt: skip
    CLIENT_ERROR,
    FORBIDDEN,
    REDIRECT,
    SERVER_ERROR,
    SUCCESS,
    UNAUTHORIZED,
    BridgeSeen,
    Health,
    Reply,
)
from jc1p.errors import Jc1pError

SLOW = 5.0
"""Seconds for a list of one user; from here on a first sync takes very long."""

PROVISIONING = (
    "In 1Password, open Integrations > Automated User Provisioning and turn on Provisioning users & groups. The bridge "
    "applies this within minutes."
)
NEEDS_THE_BRIDGE = (
    Check.BRIDGE_TOKEN, Check.BRIDGE_ACCESS, Check.BRIDGE_BASE_PATH, Check.BRIDGE_PROVISIONING, Check.BRIDGE_LISTS,
    Check.BRIDGE_LATENCY, Check.BRIDGE_STRANGERS, Check.BRIDGE_HEALTH, Check.BRIDGE_VERSION,
)  # fmt: skip


def judge_bridge(seen: BridgeSeen, now: datetime) -> Iterator[Finding]:
    """The bridge, from its address to its lists."""
    yield judge_address(seen)
    yield judge_name(seen)
    yield judge_tls(seen, now)
    yield judge_reachable(seen)
    if not seen.is_reached:
        yield from unchecked_all(NEEDS_THE_BRIDGE, Check.BRIDGE_REACHABLE)
    else:
        yield judge_token(seen)
        yield judge_access(seen)
        yield judge_base_path(seen)
        yield judge_provisioning(seen)
        yield judge_lists(seen)
        yield judge_latency(seen)
        yield judge_strangers(seen)
        yield judge_health(seen)
        yield judge_version(seen)
        yield from judge_workspace_mode(seen)
    yield from judge_hosting(seen)


# --- does it answer   ---------------------------------------------------------------------------------------


def judge_reachable(seen: BridgeSeen) -> Finding:
    if seen.pings:
        return ok(Check.BRIDGE_REACHABLE, "/ping answers")
    if isinstance(seen.ping, Reply) and not is_broken(seen):
        return info(Check.BRIDGE_REACHABLE, f"a server answers, but /ping says {seen.ping}; this is fine if SCIM works")
    if seen.is_reached and not is_broken(seen):
        return info(Check.BRIDGE_REACHABLE, "a server answers, but not to /ping")
    if seen.is_reached:
        said = f"a server in front of the bridge answers, with errors only (/ping: {told(seen.ping)})"
    else:
        said = told(seen.ping)
    return failure(
        Check.BRIDGE_REACHABLE,
        said,
        "Check that the bridge is running, that onepassword.scim_url is its address, and that the firewall "
        "allows this machine.",
    )


def is_broken(seen: BridgeSeen) -> bool:
    """All answers are server errors, as from a proxy whose bridge is down."""
    return not reports(seen) and all(reply.status >= SERVER_ERROR for reply in seen.replies)


# --- what answers -------------------------------------------------------------------------------------------


def judge_token(seen: BridgeSeen) -> Finding:
    refused = [reply for reply in [*seen.signed, seen.health] if is_status(reply, UNAUTHORIZED)]
    if any(reply.is_good for reply in seen.signed):
        return ok(Check.BRIDGE_TOKEN, "the token is accepted")
    if refused:
        return failure(
            Check.BRIDGE_TOKEN,
            f"the bridge refuses the token ({refused[0]})",
            "Check that onepassword.scim_url is the address of your bridge: another server refuses the token too. Set "
            "onepassword.token to the bearer token of this bridge. After Regenerate Credentials in 1Password "
            "(Integrations > Automated User Provisioning), the bridge needs the new scimsession and jc1p the "
            "new token.",
        )
    if reports(seen):
        return ok(Check.BRIDGE_TOKEN, "the token is accepted by /health")
    return info(Check.BRIDGE_TOKEN, "not checked: no answer shows whether the token is correct")


def is_let_in(seen: BridgeSeen) -> bool:
    """Some request with the token succeeded."""
    return any(reply.is_good for reply in seen.signed) or reports(seen)


def reports(seen: BridgeSeen) -> bool:
    return isinstance(seen.health, Health) and seen.health.status not in {UNAUTHORIZED, FORBIDDEN}


def is_status(reply: object, status: int) -> bool:
    return isinstance(reply, Reply | Health) and reply.status == status


def judge_access(seen: BridgeSeen) -> Finding:
    forbidden = [reply for reply in [*seen.signed, seen.health] if is_status(reply, FORBIDDEN)]
    if not forbidden and is_let_in(seen):
        return ok(Check.BRIDGE_ACCESS, "no firewall rule or gateway blocks jc1p")
    if not forbidden:
        return unchecked(Check.BRIDGE_ACCESS, blocking(seen))
    return failure(
        Check.BRIDGE_ACCESS,
        f"the bridge's address rejects requests ({forbidden[0]})",
        "Check the token, the rules in 1Password under Security > Firewall (often the one for anonymous "
        "and cloud addresses), and any gateway in front of the bridge that allows only some addresses.",
    )


def judge_base_path(seen: BridgeSeen) -> Finding:
    if seen.base is not None:
        return ok(Check.BRIDGE_BASE_PATH, f"SCIM answers at {seen.base or '/'}", *seen.discovery)
    if not is_elsewhere(seen):
        return unchecked(Check.BRIDGE_BASE_PATH, blocking(seen))
    shown = ", ".join(f"{base or '/'} ({reply})" for base, reply in seen.bases.items())
    return failure(
        Check.BRIDGE_BASE_PATH,
        f"no SCIM service at this address; tried {shown}",
        "onepassword.scim_url must be the bridge's address, such as https://scim.example.com, not the "
        "sign-in address or the status page. A bridge in Google Workspace mode has no SCIM service.",
    )


def blocking(seen: BridgeSeen) -> Check:
    """What must be fixed before SCIM works: the check that fails because of its first answer."""
    status = next((reply.status for reply in reversed(seen.signed)), None)
    if status == UNAUTHORIZED:
        return Check.BRIDGE_TOKEN
    if status == FORBIDDEN:
        return Check.BRIDGE_ACCESS
    if status == SERVER_ERROR and seen.pings:
        return Check.BRIDGE_PROVISIONING
    return Check.BRIDGE_BASE_PATH if is_elsewhere(seen) else Check.BRIDGE_LISTS


def is_elsewhere(seen: BridgeSeen) -> bool:
    """No base path answered like a bridge, working or not."""
    return all(isinstance(reply, Reply) and reply.is_elsewhere for reply in seen.bases.values())


def judge_provisioning(seen: BridgeSeen) -> Finding:
    broken = [reply for reply in seen.signed if reply.status == SERVER_ERROR]
    if broken and seen.pings:
        said = "the bridge is up but answers 500 to SCIM: provisioning is turned off in 1Password"
        return failure(Check.BRIDGE_PROVISIONING, said, PROVISIONING)
    if isinstance(seen.users, Reply) and seen.users.is_good:
        return ok(Check.BRIDGE_PROVISIONING, "provisioning users & groups is turned on")
    return info(Check.BRIDGE_PROVISIONING, "not checked: users could not be listed")


def judge_lists(seen: BridgeSeen) -> Finding:
    asked = {"Users": seen.users, "Groups": seen.groups}
    if seen.base is None and blocking(seen) is Check.BRIDGE_LISTS:
        said = ", ".join(f"{base or '/'} ({told(reply)})" for base, reply in seen.bases.items())
        return failure(
            Check.BRIDGE_LISTS, f"SCIM does not answer: {said}", "Check the bridge's log, and restart the bridge."
        )
    if seen.base is None or None in asked.values():
        return unchecked(Check.BRIDGE_LISTS, blocking(seen))
    wrong = [f"{kind} ({told(reply)})" for kind, reply in asked.items() if not is_list(reply)]
    if not wrong:
        counts = " and ".join(
            number_of(reply.total or 0, kind.lower().removesuffix("s"))
            for kind, reply in asked.items()
            if isinstance(reply, Reply)
        )
        return ok(Check.BRIDGE_LISTS, f"the bridge lists {counts}")
    return failure(
        Check.BRIDGE_LISTS,
        f"the bridge does not list {' and '.join(wrong)}",
        f"500: {PROVISIONING} A web page: something in front of the bridge answers for it. In all other cases look at "
        "the bridge's log.",
    )


def told(reply: object) -> str:
    return reply.message if isinstance(reply, Jc1pError) else str(reply)


def is_list(reply: object) -> bool:
    return isinstance(reply, Reply) and reply.is_good and reply.total is not None


def judge_latency(seen: BridgeSeen) -> Finding:
    if not isinstance(seen.users, Reply) or not seen.users.is_good:
        return unchecked(Check.BRIDGE_LATENCY, Check.BRIDGE_LISTS)
    said = f"one list call took {1000 * seen.users.seconds:,.0f} ms"
    if seen.users.seconds <= SLOW:
        return ok(Check.BRIDGE_LATENCY, said)
    hint = "Give the bridge the CPU and memory that 1Password recommends for your size, and run only one instance."
    return warning(Check.BRIDGE_LATENCY, said, hint)


def judge_strangers(seen: BridgeSeen) -> Finding:
    reply = seen.stranger
    if not isinstance(reply, Reply):
        return unchecked(Check.BRIDGE_STRANGERS, Check.BRIDGE_BASE_PATH)
    if reply.status in {UNAUTHORIZED, FORBIDDEN} or REDIRECT <= reply.status < CLIENT_ERROR:
        return ok(Check.BRIDGE_STRANGERS, f"requests without a token are refused ({reply.status})")
    if SUCCESS <= reply.status < REDIRECT and reply.is_json:
        return failure(
            Check.BRIDGE_STRANGERS,
            "ANYONE CAN USE THIS BRIDGE: a request without a token was answered. Something in front of it adds the "
            "token to every request, so anyone who reaches the address can invite, suspend and add members to groups",
            "Remove the token from the proxy's configuration now, or restrict the address to JumpCloud and "
            "jc1p. Then regenerate the credentials in 1Password (Integrations > Automated User Provisioning).",
        )
    return info(Check.BRIDGE_STRANGERS, f"not known: a request without a token was answered {reply}")


def judge_hosting(seen: BridgeSeen) -> list[Finding]:
    if not seen.is_hosted:
        return []
    return [
        info(
            Check.HOSTED_PROVISIONING,
            "this is provisioning hosted by 1Password, not your own bridge. As far as known, it uses the same SCIM",
            "1Password documents it only for the identity provider selected at set-up. Start with a "
            "dry run, and add the domains of all members to the allowed domains.",
        )
    ]
