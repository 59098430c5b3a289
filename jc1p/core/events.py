"""What a receiver can be notified of, and in how much detail."""

from enum import StrEnum


class Event(StrEnum):
    """What a receiver can be told about."""

    CHANGES = "changes"
    REFUSED = "refused"
    FAILED = "failed"
    PARTIAL = "partial"
    RECOVERED = "recovered"


class Detail(StrEnum):
    """How much a receiver is told."""

    COUNTS = "counts"
    NAMES = "names"
