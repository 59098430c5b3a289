"""`jc1p sync`, `plan` and `drift`: load, run the pipeline, show, and for sync ask and apply.

Only the options are here; actions/runs.py does the work, and is imported when a command runs.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jc1p.cli.usage.options import (
    AllowAgainOption,
    Common,
    MetricsOption,
    Output,
    ReportOption,
    RunOutputOption,
    YesOption,
    takes_common,
    takes_narrowing,
)
from jc1p.cli.usage.shell_completion import complete_run

if TYPE_CHECKING:
    from jc1p.core.run_options import RunOptions


@takes_common
@takes_narrowing
def sync(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan; change nothing.")] = False,
    yes: YesOption = False,
    output: RunOutputOption = Output.TEXT,
    report: ReportOption = None,
    metrics: MetricsOption = None,
    options: "RunOptions",
    common: Common,
) -> None:
    """Sync 1Password with JumpCloud: read both sides, show the plan, ask, apply, report."""
    from jc1p.cli.actions.runs import run_sync
    from jc1p.cli.after_run.metrics_file import metrics_hooks
    from jc1p.cli.after_run.report_files import report_hooks

    run_sync(
        common,
        output,
        options,
        dry_run=dry_run,
        ask=not yes,
        hooks=[*report_hooks(report), *metrics_hooks(metrics)],
    )


@takes_common
@takes_narrowing
def plan(
    *,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 3 when there are changes.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Save the plan, for `jc1p apply FILE`.")
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option("--compare", metavar="OTHER.yaml", help="Show how another configuration's plan differs."),
    ] = None,
    output: RunOutputOption = Output.TEXT,
    report: ReportOption = None,
    metrics: MetricsOption = None,
    options: "RunOptions",
    common: Common,
) -> None:
    """Show what sync would change and whether a safety limit blocks it. Changes nothing.

    With --compare: one reading, two configurations, and what only one of the plans does. Of OTHER.yaml only scope,
    users, groups and guard are read. A comparison cannot be applied.
    """
    from jc1p.cli.after_run.metrics_file import metrics_hooks
    from jc1p.cli.after_run.report_files import report_hooks

    if compare:
        from jc1p.cli.actions.compare import run_compare

        given = {"--out": out, "--metrics": metrics}
        run_compare(
            common, output, options, compare, detailed_exitcode=detailed_exitcode,
            conflicts=[name for name, value in given.items() if value], hooks=report_hooks(report),
        )  # fmt: skip
    from jc1p.cli.actions.runs import run_plan

    run_plan(
        common,
        output,
        options,
        detailed_exitcode=detailed_exitcode,
        out=out,
        hooks=[*report_hooks(report), *metrics_hooks(metrics)],
    )


@takes_common
@takes_narrowing
def drift(
    *,
    no_score: Annotated[
        bool, typer.Option("--no-score", help="Do not save differences or report what became of them.")
    ] = False,
    output: RunOutputOption = Output.TEXT,
    report: ReportOption = None,
    metrics: MetricsOption = None,
    options: "RunOptions",
    common: Common,
) -> None:
    """Check whether 1Password is in sync with JumpCloud: exit 0 when it is, 3 when not. Links alone are not drift.

    Later runs report what became of the differences: made outside jc1p, made by jc1p, no longer needed, or not made.
    """
    from jc1p.cli.actions.drift import run_drift
    from jc1p.cli.after_run.metrics_file import metrics_hooks
    from jc1p.cli.after_run.report_files import report_hooks

    run_drift(
        common, output, options, score=not no_score, hooks=[*report_hooks(report), *metrics_hooks(metrics)]
    )  # fmt: skip


@takes_common
def apply(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A plan saved by `jc1p plan --out FILE`.")],
    *,
    allow: AllowAgainOption = None,
    yes: YesOption = False,
    output: RunOutputOption = Output.TEXT,
    report: ReportOption = None,
    metrics: MetricsOption = None,
    common: Common,
) -> None:
    """Apply a saved plan. If the plan is out of date: change nothing, list the changes that differ, exit 4."""
    from jc1p.cli.actions.runs import run_apply
    from jc1p.cli.after_run.metrics_file import metrics_hooks
    from jc1p.cli.after_run.report_files import report_hooks

    hooks = [*report_hooks(report), *metrics_hooks(metrics)]
    run_apply(common, output, file, ask=not yes, allow=allow or (), hooks=hooks)


@takes_common
@takes_narrowing
def rollback(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            autocompletion=complete_run,
            help="Run id, its first characters, or last (the newest run with changes, rollbacks aside).",
        ),
    ],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan; change nothing.")] = False,
    pause: Annotated[
        bool, typer.Option("--pause", help="Also pause scheduled runs for 24 hours, to give time to change JumpCloud.")
    ] = False,
    yes: YesOption = False,
    output: RunOutputOption = Output.TEXT,
    report: ReportOption = None,
    metrics: MetricsOption = None,
    options: "RunOptions",
    common: Common,
) -> None:
    """Undo a run: plan the inverse (reactivate, re-add members, rename back), show it, ask, apply."""
    from jc1p.cli.actions.runs import run_rollback
    from jc1p.cli.after_run.metrics_file import metrics_hooks
    from jc1p.cli.after_run.report_files import report_hooks

    run_rollback(
        common,
        output,
        options,
        run,
        dry_run=dry_run,
        ask=not yes,
        pause=pause,
        hooks=[*report_hooks(report), *metrics_hooks(metrics)],
    )
