"""The current time, and the id of a run that starts now."""

import os
from datetime import UTC, datetime

from jc1p.errors import UsageError

YEARS = range(1970, 3000)
"""Valid years of JC1P_NOW: far enough from the calendar's limits to calculate with."""


def clock_now() -> datetime:
    """The time, or JC1P_NOW if rehearsals and tests set it. Raises UsageError for an invalid JC1P_NOW."""
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
    """Time and four hexadecimal digits for the fraction of the second, so that ids sort by time within a second too.

    A time that was set by hand (is_set) doesn't advance, so there the digits are random.
    """
    from secrets import token_hex

    part = token_hex(2) if is_set else f"{now.microsecond * 65536 // 1_000_000:04x}"
    return f"{now:%Y%m%dT%H%M%SZ}-{part}"
