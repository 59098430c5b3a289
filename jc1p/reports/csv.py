"""A run as CSV for a spreadsheet: a row for each change, each held item, and the error that ended the run.

No cell is a formula, and every cell is one line (`csv_text`).
"""

from collections.abc import Iterator

from jc1p.core.outcomes import Applied, Failed, Outcome, Skipped
from jc1p.core.plan import Change, Held
from jc1p.core.run_record import RunRecord
from jc1p.document.render import error_of
from jc1p.errors import Jc1pError
from jc1p.reports.phrases import quoted
from jc1p.reports.tables import csv_text

HEADERS = (
    "run_id", "command", "row", "id", "status", "kind", "user", "group", "code", "reason", "differences", "members",
    "error", "organization", "bridge",
)  # fmt: skip


def render_csv(record: RunRecord) -> str:
    """RFC 4180 with a header line. `row` is change, held or error; `status` is its outcome."""
    head, sides = [record.run_id, record.command], [record.organization or "", record.bridge or ""]
    return csv_text(HEADERS, ([*head, *row, *sides] for row in rows(record)))


def rows(record: RunRecord) -> Iterator[list[str]]:
    plan = record.plan
    if record.comparison:
        for side in record.comparison.sides:
            status = "only_other" if side is record.comparison.other else "only_this"
            yield from (change_cells(change, status, "") for change in side.only.changes)
            yield from (held_cells(held, status) for held in side.only.held)
    elif plan:
        outcomes = {each.change.id: each for each in record.report.outcomes} if record.report else {}
        untried = untried_status(record)
        for change in plan.changes:
            status, why = became(outcomes[change.id]) if change.id in outcomes else (untried, "")
            yield change_cells(change, status, why)
        yield from (held_cells(held) for held in plan.held)
    if error := error_of(record):
        yield error_cells(error)


def untried_status(record: RunRecord) -> str:
    """The status of a change that was not tried."""
    if record.verdict and not record.verdict.allowed:
        return "refused"
    return "planned" if record.dry_run else "not_applied"


def became(outcome: Outcome) -> tuple[str, str]:
    match outcome:
        case Applied():
            return "applied", outcome.note or ""
        case Failed():
            return "failed", outcome.error.message
        case Skipped():
            return "skipped", outcome.reason


def change_cells(change: Change, status: str, error: str) -> list[str]:
    differences = "; ".join(
        f"{name}: {quoted(difference.before)} → {quoted(difference.after)}"
        for name, difference in change.attributes.items()
    )
    members = " ".join(member.email for member in change.members)
    return [
        "change", str(change.id), status, change.kind, change.user or "", change.group or "", "", change.reason,
        differences, members, error,
    ]  # fmt: skip


def held_cells(held: Held, status: str = "held") -> list[str]:
    return ["held", "", status, held.kind, held.user or "", held.group or "", held.code, held.reason, "", "", ""]


def error_cells(error: Jc1pError) -> list[str]:
    return ["error", "", "failed", "", "", "", error.code, "", "", "", error.message]
