"""Ctrl-C, SIGTERM and a closed terminal mean the same: stop, and say so.

Signals wait while the program is imported and while its last words are said; in between they raise
KeyboardInterrupt. Only the standard library, since this comes before every other import.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def hold_back() -> None:
    """From now on signals wait."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


@contextmanager
def heeded() -> Iterator[None]:
    """The first signal, also one that has waited, raises KeyboardInterrupt in the block; later ones wait again.

    What this process was told to ignore, as under nohup, stays ignored.
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
    """The signal handler. Clearing up after the first signal is not to be disturbed by a second."""
    hold_back()
    raise KeyboardInterrupt
