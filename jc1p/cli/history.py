"""`jc1p history` and `jc1p history show RUN`: past runs from the journal."""

from typing import Annotated

import typer

from jc1p.cli.options import (
    Common,
    ConfigOption,
    DebugOption,
    LogFormatOption,
    LogLevelOption,
    NoColorOption,
    Output,
    OutputOption,
)  # fmt: skip

history_app = typer.Typer(help="Past runs from the journal.", invoke_without_command=True)


@history_app.callback()
def history(
    ctx: typer.Context,
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Only the newest so many.")] = 20,
    output: OutputOption = Output.TEXT,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """Past runs that changed something, the newest first."""
    common = Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common())
    if ctx.invoked_subcommand:
        ctx.obj = common
        return
    from jc1p.cli.recalling import run_history

    run_history(common, output, limit)


@history_app.command("show")
def show(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or its beginning.")],
    *,
    output: OutputOption = Output.TEXT,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """One run: every change and what became of it."""
    from jc1p.cli.recalling import run_history_show

    common = Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common())
    run_history_show(common, output, run)
