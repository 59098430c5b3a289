"""`users` and `groups` for admins, as tables, and as values for JSON and CSV."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from jc1p.core.folding import fold
from jc1p.queries.overview import GroupRow, UserRow
from jc1p.reports.lines import print_lines
from jc1p.reports.phrases import printable
from jc1p.reports.tables import print_table

NOTHING = "-"

ID_HEADERS = ("JUMPCLOUD ID", "1PASSWORD ID")
USER_HEADERS = ("EMAIL", "NAME", "JUMPCLOUD", "IN SCOPE", "1PASSWORD", "MATCHED BY", "PLANNED")
GROUP_HEADERS = ("JUMPCLOUD GROUP", "IN SCOPE", "MEMBERS", "1PASSWORD GROUP", "MEMBERS", "PLANNED")


def values(row: UserRow | GroupRow) -> dict[str, Any]:
    """A row as JSON values."""
    return asdict(row)


def flat(row: UserRow | GroupRow) -> list[str]:
    """A row as CSV cells, lists joined by semicolons."""
    return [flat_cell(value) for value in asdict(row).values()]


def flat_cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(map(str, value)) if isinstance(value, list | tuple) else "" if value is None else str(value)


def print_users(console: Console, rows: Sequence[UserRow], *, with_ids: bool = False) -> None:
    """One line per person or account; the ids of both sides on request."""
    headers = (*USER_HEADERS, *ID_HEADERS) if with_ids else USER_HEADERS
    cells = [[*user_cells(row), *(id_cells(row) if with_ids else ())] for row in rows]
    print_table(console, headers, cells, optional=("MATCHED BY", "NAME", "IN SCOPE"))
    print_lines(console, [Text(f"{len(rows)} {'user or account' if len(rows) == 1 else 'users and accounts'}")])


def user_cells(row: UserRow) -> list[str]:
    account = row.account_state.value if row.account_state else NOTHING
    if row.account_email and fold(row.account_email) != fold(row.email):
        account += f" as {row.account_email}"
    return [
        row.email, row.name, jumpcloud_state(row), scope_cell(row), account, row.matched_by or NOTHING, planned(row),
    ]  # fmt: skip


def jumpcloud_state(row: UserRow) -> str:
    return row.jumpcloud_state.value if row.jumpcloud_state else "gone" if row.jumpcloud_id else NOTHING


def scope_cell(row: UserRow) -> str:
    return ", ".join(row.groups) or "directly" if row.in_scope else "no"


def planned(row: UserRow | GroupRow) -> str:
    words = [*row.changes, *(f"held: {code}" for code in row.held)]
    if isinstance(row, UserRow) and not row.owned and row.scim_id:
        words.append("unmanaged")
    return ", ".join(words) or NOTHING


def print_user(console: Console, row: UserRow) -> None:
    """Both sides of one person."""
    rows = [
        ("email", row.email if row.jumpcloud_state else NOTHING, row.account_email or NOTHING),
        ("name", row.name if row.jumpcloud_state else NOTHING, row.account_name or NOTHING),
        ("state", jumpcloud_state(row), row.account_state.value if row.account_state else NOTHING),
        ("id", row.jumpcloud_id or NOTHING, row.scim_id or NOTHING),
        ("groups", ", ".join(row.groups) or NOTHING, ", ".join(row.account_groups) or NOTHING),
    ]
    print_table(console, ("", "JUMPCLOUD", "1PASSWORD"), rows)
    facts = [
        ("in scope", scope_cell(row)), ("matched by", row.matched_by or NOTHING),
        ("waits for", f"confirmation of {row.pending}" if row.pending else NOTHING), ("Planned:", planned(row)),
    ]  # fmt: skip
    for name, value in facts:
        print_lines(console, [Text(f"{name:<11}{printable(value)}")])


def id_cells(row: UserRow | GroupRow) -> list[str]:
    return [row.jumpcloud_id or NOTHING, row.scim_id or NOTHING]


def print_groups(console: Console, rows: Sequence[GroupRow], *, with_ids: bool = False) -> None:
    """One line per group; the ids of both sides on request."""
    headers = (*GROUP_HEADERS, *ID_HEADERS) if with_ids else GROUP_HEADERS
    cells = [
        [row.name if row.jumpcloud_id else NOTHING, "yes" if row.in_scope else "no", size(row.jumpcloud_members),
         row.account_group or NOTHING, size(row.account_members), planned(row), *(id_cells(row) if with_ids else ())]
        for row in rows
    ]  # fmt: skip
    print_table(console, headers, cells)
    print_lines(console, [Text(f"{len(rows)} {'group' if len(rows) == 1 else 'groups'}")])


def size(members: Sequence[str] | None) -> str:
    return NOTHING if members is None else str(len(members))


def print_group(console: Console, row: GroupRow) -> None:
    """Both sides of one group, member by member."""
    facts = [
        ("JumpCloud", f"{row.name}, id {row.jumpcloud_id}" if row.jumpcloud_id else NOTHING),
        ("1Password", f"{row.account_group}, id {row.scim_id}" if row.scim_id else NOTHING),
        ("in scope", "yes" if row.in_scope else "no"),
    ]  # fmt: skip
    for name, value in facts:
        print_lines(console, [Text(f"{name:<11}{printable(value)}")])
    if row.account_members is None and row.scim_id:
        print_lines(console, [Text("the bridge does not show group members")])
    ours, theirs = ({fold(email): email for email in side or ()} for side in
                    (row.jumpcloud_members, row.account_members))  # fmt: skip
    there = [
        (email, mark(address in ours), mark(address in theirs)) for address, email in sorted({**theirs, **ours}.items())
    ]
    print_table(console, ("MEMBER", "JUMPCLOUD", "1PASSWORD"), there)
    print_lines(console, [Text(f"Planned:   {printable(planned(row))}")])


def mark(there: bool) -> str:  # noqa: FBT001 - a cell
    return "yes" if there else NOTHING
