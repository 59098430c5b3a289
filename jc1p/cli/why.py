"""`jc1p why EMAIL_OR_GROUP`: the whole trace for one subject."""

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


def why(
    ctx: typer.Context,
    subject: Annotated[
        str, typer.Argument(metavar="EMAIL_OR_GROUP", help="A person's email, a group's name, or an id of either side.")
    ],
    *,
    output: OutputOption = Output.TEXT,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """Explain what happens to somebody, or why nothing does: from JumpCloud to the change, step by step."""
    from jc1p.cli.answering import run_why

    run_why(Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common()), output, subject)
