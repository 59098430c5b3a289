"""`jc1p status`: one screen with the current status."""

from typing import Annotated

import typer

from jc1p.cli.usage.options import Common, Output, OutputOption, takes_common


@takes_common
def status(
    *,
    check: Annotated[bool, typer.Option("--check", help="Also read both sides; exit 3 if they differ.")] = False,
    max_age: Annotated[
        str | None,
        typer.Option("--max-age", metavar="AGE",
                     help="Exit 1 if the last good run is older than this, such as 1h, or missing."),
    ] = None,
    output: OutputOption = Output.TEXT,
    common: Common,
) -> None:  # fmt: skip
    """Show the last runs, a pause, pending work and what to do next. No network access without --check."""
    from jc1p.cli.actions.status import StatusOptions, run_status

    run_status(common, output, StatusOptions(check, max_age))
