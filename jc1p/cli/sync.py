"""`jc1p sync`, `plan` and `drift`: load, run the pipeline, show, and for sync ask and apply.

All three share one reading and one plan; what they do with it differs in the last lines only.
"""

import asyncio
import sys
from dataclasses import asdict, dataclass
from typing import Annotated

import typer

from jc1p.cli.options import (
    AllowOption,
    ConfigOption,
    DebugOption,
    GroupOption,
    LimitOption,
    LogFormatOption,
    LogLevelOption,
    NoColorOption,
    NoRemovalsOption,
    OnlyOption,
    Output,
    OutputOption,
    UserOption,
    YesOption,
)  # fmt: skip
from jc1p.cli.session import Common, Session, session
from jc1p.errors import Interrupted, UnsafePlan, UsageError

DRIFT_FOUND = 3


def sync(
    ctx: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and the verdict; change nothing.")] = False,
    yes: YesOption = False,
    output: OutputOption = Output.TEXT,
    only: OnlyOption = None,
    user: UserOption = None,
    group: GroupOption = None,
    no_removals: NoRemovalsOption = False,
    limit: LimitOption = None,
    allow: AllowOption = None,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """Bring 1Password in step with JumpCloud: read both, show the plan, ask, apply, report."""
    common = Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common())
    with session("sync", common, output, dry_run=dry_run) as here:
        wanted = Wanted(only, user or [], group or [], no_removals, limit, allow or [])
        if not dry_run and not yes and not sys.stdin.isatty():
            raise UsageError(
                "there is no terminal to ask on",
                hint="Add --yes to apply without asking, or --dry-run to look.",
            )
        asyncio.run(run(here, wanted, ask=not yes))


def plan(
    ctx: typer.Context,
    *,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 3 when there are changes.")
    ] = False,
    output: OutputOption = Output.TEXT,
    only: OnlyOption = None,
    user: UserOption = None,
    group: GroupOption = None,
    no_removals: NoRemovalsOption = False,
    limit: LimitOption = None,
    allow: AllowOption = None,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """Show what sync would change, and the guard's verdict; change nothing."""
    common = Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common())
    with session("plan", common, output, dry_run=True) as here:
        asyncio.run(run(here, Wanted(only, user or [], group or [], no_removals, limit, allow or []), ask=False))
        if detailed_exitcode and here.record.exit_code == 0 and here.record.plan and here.record.plan.has_drift:
            here.exit_code = DRIFT_FOUND


def drift(
    ctx: typer.Context,
    *,
    output: OutputOption = Output.TEXT,
    only: OnlyOption = None,
    user: UserOption = None,
    group: GroupOption = None,
    no_removals: NoRemovalsOption = False,
    limit: LimitOption = None,
    allow: AllowOption = None,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """Check whether 1Password is in step with JumpCloud: exit 0 when it is, 3 when not. Links alone are no drift."""
    common = Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common())
    with session("drift", common, output, dry_run=True) as here:
        asyncio.run(run(here, Wanted(only, user or [], group or [], no_removals, limit, allow or []), ask=False))
        if here.record.plan and here.record.exit_code in {0, UnsafePlan.exit_code, 5}:
            drifted = here.record.plan.has_drift
            here.exit_code = DRIFT_FOUND if drifted else 5 if here.record.plan.held_by_incomplete_read else 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks of this run, as typed."""

    only: str | None
    users: list[str]
    groups: list[str]
    no_removals: bool
    limit: int | None
    allow: list[str]


async def run(here: Session, wanted: Wanted, *, ask: bool) -> None:
    """The pipeline of all three commands; what becomes known goes into the session's record."""
    from jc1p import sync as pipeline
    from jc1p.cli.loading import load, wishes
    from jc1p.cli.progress import applying, reading
    from jc1p.render.text import print_plan, print_report
    from jc1p.state import open_state

    wish = wishes(**asdict(wanted))
    config, credentials, folder = load(here)
    record = here.record
    with open_state(folder, read_only=record.dry_run) as state:
        async with pipeline.open_clients(config, credentials, record.run_id) as clients:
            try:
                with reading(here.err, clients):
                    prepared = await pipeline.prepare(clients, config, state, wish, record.created_at)
                here.learn(
                    source=prepared.source_counts,
                    target=prepared.target_counts,
                    plan=prepared.plan,
                    fingerprint=prepared.fingerprint,
                    verdict=prepared.verdict,
                    requests=clients.requests,
                )
                show = here.out if here.output is Output.TEXT else here.err
                if here.output is Output.TEXT or ask:
                    print_plan(show, here.record)
                if record.dry_run or not prepared.verdict.allowed:
                    return
                if ask and not prepared.plan.is_empty:
                    confirm(here, len(prepared.plan.changes))
                with applying(here.err, len(prepared.plan.changes)) as told:
                    report = await pipeline.carry_out(prepared, clients, state, record.created_at, on_outcome=told)
                here.learn(report=report)
            finally:
                here.learn(requests=clients.requests)
    if here.output is Output.TEXT and here.record.report and here.record.plan and not here.record.plan.is_empty:
        print_report(here.out, here.record)


def confirm(here: Session, count: int) -> None:
    """Ask on the terminal. Raises Interrupted for anything but yes; nothing has been changed then."""
    here.err.print(f"Apply {count} {'change' if count == 1 else 'changes'}? [y/N] ", end="")
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Interrupted("not applied; nothing was changed")
