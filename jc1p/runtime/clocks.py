"""Clocks for durations."""

import time

CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Linux's monotonic clock stops while a machine sleeps, and this one doesn't; on macOS the monotonic one doesn't."""


def seconds_awake_or_asleep() -> float:
    """A clock that continues while a laptop sleeps."""
    return time.clock_gettime(CLOCK)
