"""`jc1p doctor`: is everything set up so that a sync can work, and what to do where it isn't."""

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


def doctor(
    ctx: typer.Context,
    *,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show details too, such as what the bridge says of itself.")
    ] = False,
    output: OutputOption = Output.TEXT,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """Check configuration, network, credentials, both services and people; each finding says what to do."""
    from jc1p.cli.doctoring import run_doctor

    common = Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common())
    run_doctor(common, output, verbose=verbose)
