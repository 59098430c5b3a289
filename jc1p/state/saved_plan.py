"""Saved plans: the document of `jc1p plan --out`, read back by `jc1p apply`. Holds names and addresses, no secret."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jc1p.core.plan_rows import FORMAT_VERSION
from jc1p.errors import UsageError
from jc1p.runtime.atomic_write import write_whole

ROW_KEYS = ("kind", "user", "group", "jumpcloud_id", "reason")
OPTIONS = "options"
"""The key that a saved plan has beyond the document: what the command line asked for, to plan the same again."""


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What `apply` compares with: the fingerprint, the rows, and the options that the plan was made with."""

    run_id: str
    created_at: str
    fingerprint: str
    rows: tuple[dict[str, Any], ...]
    options: Mapping[str, Any]


def write_plan(path: Path, document: str, options: Mapping[str, Any]) -> None:
    """Write a plan's document with its options, readable by its owner alone. Raises UsageError."""
    whole = {**json.loads(document), OPTIONS: dict(options)}
    text = json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
    try:
        write_whole(path, text)
    except OSError as error:
        raise UsageError(f"--out {path}: the plan can't be written: {error.strerror or error}") from None


def read_plan(path: Path) -> SavedPlan:
    """Read a saved plan.

    Raises:
        UsageError: the file can't be read, is no plan, or is of another format version.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: the saved plan can't be read: {error.strerror}") from None
    except ValueError:
        raise no_plan(path) from None
    if not isinstance(document, dict) or "format_version" not in document:
        raise no_plan(path)
    if document["format_version"] != FORMAT_VERSION:
        version = json.dumps(document["format_version"])[:20]
        raise UsageError(
            f"{path} is a plan of format version {version}, and this jc1p reads {FORMAT_VERSION}",
            hint="Make the plan again with this version: `jc1p plan --out FILE`.",
        )
    try:
        rows = tuple({**row, **{name: row[name] for name in ROW_KEYS}} for row in document["changes"])
        fingerprint, options = str(document["fingerprint"]), dict(document[OPTIONS])
        return SavedPlan(str(document["run_id"]), str(document["created_at"]), fingerprint, rows, options)
    except (KeyError, TypeError, ValueError):
        raise no_plan(path) from None


def no_plan(path: Path) -> UsageError:
    return UsageError(f"{path} is no plan that can be applied", hint="`jc1p plan --out FILE` writes one.")
