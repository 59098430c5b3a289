"""The JSON Schema of the document, from the same names that the code has: published as docs/document.schema.json.

Complete in both directions: every key is required, and no other key is allowed.
"""

import json
from typing import Any

from jc1p.core.guard import LIMIT_KEYS
from jc1p.core.plan import Hold, Kind
from jc1p.core.plan_rows import FORMAT_VERSION
from jc1p.errors import Jc1pError
from jc1p.state.saved_plan import OPTIONS

TEXT: dict[str, Any] = {"type": "string"}
MAYBE_TEXT: dict[str, Any] = {"type": ["string", "null"]}
COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
FLAG: dict[str, Any] = {"type": "boolean"}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
COUNTS_OF_USERS_AND_GROUPS = ("unchanged_users", "unchanged_groups", "unowned_users", "excluded_users")


def render_schema() -> str:
    """The schema as the file in docs/ holds it."""
    return json.dumps(document_schema(), indent=2) + "\n"


def document_schema() -> dict[str, Any]:
    """Draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The document of a run of jc1p",
        "description": "--output json, --report FILE.json and plan --out of sync, plan, drift, apply and rollback; "
        "usage errors of every command. What is not known is null.",
        **closed(
            {
                "format_version": {"const": FORMAT_VERSION},
                "jc1p_version": TEXT,
                "command": TEXT,
                "run_id": {"type": "string", "pattern": r"^(\d{8}T\d{6}Z-[0-9a-f]{4})?$"},
                "created_at": TIME,
                "dry_run": FLAG,
                "fingerprint": {"type": ["string", "null"], "pattern": "^sha256:[0-9a-f]+$"},
                "source": maybe("source"),
                "target": maybe("target"),
                "summary": maybe("summary"),
                "changes": maybe_list("change"),
                "held": maybe_list("held"),
                "warnings": maybe_list("warning"),
                "guard": maybe("guard"),
                "outcome": maybe("outcome"),
                "requests": maybe("requests"),
                "duration_s": {"type": ["number", "null"], "minimum": 0},
                "error": maybe("error"),
                OPTIONS: {"type": "object", "description": "Only in a saved plan: what it was asked for."},
            },
            optional=(OPTIONS,),
        ),
        "$defs": {
            **numbers(), **plan_parts(), "guard": guard(), "finding": finding(), "outcome": outcome(),
            "became": became(), "error": error(),
        },
    }  # fmt: skip


def closed(properties: dict[str, Any], *, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """An object with exactly these keys."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def maybe(name: str) -> dict[str, Any]:
    return {"anyOf": [ref(name), {"type": "null"}]}


def maybe_list(name: str) -> dict[str, Any]:
    return {"type": ["array", "null"], "items": ref(name)}


def one_of(values: list[str]) -> dict[str, Any]:
    return {"type": "string", "enum": values}


# --- the parts ----------------------------------------------------------------------------------------------


def numbers() -> dict[str, Any]:
    """What was read and how much of it."""
    both = {"users": COUNT, "groups": COUNT}
    counted = [*Kind, *COUNTS_OF_USERS_AND_GROUPS]
    return {
        "source": closed({**both, "in_scope_users": COUNT, "in_scope_groups": COUNT, "complete": FLAG}),
        "target": closed({**both, "complete": FLAG, "memberships_visible": FLAG}),
        "summary": closed({str(name): COUNT for name in counted}),
        "requests": closed({"jumpcloud": COUNT, "onepassword": COUNT}),
    }


def plan_parts() -> dict[str, Any]:
    """Changes, what was held back, and warnings."""
    value = {"type": ["string", "boolean", "null"]}
    kind = one_of([str(each) for each in Kind])
    return {
        "kind": kind,
        "difference": closed({"before": value, "after": value}),
        "change": closed(
            {
                "id": {"type": "integer", "minimum": 1},
                "kind": ref("kind"),
                "user": MAYBE_TEXT,
                "group": MAYBE_TEXT,
                "jumpcloud_id": MAYBE_TEXT,
                "scim_id": MAYBE_TEXT,
                "reason": TEXT,
                "attributes": {"type": "object", "additionalProperties": ref("difference")},
                "members": {"type": "array", "items": TEXT},
            }
        ),
        "held": closed(
            {
                "kind": ref("kind"),
                "user": MAYBE_TEXT,
                "group": MAYBE_TEXT,
                "code": one_of([str(each) for each in Hold]),
                "reason": TEXT,
            }
        ),
        "warning": closed({"code": TEXT, "subject": TEXT, "message": TEXT}),
    }


def guard() -> dict[str, Any]:
    findings = {"type": "array", "items": ref("finding")}
    return closed({"verdict": one_of(["allowed", "refused"]), "findings": findings})


def finding() -> dict[str, Any]:
    limit = one_of([*LIMIT_KEYS, "empty_source"])
    return closed({"limit": limit, "planned": COUNT, "recent": COUNT, "allowed": COUNT, "message": TEXT})


def outcome() -> dict[str, Any]:
    changes = {"type": "array", "items": ref("became")}
    return closed({"applied": COUNT, "failed": COUNT, "skipped": COUNT, "changes": changes})


def became() -> dict[str, Any]:
    """What became of one change."""
    status = one_of(["applied", "failed", "skipped"])
    return closed({"id": {"type": "integer", "minimum": 1}, "status": status, "error": MAYBE_TEXT, "note": MAYBE_TEXT})


def error() -> dict[str, Any]:
    return closed({"code": one_of(error_codes()), "message": TEXT, "hint": MAYBE_TEXT})


def error_codes() -> list[str]:
    """The codes of all errors there are."""
    found, waiting = set(), [Jc1pError]
    while waiting:
        kind = waiting.pop()
        found.add(kind.code)
        waiting += kind.__subclasses__()
    return sorted(found)
