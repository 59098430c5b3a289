"""Progress on stderr: an updating line on a terminal, otherwise a log line every half minute.

A pipe or a cron mail gets none, unless the log level is info.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console

from jc1p.core.outcomes import Outcome
from jc1p.core.run_record import Requests

log = logging.getLogger("jc1p.progress")

EVERY = 30.0
"""Seconds between two log lines."""


class Counting(Protocol):
    """Something that counts requests."""

    @property
    def requests(self) -> Requests:
        """Requests sent so far."""


def is_live(console: Console) -> bool:
    """True on a real terminal; FORCE_COLOR alone is not enough."""
    return console.is_terminal and sys.stderr.isatty()


@contextmanager
def logged(describe: Callable[[], str], *, every: float = EVERY) -> Iterator[None]:
    """Log a description at intervals (seconds) while the context lasts, inside a running loop."""

    async def tell() -> None:
        while True:
            await asyncio.sleep(every)
            log.info("%s", describe())

    task = asyncio.get_running_loop().create_task(tell())
    try:
        yield
    finally:
        task.cancel()


@contextmanager
def reading(console: Console, clients: Counting) -> Iterator[None]:
    """A spinner with the number of requests while both sides are read."""
    sent = _Sent(clients)
    if not is_live(console):
        with logged(lambda: f"reading JumpCloud and 1Password: {sent} so far"):
            yield
        return
    from jc1p.cli.terminal.progress_bar import spinner

    with spinner(console, "Reading JumpCloud and 1Password, {task.fields[sent]}", sent=sent):
        yield


class _Sent:
    """Formats as the count at the moment when the progress line is drawn."""

    def __init__(self, clients: Counting) -> None:
        self._clients = clients

    def __format__(self, spec: str) -> str:
        number = self._clients.requests.jumpcloud + self._clients.requests.onepassword
        return f"{number} {'request' if number == 1 else 'requests'}"


@dataclass(slots=True, eq=False, repr=False)
class Pulse:
    """The progress of the changes since `began` (seconds of the clock), in words."""

    total: int
    began: float
    clock: Callable[[], float] = time.monotonic
    done: int = 0

    def __str__(self) -> str:
        took = self.clock() - self.began
        said = f"applied {self.done:,} of {self.total:,} changes"
        if not self.done or took <= 0:
            return said
        rate = self.done / took
        return f"{said}, {rate:.1f} a second, about {duration((self.total - self.done) / rate)} left"


def duration(seconds: float) -> str:
    """Text such as 45 s, 12 min, 3 h 20 min."""
    minutes = round(seconds / 60)
    if seconds < 90:  # noqa: PLR2004 - a minute and a half
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"  # noqa: PLR2004 - as above


@contextmanager
def applying(console: Console, total: int) -> Iterator[Callable[[Outcome], None]]:
    """A bar with rate and remaining time while changes are applied; yields a function to call with each outcome."""
    if not total:
        yield lambda _: None
        return
    if not is_live(console):
        pulse = Pulse(total, time.monotonic())

        def count(_: Outcome) -> None:
            pulse.done += 1

        with logged(lambda: str(pulse)):
            yield count
        return
    from jc1p.cli.terminal.progress_bar import bar

    with bar(console, "Applying", total) as advance:
        yield lambda _: advance()
