"""The JSON Schemas of documents, from their models: docs/document.schema.json and docs/review.schema.json.

Complete in both directions: every key is required, and no other key is allowed.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from jc1p.core.plan import Kind
from jc1p.document import review_rows, rows
from jc1p.document.review_rows import ReviewDocument
from jc1p.document.rows import Document

KEYWORDS = (
    "const", "type", "description", "pattern", "minimum", "enum", "properties", "required", "additionalProperties",
    "items", "anyOf", "$ref",
)  # fmt: skip
"""The keywords that are published, in this order; pydantic writes others that only concern Python."""
PARTS = (
    rows.SourceRow, rows.TargetRow, rows.SummaryRow, rows.RequestsRow, Kind, rows.DifferenceRow, rows.ChangeRow,
    rows.HeldRow, rows.WarningRow, rows.GuardRow, rows.FindingRow, rows.OutcomeRow, rows.BecameRow, rows.ErrorRow,
    rows.ScoreRow, rows.WaitingRow, rows.ComparisonRow, rows.ComparedRow,
    rows.OnlyRow, rows.EventRow,
)  # fmt: skip
HEAD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "The document of a run of jc1p",
    "description": "--output json, --report FILE.json and plan --out of sync, plan, drift, apply and rollback; "
    "usage errors of every command. Unknown values are null. $defs/event is a line of --log-format json.",
}


REVIEW_PARTS = (
    review_rows.PeriodRow, review_rows.ReviewSummaryRow, review_rows.ConcernRow, review_rows.ReviewedGroupRow,
    review_rows.ReviewedMemberRow, review_rows.OriginRow, review_rows.ReviewedAccountRow, review_rows.LastChangeRow,
    review_rows.ReviewedChangeRow, rows.RequestsRow, rows.ErrorRow,
)  # fmt: skip
REVIEW_HEAD = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "The access review of jc1p",
    "description": "--output json and --report FILE.json of review. What is not known is null.",
}


def render_schema() -> str:
    """The schema of a run's document as the file in docs/ holds it, draft 2020-12."""
    # The event is not part of the document but uses its parts.
    return schema_text(Document, PARTS, HEAD, {"EventRow": rows.EventRow.model_json_schema()})


def render_review_schema() -> str:
    """The schema of a review's document as the file in docs/ holds it."""
    return schema_text(ReviewDocument, REVIEW_PARTS, REVIEW_HEAD, {})


def schema_text(
    model: type[BaseModel], parts: Sequence[type], head: Mapping[str, str], beside: Mapping[str, Any]
) -> str:  # fmt: skip
    whole = model.model_json_schema()
    defs = whole.pop("$defs") | beside
    shown = {published_name(part.__name__): published(defs[part.__name__]) for part in parts}
    return json.dumps({**head, **published(whole), "$defs": shown}, indent=2) + "\n"


def published_name(name: str) -> str:
    return name.removesuffix("Row").lower()


def published(node: dict[str, Any]) -> dict[str, Any]:
    """A part of pydantic's schema in the published form."""
    made = {**node, **either([published(each) for each in node.get("anyOf", ())])}
    if "properties" in node:
        made["properties"] = {name: published(each) for name, each in node["properties"].items()}
        made |= {"required": [name for name in node["properties"] if name != "options"], "additionalProperties": False}
    if "$ref" in node:
        made["$ref"] = published_name(node["$ref"])
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            made[key] = published(node[key])
    left_out = {
        "type": "const" in node,
        "description": "properties" in node or "enum" in node,  # a class's docstring
        "additionalProperties": made.get("additionalProperties") is True,
        "anyOf": "type" in made,
    }
    return {key: made[key] for key in KEYWORDS if key in made and not left_out.get(key)}


def either(branches: list[dict[str, Any]]) -> dict[str, Any]:
    """Alternatives, as a list of types if each has nothing but a type."""
    if not branches or any("$ref" in each for each in branches):
        return {"anyOf": branches} if branches else {}
    merged = {key: value for each in branches for key, value in each.items()}
    return {**merged, "type": [each["type"] for each in branches]}
