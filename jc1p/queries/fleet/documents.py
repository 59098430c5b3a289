"""One run as its JSON document tells it, strictly: what doesn't fit together is Unreadable, with the reason. Pure.

How a run ended is told from the document alone, since no exit code stands in it.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from jc1p.core.outcomes import Ending
from jc1p.core.plan import Hold, Kind
from jc1p.core.plan_rows import FORMAT_VERSION
from jc1p.errors import ExitCode, Jc1pError, PlanMoved
from jc1p.queries.fleet.runs import Applying, Summed, Told, Unreadable

PAUSED = "paused"
"""The warning of a run that was paused."""


class Wrong(Exception):
    """Why a document isn't believed."""


def read_document(name: str, source: str, text: str) -> Summed | Unreadable:
    """What the document of one run says."""
    try:
        return summed(name, source, parsed(text))
    except Wrong as wrong:
        return Unreadable(name, source, str(wrong))


def parsed(text: str) -> dict[str, Any]:
    """Strict JSON, an object. Raises Wrong."""
    if not text.strip():
        raise Wrong("is empty")
    try:
        values = json.loads(text, parse_constant=no_constant)
    except (ValueError, RecursionError):
        raise Wrong("is broken or cut off: no JSON document") from None
    if not isinstance(values, dict):
        raise Wrong("is no document of jc1p")
    return values


def no_constant(name: str) -> object:
    raise ValueError(name)


def summed(name: str, source: str, values: Mapping[str, Any]) -> Summed:
    """A document as a run. Raises Wrong for whatever doesn't fit together."""
    version = values.get("format_version")
    if version != FORMAT_VERSION or isinstance(version, bool):
        known = "format_version" in values
        raise Wrong(f"is of another format version than {FORMAT_VERSION}" if known else "is no document of jc1p")
    command, dry_run = want(values, "command", str), want(values, "dry_run", bool, "is no document of a run")
    changes, outcome = rows(values, "changes"), part(values, "outcome")
    counts, verdict = counted(changes, part(values, "summary")), part(values, "guard")
    told = error_of(part(values, "error"))
    applying = None if outcome is None else applying_of(outcome, changes)
    held, warnings = rows(values, "held") or [], rows(values, "warnings") or []
    judged = None if verdict is None else choice(verdict, "verdict", {"allowed", "refused"})
    run = Summed(
        name, source, want(values, "run_id", str), time_of(want(values, "created_at", str)), command, dry_run,
        Ending.FAILED, ExitCode.FAILED, counts, len(held), len(warnings), judged, applying, told,
    )  # fmt: skip
    if told is None and applying is None and any(row.get("code") == PAUSED for row in warnings):
        return replace(run, ending=Ending.PAUSED, exit_code=ExitCode.DONE)
    if told is None and (changes is None or leaves_open(run)):
        raise Wrong("doesn't say what the run came to")
    ending, code = ended(run, is_incomplete=any(row.get("code") == Hold.INCOMPLETE_READ for row in held))
    return replace(run, ending=ending, exit_code=code)


def leaves_open(run: Summed) -> bool:
    """True for a real run with changes, permitted, that doesn't tell what became of them."""
    return not run.dry_run and run.verdict != "refused" and run.applying is None and bool(sum(run.counts.values()))


def ended(run: Summed, *, is_incomplete: bool) -> tuple[Ending, ExitCode]:
    """How a run ended and with which exit code, as RunRecord.exit_code and `drift` have it."""
    if run.error:
        return ended_by(run.error, run.applying)
    if run.command == "drift":
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
    """What `drift` found; links alone are none, and the guard's verdict is only shown."""
    if any(count for kind, count in run.counts.items() if kind is not Kind.LINK_USER):
        return Ending.DRIFT, ExitCode.CHANGES_DUE
    return (Ending.INCOMPLETE, ExitCode.IN_PART) if is_incomplete else (Ending.IN_STEP, ExitCode.DONE)


def ended_by(error: Told, applying: Applying | None) -> tuple[Ending, ExitCode]:
    """How a run ended that an error ended."""
    code = exit_code_of(error.code)
    if code == ExitCode.INTERRUPTED:
        return Ending.INTERRUPTED, code
    if applying and applying.applied:
        return Ending.IN_PART, ExitCode.IN_PART
    if error.code == PlanMoved.code:
        return Ending.MOVED, code
    return {ExitCode.REFUSED: Ending.REFUSED, ExitCode.LOCKED: Ending.LOCKED}.get(code, Ending.FAILED), code


def exit_code_of(code: str) -> ExitCode:
    """The exit code that an error's code stands for; 1 for one of a newer jc1p."""
    waiting: list[type[Jc1pError]] = [Jc1pError]
    while waiting:
        kind = waiting.pop()
        if kind.code == code:
            return kind.exit_code
        waiting += kind.__subclasses__()
    return ExitCode.FAILED


# --- parts of it, each of the type that it must be ----------------------------------------------------------


def want(values: Mapping[str, Any], key: str, kind: type, otherwise: str = "") -> Any:
    value = values.get(key)
    if not isinstance(value, kind):
        raise Wrong(otherwise or f"has no {key} that makes sense")
    return value


def number(values: Mapping[str, Any], key: str) -> int:
    value = want(values, key, int)
    if isinstance(value, bool) or value < 0:
        raise Wrong(f"has no {key} that makes sense")
    return int(value)


def choice(values: Mapping[str, Any], key: str, known: Iterable[str]) -> str:
    value = str(want(values, key, str))
    if value not in known:
        raise Wrong(f"has no {key} that makes sense")
    return value


def part(values: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    if key not in values:
        raise Wrong(f"is no document of a run: it has no {key}")
    return None if values[key] is None else dict(want(values, key, dict))


def rows(values: Mapping[str, Any], key: str) -> list[Mapping[str, Any]] | None:
    if key not in values:
        raise Wrong(f"is no document of a run: it has no {key}")
    if values[key] is None:
        return None
    found = want(values, key, list)
    if not all(isinstance(row, dict) for row in found):
        raise Wrong(f"has no {key} that makes sense")
    return list(found)


def counted(changes: list[Mapping[str, Any]] | None, summary: Mapping[str, Any] | None) -> dict[Kind, int]:
    """Changes by kind; the summary must say the same. Raises Wrong."""
    if (changes is None) != (summary is None):
        raise Wrong("has changes without a summary, or a summary without changes")
    found = Counter(choice(row, "kind", {*map(str, Kind)}) for row in changes or ())
    counts = {kind: found[kind.value] for kind in Kind}
    if summary is not None and any(number(summary, kind.value) != count for kind, count in counts.items()):
        raise Wrong("contradicts itself: its summary is not that of its changes")
    return counts if changes is not None else {}


def applying_of(outcome: Mapping[str, Any], changes: list[Mapping[str, Any]] | None) -> Applying:
    """What became of the changes; each must have come to something. Raises Wrong."""
    told = Counter(choice(row, "status", {"applied", "failed", "skipped"}) for row in rows(outcome, "changes") or ())
    applying = Applying(*(number(outcome, key) for key in ("applied", "failed", "skipped")))
    if Applying(told["applied"], told["failed"], told["skipped"]) != applying or told.total() != len(changes or ()):
        raise Wrong("contradicts itself: its outcome is not that of its changes")
    return applying


def error_of(error: Mapping[str, Any] | None) -> Told | None:
    if error is None:
        return None
    hint = error.get("hint")
    return Told(want(error, "code", str), want(error, "message", str), hint if isinstance(hint, str) else None)


def time_of(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong("has no created_at that makes sense") from None
    if moment.utcoffset() is None:
        raise Wrong("has no created_at that makes sense")
    return moment
