"""`jc1p why` for admins and as JSON values."""

from typing import Any

from rich.console import Console
from rich.text import Text

from jc1p.core.kind_words import LABELS
from jc1p.document.change_row import change_row
from jc1p.document.rows import HeldRow, WarningRow
from jc1p.queries.why import Step, Trace
from jc1p.reports.lines import print_lines
from jc1p.reports.phrases import printable

TITLES = {
    "jumpcloud": "JumpCloud",
    "scope": "Scope",
    "match": "Match",
    "attributes": "Attributes",
    "change": "Change",
}


def print_trace(console: Console, trace: Trace) -> None:
    """The five steps, each with what it read and the rule that decided."""
    print_lines(console, [Text(printable(trace.subject), style="bold")])
    for number, step in enumerate(trace.steps, 1):
        print_lines(console, [Text(f"{number}. {title(step, trace)}: {printable(step.saw)}")])
        for detail in step.details:
            print_lines(console, [Text(f"     {printable(detail)}")])
        print_lines(console, [Text(f"   rule: {printable(step.rule)}", style="dim")])
    for warning in trace.warnings:
        print_lines(console, [Text(f"! {printable(warning.message)}", style="yellow")])
    print_lines(console, [result_of(trace)])


def result_of(trace: Trace) -> Text:
    """What the next sync does, such as "Next sync: suspend, remove members; held: limit."."""
    parts = [", ".join(dict.fromkeys(LABELS[change.kind].lower() for change in trace.changes)) or "no change"]
    parts += [f"held: {code}" for code in dict.fromkeys(item.code.value for item in trace.held)]
    return Text.assemble(("Next sync: ", "bold"), "; ".join(parts), ".")


def title(step: Step, trace: Trace) -> str:
    return "Members" if step.name == "attributes" and trace.is_group else TITLES[step.name]


def trace_values(trace: Trace) -> dict[str, Any]:
    """A trace as JSON values."""
    return {
        "subject": trace.subject,
        "kind": "group" if trace.is_group else "user",
        "steps": [
            {"step": step.name, "saw": step.saw, "rule": step.rule, "details": list(step.details)}
            for step in trace.steps
        ],
        "changes": [change_row(change) for change in trace.changes],
        "held": [HeldRow.dump(item) for item in trace.held],
        "warnings": [WarningRow.dump(warning) for warning in trace.warnings],
    }
