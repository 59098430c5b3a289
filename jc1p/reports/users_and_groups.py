"""`users` and `groups` for admins, as tables, and as values for JSON and CSV."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import zip_longest
from typing import Any

from rich.console import Console
from rich.text import Text

from jc1p.core.folding import fold
from jc1p.core.kind_words import LABELS
from jc1p.core.plan import Kind
from jc1p.queries.overview import GroupRow, UserRow
from jc1p.reports.lines import print_lines
from jc1p.reports.phrases import printable, shown_name, shown_names
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
        account += f" as {shown_name(row.account_email)}"
    return [
        shown_name(row.email), shown_name(row.name), jumpcloud_state(row), scope_cell(row), account,
        row.matched_by or NOTHING, planned(row),
    ]  # fmt: skip


def jumpcloud_state(row: UserRow) -> str:
    return row.jumpcloud_state.value if row.jumpcloud_state else "gone" if row.jumpcloud_id else NOTHING


def scope_cell(row: UserRow) -> str:
    return shown_names(row.groups, none="directly") if row.in_scope else "no"


def planned(row: UserRow | GroupRow) -> str:
    words = [*(LABELS[Kind(each)].lower() for each in row.changes), *(f"held: {code}" for code in row.held)]
    if isinstance(row, UserRow) and not row.owned and row.scim_id:
        words.append("unmanaged")
    return ", ".join(words) or NOTHING


LABELS_WIDTH = 10
"""The longest label beside what is shown of one user or group."""


def print_user(console: Console, row: UserRow) -> None:
    """Both sides of one person."""
    groups = [
        ("" if position else "groups", *(shown_name(name) if name else "" for name in names))
        for position, names in enumerate(zip_longest(row.groups or (NOTHING,), row.account_groups or (NOTHING,)))
    ]
    rows = [
        ("email", side(row.email if row.jumpcloud_state else None), side(row.account_email)),
        ("name", side(row.name if row.jumpcloud_state else None), side(row.account_name)),
        ("state", jumpcloud_state(row), side(row.account_state)),
        ("id", side(row.jumpcloud_id), side(row.scim_id)),
        *groups,
    ]
    facts = [
        ("in scope", scope_cell(row)), ("matched by", row.matched_by or NOTHING),
        ("waits for", f"confirmation of {row.pending}" if row.pending else NOTHING), ("Planned:", planned(row)),
    ]  # fmt: skip
    print_sides_of_one(console, rows, facts)


def print_sides_of_one(
    console: Console, rows: Iterable[Sequence[str]], facts: Iterable[tuple[str, str]]
) -> None:  # fmt: skip
    """What each side has of one user or group, and below it what is one thing for both, in the same columns."""
    labelled = [(label.ljust(LABELS_WIDTH), *cells) for label, *cells in rows]
    print_table(console, ("", "JUMPCLOUD", "1PASSWORD"), labelled)
    print_lines(console, [Text(f"{label:<{LABELS_WIDTH}}  {printable(value)}") for label, value in facts])


def side(value: str | None) -> str:
    """What one side has, "-" for nothing."""
    return shown_name(value) if value else NOTHING


def id_cells(row: UserRow | GroupRow) -> list[str]:
    return [row.jumpcloud_id or NOTHING, row.scim_id or NOTHING]


def print_groups(console: Console, rows: Sequence[GroupRow], *, with_ids: bool = False) -> None:
    """One line per group; the ids of both sides on request."""
    headers = (*GROUP_HEADERS, *ID_HEADERS) if with_ids else GROUP_HEADERS
    cells = [
        [side(row.name if row.jumpcloud_id else None), "yes" if row.in_scope else "no", size(row.jumpcloud_members),
         side(row.account_group), size(row.account_members), planned(row), *(id_cells(row) if with_ids else ())]
        for row in rows
    ]  # fmt: skip
    print_table(console, headers, cells)
    print_lines(console, [Text(f"{len(rows)} {'group' if len(rows) == 1 else 'groups'}")])


def size(members: Sequence[str] | None) -> str:
    return NOTHING if members is None else str(len(members))


def print_group(console: Console, row: GroupRow) -> None:
    """Both sides of one group, member by member."""
    rows = [
        ("name", side(row.name if row.jumpcloud_id else None), side(row.account_group)),
        ("id", side(row.jumpcloud_id), side(row.scim_id)),
        ("members", size(row.jumpcloud_members), size(row.account_members)),
    ]
    print_sides_of_one(console, rows, [("in scope", "yes" if row.in_scope else "no")])
    if row.account_members is None and row.scim_id:
        print_lines(console, [Text("The bridge does not show group members.")])
    ours, theirs = ({fold(email): email for email in side or ()} for side in
                    (row.jumpcloud_members, row.account_members))  # fmt: skip
    there = [
        (shown_name(email), mark(address in ours), mark(address in theirs))
        for address, email in sorted({**theirs, **ours}.items())
    ]
    if there:
        print_lines(console, [Text()])
        print_table(console, ("MEMBER", "JUMPCLOUD", "1PASSWORD"), there)
        print_lines(console, [Text()])
    print_lines(console, [Text(f"{'Planned:':<{LABELS_WIDTH}}  {printable(planned(row))}")])


def mark(there: bool) -> str:  # noqa: FBT001 - a cell
    return "yes" if there else NOTHING
