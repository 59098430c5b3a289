"""What the 1Password CLI tells where it is there and signed in: owners, and every group by name. At most ten seconds.

Optional: whatever goes wrong is one remark, and the set-up goes on without it. What it prints is shown parsed only.
"""

import shutil
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

from jc1p.runtime.programs import ProgramFailed, output_of
from jc1p.setup.owners import parse_group_names, parse_members

PATIENCE = 10.0
"""Seconds for both questions together."""
OWNERS = ("op", "group", "user", "list", "Owners", "--format", "json")
GROUPS = ("op", "group", "list", "--format", "json")

Parsed = TypeVar("Parsed")


@dataclass(frozen=True, slots=True)
class CliSays:
    """What the CLI told; None where it didn't. `remark` says why, "" where there is no CLI or it told everything."""

    owners: tuple[str, ...] | None = None
    groups: frozenset[str] | None = None
    remark: str = ""


def has_cli() -> bool:
    """Whether there is one."""
    return shutil.which("op") is not None


def ask_cli(withheld: Collection[str], *, patience: float = PATIENCE) -> CliSays:
    """Both questions; `withheld` are the variables that it doesn't get."""
    if not has_cli():
        return CliSays()
    until = time.monotonic() + patience

    def ask(argv: tuple[str, ...], parse: Callable[[bytes], Parsed]) -> Parsed:
        return parse(output_of(argv, timeout=max(0.1, until - time.monotonic()), withheld=withheld))

    owners = None
    try:
        owners = ask(OWNERS, parse_members)
        return CliSays(owners, ask(GROUPS, parse_group_names))
    except (ProgramFailed, ValueError) as error:
        return CliSays(owners, remark=f"The answer of the 1Password CLI is not used: {error}.")
