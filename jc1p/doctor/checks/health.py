"""The bridge's report about itself: components, their age, its version (facts/scim-bridge.md 1.2 and 7)."""

from collections.abc import Sequence

from jc1p.doctor.findings import Check, Finding, Severity, info, ok, warning
from jc1p.doctor.observations import FORBIDDEN, NOT_FOUND, UNAUTHORIZED, BridgeSeen, Component, Health, Reply

EXPECTED = ("ConfirmationWatcher", "RedisCache", "SCIMServer", "StartProvisionWatcher")
OLDEST_GOOD, NEWEST_KNOWN = (2, 9, 0), (2, 9, 16)

ADVICE = {
    "ConfirmationWatcher": "This component confirms new users. It stops when provisioning is turned off: "
    "in 1Password, open Integrations > Automated User Provisioning and turn on Provisioning users & groups.",
    "RedisCache": "The bridge cannot use its Redis: check that Redis is up, and OP_REDIS_URL.",
    "StartProvisionWatcher": "Open the bridge's status page (/app) with the bearer token. This starts the component.",
}
LOOK = "Check the bridge's status page (/app) and log. If they show no cause, restart the bridge."


def judge_health(seen: BridgeSeen) -> Finding:
    """Unhealthy components fail, old reports warn, missing ones are only info: new bridges report few at first."""
    health = seen.health
    if not isinstance(health, Health):
        return judge_no_health(seen)
    unhealthy = [each for each in health.components if each.state.lower() != "healthy"]
    stale = [each for each in health.components if each.is_stale]
    missing = [name for name in EXPECTED if name not in {each.source for each in health.components}]
    told = told_of(unhealthy, stale, missing) or f"{len(health.components)} components are healthy"
    advice = [ADVICE[each.source] for each in (*unhealthy, *stale) if each.source in ADVICE] or [LOOK]
    status = Severity.FAILURE if unhealthy else Severity.WARNING if stale else Severity.INFO if missing else Severity.OK
    next_ = (
        " ".join(dict.fromkeys(advice)) if unhealthy or stale else "This is normal right after a start." * bool(missing)
    )
    return Finding(Check.BRIDGE_HEALTH, status, told, next_ or None, details_of(health))


def told_of(unhealthy: Sequence[Component], stale: Sequence[Component], missing: Sequence[str]) -> str:
    told = [f"{each.source} is {each.state or 'without a state'}" for each in unhealthy]
    told += [f"the report of {each.source} is stale{aged(each)}" for each in stale]
    told += [f"no report of {', '.join(missing)}"] if missing else []
    return "; ".join(told)


def aged(each: Component) -> str:
    return "" if each.age is None else f" ({each.age / 60:,.0f} min old)"


def details_of(health: Health) -> tuple[str, ...]:
    lines = [f"/health was answered {health.status}"]
    return (*lines, *(f"{each.source}: {each.state}{aged(each)}" for each in health.components))


def judge_no_health(seen: BridgeSeen) -> Finding:
    """Without a report nothing is known; provisioning that 1Password hosts has none."""
    reply = seen.health
    if seen.is_hosted:
        return info(Check.BRIDGE_HEALTH, "hosted provisioning has no /health; 1Password operates it")
    if not isinstance(reply, Reply):
        return info(Check.BRIDGE_HEALTH, "/health got no answer")
    if reply.status in {UNAUTHORIZED, FORBIDDEN}:
        return info(Check.BRIDGE_HEALTH, f"not checked: /health was answered {reply}")
    if reply.status == NOT_FOUND:
        hint = "A proxy may allow only SCIM paths. 1Password's hosted provisioning also has no /health."
        return info(Check.BRIDGE_HEALTH, "there is no /health at this address (404)", hint)
    hint = "Another server may be answering at this address. Open /app in a browser."
    return warning(Check.BRIDGE_HEALTH, f"/health answered without a report ({reply})", hint)


def judge_version(seen: BridgeSeen) -> Finding:
    """1Password retires old bridges 90 days after announcing it by mail; never a failure by itself."""
    health = seen.health
    version = parse_version(health.version) if isinstance(health, Health) else None
    if version is None or not isinstance(health, Health):
        return info(Check.BRIDGE_VERSION, "not checked: no report contains the bridge's version")
    if version < OLDEST_GOOD:
        return warning(
            Check.BRIDGE_VERSION,
            f"the bridge is version {health.version}, older than {dotted(OLDEST_GOOD)}",
            f"Update it to {dotted(NEWEST_KNOWN)} or later. 1Password retires old bridges, and syncing then stops.",
        )
    if version < NEWEST_KNOWN:
        hint = f"{dotted(NEWEST_KNOWN)} is the newest version that this jc1p knows. Update when convenient."
        return info(Check.BRIDGE_VERSION, f"the bridge is version {health.version}", hint)
    return ok(Check.BRIDGE_VERSION, f"version {health.version}")


def parse_version(text: str) -> tuple[int, ...] | None:
    """A version such as 2.9.16, with or without a v or a suffix; None for anything else."""
    parts = text.strip().removeprefix("v").split("-")[0].split("+")[0].split(".")
    return tuple(map(int, parts)) if all(part.isascii() and part.isdigit() for part in parts) else None


def dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def judge_workspace_mode(seen: BridgeSeen) -> list[Finding]:
    """A bridge that reports on Google Workspace syncs from there, and its SCIM interface is off."""
    components = seen.health.components if isinstance(seen.health, Health) else ()
    named = [each.source for each in components if {"google", "workspace"} & words_in(each.source)]
    if not named:
        return []
    return [
        warning(
            Check.GOOGLE_WORKSPACE_MODE,
            f"the bridge reports on {', '.join(named)}: it is probably set up for Google Workspace",
            "A bridge in Google Workspace mode does not accept SCIM. Remove OP_WORKSPACE_SETTINGS and "
            "OP_WORKSPACE_CREDENTIALS from its deployment, and set it up for JumpCloud in 1Password's Integrations.",
        )
    ]


def words_in(name: str) -> set[str]:
    return {word for word in ("google", "workspace") if word in name.lower()}
