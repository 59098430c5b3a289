"""Questions on the terminal: how long one may stay open, and when its plan is too old to act on."""

import select
import sys
from collections.abc import Callable
from typing import NamedTuple

from rich.console import Console

from jc1p.errors import Interrupted
from jc1p.runtime.clocks import seconds_awake_or_asleep

STALE = 60.0
"""Seconds after which both sides are read again before a yes is acted on."""
PATIENCE = 600.0
"""Seconds that a question stays open: its run holds the lock, and the user may have left."""


def line_within(seconds: float) -> str | None:
    """A line from the terminal, "" at its end; None if none arrives in time.

    If standard input is not a file, as in a rehearsal, it doesn't wait.
    """
    try:
        sys.stdin.fileno()
    except (OSError, ValueError):
        return sys.stdin.readline()
    return sys.stdin.readline() if select.select([sys.stdin], [], [], seconds)[0] else None


class Terminal(NamedTuple):
    """The source of answers and its clock, in seconds."""

    line_within: Callable[[float], str | None] = line_within
    clock: Callable[[], float] = seconds_awake_or_asleep


def confirm(console: Console, question: str, terminal: Terminal) -> bool:
    """Ask; True when the yes came so late that both sides have to be read again.

    Raises:
        Interrupted: any other answer, or none within ten minutes; nothing has been changed.
    """
    asked = terminal.clock()
    said = answer_to(console, f"{question} [y/N]", terminal)
    if said not in {"y", "yes"}:
        raise Interrupted("not applied; nothing was changed")
    return terminal.clock() - asked >= STALE


def answer_to(console: Console, question: str, terminal: Terminal) -> str:
    """The answer in lower case; "" for Ctrl-C and the end of input. Raises Interrupted after ten minutes."""
    asked = terminal.clock()
    try:
        console.print(f"{question} ", end="")
        said = terminal.line_within(PATIENCE)
    except KeyboardInterrupt:
        said = ""
    if said is None or terminal.clock() - asked >= PATIENCE:
        raise Interrupted(
            f"no answer within {PATIENCE / 60:g} minutes; nothing was changed",
            hint="Run it again, or add --yes to apply without asking.",
        )
    return said.strip().lower()
