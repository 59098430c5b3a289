"""`users` and `groups` on a terminal: columns that line up, and names whose spaces show."""

import io
from dataclasses import replace

from rich.console import Console

from jc1p.core.models import PersonState
from jc1p.queries.overview import AccountState, GroupRow, UserRow
from jc1p.reports.users_and_groups import print_group, print_groups, print_user, print_users

GROUPS = ("Engineering", "Marketing ", "Sales, EMEA", "A very long name of a group that nobody can remember")
USER = UserRow(
    email="ann@example.com", name=" Ann  Example", jumpcloud_id="64b0", jumpcloud_state=PersonState.ACTIVATED,
    in_scope=True, groups=GROUPS, scim_id="SCIM1", account_email="ann@example.com", account_name="Ann Example",
    account_state=AccountState.ACTIVE, account_groups=("Engineering",), matched_by="email", owned=True, pending=None,
    changes=("update_user",), held=(),
)  # fmt: skip
GROUP = GroupRow(
    name="Marketing ", jumpcloud_id="65c0", in_scope=True, jumpcloud_members=("ann@example.com", "bob@example.com"),
    scim_id="SCIM2", account_group="Marketing", account_members=("ann@example.com",), changes=("add_members",), held=(),
)  # fmt: skip


def shown(show: object, *what: object) -> str:
    console = Console(file=io.StringIO(), width=200)
    show(console, *what)  # type: ignore[operator]
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_user_has_one_set_of_columns_and_names_show_their_spaces() -> None:
    assert shown(print_user, USER) == (
        "            JUMPCLOUD                                     1PASSWORD\n"
        "email       ann@example.com                               ann@example.com\n"
        'name        " Ann  Example"                               Ann Example\n'
        "state       activated                                     active\n"
        "id          64b0                                          SCIM1\n"
        "groups      Engineering                                   Engineering\n"
        '            "Marketing "\n'
        "            Sales, EMEA\n"
        "            A very long name of a group that nobody can remember\n"
        'in scope    Engineering, "Marketing ", "Sales, EMEA", A very long name of a group that nobody can remember\n'
        "matched by  email\n"
        "waits for   -\n"
        "Planned:    update\n"
    )


def test_group_has_one_set_of_columns_and_its_members_another() -> None:
    assert shown(print_group, GROUP) == (
        "            JUMPCLOUD     1PASSWORD\n"
        'name        "Marketing "  Marketing\n'
        "id          65c0          SCIM2\n"
        "members     2             1\n"
        "in scope    yes\n"
        "\n"
        "MEMBER           JUMPCLOUD  1PASSWORD\n"
        "ann@example.com  yes        yes\n"
        "bob@example.com  yes        -\n"
        "\n"
        "Planned:    add members\n"
    )


def test_lists_quote_names_whose_spaces_would_not_show() -> None:
    assert '"Marketing "     yes' in shown(print_groups, [GROUP])
    assert '" Ann  Example"' in shown(print_users, [USER])
    assert 'Engineering, "Marketing ", "Sales, EMEA"' in shown(print_users, [USER])


def test_name_of_a_group_is_no_command_for_a_ci() -> None:
    text = shown(print_groups, [replace(GROUP, name="::error::x", account_group="::error::x")])
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
