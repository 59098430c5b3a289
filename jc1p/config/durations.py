"""Durations as admins write them: 30s, 30m, 12h, 7d."""

import re
from datetime import timedelta

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_duration(value: object) -> timedelta:
    """30m, 12h, 7d (or seconds, 90s)."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(\d{1,6})\s*([smhd])", str(value).strip())
    if not found:
        raise ValueError("a duration is a number and a unit, such as 30m, 12h or 7d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})
