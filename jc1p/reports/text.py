"""A run for admins, on a terminal or in a pipe.

Every line is a rich Text made here: remote text can't add markup, colour or control characters. Lines are never cut; on
a terminal they wrap.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import assert_never

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from jc1p.core.outcomes import Applied, Failed, Outcome, Report, Skipped
from jc1p.core.plan import NO_MEMORY, ORDER_OF_APPLYING, REMOVALS, Change, Difference, Held, Kind, Plan, PlanWarning
from jc1p.core.run_record import RunRecord
from jc1p.errors import ExitCode, Jc1pError
from jc1p.queries.details import Details
from jc1p.reports.left_out import ON_PURPOSE, left_out
from jc1p.reports.lines import print_lines
from jc1p.reports.phrases import (
    LABELS,
    blast_radius,
    count_of,
    failing,
    headline,
    printable,
    quoted,
    shown_differences,
)
from jc1p.reports.score import score_lines
from jc1p.reports.way_out import way_out

WIDEST_SUBJECT = 44
LINKS_SHOWN = 5
SUBJECTS_SHOWN = 5
GIVING, CHANGING, TAKING, QUIET = "green", "yellow", "red", "dim"

STYLES = {
    Kind.CREATE_USER: ("+", GIVING),
    Kind.REACTIVATE_USER: ("+", GIVING),
    Kind.UPDATE_USER: ("~", CHANGING),
    Kind.RENAME_USER: ("~", CHANGING),
    Kind.LINK_USER: ("=", QUIET),
    Kind.CREATE_GROUP: ("+", GIVING),
    Kind.RENAME_GROUP: ("~", CHANGING),
    Kind.ADD_MEMBERS: ("+", GIVING),
    Kind.REMOVE_MEMBERS: ("-", TAKING),
    Kind.DELETE_GROUP: ("-", TAKING),
    Kind.SUSPEND_USER: ("-", TAKING),
}


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
    if report.has_failures or report.count(Skipped):
        told += [Text(after)] if after else []
    elif after:
        last.append(f" {after}")
    more = [] if quiet else [*request_lines(record), *report_lines(reports)]
    print_lines(console, [*told, *more, last])


def result_line(record: RunRecord, report: Report) -> Text:
    """Text such as "Applied 41 changes in 12 s. Undo: jc1p rollback RUN."."""
    applied, failed, skipped = (report.count(kind) for kind in (Applied, Failed, Skipped))
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
        return f"Undo: jc1p rollback {record.run_id}"
    return ""


def print_error(console: Console, error: Jc1pError) -> None:
    """An error for admins: what failed, then what to do next."""
    lines = [Text.assemble(("error: ", "bold red"), *(printable_lines(error.message)))]
    if error.hint:
        lines.append(Text.assemble(("hint: ", "bold"), *printable_lines(error.hint)))
    print_lines(console, lines)


def print_warning(console: Console, message: str) -> None:
    """One warning line for stderr."""
    print_lines(console, [Text.assemble(("warning: ", "bold yellow"), *printable_lines(message))])


def printable_lines(text: str) -> list[str]:
    """Our message may have several lines; quoted remote text must have no effect."""
    return ["\n".join(printable(line) for line in text.split("\n"))]


# --- the plan -----------------------------------------------------------------------------------------------


def print_sides(console: Console, record: RunRecord) -> None:
    """The organization and the bridge, if they are known."""
    if said := " → ".join(f"{side} {printable(name)}" for side, name in record.sides):
        print_lines(console, [Text(said), Text()])


def first_lines(plan: Plan) -> list[Text]:
    """A note that affects all that follows: the run knows nothing of earlier ones."""
    said = [printable(each.message) for each in plan.warnings if each.code == NO_MEMORY]
    return [Text.assemble(("! ", CHANGING), each) for each in said]


def counts_lines(record: RunRecord) -> list[Text]:
    source, target = record.source, record.target
    if source is None or target is None:
        return []
    have = f"{count_of(source.users, 'user')}, {count_of(source.groups, 'group')}; in scope "
    have += f"{count_of(source.in_scope_users, 'user')}, {count_of(source.in_scope_groups, 'group')}"
    shown = f"{count_of(target.users, 'account')}, {count_of(target.groups, 'group')}"
    sides = (("JumpCloud", record.organization, have), ("1Password", record.bridge, shown))
    lines = [Text(f"{side}  {colon_after(name)}{counts}") for side, name, counts in sides]
    if not target.complete:
        lines.append(Text("           incomplete reading: jc1p will suspend and remove nothing", style=TAKING))
    if not target.memberships_visible and target.groups:
        lines.append(Text("           the bridge does not show group members", style=CHANGING))
    return [*lines, Text()]


def colon_after(name: str | None) -> str:
    return f"{printable(name)}: " if name else ""


def plan_lines(plan: Plan, details: Details | None = None, *, every_link: bool) -> Iterator[Text]:
    width = min(WIDEST_SUBJECT, max((cell_len(printable(change.subject)) for change in plan.changes), default=0))
    for kind in ORDER_OF_APPLYING:
        changes = plan.of_kind(kind)
        if not changes:
            continue
        shown = changes if every_link or kind is not Kind.LINK_USER else changes[:LINKS_SHOWN]
        yield section_line(plan, kind, len(changes))
        for change in shown:
            first, *more = change_lines(change, width)
            yield with_ids(first, change, details)
            yield from more
        if len(shown) < len(changes):
            yield Text(f"  = and {len(changes) - len(shown):,} more (all in --output json)", style=QUIET)
        yield Text()


def section_line(plan: Plan, kind: Kind, count: int) -> Text:
    """The heading of a kind, with its share of the total for removals."""
    line = Text(headline(kind, count), style="bold")
    if radius := blast_radius(plan, kind):
        line.append(f" ({radius})", style="not bold")
    return line


def change_lines(change: Change, width: int) -> list[Text]:
    sign, style = STYLES[change.kind]
    subject = printable(change.subject)
    line = Text.assemble(("  " + sign + " ", style), (subject, style if change.kind in REMOVALS else ""))
    line.append(" " * max(2, width + 2 - cell_len(subject)))
    if change.kind is Kind.CREATE_USER:
        line.append(f"{quoted(change.attributes['displayName'].after)}, ")
    line.append(printable(change.reason), style=QUIET)
    lines = [line]
    if change.kind is not Kind.LINK_USER:
        lines += [difference_line(change.kind, name, diff) for name, diff in shown_differences(change)]
    lines += [Text(f"      {sign} {printable(member.email)}", style=style) for member in change.members]
    return lines


def difference_line(kind: Kind, name: str, difference: Difference) -> Text:
    line = Text(f"      {name}: ", style=QUIET)
    if kind not in {Kind.CREATE_USER, Kind.CREATE_GROUP}:
        line.append(quoted(difference.before), style=TAKING)
        line.append(" → ")
    line.append(quoted(difference.after), style=GIVING)
    return line


def held_lines(plan: Plan, details: Details | None = None) -> list[Text]:
    """What is held, one by one; one line for what the run's own options leave out, unless there are `details`."""
    shown = [item for item in plan.held if details or item.code not in ON_PURPOSE]
    lines = [
        with_ids(
            Text.assemble(
                ("  ! ", CHANGING),
                f"{printable(item.user or item.group or '')}: {LABELS[item.kind].lower()} ",
                (f"({item.code}) ", CHANGING),
                (printable(item.reason), QUIET),
            ),
            item,
            details,
        )
        for item in shown
    ]
    said = "" if details else left_out(plan)
    held = [Text(f"Held, {len(lines):,}", style="bold"), *lines, Text()] if lines else []
    return [*held, *([Text(f"Not in this run: {said}"), Text()] if said else [])]


def with_ids(line: Text, item: Change | Held, details: Details | None) -> Text:
    """The line of a change or held item, with its ids at the end if there are details."""
    if details and (ids := details.of(item)):
        line.append(f" [{printable(ids)}]", style=QUIET)
    return line


def unchanged_lines(details: Details | None) -> Iterator[Text]:
    if details is None or not details.unchanged:
        return
    yield Text(f"Unchanged, {len(details.unchanged):,}", style="bold")
    for name, ids in details.unchanged:
        yield Text.assemble(f"  = {printable(name)}", (f" [{printable(str(ids))}]", QUIET))
    yield Text()


def warning_lines(warnings: Iterable[PlanWarning], *, each: bool = False) -> list[Text]:
    """Warnings; equal ones are one line with some of their subjects, unless `each` is set."""
    alike = dict[tuple[str, str], list[str]]()
    for number, item in enumerate(warnings):
        alike.setdefault((item.message, str(number) if each else item.code), []).append(printable(item.subject))
    lines = [
        Text.assemble(("  ! ", CHANGING), f"{some_subjects(subjects)}: ", printable(message))
        for (message, _), subjects in alike.items()
    ]
    return [Text("Warnings", style="bold"), *lines, Text()] if lines else []


def some_subjects(subjects: Sequence[str]) -> str:
    """Text such as "Finance, Sales, Support and 4 more"."""
    more = len(subjects) - SUBJECTS_SHOWN
    return ", ".join(subjects[:SUBJECTS_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def verdict_lines(record: RunRecord) -> list[Text]:
    """What blocks the plan, and how to allow it once."""
    verdict = record.verdict
    if verdict is None or verdict.allowed:
        return []
    lines = []
    for finding in verdict.findings:
        first, *more = finding.message.split("\n")
        lines.append(Text.assemble(("Blocked: ", "bold red"), printable(first)))
        lines += [Text(f"  {printable(each)}") for each in more]
    return [*lines, *map(Text, way_out(record)), Text()]


def total_lines(record: RunRecord, plan: Plan, reports: Sequence[str]) -> list[Text]:
    """What stays unchanged, and last the result."""
    line = Text(f"{count_of(plan.unchanged_users, 'user')} unchanged", style=QUIET)
    line.append(f", {count_of(plan.unowned_users, 'unmanaged account')}")
    if plan.excluded_users:
        line.append(f", {plan.excluded_users:,} excluded")
    is_last_word = record.dry_run or is_blocked(record) or plan.is_empty
    before = [*request_lines(record), *report_lines(reports)] if is_last_word else []
    return [line, *before, *total_line(record, plan)]


def total_line(record: RunRecord, plan: Plan) -> list[Text]:
    """The result of a plan, and below it whether it is blocked."""
    total = Text.assemble(("Plan: ", "bold"), *plan_total(plan))
    return [total, *([blocked_line(record)] if is_blocked(record) else [])]


def is_blocked(record: RunRecord) -> bool:
    return record.verdict is not None and not record.verdict.allowed


TOTALS = (
    ("to add", GIVING, {Kind.CREATE_USER, Kind.REACTIVATE_USER, Kind.CREATE_GROUP, Kind.ADD_MEMBERS}),
    ("to change", CHANGING, {Kind.UPDATE_USER, Kind.RENAME_USER, Kind.RENAME_GROUP}),
    ("to match", "", {Kind.LINK_USER}),
    ("to remove", TAKING, {Kind.REMOVE_MEMBERS, Kind.DELETE_GROUP}),
    ("to suspend", TAKING, {Kind.SUSPEND_USER}),
)


def plan_total(plan: Plan) -> list[str | tuple[str, str]]:
    """Text such as "37 to add, 3 to change, 1 to suspend; 2 held."."""
    counts = plan.counts()
    parts: list[str | tuple[str, str]] = []
    for what, style, kinds in TOTALS:
        if number := sum(counts[kind] for kind in kinds):
            parts += [", " if parts else "", (f"{number:,} {what}", style)]
    held = len([item for item in plan.held if item.code not in ON_PURPOSE])
    parts = parts or ["nothing to do"]
    if held:
        parts += ["; ", (f"{held:,} held", CHANGING)]
    return [*parts, "."]


def blocked_line(record: RunRecord) -> Text:
    number = len({finding.limit for finding in record.verdict.findings}) if record.verdict else 0
    code = "" if record.command == "drift" else f" (exit {ExitCode.REFUSED:d})"
    return Text(f"Blocked by {count_of(number, 'safety limit')}. Nothing was changed{code}.", style="bold red")


def report_lines(files: Sequence[str]) -> list[Text]:
    """The paths of the reports; if one can't be written, a warning follows."""
    return [Text(f"Report: {printable(file)}") for file in files]


def request_lines(record: RunRecord) -> list[Text]:
    if record.requests is None:
        return []
    sent = ", ".join(
        count_of(number, f"{service} request")
        for service, number in (("JumpCloud", record.requests.jumpcloud), ("1Password", record.requests.onepassword))
    )
    took = f", {record.duration_s:.1f} s" if record.duration_s is not None else ""
    return [Text(sent + took, style=QUIET)]


# --- the report ---------------------------------------------------------------------------------------------


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
