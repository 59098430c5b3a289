"""`jc1p pause` and `jc1p resume`: stop scheduled runs from applying, and let them continue."""

from typing import Annotated

import typer

from jc1p.cli.usage.options import Common, Output, OutputOption, takes_common


@takes_common
def pause(
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Reason, shown by every paused run.")] = "",
    for_: Annotated[
        str | None,
        typer.Option("--for", metavar="TIME", help="End the pause automatically after this time, such as 8h or 2d."),
    ] = None,
    output: OutputOption = Output.TEXT,
    common: Common,
) -> None:
    """Stop all runs from applying, until `jc1p resume` or for some time. Reading commands still work."""
    from jc1p.cli.actions.history import run_pause

    run_pause(common, output, reason, for_)


@takes_common
def resume(
    *,
    output: OutputOption = Output.TEXT,
    common: Common,
) -> None:
    """Let runs apply again."""
    from jc1p.cli.actions.history import run_resume

    run_resume(common, output)
