"""`jc1p import`: match accounts before a first sync, link the matches, create the unmatched in JumpCloud."""

from pathlib import Path
from typing import Annotated

import typer

from jc1p.cli.usage.options import Common, Output, OutputOption, YesOption, takes_common
from jc1p.cli.usage.shell_completion import complete_group
from jc1p.cli.usage.variables import is_given


@takes_common
def import_(
    ctx: typer.Context,
    *,
    link: Annotated[bool, typer.Option("--link", help="Link the matched users in scope.")] = False,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="EMAIL",
                     help="With --link: accept the probable match of this JumpCloud user (repeatable)."),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option("--group", metavar="NAME", autocompletion=complete_group,
                     help="With --link: move only this 1Password group's link to the JumpCloud group of its name, "
                          "after asking (repeatable)."),
    ] = None,
    create: Annotated[
        bool,
        typer.Option("--create", help="Create unmatched users in JumpCloud as STAGED, after asking. Sends no email."),
    ] = False,
    user: Annotated[
        list[str] | None,
        typer.Option("--user", metavar="EMAIL", help="With --create: only this 1Password user (repeatable)."),
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the comparison as CSV.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what --link and --create would do; change nothing.")
    ] = False,
    yes: YesOption = False,
    output: OutputOption = Output.TEXT,
    common: Common,
) -> None:  # fmt: skip
    """Match 1Password accounts against JumpCloud users: matched, probable, unmatched."""
    from jc1p.cli.actions.import_ import ImportOptions, run_import

    # An option without effect here is an error, but a variable may be meant for other commands.
    dry_run = dry_run and (link or create or is_given(ctx, "dry_run"))
    options = ImportOptions(
        link, tuple(accept or ()), tuple(group or ()), create, tuple(user or ()), csv, dry_run=dry_run, ask=not yes
    )
    run_import(common, output, options)
