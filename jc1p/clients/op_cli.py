"""The 1Password CLI (`op`), if it is installed and signed in: reads lists, with one time limit for all questions.

Optional everywhere: nothing depends on it, and its output is used only if it fits the bridge's accounts.
"""

import json
import shutil
import time
from collections.abc import Collection

from jc1p.runtime.programs import MOST_READ, output_of

PATIENCE = 10.0
"""Seconds for all questions together."""


def has_cli() -> bool:
    """Whether the CLI is installed."""
    return shutil.which("op") is not None


class OnePasswordCli:
    """Asks one question after the other. `withheld` are variables that the program doesn't get."""

    def __init__(self, withheld: Collection[str], *, patience: float = PATIENCE) -> None:
        self._withheld = withheld
        self._until = time.monotonic() + patience

    def rows(self, *words: str, most: int = MOST_READ) -> list[dict[str, object]]:
        """The records of one of its lists, such as `group list`; at most `most` bytes are read.

        Raises:
            ProgramFailed: it can't be run, fails, or takes too long.
            ValueError: its output is not a list of records.
        """
        left = max(0.1, self._until - time.monotonic())
        return rows_in(output_of(("op", *words, "--format", "json"), timeout=left, withheld=self._withheld, most=most))


def rows_in(printed: bytes) -> list[dict[str, object]]:
    """A list of records. Raises ValueError."""
    try:
        rows = json.loads(printed)
    except (ValueError, RecursionError):
        raise ValueError("its output is not JSON") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("its output is not a list of records")
    return rows
