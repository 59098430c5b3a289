"""`jc1p doctor`: is everything set up so that a sync can work, and what to do where it isn't."""

from jc1p.cli.options import Common, Output, OutputOption, takes_common


@takes_common
def doctor(
    *,
    output: OutputOption = Output.TEXT,
    common: Common,
) -> None:
    """Check configuration, network, credentials and both services. Each finding says what to do."""
    from jc1p.cli.actions.doctor import run_doctor

    run_doctor(common, output)
