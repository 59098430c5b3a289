"""`jc1p why EMAIL_OR_GROUP`: the whole trace for one subject."""

from typing import Annotated

import typer

from jc1p.cli.options import Common, Output, OutputOption, takes_common


@takes_common
def why(
    subject: Annotated[
        str, typer.Argument(metavar="EMAIL_OR_GROUP", help="A person's email, a group's name, or an id of either side.")
    ],
    *,
    output: OutputOption = Output.TEXT,
    common: Common,
) -> None:
    """Explain what happens to somebody, or why nothing does: from JumpCloud to the change, step by step."""
    from jc1p.cli.actions.users_groups import run_why

    run_why(common, output, subject)
