"""The runs of a fleet for admins and programs: a table, problems in words, and totals.

The table has missing and unreadable documents too, so that it never looks better than the worst result.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from jc1p.core.kind_words import LABELS
from jc1p.core.outcomes import Ending
from jc1p.core.plan import ORDER_OF_APPLYING, Kind
from jc1p.queries.fleet import Fleet, Summed, Told
from jc1p.reports.headline import BADGES, MOODS, SIGNS, Mood
from jc1p.reports.lines import print_lines
from jc1p.reports.markdown_escape import code, words
from jc1p.reports.phrases import count_of, printable
from jc1p.reports.tables import print_table

UNREADABLE, MISSING = "unreadable", "missing"
COLUMNS = (
    "run", "ended", "exit", "changes", "applied", "failed", "held", "warnings", "command", "created (UTC)",
    "organization", "bridge",
)  # fmt: skip
NUMBERS = slice(2, 8)


def fleet_values(fleet: Fleet) -> dict[str, Any]:
    """The body of the document."""
    return {
        "runs": [run_values(run) for run in fleet.runs],
        "unreadable": [{"name": each.name, "source": each.source, "reason": each.reason} for each in fleet.unreadable],
        "missing": list(fleet.missing),
        "unexpected": list(fleet.unexpected),
        "totals": {
            "runs": len(fleet.runs),
            "expected": fleet.expected,
            "endings": {ending.value: fleet.endings().get(ending, 0) for ending in Ending},
            "changes": {kind.value: fleet.total(kind) for kind in Kind},
            "held": sum(run.held for run in fleet.runs),
            "warnings": sum(run.warnings for run in fleet.runs),
            "applied": sum(run.applying.applied for run in fleet.runs if run.applying),
            "failed": sum(run.applying.failed for run in fleet.runs if run.applying),
            "skipped": sum(run.applying.skipped for run in fleet.runs if run.applying),
        },
        "worst_exit_code": fleet.worst,
    }


def run_values(run: Summed) -> dict[str, Any]:
    done = run.applying
    return {
        "name": run.name, "source": run.source, "run_id": run.run_id, "created_at": stamp(run.created_at),
        "organization": run.organization, "bridge": run.bridge,
        "command": run.command, "dry_run": run.dry_run, "ending": run.ending.value, "exit_code": run.exit_code,
        "changes": {kind.value: run.counts.get(kind, 0) for kind in Kind} if run.counts else None,
        "held": run.held, "warnings": run.warnings, "guard": run.verdict,
        "outcome": done and {"applied": done.applied, "failed": done.failed, "skipped": done.skipped},
        "error": run.error and {"code": run.error.code, "message": run.error.message, "hint": run.error.hint},
    }  # fmt: skip


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# --- for people ---------------------------------------------------------------------------------------------


def table(fleet: Fleet) -> Iterator[tuple[str, ...]]:
    """A row for each run, and for each missing one."""
    for run in fleet.runs:
        done, is_known = run.applying, bool(run.counts)
        sums = (sum(run.counts.values()), done and done.applied, done and done.failed, run.held, run.warnings)
        known = (is_known, done, done, is_known, is_known or run.warnings)
        yield (
            run.name, worded(run.ending), str(run.exit_code),
            *(str(number) if shown else "" for number, shown in zip(sums, known, strict=True)),
            f"{run.command}{' (dry run)' if run.dry_run and run.command == 'sync' else ''}",
            f"{run.created_at:%Y-%m-%d %H:%M}", run.organization or "", run.bridge or "",
        )  # fmt: skip
    gone = [(each.name, UNREADABLE) for each in fleet.unreadable] + [(name, MISSING) for name in fleet.missing]
    yield from ((*each, *[""] * (len(COLUMNS) - 2)) for each in gone)


def worded(ending: Ending) -> str:
    return BADGES[ending]


def headline(fleet: Fleet) -> str:
    """Text such as "3 runs: 2 in sync, 1 blocked; 1 missing"."""
    endings = fleet.endings()
    ended = ", ".join(f"{endings[ending]:,} {worded(ending)}" for ending in Ending if endings.get(ending))
    said = count_of(len(fleet.runs), "run") + (f": {ended}" if ended else "")
    lacking = [(len(fleet.unreadable), UNREADABLE), (len(fleet.missing), MISSING)]
    wrong = [f"{number:,} {what}" for number, what in lacking if number]
    if fleet.expected not in {None, len(fleet.runs)}:
        wrong.append(f"{fleet.expected:,} expected")
    return "; ".join([said, *wrong])


def totals(fleet: Fleet) -> str:
    """Text such as "Invite 3, Suspend 1"; "" if no run planned anything."""
    return ", ".join(f"{LABELS[kind]} {fleet.total(kind):,}" for kind in ORDER_OF_APPLYING if fleet.total(kind))


def troubles(fleet: Fleet) -> Iterator[tuple[str, str]]:
    """Name and problem, for each run with one."""
    yield from ((run.name, said_of(run.error)) for run in fleet.runs if run.error)
    yield from ((each.name, f"{each.source} {each.reason}") for each in fleet.unreadable)
    yield from ((name, "no report found") for name in fleet.missing)
    yield from ((name, "was not expected, and is counted") for name in fleet.unexpected)


def said_of(error: Told) -> str:
    """The first line, since a configuration may have many errors."""
    first, _, more = error.message.strip().partition("\n")
    return f"{first}{' …' if more else ''} ({error.code})"


def print_fleet(console: Console, fleet: Fleet, *, quiet: bool = False) -> None:
    """The table, the problems, and the totals; `quiet` leaves out the table, or everything if all runs are in sync."""
    if quiet and mood(fleet) is Mood.GOOD and not totals(fleet):
        return
    if not quiet:
        print_table(console, COLUMNS, table(fleet), optional=("bridge", "created (UTC)", "command", "organization"))
        console.print()
    for name, wrong in troubles(fleet):
        print_lines(console, [Text.assemble("  ", (printable(name), "bold"), f": {printable(wrong)}")])
    if changes := totals(fleet):
        print_lines(console, [Text(f"Changes: {changes}")])
    print_lines(console, [Text(headline(fleet), style="bold")])


def render_fleet(fleet: Fleet) -> str:
    """The same as Markdown."""
    lines = [f"### {SIGNS[mood(fleet)]} jc1p report merge: {headline(fleet)}", "", row(COLUMNS)]
    lines.append(row(["---:" if name in COLUMNS[NUMBERS] else "---" for name in COLUMNS]))
    lines += [row([cell(each[0]), *each[1:8], cell(each[8]), each[9], *map(cell, each[10:])]) for each in table(fleet)]
    if changes := totals(fleet):
        lines += ["", f"Changes: {changes}"]
    told = [f"- {code(name)}: {words(wrong)}" for name, wrong in troubles(fleet)]
    return "\n".join([*lines, *(["", *told] if told else [])]) + "\n"


def cell(text: str) -> str:
    """Remote text in a table, where a pipe would end the cell even in a code span, so it is escaped."""
    return code(text).replace("|", "\\x7c") if text else ""


def row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def mood(fleet: Fleet) -> Mood:
    """The mood of the worst result."""
    order = (Mood.GOOD, Mood.CHANGE, Mood.CARE, Mood.BAD)
    found = [MOODS[run.ending] for run in fleet.runs]
    return max([*found, *([] if fleet.is_whole else [Mood.BAD])], key=order.index, default=Mood.GOOD)
