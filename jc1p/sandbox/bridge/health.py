"""The component report of the simulated bridge (facts/scim-bridge.md 1.2)."""

from datetime import UTC, datetime, timedelta

from starlette.responses import JSONResponse, Response

from jc1p.sandbox.knobs import BridgeKnobs

LIFETIME = timedelta(minutes=10)


def health_report(knobs: BridgeKnobs) -> Response:
    """The answer of /health to a request with the token."""
    now = datetime.now(UTC).replace(microsecond=0)
    made = now - timedelta(minutes=knobs.health_age)
    watcher = "healthy" if knobs.healthy and knobs.provisioning else "unhealthy"
    states = {"ConfirmationWatcher": watcher, "RedisCache": "healthy", "SCIMServer": "healthy",
              "StartProvisionWatcher": "healthy"} | knobs.health_states  # fmt: skip
    reports = [
        {"source": name, "time": stamp(made), "expires": stamp(made + LIFETIME), "state": state}
        for name, state in states.items() if state
    ]  # fmt: skip
    body = {"build": "209161", "version": knobs.version, "reports": reports, "retrievedAt": stamp(now)}
    return JSONResponse(body, knobs.health_status)


def stamp(moment: datetime) -> str:
    """A time in the format of /health."""
    return moment.isoformat().replace("+00:00", "Z")
