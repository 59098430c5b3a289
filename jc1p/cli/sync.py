"""`jc1p sync`, `plan` and `drift`: load, run the pipeline, show, and for sync ask and apply.

Only the options are here; running.py does the work, and is imported when a command runs.
"""

from pathlib import Path
from typing import Annotated

import typer

from jc1p.cli.options import (
    AllowOption,
    Common,
    ConfigOption,
    DebugOption,
    GroupOption,
    InviteOption,
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
    invite: InviteOption = None,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """Bring 1Password in step with JumpCloud: read both, show the plan, ask, apply, report."""
    from jc1p.cli.running import Wanted, run_sync

    common = Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common())
    wanted = Wanted(only, user or [], group or [], no_removals, limit, allow or [], invite or [])
    run_sync(common, output, wanted, dry_run=dry_run, ask=not yes)


def plan(
    ctx: typer.Context,
    *,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 3 when there are changes.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Save the plan, for `jc1p apply FILE`.")
    ] = None,
    output: OutputOption = Output.TEXT,
    only: OnlyOption = None,
    user: UserOption = None,
    group: GroupOption = None,
    no_removals: NoRemovalsOption = False,
    limit: LimitOption = None,
    allow: AllowOption = None,
    invite: InviteOption = None,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """Show what sync would change, and the guard's verdict; change nothing."""
    from jc1p.cli.running import Wanted, run_plan

    common = Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common())
    wanted = Wanted(only, user or [], group or [], no_removals, limit, allow or [], invite or [])
    run_plan(common, output, wanted, detailed_exitcode=detailed_exitcode, out=out)


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
    invite: InviteOption = None,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """Check whether 1Password is in step with JumpCloud: exit 0 when it is, 3 when not. Links alone are no drift."""
    from jc1p.cli.running import Wanted, run_drift

    common = Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common())
    run_drift(common, output, Wanted(only, user or [], group or [], no_removals, limit, allow or [], invite or []))


def apply(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A plan that `jc1p plan --out FILE` saved.")],
    *,
    yes: YesOption = False,
    output: OutputOption = Output.TEXT,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """Apply a saved plan, if it is still what would be planned; exit 4 and the rows that moved if it isn't."""
    from jc1p.cli.running import run_apply

    common = Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common())
    run_apply(common, output, file, ask=not yes)


def rollback(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or its beginning; `jc1p history` lists them.")],
    *,
    yes: YesOption = False,
    output: OutputOption = Output.TEXT,
    only: OnlyOption = None,
    user: UserOption = None,
    group: GroupOption = None,
    no_removals: NoRemovalsOption = False,
    limit: LimitOption = None,
    allow: AllowOption = None,
    invite: InviteOption = None,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """Plan the inverse of a run (reactivate, re-add members, rename back), show it, ask, apply."""
    from jc1p.cli.running import Wanted, run_rollback

    common = Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common())
    wanted = Wanted(only, user or [], group or [], no_removals, limit, allow or [], invite or [])
    run_rollback(common, output, wanted, run, ask=not yes)
