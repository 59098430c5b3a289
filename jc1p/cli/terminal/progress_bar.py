"""Updating lines on a terminal. Imported only there, so that cron jobs don't pay for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class RateColumn(ProgressColumn):
    """The number per second, from which rich estimates the remaining time."""

    def render(self, task: Task) -> Text:
        """Nothing until there is a rate."""
        return Text(f"{task.speed:.1f}/s" if task.speed else "", style="progress.data.speed")


@contextmanager
def spinner(console: Console, text: str, **fields: Any) -> Iterator[None]:
    """A text whose fields are formatted again each time it is drawn."""
    with Progress(TextColumn(text), console=console, transient=True, get_time=None) as progress:
        task = progress.add_task("", total=None, **fields)
        yield
        progress.remove_task(task)


@contextmanager
def bar(console: Console, text: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar with rate and remaining time; yields a function to call for each finished item."""
    columns = (TextColumn(text), BarColumn(), MofNCompleteColumn(), RateColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda: progress.advance(task)
