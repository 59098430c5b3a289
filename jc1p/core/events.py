"""The events that a receiver can be notified of, and the level of detail."""

from enum import StrEnum


class Event(StrEnum):
    """An event that triggers a notification."""

    CHANGES = "changes"
    REFUSED = "refused"
    FAILED = "failed"
    PARTIAL = "partial"
    RECOVERED = "recovered"
    OK = "ok"


UNLESS_ASKED = tuple(event for event in Event if event is not Event.OK)
"""The events of a receiver that lists none: all but each good run."""


class Detail(StrEnum):
    """How much detail a receiver gets."""

    COUNTS = "counts"
    NAMES = "names"
