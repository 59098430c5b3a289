"""The bridge's /health, with any status (facts/scim-bridge.md 1.2)."""

from datetime import UTC, datetime

from jc1p.clients.http.json_values import items, text
from jc1p.clients.scim.wire import value
from jc1p.doctor.observations import Component, Health


def parse_health(status: int, body: object) -> Health | None:
    """The report, None if the body is not one."""
    if not isinstance(value(body, "reports"), list) and not text(value(body, "version")):
        return None
    retrieved = time_of_report(value(body, "retrievedAt")) or datetime.now(UTC)
    return Health(
        status=status,
        version=text(value(body, "version")),
        build=text(value(body, "build")),
        components=tuple(
            parse_component(row, retrieved) for row in items(value(body, "reports")) if isinstance(row, dict)
        ),
    )


def parse_component(row: object, retrieved: datetime) -> Component:
    made, expires = time_of_report(value(row, "time")), time_of_report(value(row, "expires"))
    return Component(
        source=text(value(row, "source")) or "an unnamed component",
        state=text(value(row, "state")),
        age=(retrieved - made).total_seconds() if made else None,
        is_stale=expires is not None and expires < retrieved,
    )


def time_of_report(found: object) -> datetime | None:
    """An ISO time, in UTC if it names no zone; None for anything else."""
    try:
        parsed = datetime.fromisoformat(text(found))
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
