"""`jc1p doctor` for admins, and as JSON values.

Grouped by where problems are fixed: sections with problems first, failures before warnings. The checks that are ok take
one line per section, or one line each with `-v`. Lines are wrapped here, so that they look the same on every terminal.
"""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from jc1p.doctor import Area, Finding, Severity
from jc1p.reports.lines import config_of, print_lines
from jc1p.reports.phrases import count_of, printable
from jc1p.runtime.command_lines import with_config

UNBOUNDED = 1_000_000
"""Columns of a pipe."""
TITLES = {
    Area.JUMPCLOUD: "JumpCloud",
    Area.ONEPASSWORD: "1Password",
    Area.BOTH: "Both sides",
    Area.MACHINE: "This machine",
}
MARKS = {
    Severity.FAILURE: ("FAIL", "bold red"),
    Severity.WARNING: ("warn", "yellow"),
    Severity.INFO: ("info", "cyan"),
    Severity.OK: ("ok", "green"),
}
ORDER = tuple(Severity)
HOW_TO_LIST = (" (-v lists them)", "dim")


def print_findings(console: Console, findings: Sequence[Finding], to_ask: Sequence[str], *, verbose: bool) -> None:
    """Findings by area, then the manual checks, then the totals."""
    width = console.width if console.is_terminal else UNBOUNDED
    lines: list[Text] = []
    for area, found in by_area(findings):
        shown = [each for each in found if verbose or not (each.status is Severity.OK or each.needs)]
        waiting = 0 if verbose else sum(each.needs is not None for each in found)
        lines += [
            Text(TITLES[area], style="bold"),
            *lines_of(shown, verbose=verbose, width=width, config=config_of(console)),
        ]
        lines += folded(
            Severity.INFO, waiting, "other check needs one that failed", "other checks need one that failed"
        )
        all_ok = not shown and not waiting
        names = ("check", "checks") if all_ok else ("other check", "other checks")
        lines += [*folded(Severity.OK, len(found) - len(shown) - waiting, *names), Text()]
    lines.append(Text("Check manually", style="bold"))
    lines += [Text(line) for question in to_ask for line in wrapped(question, first="  ? ", rest="    ", width=width)]
    lines += [Text(), total(findings)]
    for line in lines:
        print_lines(console, [line])


def by_area(findings: Sequence[Finding]) -> list[tuple[Area, list[Finding]]]:
    """Each area with its findings: failures first, then warnings, then the usual order."""
    found = [(area, [finding for finding in findings if finding.area is area]) for area in TITLES]
    return sorted(((area, each) for area, each in found if each), key=lambda pair: worst(pair[1]))


def worst(findings: Sequence[Finding]) -> int:
    """The position in ORDER of the worst status; information counts as ok."""
    calm = ORDER.index(Severity.INFO)
    return min([calm, *(ORDER.index(finding.status) for finding in findings)])


def folded(status: Severity, count: int, one: str, many: str) -> Iterator[Text]:
    """One line for checks of a status that are not listed."""
    if count:
        mark, style = MARKS[status]
        yield Text.assemble("  ", (f"{mark:<5}", style), f"{count:,} {one if count == 1 else many}", HOW_TO_LIST)


def print_trouble(console: Console, findings: Sequence[Finding]) -> None:
    """Failures, warnings and the totals; nothing without failures and warnings."""
    width = console.width if console.is_terminal else UNBOUNDED
    found = [finding for finding in findings if finding.status in {Severity.FAILURE, Severity.WARNING}]
    if found:
        print_lines(console, [*lines_of(found, verbose=False, width=width, config=config_of(console)), total(findings)])


def lines_of(findings: Sequence[Finding], *, verbose: bool, width: int, config: str = "") -> Iterator[Text]:
    for finding in sorted(findings, key=lambda finding: ORDER.index(finding.status)):
        mark, style = MARKS[finding.status]
        first, *more = wrapped(f"{finding.check}: {finding.seen}", first="", rest=" " * 7, width=width)
        yield Text.assemble("  ", (f"{mark:<5}", style), first)
        yield from (Text(line) for line in more)
        if finding.next:
            yield from (
                Text(line, style="dim")
                for line in wrapped(with_config(finding.next, config), first=" " * 7 + "→ ", rest=" " * 9, width=width)
            )
        for detail in finding.details if verbose else ():
            yield from (Text(line) for line in wrapped(detail, first=" " * 9, rest=" " * 11, width=width))


def wrapped(text: str, *, first: str, rest: str, width: int) -> list[str]:
    """Lines of at most `width` columns; long words such as addresses stay whole."""
    indent = first or rest
    lines = textwrap.wrap(
        printable(text), width, initial_indent=indent, subsequent_indent=rest, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
    return [line.removeprefix(rest) if number == 0 and not first else line for number, line in enumerate(lines)]


def total(findings: Sequence[Finding]) -> Text:
    counts = Counter(finding.status for finding in findings)
    words = (count_of(counts[Severity.FAILURE], "failure"), count_of(counts[Severity.WARNING], "warning"))
    line = Text(f"{words[0]}, {words[1]}, {counts[Severity.INFO]} info, {counts[Severity.OK]} ok")
    line.stylize(MARKS[Severity.FAILURE if counts[Severity.FAILURE] else Severity.OK][1])
    return line


def finding_values(finding: Finding) -> dict[str, Any]:
    """A finding as JSON values."""
    return {
        "check": finding.check.value,
        "area": finding.area.value,
        "status": finding.status.value,
        "seen": finding.seen,
        "next": finding.next,
    }


def summary_values(findings: Sequence[Finding]) -> dict[str, int]:
    """How many findings there are of each status."""
    counts = Counter(finding.status for finding in findings)
    return {status.value: counts[status] for status in (Severity.OK, Severity.WARNING, Severity.FAILURE, Severity.INFO)}
