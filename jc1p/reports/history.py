"""Past runs for admins and as JSON values."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from jc1p.core.past_runs import Entry, PastRun, Status
from jc1p.core.plan import Kind
from jc1p.queries.details import Ids
from jc1p.reports.lines import print_lines
from jc1p.reports.phrases import count_of, printable, verb_of
from jc1p.reports.tables import print_table
from jc1p.runtime.command_lines import command_line

HEADERS = ("RUN", "COMMAND", "WHEN (UTC)", "APPLIED", "FAILED", "SKIPPED", "END")

NAMES_ONLY = {Kind.CREATE_GROUP, Kind.RENAME_GROUP, Kind.DELETE_GROUP}
"""Kinds whose verb alone doesn't say that the subject is a group."""

STYLES = {Status.APPLIED: "green", Status.FAILED: "red", Status.UNKNOWN: "red", Status.SKIPPED: "yellow"}


def run_values(run: PastRun, under_way: str | None) -> dict[str, Any]:
    """A run as JSON values, without its changes."""
    return {
        "run_id": run.run_id,
        "command": run.command,
        "created_at": run.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "planned": run.planned,
        **{status.value: run.count(status) for status in Status},
        "under_way": run.run_id == under_way,
        "interrupted": not run.ended and run.run_id != under_way,
        "followed_by": run.followed_by,
        "allowed": dict(run.allowed),
        "reference": run.reference,
        "actor": run.actor,
    }


def entry_values(entry: Entry) -> dict[str, Any]:
    """One change of a past run as JSON values."""
    return {
        "id": entry.id,
        "kind": entry.kind.value,
        "user": entry.user,
        "group": entry.group,
        "jumpcloud_id": entry.jumpcloud_id,
        "scim_id": entry.scim_id,
        "reason": entry.reason,
        "attributes": {
            name: {"before": difference.before, "after": difference.after}
            for name, difference in entry.attributes.items()
        },
        "members": [member.email for member in entry.members],
        "status": entry.status.value,
        "error": entry.error,
        "note": entry.note,
    }


def print_runs(console: Console, runs: Sequence[PastRun], under_way: str | None) -> None:
    """One line per run, the newest first."""
    if not runs:
        print_lines(console, [Text("No run has changed anything yet.")])
        return
    rows = [cells(run, under_way) for run in runs]
    if not any(run.reference for run in runs):
        print_table(console, HEADERS, rows)
    else:
        referred = [[*row, run.reference or ""] for row, run in zip(rows, runs, strict=True)]
        print_table(console, (*HEADERS, "REFERENCE"), referred)
    print_lines(
        console,
        [Text(f"{count_of(len(runs), 'run')}. Details: {command_line('history', 'show', printable(runs[0].run_id))}")],
    )


def cells(run: PastRun, under_way: str | None) -> list[str]:
    counts = [str(run.count(status)) for status in (Status.APPLIED, Status.FAILED, Status.SKIPPED)]
    return [run.run_id, run.command, f"{run.created_at:%Y-%m-%d %H:%M}", *counts, ending(run, under_way)]


def ending(run: PastRun, under_way: str | None) -> str:
    if run.run_id == under_way:
        return "in progress"
    if run.ended:
        return f"{len(run.open_entries)} in doubt" if run.open_entries else "ended"
    return f"interrupted; resumed by {run.followed_by}" if run.followed_by else "interrupted"


def print_run(console: Console, run: PastRun, under_way: str | None, *, with_ids: bool = False) -> None:
    """Every change of one run with its outcome; the ids of both sides on request."""
    what = count_of(run.planned, "change")
    title = f"{run.command} {run.run_id}, {run.created_at:%Y-%m-%d %H:%M} UTC, {what} planned, {ending(run, under_way)}"
    print_lines(console, [Text(printable(title), style="bold")])
    for name, value in (("Run by", run.actor), ("Reference", run.reference)):
        if value:
            print_lines(console, [Text(f"  {name}: {printable(value)}")])
    for entry in run.entries:
        first, *more = entry_lines(entry)
        if with_ids and (ids := str(Ids(entry.jumpcloud_id, entry.scim_id))):
            first.append(f" [{printable(ids)}]", style="dim")
        print_lines(console, [first, *more])
    counts = [f"{run.count(status):,} {status.value}" for status in Status if run.count(status)]
    print_lines(console, [Text(f"{count_of(len(run.entries), 'change')}: {', '.join(counts) or 'none'}.")])


def entry_lines(entry: Entry) -> list[Text]:
    verb = "link" if entry.is_group_link else verb_of(entry.kind).lower()
    done = f"{verb}{' group' if entry.kind in NAMES_ONLY else ''}"
    line = Text.assemble((f"  {entry.status:<8} ", STYLES[entry.status]), f"{done} {printable(entry.subject)}")
    line.append(f"  {printable(entry.error or entry.note or entry.reason)}", style="dim")
    shown = {name: each for name, each in entry.attributes.items() if name not in {"externalId", "active"}}
    lines = [line]
    lines += [
        Text(f'             {name}: "{printable(str(each.before or ""))}" → "{printable(str(each.after))}"')
        for name, each in shown.items()
    ]
    lines += [Text(f"             {printable(member.email)}") for member in entry.members]
    return lines
