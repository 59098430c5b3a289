"""`jc1p status --check`, after its screen: whether 1Password is in sync, from a reading of both sides."""

import asyncio
from typing import Any

from jc1p.cli.actions.runs import run
from jc1p.cli.session import Session, session
from jc1p.cli.usage.options import Common, Output
from jc1p.core.plan import Plan
from jc1p.core.run_options import RunOptions
from jc1p.document.render import guard, summary
from jc1p.errors import ExitCode
from jc1p.reports.status import KEYS, Overview, standing_values


def run_check(common: Common, output: Output, standing: Overview) -> None:
    """Exit 3 on drift; 1 if the last good run is too old or a side can't be read. Raises typer.Exit."""
    with session("status", common, output, dry_run=True, answers=KEYS) as here:
        here.body = {**standing_values(standing), "drift": None}
        asyncio.run(run(here, RunOptions(), ask=False))
        plan = here.record.plan
        if plan is None:
            return
        here.body = {**here.body, "drift": drift_values(here, plan)}
        short = ExitCode.IN_PART if plan.is_incomplete else ExitCode.DONE
        found = ExitCode.CHANGES_DUE if plan.has_drift else short
        here.exit_code = ExitCode.FAILED if standing.is_too_old else found


def drift_values(here: Session, plan: Plan) -> dict[str, Any]:
    return {
        "in_sync": not plan.has_drift, "summary": summary(plan), "held": len(plan.held),
        "guard": here.record.verdict and guard(here.record.verdict),
    }  # fmt: skip
