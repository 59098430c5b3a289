"""`jc1p plan --compare OTHER.yaml`: one reading, two configurations, never applied and never saved."""

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path

from jc1p.cli.actions.load import context_of, load
from jc1p.cli.actions.runs import warn_of_files
from jc1p.cli.actions.show_run import learn_prepared
from jc1p.cli.hooks import Hook
from jc1p.cli.session import Session, session
from jc1p.cli.terminal.progress import reading
from jc1p.cli.terminal.stop_signals import stop_on_signals
from jc1p.cli.terminal.streams import hide
from jc1p.cli.usage.options import Common, Output
from jc1p.config.proposal import load_proposal
from jc1p.core.commands import Command
from jc1p.core.plan_comparison import PlanComparison, compare_plans
from jc1p.core.run_options import RunOptions
from jc1p.errors import ExitCode, UsageError
from jc1p.reports.comparison import print_comparison
from jc1p.state.lock import run_under_way
from jc1p.state.recovery import read_past
from jc1p.state.store import open_state
from jc1p.sync.clients import open_clients
from jc1p.sync.compare import OtherConfiguration, prepare_both


def run_compare(
    common: Common, output: Output, options: RunOptions, other: Path, *, detailed_exitcode: bool,
    conflicts: Iterable[str] = (), hooks: Iterable[Hook] = (),
) -> None:  # fmt: skip
    """`jc1p plan --compare`: exits 3 for a difference with --detailed-exitcode; never 4. Raises typer.Exit.

    `conflicts` are given options that a comparison can't have.
    """
    with session(Command.PLAN, common, output, dry_run=True) as here:
        here.hooks.extend(hooks)
        refuse(*conflicts, *(f"--{name}" for name in ("invite", "reactivate", "recreate") if options.differs(name)))
        comparison = asyncio.run(compare(here, options, other))
        if here.output is Output.TEXT:
            print_comparison(here.out, here.record, comparison, quiet=common.quiet, reports=here.reports)
        differs = ExitCode.CHANGES_DUE if detailed_exitcode and comparison.differs else ExitCode.DONE
        here.exit_code = ExitCode.IN_PART if comparison.is_incomplete else differs


def refuse(*conflicts: str) -> None:
    """Raises UsageError for options that a comparison can't have."""
    if conflicts:
        raise UsageError(
            f"--compare and {conflicts[0]} exclude each other: a comparison is never applied",
            hint="Make the plan of one configuration: leave --compare out.",
        )


async def compare(here: Session, options: RunOptions, other: Path) -> PlanComparison:
    """Load both files, read, plan and judge twice; the record gets this configuration's plan and the comparison."""
    warn_of_files(here)
    options.check()
    here.learn(reference=options.reference)
    here.is_narrow = options.is_narrow
    settings, credentials, folder = load(here)
    proposal = OtherConfiguration(str(other), load_proposal(other, settings, os.environ))
    record = here.record
    with open_state(folder, read_only=True) as state:
        here.learn(organization=state.organization(record.created_at))
        past = read_past(folder, record.created_at, under_way=run_under_way(folder))
        context = context_of(here, settings, folder, state)
        async with open_clients(settings, credentials, record.run_id, on_token=hide) as clients:
            try:
                with stop_on_signals(grace=0), reading(here.err, clients):
                    async with context.deadline.ending():
                        this, that = await prepare_both(clients, settings, proposal, context, options, past)
                learn_prepared(here, this, clients)
                comparison = compare_plans(
                    (str(here.config_path), this.plan, this.verdict), (proposal.file, that.plan, that.verdict)
                )
                # A fingerprint alone would suggest a saved plan.
                here.learn(comparison=comparison, fingerprint=None)
                return comparison
            finally:
                here.learn(requests=clients.requests)
