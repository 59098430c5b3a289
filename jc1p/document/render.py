"""Renders the JSON document of the contract from a RunRecord.

The same input gives the same document, except for run_id, times and request counts.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never

from jc1p import __version__
from jc1p.core.drift_score import Score, SeenDifference
from jc1p.core.guard import Verdict
from jc1p.core.outcomes import Applied, Failed, Outcome, Report, Skipped
from jc1p.core.plan import Kind, Plan
from jc1p.core.plan_comparison import ComparedPlan, PlanComparison
from jc1p.core.run_record import RunRecord
from jc1p.document.change_row import change_row
from jc1p.document.rows import (
    FORMAT_VERSION,
    ErrorRow,
    FindingRow,
    HeldRow,
    RequestsRow,
    ScoreRow,
    SourceRow,
    SummaryRow,
    TargetRow,
    WarningRow,
)
from jc1p.errors import Jc1pError, UnsafePlan

MOST_WAITING = 1000
"""The most differences that the score lists; the count includes all."""
REFUSED_HINT = "Check the plan. If it is correct, run again with a raised limit: `--allow KIND=N`."


def render_document(record: RunRecord, **more: object) -> str:
    """The one JSON document of a run, indented, ending without a newline; with `more` keys for a saved plan."""
    return json.dumps({**document(record), **more}, indent=2, ensure_ascii=False)


def answer_document(record: RunRecord, body: Mapping[str, Any]) -> dict[str, Any]:
    """The document of a command that answers a question, with the command's own keys in `body`."""
    return {**head(record), **body, **tail(record)}


def head(record: RunRecord) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "jc1p_version": __version__,
        "command": record.command,
        "run_id": record.run_id,
        "created_at": moment_text(record.created_at),
    }


def tail(record: RunRecord) -> dict[str, Any]:
    return {
        "requests": record.requests and RequestsRow.dump(record.requests),
        "duration_s": record.duration_s,
        "error": (error := error_of(record)) and ErrorRow.dump(error),
    }


def error_of(record: RunRecord) -> Jc1pError | None:
    """The error that ended the run. A guard refusal ends a real run; a dry run only shows it."""
    if record.error or record.dry_run or record.verdict is None or record.verdict.allowed:
        return record.error
    found = " ".join(finding.message for finding in record.verdict.findings)
    return UnsafePlan(f"blocked by a safety limit; nothing was changed: {found}", hint=REFUSED_HINT)


def document(record: RunRecord) -> dict[str, Any]:
    """The document as plain values, built row by row, so that the models of a large plan never exist all at once."""
    plan = record.plan
    return {
        **head(record),
        "dry_run": record.dry_run,
        "fingerprint": record.fingerprint,
        "source": record.source and SourceRow.dump(record.source, organization=record.organization),
        "target": record.target and TargetRow.dump(record.target, bridge=record.bridge),
        "summary": plan and summary(plan),
        "changes": plan and [change_row(change) for change in plan.changes],
        "held": plan and [HeldRow.dump(held) for held in plan.held],
        "warnings": [WarningRow.dump(each) for each in warnings] if (warnings := record.warnings) or plan else None,
        "guard": record.verdict and guard(record.verdict),
        "outcome": record.report and outcome(record.report),
        "score": record.score and score(record.score),
        "comparison": record.comparison and comparison(record.comparison),
        "reference": record.reference,
        "actor": record.actor,
        **tail(record),
    }


def comparison(found: PlanComparison) -> dict[str, Any]:
    return {"differs": found.differs, "this": compared(found.this), "other": compared(found.other)}


def compared(side: ComparedPlan) -> dict[str, Any]:
    only, bases = side.only, side.plan.bases
    return {
        "file": side.file,
        "in_scope_users": bases.people_in_scope,
        "in_scope_groups": bases.groups_in_scope,
        "summary": summary(side.plan),
        "guard": guard(side.verdict),
        "only": {
            "changes": [change_row(change) for change in only.changes],
            "held": [HeldRow.dump(held) for held in only.held],
            "warnings": [WarningRow.dump(each) for each in only.warnings],
        },
    }


def summary(plan: Plan) -> dict[str, Any]:
    counts = plan.counts()
    return {name: counts[Kind(name)] if name in counts else getattr(plan, name) for name in SummaryRow.model_fields}


def guard(verdict: Verdict) -> dict[str, Any]:
    findings = [FindingRow.dump(finding) for finding in verdict.findings]
    return {"verdict": "allowed" if verdict.allowed else "refused", "findings": findings}


def score(score: Score) -> dict[str, Any]:
    """The score in the form of ScoreRow, with the oldest waiting differences."""
    counts = {name: getattr(score, name) for name in ScoreRow.model_fields}
    since = score.since and moment_text(score.since)
    return counts | {"since": since, "waiting": [waiting(each) for each in score.waiting[:MOST_WAITING]]}


def waiting(seen: SeenDifference) -> dict[str, Any]:
    return {
        "kind": seen.key.kind, "user": seen.user or None, "group": seen.group or None,
        "attribute": seen.key.attribute or None, "value": seen.key.value or None, "since": moment_text(seen.first_seen),
    }  # fmt: skip


def moment_text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def outcome(report: Report) -> dict[str, Any]:
    """The outcomes of the changes, with a count of each."""
    counts = {
        "applied": report.number(Applied),
        "failed": report.number(Failed),
        "skipped": report.number(Skipped),
    }
    return {**counts, "changes": [became(each) for each in report.outcomes]}


def change_event(record: RunRecord, outcome: Outcome) -> dict[str, Any]:
    """A change and its outcome in the form of EventRow, without the keys that every log line has."""
    became_of = {key: value for key, value in became(outcome).items() if key != "id"}
    run = {"run_id": record.run_id, "command": record.command, "reference": record.reference, "actor": record.actor}
    return {"event": "change", **run, **change_row(outcome.change), **became_of}


def became(outcome: Outcome) -> dict[str, Any]:
    """An outcome in the form of BecameRow."""
    row: dict[str, Any] = {"id": outcome.change.id}
    match outcome:
        case Applied():
            return row | {"status": "applied", "error": None, "note": outcome.note}
        case Failed():
            return row | {"status": "failed", "error": outcome.error.message, "note": None}
        case Skipped():
            return row | {"status": "skipped", "error": outcome.reason, "note": None}
        case _:
            assert_never(outcome)
