"""`jc1p history` and `jc1p history show RUN`: past runs from the journal."""

from typing import Annotated

import typer

from jc1p.cli.completing import complete_run
from jc1p.cli.options import Common, Output, OutputOption, takes_common

history_app = typer.Typer(help="Past runs from the journal.", invoke_without_command=True)


@history_app.callback()
@takes_common
def history(
    ctx: typer.Context,
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Only the newest so many.")] = 20,
    output: OutputOption = Output.TEXT,
    common: Common,
) -> None:
    """Past runs that changed something, the newest first."""
    if ctx.invoked_subcommand:
        ctx.obj = common
        return
    from jc1p.cli.actions.history import run_history

    run_history(common, output, limit)


@history_app.command("show")
@takes_common
def show(
    run: Annotated[
        str, typer.Argument(metavar="RUN", autocompletion=complete_run, help="A run's id, or its beginning.")
    ],
    *,
    output: OutputOption = Output.TEXT,
    common: Common,
) -> None:
    """One run: every change and what became of it."""
    from jc1p.cli.actions.history import run_history_show

    run_history_show(common, output, run)
