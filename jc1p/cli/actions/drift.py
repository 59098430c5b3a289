"""`jc1p drift`: reads both sides, and keeps the score of which tool makes the differences that it sees."""

import asyncio
from collections.abc import Iterable

from jc1p.cli.actions.runs import run
from jc1p.cli.hooks import Hook
from jc1p.cli.session import Session, session
from jc1p.cli.usage.options import Common, Output
from jc1p.core.commands import Command
from jc1p.core.run_options import RunOptions
from jc1p.errors import ExitCode, StateUnavailable
from jc1p.reports.notices import print_warning
from jc1p.state.differences import write_differences
from jc1p.sync.drift_score import score_drift
from jc1p.sync.pipeline import Prepared
from jc1p.sync.run_context import RunContext


def run_drift(
    common: Common, output: Output, options: RunOptions, *, score: bool = True, hooks: Iterable[Hook] = ()
) -> None:
    """`jc1p drift`: exits 3 for drift, even if the guard would block the plan; never 4. Raises typer.Exit."""
    with session(Command.DRIFT, common, output, dry_run=True) as here:
        here.hooks.extend(hooks)

        def keep(prepared: Prepared, context: RunContext) -> None:
            if score and options.is_whole and prepared.situation.actual.complete:
                keep_score(here, prepared, context)

        asyncio.run(run(here, options, ask=False, once_read=keep))
        plan = here.record.plan
        if plan and here.record.exit_code in {ExitCode.DONE, ExitCode.REFUSED, ExitCode.IN_PART}:
            short = ExitCode.IN_PART if plan.is_incomplete else ExitCode.DONE
            here.exit_code = ExitCode.CHANGES_DUE if plan.has_drift else short


def keep_score(here: Session, prepared: Prepared, context: RunContext) -> None:
    """Compute the score and remember what was seen; an error here is only a warning, and drift continues."""
    try:
        score, before, after = score_drift(prepared, context)
        here.learn(score=score)
        write_differences(context.folder, before, after)
    except StateUnavailable as error:
        print_warning(
            here.err, f"drift could not save the differences it found: {error.message}. To skip saving, use --no-score"
        )
