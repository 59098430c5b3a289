"""Starts jc1p with a clock that goes by the CPU time of the process: `python bench/slow_clock.py ARGUMENTS`.

For instructions.py: state is committed twenty times a second, and valgrind makes a run 50 times slower. By this clock a
write takes 10 ms, as with a bridge that answers in 20 ms and two requests at once. So commits are as frequent as there,
however slow the machine is.
"""

import selectors
import time

SLOWER = 10
"""A write takes about 0.1 s of CPU under valgrind."""


def clock() -> float:
    return time.process_time() / SLOWER


class PatientSelector(selectors.DefaultSelector):
    """asyncio's waits, made longer by the same factor: they would end before their time by the clock."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout and timeout * SLOWER)


if __name__ == "__main__":
    time.monotonic = time.perf_counter = clock
    selectors.DefaultSelector = PatientSelector  # type: ignore[misc]
    from jc1p.__main__ import main

    main()
