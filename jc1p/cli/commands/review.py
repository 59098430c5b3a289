"""`jc1p review`: who has access to what, since when and why."""

from typing import Annotated

import typer

from jc1p.cli.usage.options import Common, Output, ReferenceOption, ReportOption, RunOutputOption, takes_common
from jc1p.cli.usage.shell_completion import complete_run


@takes_common
def review(
    *,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DATE|RUN|last", autocompletion=complete_run,
                     help="List changes since a date, a run, or the last closed review (the default)."),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option("--group", metavar="NAME", help="Only this group and its members; globs too (repeatable)."),
    ] = None,
    close: Annotated[
        bool, typer.Option("--close", help="Record that this review was made: --since last counts from it.")
    ] = False,
    reference: ReferenceOption = None,
    output: RunOutputOption = Output.TEXT,
    report: ReportOption = None,
    common: Common,
) -> None:  # fmt: skip
    """Show the members of each group, since when and why, each account, and the changes.

    For members who are older than the records, it shows the date when the records begin.
    """
    from jc1p.cli.actions.review import ReviewOptions, run_review

    options = ReviewOptions(since, tuple(group or ()), close=close, reference=(reference or "").strip() or None)
    run_review(common, output, options, report or ())
