"""Running the pipeline for `sync`, `plan` and `drift`: load, read, show, ask, apply, report.

The three commands share one reading and one plan; they differ in what they do with it at the end.
"""

import asyncio
import sys
from contextlib import nullcontext
from dataclasses import asdict, dataclass

from jc1p import sync as pipeline
from jc1p.cli.loading import load, wishes
from jc1p.cli.options import Common, Output
from jc1p.cli.progress import applying, reading
from jc1p.cli.session import Session, fail, session
from jc1p.cli.stopping import TIME_TO_FINISH, stop_on_signals
from jc1p.cli.streams import hide
from jc1p.errors import Interrupted, UnsafePlan, UsageError
from jc1p.render.text import print_plan, print_report
from jc1p.render.wording import count_of
from jc1p.state import State, hold_lock, open_state
from jc1p.sync import Clients, Prepared

DRIFT_FOUND = 3
APPLIED_IN_PART = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks of this run, as typed."""

    only: str | None
    users: list[str]
    groups: list[str]
    no_removals: bool
    limit: int | None
    allow: list[str]
    invite: list[str]


def run_sync(common: Common, output: Output, wanted: Wanted, *, dry_run: bool, ask: bool) -> None:
    """`jc1p sync`: exits by the record. Raises typer.Exit."""
    with session("sync", common, output, dry_run=dry_run) as here:
        if ask and not dry_run and not sys.stdin.isatty():
            raise UsageError(
                "there is no terminal to ask on", hint="Add --yes to apply without asking, or --dry-run to look."
            )
        asyncio.run(run(here, wanted, ask=ask and not dry_run))


def run_plan(common: Common, output: Output, wanted: Wanted, *, detailed_exitcode: bool) -> None:
    """`jc1p plan`: exits 3 for changes when asked to tell. Raises typer.Exit."""
    with session("plan", common, output, dry_run=True) as here:
        asyncio.run(run(here, wanted, ask=False))
        plan = here.record.plan
        if detailed_exitcode and here.record.exit_code == 0 and plan and plan.has_drift:
            here.exit_code = DRIFT_FOUND


def run_drift(common: Common, output: Output, wanted: Wanted) -> None:
    """`jc1p drift`: 3 for drift, also where the guard would refuse; never 4. Raises typer.Exit."""
    with session("drift", common, output, dry_run=True) as here:
        asyncio.run(run(here, wanted, ask=False))
        plan = here.record.plan
        if plan and here.record.exit_code in {0, UnsafePlan.exit_code, APPLIED_IN_PART}:
            short = APPLIED_IN_PART if plan.held_by_incomplete_read else 0
            here.exit_code = DRIFT_FOUND if plan.has_drift else short


async def run(here: Session, wanted: Wanted, *, ask: bool) -> None:
    """The pipeline of all three commands; what becomes known goes into the session's record."""
    wish = wishes(**asdict(wanted))
    config, credentials, folder = load(here)
    record = here.record
    lock = nullcontext() if record.dry_run else hold_lock(folder, f"run {record.run_id}")
    with lock, open_state(folder, read_only=record.dry_run) as state:
        async with pipeline.open_clients(config, credentials, record.run_id, on_token=hide) as clients:
            try:
                with stop_on_signals(grace=0), reading(here.err, clients):
                    prepared = await pipeline.prepare(clients, config, state, wish, record.created_at)
                show_prepared(here, prepared, clients, ask=ask)
                if record.dry_run or not prepared.verdict.allowed:
                    return
                if ask and not prepared.plan.is_empty:
                    confirm(here, f"Apply {count_of(len(prepared.plan.changes), 'change')}?")
                await carry_out(here, prepared, clients, state)
            finally:
                here.learn(requests=clients.requests)
                show_report(here)


def show_prepared(here: Session, prepared: Prepared, clients: Clients, *, ask: bool) -> None:
    """The plan and the verdict; on stderr where stdout holds JSON and somebody is asked."""
    here.learn(
        source=prepared.source_counts,
        target=prepared.target_counts,
        plan=prepared.plan,
        fingerprint=prepared.fingerprint,
        verdict=prepared.verdict,
        requests=clients.requests,
    )
    if here.output is Output.TEXT or ask:
        print_plan(here.out if here.output is Output.TEXT else here.err, here.record)


async def carry_out(here: Session, prepared: Prepared, clients: Clients, state: State) -> None:
    """Apply; the report is known before anything is remembered, so that no error afterwards can take it away."""
    changes = len(prepared.plan.changes)
    with stop_on_signals(grace=TIME_TO_FINISH) as stop, applying(here.err, changes) as told:
        await pipeline.carry_out(
            prepared, clients, state, here.record.created_at, on_outcome=told, stop=lambda: stop.reason,
            on_report=lambda report: here.learn(report=report),
        )  # fmt: skip


def show_report(here: Session) -> None:
    """What became of the changes, if any were carried out, and what ended it early."""
    report, plan = here.record.report, here.record.plan
    if report and plan and not plan.is_empty and here.output is Output.TEXT:
        print_report(here.out, here.record)
    if report and report.stopped_by:
        fail(here, report.stopped_by)


def confirm(here: Session, question: str) -> None:
    """Ask on the terminal. Raises Interrupted for anything but yes; nothing has been changed then."""
    try:
        here.err.print(f"{question} [y/N] ", end="")
        said = sys.stdin.readline()
    except KeyboardInterrupt:
        said = ""
    if said.strip().lower() not in {"y", "yes"}:
        raise Interrupted("not applied; nothing was changed")
