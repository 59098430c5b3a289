"""Asks the 1Password CLI, if it is installed and signed in: owners, and all group names. At most ten seconds.

Optional: an error becomes a remark, and the setup continues without it. Its output is shown only after parsing.
"""

from collections.abc import Collection
from dataclasses import dataclass

from jc1p.clients.op_cli import PATIENCE, OnePasswordCli, has_cli
from jc1p.runtime.programs import ProgramFailed
from jc1p.setup.owners import group_names_in, members_in


@dataclass(frozen=True, slots=True)
class CliSays:
    """The output of the CLI; None for missing parts. `remark` says why, "" without a CLI or if nothing is missing."""

    owners: tuple[str, ...] | None = None
    groups: frozenset[str] | None = None
    remark: str = ""


def ask_cli(withheld: Collection[str], *, patience: float = PATIENCE) -> CliSays:
    """Both questions; `withheld` are variables that it doesn't get."""
    if not has_cli():
        return CliSays()
    cli, owners = OnePasswordCli(withheld, patience=patience), None
    try:
        owners = members_in(cli.rows("group", "user", "list", "Owners"))
        return CliSays(owners, group_names_in(cli.rows("group", "list")))
    except (ProgramFailed, ValueError) as error:
        return CliSays(owners, remark=f"The answer of the 1Password CLI is not used: {error}.")
