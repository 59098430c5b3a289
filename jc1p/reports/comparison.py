"""Two compared plans, on a terminal or in a pipe: the proposal first."""

from collections.abc import Iterator, Sequence
from itertools import chain

from rich.console import Console
from rich.text import Text

from jc1p.core.plan_comparison import ComparedPlan, PlanComparison
from jc1p.core.run_record import RunRecord
from jc1p.reports.comparison_words import SAME, in_scope, told
from jc1p.reports.lines import print_lines
from jc1p.reports.phrases import printable
from jc1p.reports.plan_lines import (
    TAKING,
    counts_lines,
    held_lines,
    plan_lines,
    plan_total,
    report_lines,
    request_lines,
    warning_lines,
)

INCOMPLETE = "The reading of 1Password is incomplete: removals are held under both, and the difference may be larger."


def print_comparison(
    console: Console, record: RunRecord, comparison: PlanComparison, *, quiet: bool, reports: Sequence[str] = ()
) -> None:  # fmt: skip
    """What only one of the two plans does, both verdicts, and last the result; `quiet` prints only the result."""
    if quiet:
        print_lines(console, result_lines(comparison) if comparison.differs or comparison.is_incomplete else [])
        return
    sides = chain.from_iterable(side_lines(side) for side in comparison.sides)
    foot = [*request_lines(record), *report_lines(reports), *result_lines(comparison)]
    print_lines(console, chain(counts_lines(record), sides, both_lines(comparison), [Text()], foot))


def side_lines(side: ComparedPlan) -> Iterator[Text]:
    only = side.only
    warnings = [each for each in only.warnings if not each.is_detail]
    if not side.has_more and not warnings:
        return
    yield Text(f"Only under {printable(side.file)}", style="bold underline")
    yield Text()
    yield from plan_lines(only, every_link=False)
    yield from held_lines(only)
    yield from warning_lines(warnings)


def both_lines(comparison: PlanComparison) -> Iterator[Text]:
    """Each configuration with its scope, its whole plan and its verdict."""
    for side in (comparison.this, comparison.other):
        yield Text.assemble(
            (printable(side.file), "bold"), f": {in_scope(side)} in scope; plan: ", *plan_total(side.plan)
        )
        for finding in side.verdict.findings:
            first, *more = finding.message.split("\n")
            yield Text.assemble("  ", ("Blocked: ", "bold red"), printable(first))
            yield from (Text(f"    {printable(each)}") for each in more)
        if side.verdict.allowed:
            yield Text("  Within all safety limits.")


def result_lines(comparison: PlanComparison) -> list[Text]:
    said = told(comparison)
    last = Text(printable(f"{said[:1].upper()}{said[1:]}." if said == SAME else f"Different: {said}."), style="bold")
    return [*([Text(INCOMPLETE, style=TAKING)] if comparison.is_incomplete else []), last]
