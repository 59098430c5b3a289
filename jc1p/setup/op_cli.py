"""What the 1Password CLI tells where it is there and signed in: owners, and every group by name. At most ten seconds.

Optional: whatever goes wrong is one remark, and the set-up goes on without it. What it prints is shown parsed only.
"""

from collections.abc import Collection
from dataclasses import dataclass

from jc1p.clients.op_cli import PATIENCE, OnePasswordCli, has_cli
from jc1p.runtime.programs import ProgramFailed
from jc1p.setup.owners import group_names_in, members_in


@dataclass(frozen=True, slots=True)
class CliSays:
    """What the CLI told; None where it didn't. `remark` says why, "" where there is no CLI or it told everything."""

    owners: tuple[str, ...] | None = None
    groups: frozenset[str] | None = None
    remark: str = ""


def ask_cli(withheld: Collection[str], *, patience: float = PATIENCE) -> CliSays:
    """Both questions; `withheld` are the variables that it doesn't get."""
    if not has_cli():
        return CliSays()
    cli, owners = OnePasswordCli(withheld, patience=patience), None
    try:
        owners = members_in(cli.rows("group", "user", "list", "Owners"))
        return CliSays(owners, group_names_in(cli.rows("group", "list")))
    except (ProgramFailed, ValueError) as error:
        return CliSays(owners, remark=f"The answer of the 1Password CLI is not used: {error}.")
