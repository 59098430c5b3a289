"""The HTML report of two compared plans: both verdicts, then what only one of them does, the proposal first."""

from collections.abc import Iterator, Sequence

from jc1p.core.kind_words import LABELS
from jc1p.core.plan import Change
from jc1p.core.plan_comparison import ComparedPlan, PlanComparison
from jc1p.core.run_record import RunRecord
from jc1p.reports.comparison_words import in_scope
from jc1p.reports.html.lists import HELD, WARNINGS, differences_cell, filter_form, folded, members_cell, with_code
from jc1p.reports.html.markup import Markup, element, remote
from jc1p.reports.phrases import REMOVALS_FIRST, count_of, headline
from jc1p.reports.way_out import finding_lines


def comparison_parts(record: RunRecord, comparison: PlanComparison) -> Iterator[Markup]:
    """Everything between the headline and what was read."""
    for side in (comparison.this, comparison.other):
        yield standing(side)
    # The script needs the form; both sides have the same kinds, so there is no filter by kind.
    yield filter_form(record._replace(plan=None, notices=()))
    for name, side in zip(("other", "this"), comparison.sides, strict=True):
        yield from only_lists(name, side)


def standing(side: ComparedPlan) -> Markup:
    """A configuration with its scope, its plan in figures and what blocks it."""
    plan, findings = side.plan, side.verdict.findings
    planned = f"{count_of(len(plan.changes), 'change')} planned, {len(plan.held):,} held"
    lines = [element("li", with_code(line)) for each in findings for line in finding_lines(each.message)]
    return element(
        "section",
        element("h2", remote(side.file)),
        element(
            "p",
            f"{in_scope(side)} in scope; {planned}; {'blocked by a safety limit' if lines else 'safety limits kept'}.",
        ),
        element("ul", *lines) if lines else None,
        class_=f"card notice {'bad' if lines else 'good'}",
    )


def only_lists(name: str, side: ComparedPlan) -> Iterator[Markup]:
    """What only one side has, with a list for each kind."""
    only = side.only
    for kind in REMOVALS_FIRST:
        if changes := only.of_kind(kind):
            yield a_part(name, str(kind), side, headline(kind, len(changes)), [change_line(each) for each in changes])
    held = [
        line(each.user or each.group or "", f"{LABELS[each.kind].lower()}, {each.reason}", element("code", each.code))
        for each in only.held
    ]
    yield from [a_part(name, HELD, side, f"Held, {len(held):,}", held)] if held else []
    said = [line(each.subject, each.message) for each in only.warnings if not each.is_detail]
    yield from [a_part(name, WARNINGS, side, count_of(len(said), "warning"), said)] if said else []


def a_part(name: str, kind: str, side: ComparedPlan, title: str, rows: Sequence[Markup]) -> Markup:
    # In one element, since a heading lays out its children separately.
    words = element("span", "Only under ", remote(side.file), f": {title}")
    heading = element("h2", words, id=f"{name}-{kind}")
    content = folded(element("ul", *rows, class_="lines"), len(rows))
    return element("section", heading, content, class_="card list", data_kind=kind, aria_labelledby=f"{name}-{kind}")


def change_line(change: Change) -> Markup:
    return line(change.subject, change.reason, members_cell(change) if change.members else differences_cell(change))


def line(subject: str, said: str, more: Markup | None = None) -> Markup:
    return element("li", remote(subject), ": ", with_code(said), " ", more, data_row=True)
