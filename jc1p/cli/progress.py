"""Progress on stderr, and only on a terminal: a pipe or a cron mail gets none."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from jc1p.outcome import Outcome
from jc1p.run import Requests


class Counting(Protocol):
    """Something that counts requests."""

    @property
    def requests(self) -> Requests:
        """Requests sent so far."""


def is_live(console: Console) -> bool:
    """True on a real terminal; FORCE_COLOR alone doesn't make one."""
    return console.is_terminal and sys.stderr.isatty()


@contextmanager
def reading(console: Console, clients: Counting) -> Iterator[None]:
    """A spinner with the number of requests while both sides are read."""
    if not is_live(console):
        yield
        return
    with Progress(
        TextColumn("Reading JumpCloud and 1Password, {task.fields[sent]} requests"), console=console, transient=True,
        get_time=None,
    ) as progress:  # fmt: skip
        task = progress.add_task("reading", total=None, sent=_Sent(clients))
        yield
        progress.remove_task(task)


class _Sent:
    """Shows as the count of the moment when the progress line is drawn."""

    def __init__(self, clients: Counting) -> None:
        self._clients = clients

    def __format__(self, spec: str) -> str:
        return str(self._clients.requests.jumpcloud + self._clients.requests.onepassword)


@contextmanager
def applying(console: Console, total: int) -> Iterator[Callable[[Outcome], None]]:
    """A bar with the time left while changes are applied; yields what to call with each outcome."""
    if not is_live(console) or not total:
        yield lambda _: None
        return
    columns = (TextColumn("Applying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("applying", total=total)
        yield lambda _: progress.advance(task)
