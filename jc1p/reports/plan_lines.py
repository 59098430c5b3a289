"""The lines of a plan for people: both sides, changes with their reasons, what is held, warnings, and the result.

Every line is a rich Text made here: remote text can't bring markup, colour or control characters with it.
"""

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

from jc1p.core.kind_words import LABELS
from jc1p.core.plan import NO_MEMORY, ORDER_OF_APPLYING, REMOVALS, Change, Difference, Held, Kind, Plan, PlanWarning
from jc1p.core.run_record import RunRecord
from jc1p.errors import ExitCode, PlanMoved
from jc1p.queries.details import Details
from jc1p.reports.left_out import ON_PURPOSE, left_out
from jc1p.reports.phrases import (
    blast_radius,
    count_of,
    headline,
    printable,
    quoted,
    shown_differences,
)
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


def first_lines(plan: Plan) -> list[Text]:
    """What colours all that follows: that the run knows nothing of earlier ones."""
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
    """The heading of a kind, with its blast radius where something is taken away."""
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
    """What is held, one by one; what the run's own options leave out is one line, unless there are `details`."""
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
    """The line of a change or held thing, with its ids at the end when there are details."""
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
    """Warnings; those that say the same of many are one line with some of their subjects, unless `each` is wanted."""
    alike = dict[tuple[str, str], list[str]]()
    for number, item in enumerate(warnings):
        alike.setdefault((item.message, str(number) if each else item.code), []).append(printable(item.subject))
    lines = [
        Text.assemble(("  ! ", CHANGING), f"{some_subjects(subjects)}: ", printable(message))
        for (message, _), subjects in alike.items()
    ]
    return [Text("Warnings", style="bold"), *lines, Text()] if lines else []


def some_subjects(subjects: Sequence[str]) -> str:
    """Such as "Finance, Sales, Support and 4 more"."""
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
    """What stays as it is, and last the result."""
    line = Text(f"{count_of(plan.unchanged_users, 'user')} unchanged", style=QUIET)
    line.append(f", {count_of(plan.unowned_users, 'unmanaged account')}")
    if plan.excluded_users:
        line.append(f", {plan.excluded_users:,} excluded")
    is_last_word = record.dry_run or is_blocked(record) or plan.is_empty
    before = [*request_lines(record), *report_lines(reports)] if is_last_word else []
    return [line, *before, *total_line(record, plan)]


def total_line(record: RunRecord, plan: Plan) -> list[Text]:
    """The result of a plan, and below it that it is blocked; unless it is out of date, which the error says."""
    total = Text.assemble(("Plan: ", "bold"), *plan_total(plan))
    return [total, *([blocked_line(record)] if is_blocked(record) and not isinstance(record.error, PlanMoved) else [])]


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
    """Such as "37 to add, 3 to change, 1 to suspend; 2 held."."""
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
    """Where the reports are; one that cannot be written is a warning after this."""
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
