"""`jc1p why`, `users` and `groups`: read both sides, look one thing up, show it. Changes nothing."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TypeVar

from jc1p.cli.actions.read_both import Surveyed, reading_in_time, surveyed
from jc1p.cli.session import Session, session
from jc1p.cli.usage.options import Common, ListOutput, Output
from jc1p.errors import NotFoundInDirectory
from jc1p.queries.overview import GroupRow, UserRow, group_rows, user_rows
from jc1p.queries.why import Subject, find_subject, trace
from jc1p.reports.tables import csv_text
from jc1p.reports.users_and_groups import flat, print_group, print_groups, print_user, print_users, values
from jc1p.reports.why import print_trace, trace_values
from jc1p.runtime.command_lines import argument, command_line

Row = TypeVar("Row", UserRow, GroupRow)

TRACE_KEYS = ("subject", "kind", "steps", "changes", "held", "warnings")


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Selects the people that `users list` shows; all conditions must hold."""

    state: str | None
    unowned: bool
    pending: bool
    in_scope: bool

    def wants(self, row: UserRow) -> bool:
        """True when a row is selected."""
        stands = row.jumpcloud_state.value if row.jumpcloud_state else "gone" if row.jumpcloud_id else ""
        return (
            (not self.state or stands == self.state)
            and (not self.unowned or (row.scim_id is not None and not row.owned))
            and (not self.pending or row.pending is not None)
            and (not self.in_scope or row.in_scope)
        )


def run_why(common: Common, output: Output, asked: str) -> None:
    """`jc1p why`. Raises typer.Exit."""
    with session("why", common, output, dry_run=True, answers=TRACE_KEYS) as here:
        asyncio.run(explain(here, asked))


async def explain(here: Session, asked: str) -> None:
    async with surveyed(here) as both:
        subject = find_subject(both.situation, asked)
        groups = await names_of_groups(here, both, subject)
        found = trace(both.situation, both.settings.scope, both.plan, subject, groups=groups)
    here.body = trace_values(found)
    if here.output is Output.TEXT:
        print_trace(here.out, found)


async def names_of_groups(here: Session, both: Surveyed, subject: Subject) -> list[str]:
    """All groups of a person, even out of scope: one more request, for one person."""
    if subject.person is None:
        return []
    groups = both.situation.source.groups
    async with reading_in_time(here, both.clients, both.context.deadline):
        ids = await both.clients.jumpcloud.read_groups_of(subject.person.id)
    return sorted(groups[id_].name if id_ in groups else id_ for id_ in ids)


def run_users_list(common: Common, output: ListOutput, wanted: UserFilter) -> None:
    """`jc1p users list`. Raises typer.Exit."""

    def rows(both: Surveyed) -> list[UserRow]:
        return [row for row in user_rows(both.situation, both.plan) if wanted.wants(row)]

    run_list("users", common, output, rows, lambda here, found: print_users(here.out, found, with_ids=common.verbose))


def run_groups_list(common: Common, output: ListOutput, *, unowned: bool, in_scope: bool) -> None:
    """`jc1p groups list`. Raises typer.Exit."""

    def rows(both: Surveyed) -> list[GroupRow]:
        return [
            row for row in group_rows(both.situation, both.plan)
            if (not unowned or row.jumpcloud_id is None) and (not in_scope or row.in_scope)
        ]  # fmt: skip

    run_list("groups", common, output, rows, lambda here, found: print_groups(here.out, found, with_ids=common.verbose))


def run_list(
    name: str,
    common: Common,
    output: ListOutput,
    rows: Callable[[Surveyed], list[Row]],
    show: Callable[[Session, list[Row]], None],
) -> None:
    """Read both sides and show the rows as text, JSON or CSV."""
    kind = Output.JSON if output is ListOutput.JSON else Output.TEXT
    with session(f"{name} list", common, kind, dry_run=True, answers=(name,)) as here:
        found = asyncio.run(read_rows(here, rows))
        here.body = {name: [values(row) for row in found]}
        if output is ListOutput.CSV:
            headers = [field.name for field in fields(UserRow if name == "users" else GroupRow)]
            sys.stdout.write(csv_text(headers, [flat(row) for row in found]))
        elif output is ListOutput.TEXT:
            show(here, found)


async def read_rows(here: Session, rows: Callable[[Surveyed], list[Row]]) -> list[Row]:
    async with surveyed(here) as both:
        return rows(both)


def run_user_show(common: Common, output: Output, email: str) -> None:
    """`jc1p users show`. Raises typer.Exit."""
    with session("users show", common, output, dry_run=True, answers=("user",)) as here:
        row = asyncio.run(find_user_row(here, email))
        here.body = {"user": values(row)}
        if output is Output.TEXT:
            print_user(here.out, row)


async def find_user_row(here: Session, email: str) -> UserRow:
    async with surveyed(here) as both:
        subject = find_subject(both.situation, email)
        rows = user_rows(both.situation, both.plan)
    person, account = subject.person, subject.account
    for row in rows:
        if (person and row.jumpcloud_id == person.id) or (not person and account and row.scim_id == account.id):
            return row
    raise NotFoundInDirectory(
        f"{email} is a group, not a user", hint=f"See `{command_line('groups', 'show', *argument(email))}`."
    )


def run_group_show(common: Common, output: Output, name: str) -> None:
    """`jc1p groups show`. Raises typer.Exit."""
    with session("groups show", common, output, dry_run=True, answers=("group",)) as here:
        row = asyncio.run(find_group_row(here, name))
        here.body = {"group": values(row)}
        if output is Output.TEXT:
            print_group(here.out, row)


async def find_group_row(here: Session, name: str) -> GroupRow:
    async with surveyed(here) as both:
        subject = find_subject(both.situation, name, group_first=True)
        rows = group_rows(both.situation, both.plan)
    group, pushed = subject.group, subject.pushed
    for row in rows:
        if (group and row.jumpcloud_id == group.id) or (not group and pushed and row.scim_id == pushed.id):
            return row
    raise NotFoundInDirectory(
        f"{name} is a user, not a group", hint=f"See `{command_line('users', 'show', *argument(name))}`."
    )
