"""`jc1p report merge FILE…`: the results of many runs, from their JSON documents."""

from pathlib import Path
from typing import Annotated

import typer

from jc1p.cli.usage.help import App
from jc1p.cli.usage.options import Common, Output, RunOutputOption, takes_common

report_app = App(help="Sum up the reports of many runs.", no_args_is_help=True)

EXPECTED = "Expected reports"


@report_app.command("merge")
@takes_common
def merge(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="JSON reports (--report FILE.json); - reads them from stdin."),
    ],
    *,
    expect: Annotated[
        int | None,
        typer.Option("--expect", metavar="N", min=0, rich_help_panel=EXPECTED, help="Expect N reports."),
    ] = None,
    expect_file: Annotated[
        Path | None,
        typer.Option("--expect-file", metavar="FILE", rich_help_panel=EXPECTED,
                     help="Expect a report for each name in FILE, one per line."),
    ] = None,
    max_age: Annotated[
        str | None,
        typer.Option("--max-age", metavar="AGE", rich_help_panel=EXPECTED,
                     help="Reject reports older than this, such as 26h."),
    ] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with the worst exit code of the runs.")] = False,
    output: RunOutputOption = Output.TEXT,
    common: Common,
) -> None:  # fmt: skip
    """Sum up many runs: result of each, totals, and unreadable or missing reports.

    Exit 0 when every report could be read, whatever the results; 1 when one is unreadable, too old or missing.
    """
    from jc1p.cli.actions.report_merge import Expected, run_merge

    run_merge(common, output, files, Expected(expect, expect_file, max_age), as_worst=exit_code)
