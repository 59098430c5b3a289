"""`jc1p users list / show` and `jc1p groups list / show`: both sides, side by side."""

from enum import StrEnum
from typing import Annotated

import typer

from jc1p.cli.usage.help import App
from jc1p.cli.usage.options import Common, ListOutput, Output, OutputOption, takes_common
from jc1p.cli.usage.shell_completion import complete_group

users_app = App(help="Show users and accounts, both sides side by side.", no_args_is_help=True)
groups_app = App(help="Show groups, both sides side by side.", no_args_is_help=True)


class UserState(StrEnum):
    """The state of a user in JumpCloud; `gone` are linked accounts of deleted users."""

    ACTIVATED = "activated"
    PASSWORD_PENDING = "password_pending"  # noqa: S105 - a state, not a password
    STAGED = "staged"
    SUSPENDED = "suspended"
    GONE = "gone"


ListOutputOption = Annotated[ListOutput, typer.Option("--output", "-o", help="Output format.")]
InScopeOption = Annotated[bool, typer.Option("--in-scope", help="Only users or groups in scope.")]


@users_app.command("list")
@takes_common
def list_users(
    *,
    state: Annotated[UserState | None, typer.Option("--state", help="Only users in this JumpCloud state.")] = None,
    unowned: Annotated[bool, typer.Option("--unowned", help="Only unmanaged accounts.")] = False,
    pending: Annotated[bool, typer.Option("--pending", help="Only users with an unconfirmed new email.")] = False,
    in_scope: InScopeOption = False,
    output: ListOutputOption = ListOutput.TEXT,
    common: Common,
) -> None:
    """List users and accounts of both sides, with what is planned for them."""
    from jc1p.cli.actions.users_groups import UserFilter, run_users_list

    wanted = UserFilter(state.value if state else None, unowned=unowned, pending=pending, in_scope=in_scope)
    run_users_list(common, output, wanted)


@users_app.command("show")
@takes_common
def show_user(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Email, or id from either side.")],
    *,
    output: OutputOption = Output.TEXT,
    common: Common,
) -> None:
    """Show one user on both sides."""
    from jc1p.cli.actions.users_groups import run_user_show

    run_user_show(common, output, email)


@groups_app.command("list")
@takes_common
def list_groups(
    *,
    unowned: Annotated[
        bool, typer.Option("--unowned", help="Only 1Password groups without a JumpCloud group.")
    ] = False,
    in_scope: InScopeOption = False,
    output: ListOutputOption = ListOutput.TEXT,
    common: Common,
) -> None:
    """List groups of both sides, with what is planned for them."""
    from jc1p.cli.actions.users_groups import run_groups_list

    run_groups_list(common, output, unowned=unowned, in_scope=in_scope)


@groups_app.command("show")
@takes_common
def show_group(
    name: Annotated[
        str, typer.Argument(metavar="NAME", autocompletion=complete_group, help="Name, or id from either side.")
    ],
    *,
    output: OutputOption = Output.TEXT,
    common: Common,
) -> None:
    """Show one group on both sides, member by member."""
    from jc1p.cli.actions.users_groups import run_group_show

    run_group_show(common, output, name)
