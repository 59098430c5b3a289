"""What to ask Directory Insights about JumpCloud's own connectors, and how to count the events.

The format of these events is not documented (facts/jumpcloud-api.md 12): an event without an application could belong
to any of them.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from jc1p.core.models import ConnectorEvents

CONNECTOR_EVENTS = (
    "user_create_provision", "user_update_provision", "user_delete_provision", "user_deprovision",
    "group_create_provision", "group_update_provision", "group_delete_provision",
)  # fmt: skip


def question(since: datetime) -> dict[str, Any]:
    """A query for all connector writes since then."""
    return {
        "service": ["directory"],
        "start_time": f"{since:%Y-%m-%dT%H:%M:%SZ}",
        "search_term": {"or": [{"event_type": list(CONNECTOR_EVENTS)}]},
    }


def count_events(rows: Iterable[object], marks: frozenset[str]) -> ConnectorEvents:
    """Events that hold one of the `marks` (the application's id and label), or that name no application, are ours."""
    events = [row for row in rows if isinstance(row, Mapping)]
    folded = frozenset(mark.lower() for mark in marks)
    ours = sum("application" not in event or names_any(event, folded) for event in events)
    return ConnectorEvents(ours=ours, others=len(events) - ours)


def names_any(event: Mapping[str, Any], folded: frozenset[str]) -> bool:
    """True when the event contains one of these anywhere."""
    said = json.dumps(event, ensure_ascii=False).lower()
    return any(mark in said for mark in folded)
