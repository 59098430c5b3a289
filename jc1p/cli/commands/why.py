"""`jc1p why EMAIL_OR_GROUP`: the whole trace for one subject."""

from typing import Annotated

import typer

from jc1p.cli.usage.options import Common, Output, OutputOption, takes_common
from jc1p.cli.usage.shell_completion import complete_group


@takes_common
def why(
    subject: Annotated[
        str,
        typer.Argument(metavar="EMAIL_OR_GROUP", autocompletion=complete_group,
                       help="Email of a user, name of a group, or an id from either side."),
    ],
    *,
    output: OutputOption = Output.TEXT,
    common: Common,
) -> None:  # fmt: skip
    """Explain what happens to a user or group, or why nothing does, step by step."""
    from jc1p.cli.actions.users_groups import run_why

    run_why(common, output, subject)
