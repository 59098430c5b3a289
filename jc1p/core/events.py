"""What a receiver can be notified of, and in how much detail."""

from enum import StrEnum


class Event(StrEnum):
    """What a receiver can be told about."""

    CHANGES = "changes"
    REFUSED = "refused"
    FAILED = "failed"
    PARTIAL = "partial"
    RECOVERED = "recovered"
    OK = "ok"


UNLESS_ASKED = tuple(event for event in Event if event is not Event.OK)
"""What a receiver is told about that names nothing: news, and not each good run."""


class Detail(StrEnum):
    """How much a receiver is told."""

    COUNTS = "counts"
    NAMES = "names"
