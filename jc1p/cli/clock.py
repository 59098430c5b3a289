"""What time it is, and what a run that begins now is called."""

import os
from datetime import UTC, datetime

from jc1p.errors import UsageError

YEARS = range(1970, 3000)
"""What JC1P_NOW may be: far enough from the ends of the calendar to reckon with."""


def clock_now() -> datetime:
    """The time, or JC1P_NOW where rehearsals and tests set it. Raises UsageError for a bad JC1P_NOW."""
    text = os.environ.get("JC1P_NOW")
    if not text:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"JC1P_NOW is not an ISO 8601 time: {text}", hint="Use a time such as 2026-11-24T00:12:00Z."
        ) from None
    if moment.year not in YEARS:
        raise UsageError(f"JC1P_NOW is out of range: {text}", hint=f"Use a year from {YEARS[0]} to {YEARS[-1]}.")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def new_run_id(now: datetime, *, is_set: bool) -> str:
    """Time and four hexadecimal digits: of the second's 65536ths, for ids are sorted by, also within one second.

    A time that was set by hand (is_set) stands still, so there the digits are random.
    """
    from secrets import token_hex

    part = token_hex(2) if is_set else f"{now.microsecond * 65536 // 1_000_000:04x}"
    return f"{now:%Y%m%dT%H%M%SZ}-{part}"
