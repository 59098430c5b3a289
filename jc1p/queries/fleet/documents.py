"""Reads one run from its JSON document, strictly: an inconsistent document becomes Unreadable, with the reason. Pure.

How a run ended is derived from the document alone, since the document contains no exit code.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from jc1p.core.commands import Command
from jc1p.core.outcomes import Ending
from jc1p.core.plan import Hold, Kind
from jc1p.core.run_record import PAUSED
from jc1p.document.parse import NoDocument, parse_document
from jc1p.document.rows import ChangeRow, Document, OutcomeRow, SummaryRow
from jc1p.errors import ExitCode, PlanMoved, error_kinds
from jc1p.queries.fleet.runs import Applying, Summed, Told, Unreadable


def read_document(name: str, source: str, text: str) -> Summed | Unreadable:
    """The run in one document."""
    try:
        return summed(name, source, parse_document(Document, text))
    except NoDocument as wrong:
        return Unreadable(name, source, str(wrong))


def summed(name: str, source: str, document: Document) -> Summed:
    """A document as a run. Raises NoDocument if the document is inconsistent."""
    error, held, warnings = document.error, document.held or [], document.warnings or []
    run = Summed(
        name, source, document.run_id, datetime.fromisoformat(document.created_at), document.command,
        document.dry_run, Ending.FAILED, ExitCode.FAILED,
        counts=counted(document.changes, document.summary),
        held=len(held),
        warnings=len(warnings),
        verdict=document.guard.verdict if document.guard else None,
        applying=applying_of(document.outcome, document.changes or []) if document.outcome else None,
        organization=document.source.organization if document.source else None,
        bridge=document.target.bridge if document.target else None,
        error=Told(error.code, error.message, error.hint) if error else None,
    )  # fmt: skip
    if run.error is None and run.applying is None and any(row.code == PAUSED for row in warnings):
        return replace(run, ending=Ending.PAUSED, exit_code=ExitCode.DONE)
    if run.error is None and (document.changes is None or leaves_open(run)):
        raise NoDocument("does not contain the run's result")
    ending, code = ended(run, is_incomplete=any(row.code == Hold.INCOMPLETE_READ for row in held))
    return replace(run, ending=ending, exit_code=code)


def counted(changes: list[ChangeRow] | None, summary: SummaryRow | None) -> dict[Kind, int]:
    """Changes by kind; the summary must say the same. Raises NoDocument."""
    if changes is None and summary is None:
        return {}
    if changes is None or summary is None:
        raise NoDocument("has changes without a summary, or a summary without changes")
    found = Counter(row.kind for row in changes)
    counts = {kind: found[kind] for kind in Kind}
    if any(getattr(summary, kind) != count for kind, count in counts.items()):
        raise NoDocument("is inconsistent: the summary does not match the changes")
    return counts


def applying_of(outcome: OutcomeRow, changes: list[ChangeRow]) -> Applying:
    """The outcomes of the changes; every change must have one. Raises NoDocument."""
    told = Counter(row.status for row in outcome.changes)
    applying = Applying(outcome.applied, outcome.failed, outcome.skipped)
    if Applying(told["applied"], told["failed"], told["skipped"]) != applying or told.total() != len(changes):
        raise NoDocument("is inconsistent: the outcome does not match the changes")
    return applying


def leaves_open(run: Summed) -> bool:
    """True for a real run with allowed changes whose document has no outcomes for them."""
    return not run.dry_run and run.verdict != "refused" and run.applying is None and bool(sum(run.counts.values()))


def ended(run: Summed, *, is_incomplete: bool) -> tuple[Ending, ExitCode]:
    """How a run ended and with which exit code, by the same rules as RunRecord.exit_code and `drift`."""
    if run.error:
        return ended_by(run.error, run.applying)
    if run.command == Command.DRIFT:
        return found(run, is_incomplete=is_incomplete)
    if run.applying and run.applying.failed:
        return Ending.IN_PART, ExitCode.IN_PART
    if run.verdict == "refused":
        return Ending.REFUSED, ExitCode.REFUSED
    if is_incomplete:
        return Ending.INCOMPLETE, ExitCode.IN_PART
    done = Ending.PLANNED if run.dry_run else Ending.APPLIED
    return (done if sum(run.counts.values()) else Ending.IN_STEP), ExitCode.DONE


def found(run: Summed, *, is_incomplete: bool) -> tuple[Ending, ExitCode]:
    """The result of a `drift`; links alone don't count, and the guard's verdict is only shown."""
    if any(count for kind, count in run.counts.items() if kind is not Kind.LINK_USER):
        return Ending.DRIFT, ExitCode.CHANGES_DUE
    return (Ending.INCOMPLETE, ExitCode.IN_PART) if is_incomplete else (Ending.IN_STEP, ExitCode.DONE)


def ended_by(error: Told, applying: Applying | None) -> tuple[Ending, ExitCode]:
    """The result of a run that ended with an error."""
    code = exit_code_of(error.code)
    if code == ExitCode.INTERRUPTED:
        return Ending.INTERRUPTED, code
    if applying and applying.applied:
        return Ending.IN_PART, ExitCode.IN_PART
    if error.code == PlanMoved.code:
        return Ending.MOVED, code
    return {ExitCode.REFUSED: Ending.REFUSED, ExitCode.LOCKED: Ending.LOCKED}.get(code, Ending.FAILED), code


def exit_code_of(code: str) -> ExitCode:
    """The exit code for an error's code; 1 for a code of a newer jc1p."""
    return next((kind.exit_code for kind in error_kinds() if kind.code == code), ExitCode.FAILED)
