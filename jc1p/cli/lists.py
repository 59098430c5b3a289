"""`jc1p users list / show` and `jc1p groups list / show`: both sides, side by side."""

from enum import StrEnum
from typing import Annotated

import typer

from jc1p.cli.options import (
    Common,
    ConfigOption,
    DebugOption,
    LogFormatOption,
    LogLevelOption,
    NoColorOption,
    Output,
    OutputOption,
)  # fmt: skip

users_app = typer.Typer(help="People and accounts, both sides side by side.", no_args_is_help=True)
groups_app = typer.Typer(help="Groups, both sides side by side.", no_args_is_help=True)


class ListOutput(StrEnum):
    """What stdout holds for a list."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


class UserState(StrEnum):
    """Where a person stands in JumpCloud; `gone` are linked accounts whose person was deleted."""

    ACTIVATED = "activated"
    PASSWORD_PENDING = "password_pending"  # noqa: S105 - a state, no password
    STAGED = "staged"
    SUSPENDED = "suspended"
    GONE = "gone"


ListOutputOption = Annotated[ListOutput, typer.Option("--output", "-o", help="What stdout holds.")]
InScopeOption = Annotated[bool, typer.Option("--in-scope", help="Only those in scope.")]


@users_app.command("list")
def list_users(
    ctx: typer.Context,
    *,
    state: Annotated[UserState | None, typer.Option("--state", help="Only people in this JumpCloud state.")] = None,
    unowned: Annotated[bool, typer.Option("--unowned", help="Only accounts that jc1p doesn't own.")] = False,
    pending: Annotated[
        bool, typer.Option("--pending", help="Only people who have yet to confirm a new email.")
    ] = False,
    in_scope: InScopeOption = False,
    output: ListOutputOption = ListOutput.TEXT,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """Everybody on either side, with what is planned for them."""
    from jc1p.cli.answering import UserFilter, run_users_list

    common = Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common())
    wanted = UserFilter(state.value if state else None, unowned=unowned, pending=pending, in_scope=in_scope)
    run_users_list(common, output, wanted)


@users_app.command("show")
def show_user(
    ctx: typer.Context,
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Their email on either side, or an id.")],
    *,
    output: OutputOption = Output.TEXT,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """One person on both sides."""
    from jc1p.cli.answering import run_user_show

    run_user_show(Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common()), output, email)


@groups_app.command("list")
def list_groups(
    ctx: typer.Context,
    *,
    unowned: Annotated[
        bool, typer.Option("--unowned", help="Only 1Password groups that JumpCloud doesn't have.")
    ] = False,
    in_scope: InScopeOption = False,
    output: ListOutputOption = ListOutput.TEXT,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """Every group on either side, with what is planned for it."""
    from jc1p.cli.answering import run_groups_list

    common = Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common())
    run_groups_list(common, output, unowned=unowned, in_scope=in_scope)


@groups_app.command("show")
def show_group(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name on either side, or an id.")],
    *,
    output: OutputOption = Output.TEXT,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
) -> None:
    """One group on both sides, member by member."""
    from jc1p.cli.answering import run_group_show

    run_group_show(Common(config, log_level, log_format, no_color, debug).over(ctx.obj or Common()), output, name)
