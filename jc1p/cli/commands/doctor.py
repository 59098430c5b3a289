"""`jc1p doctor`: is everything set up so that a sync can work, and what to do if not."""

from pathlib import Path
from typing import Annotated

import typer

from jc1p.cli.usage.options import Common, Output, OutputOption, YesOption, takes_common


@takes_common
def doctor(
    *,
    record: Annotated[
        Path | None,
        typer.Option("--record", metavar="FILE",
                     help="Save the answers of both services, without names, addresses, ids or secrets; asks first."),
    ] = None,
    canary: Annotated[
        str | None,
        typer.Option("--canary", metavar="EMAIL",
                     help="With --record: also create, change, suspend and reactivate a test account, after asking."),
    ] = None,
    canary_group: Annotated[
        str | None,
        typer.Option("--canary-group", metavar="NAME", help="With --canary: a test group, which is deleted again."),
    ] = None,
    yes: YesOption = False,
    output: OutputOption = Output.TEXT,
    common: Common,
) -> None:  # fmt: skip
    """Check configuration, network, credentials and both services. Each finding says what to do."""
    from jc1p.cli.actions.canary import CanaryOptions
    from jc1p.cli.actions.doctor import run_doctor
    from jc1p.cli.actions.recording import RecordOptions

    run_doctor(common, output, RecordOptions(record, ask=not yes), CanaryOptions(canary, canary_group, ask=not yes))
