"""`jc1p pause` and `jc1p resume`: stop scheduled runs from applying, and let them go on."""

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


def pause(
    ctx: typer.Context,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; every run that stops says it.")] = "",
    output: OutputOption = Output.TEXT,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """Stop sync, apply, rollback and import --create from applying, until `jc1p resume`; reading goes on."""
    from jc1p.cli.recalling import run_pause

    run_pause(Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common()), output, reason)


def resume(
    ctx: typer.Context,
    *,
    output: OutputOption = Output.TEXT,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """Let runs apply again."""
    from jc1p.cli.recalling import run_resume

    run_resume(Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common()), output)
