"""A run for people, on a terminal or in a pipe: its plan, and what became of it.

Lines are never cut; on a terminal words wrap.
"""

from collections.abc import Sequence
from itertools import chain
from typing import assert_never

from rich.console import Console
from rich.text import Text

from jc1p.core.kind_words import LABELS
from jc1p.core.outcomes import Applied, Failed, Outcome, Report, Skipped
from jc1p.core.plan import NO_MEMORY, Kind
from jc1p.core.run_record import RunRecord
from jc1p.queries.details import Details
from jc1p.reports.drift_score import score_lines
from jc1p.reports.lines import print_lines
from jc1p.reports.phrases import count_of, failing, printable
from jc1p.reports.plan_lines import (
    CHANGING,
    GIVING,
    TAKING,
    counts_lines,
    first_lines,
    held_lines,
    plan_lines,
    report_lines,
    request_lines,
    total_lines,
    unchanged_lines,
    verdict_lines,
    warning_lines,
)
from jc1p.runtime.command_lines import command_line


def print_plan(
    console: Console, record: RunRecord, *, details: Details | None = None, reports: Sequence[str] = ()
) -> None:  # fmt: skip
    """The plan with its reasons, what is held, warnings, what blocks it, and last the result.

    `details` adds ids, and lists what is unchanged and what the run's own options leave out; `reports` are files that
    are written next.
    """
    plan = record.plan
    if plan is None:
        return
    # One line at a time: the first sync of 50,000 people has 350,000 lines.
    every_link = details is not None or not console.is_terminal
    told = chain(first_lines(plan), counts_lines(record), plan_lines(plan, details, every_link=every_link))
    later = [
        each for each in plan.warnings
        if each.code != NO_MEMORY and (details is not None or not each.is_detail)
    ]  # fmt: skip
    warnings = warning_lines(later, each=details is not None)
    rest = chain(
        held_lines(plan, details), warnings, unchanged_lines(details), verdict_lines(record),
        score_lines(record.score, record.created_at),
    )  # fmt: skip
    print_lines(console, chain(told, rest, total_lines(record, plan, reports)))


def print_report(
    console: Console, record: RunRecord, *, quiet: bool = False, reports: Sequence[str] = ()
) -> None:  # fmt: skip
    """The outcome of every change: failures and notes one by one, the rest as counts.

    `quiet` leaves out the requests and the files of reports.
    """
    report = record.report
    if report is None:
        return
    told = [line for outcome in report.outcomes for line in outcome_lines(outcome)]
    last, after = result_line(record, report), undo(record, report)
    if report.has_failures or report.number(Skipped):
        told += [Text(after)] if after else []
    elif after:
        last.append(f" {after}")
    more = [] if quiet else [*request_lines(record), *report_lines(reports)]
    print_lines(console, [*told, *more, last])


def result_line(record: RunRecord, report: Report) -> Text:
    """Text such as "Applied 41 changes in 12 s. Undo: jc1p rollback RUN."."""
    applied, failed, skipped = (report.number(kind) for kind in (Applied, Failed, Skipped))
    total = applied + failed + skipped
    done = count_of(applied, "change") if applied == total else f"{applied:,} of {count_of(total, 'change')}"
    line = Text.assemble(("Applied ", "bold"), (done, GIVING if applied else ""))
    if record.duration_s is not None:
        line.append(f" in {record.duration_s:.1f} s")
    others = [(failed, "failed", TAKING), (skipped, "skipped", CHANGING)]
    for position, (number, word, style) in enumerate(each for each in others if each[0]):
        line.append(", " if position else ": ").append(f"{number:,} {word}", style=style)
    line.append(".")
    return line


def undo(record: RunRecord, report: Report) -> str:
    """The command that undoes the run; "" if it did nothing in 1Password."""
    if any(isinstance(each, Applied) and each.change.kind is not Kind.LINK_USER for each in report.outcomes):
        return f"Undo: {command_line('rollback', record.run_id)}"
    return ""


def outcome_lines(outcome: Outcome) -> list[Text]:
    who = f"{printable(outcome.change.subject)}: {LABELS[outcome.change.kind].lower()}"
    match outcome:
        case Applied():
            return [Text.assemble(("  ! ", CHANGING), f"{who}: ", printable(outcome.note))] if outcome.note else []
        case Failed():
            hint = f" ({printable(outcome.error.hint)})" if outcome.error.hint else ""
            what = f" {failing(outcome)}: "
            return [Text.assemble(("  x ", TAKING), who, (what, TAKING), printable(outcome.error.message), hint)]
        case Skipped():
            return [Text.assemble(("  . ", CHANGING), who, (" skipped: ", CHANGING), printable(outcome.reason))]
        case _:
            assert_never(outcome)
