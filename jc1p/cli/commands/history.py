"""`jc1p history` and `jc1p history show RUN`: past runs from the journal."""

from typing import Annotated

import typer

from jc1p.cli.usage.help import App
from jc1p.cli.usage.options import Common, Output, OutputOption, refuse_before, takes_common
from jc1p.cli.usage.shell_completion import complete_run

history_app = App(help="Show past runs.", invoke_without_command=True)


@history_app.callback()
@takes_common
def history(
    ctx: typer.Context,
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Show the latest N runs.")] = 20,
    output: OutputOption = Output.TEXT,
    common: Common,
) -> None:
    """Show past runs that changed something, the latest first."""
    if ctx.invoked_subcommand:
        refuse_before(ctx, "limit", "output")
        ctx.obj = common
        return
    from jc1p.cli.actions.history import run_history

    run_history(common, output, limit)


@history_app.command("show")
@takes_common
def show(
    run: Annotated[
        str, typer.Argument(metavar="RUN", autocompletion=complete_run, help="Run id or its first characters.")
    ],
    *,
    output: OutputOption = Output.TEXT,
    common: Common,
) -> None:
    """Show one run: every change and its result."""
    from jc1p.cli.actions.history import run_history_show

    run_history_show(common, output, run)
