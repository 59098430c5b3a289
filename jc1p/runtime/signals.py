"""Ctrl-C, SIGTERM and a closed terminal mean the same: stop, and report it.

Signals are delayed while the program is imported and while it prints its final output; in between they raise
KeyboardInterrupt. Only the standard library, since this runs before every other import.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def hold_back() -> None:
    """From now on signals are delayed."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


@contextmanager
def heeded() -> Iterator[None]:
    """In the block, the first signal (even a delayed one) raises KeyboardInterrupt; later ones are delayed again.

    Signals that this process ignores, as under nohup, stay ignored.
    """
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        yield
    finally:
        hold_back()


def interrupt(_: int, __: FrameType | None) -> NoReturn:
    """The signal handler. A second signal must not disturb the cleanup after the first."""
    hold_back()
    raise KeyboardInterrupt
