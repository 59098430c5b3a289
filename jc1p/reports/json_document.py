"""The JSON document of the contract, from a RunRecord.

The same input gives the same document, run_id, times and request counts aside.
"""

import json
from collections.abc import Mapping
from typing import Any, assert_never

from jc1p import __version__
from jc1p.core.guard import Verdict
from jc1p.core.outcomes import Applied, Failed, Outcome, Report, Skipped
from jc1p.core.plan import Plan, PlanWarning
from jc1p.core.plan_rows import FORMAT_VERSION, change_row, held_row
from jc1p.core.run_record import RunRecord
from jc1p.errors import Jc1pError


def render_document(record: RunRecord) -> str:
    """The one JSON document of a run, indented, ending without a newline."""
    return json.dumps(document(record), indent=2, ensure_ascii=False)


def answer_document(record: RunRecord, body: Mapping[str, Any]) -> dict[str, Any]:
    """The document of a command that answers a question, with what is its own in `body`."""
    return {**head(record), **body, **tail(record)}


def head(record: RunRecord) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "jc1p_version": __version__,
        "command": record.command,
        "run_id": record.run_id,
        "created_at": record.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def tail(record: RunRecord) -> dict[str, Any]:
    requests = record.requests
    return {
        "requests": requests and {"jumpcloud": requests.jumpcloud, "onepassword": requests.onepassword},
        "duration_s": record.duration_s,
        "error": record.error and error_row(record.error),
    }


def document(record: RunRecord) -> dict[str, Any]:
    """The document as plain values; what is not known is null."""
    source, target, plan = record.source, record.target, record.plan
    return {
        **head(record),
        "dry_run": record.dry_run,
        "fingerprint": record.fingerprint,
        "source": source and {
            "users": source.users, "groups": source.groups, "in_scope_users": source.in_scope_users,
            "in_scope_groups": source.in_scope_groups, "complete": source.complete,
        },
        "target": target and {
            "users": target.users, "groups": target.groups, "complete": target.complete,
            "memberships_visible": target.memberships_visible,
        },
        "summary": plan and summary(plan),
        "changes": plan and [change_row(change) for change in plan.changes],
        "held": plan and [held_row(held) for held in plan.held],
        "warnings": warnings_of(record),
        "guard": record.verdict and guard_row(record.verdict),
        "outcome": record.report and outcome_rows(record.report),
        **tail(record),
    }  # fmt: skip


def warnings_of(record: RunRecord) -> list[dict[str, str]] | None:
    told = (*record.notices, *(record.plan.warnings if record.plan else ()))
    return [warning_row(warning) for warning in told] if told or record.plan else None


def summary(plan: Plan) -> dict[str, int]:
    counts = {kind.value: count for kind, count in plan.counts().items()}
    return counts | {
        "unchanged_users": plan.unchanged_users,
        "unchanged_groups": plan.unchanged_groups,
        "unowned_users": plan.unowned_users,
        "excluded_users": plan.excluded_users,
    }


def warning_row(warning: PlanWarning) -> dict[str, str]:
    return {"code": warning.code, "subject": warning.subject, "message": warning.message}


def guard_row(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": "allowed" if verdict.allowed else "refused",
        "findings": [
            {
                "limit": finding.limit, "planned": finding.planned, "recent": finding.recent,
                "allowed": finding.allowed,
                "message": finding.message,
            }
            for finding in verdict.findings
        ],
    }  # fmt: skip


def outcome_rows(report: Report) -> dict[str, Any]:
    return {
        "applied": report.count(Applied),
        "failed": report.count(Failed),
        "skipped": report.count(Skipped),
        "changes": [outcome_row(outcome) for outcome in report.outcomes],
    }


def outcome_row(outcome: Outcome) -> dict[str, Any]:
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


def error_row(error: Jc1pError) -> dict[str, Any]:
    return {"code": error.code, "message": error.message, "hint": error.hint}
