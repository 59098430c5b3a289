"""`jc1p report merge FILE…`: what many runs came to, from their JSON documents."""

from pathlib import Path
from typing import Annotated

import typer

from jc1p.cli.options import Common, Output, RunOutputOption, takes_common

report_app = typer.Typer(help="Reports of many runs.", no_args_is_help=True)

EXPECTED = "What should be there"


@report_app.command("merge")
@takes_common
def merge(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="Documents of runs (--report FILE.json); - reads them from stdin."),
    ],
    *,
    expect: Annotated[
        int | None,
        typer.Option("--expect", metavar="N", min=0, rich_help_panel=EXPECTED, help="There must be N documents."),
    ] = None,
    expect_file: Annotated[
        Path | None,
        typer.Option("--expect-file", metavar="FILE", rich_help_panel=EXPECTED,
                     help="There must be a document for each name in FILE, one a line."),
    ] = None,
    max_age: Annotated[
        str | None,
        typer.Option("--max-age", metavar="AGE", rich_help_panel=EXPECTED,
                     help="Documents older than this, such as 26h, are left over from another time: unreadable."),
    ] = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with the worst exit code of the runs.")] = False,
    output: RunOutputOption = Output.TEXT,
    common: Common,
) -> None:  # fmt: skip
    """Sum up many runs: how each ended, totals, and what is unreadable or missing.

    Exit 0 when every document could be read, whatever the runs came to; 1 when one is unreadable, stale or missing.
    """
    from jc1p.cli.actions.report_merge import Expected, run_merge

    run_merge(common, output, files, Expected(expect, expect_file, max_age), as_worst=exit_code)
