"""Compares a saved plan with the current one: which changes were added, dropped or altered."""

from collections.abc import Iterable, Mapping
from typing import Any

from jc1p.core.kind_words import VERBS
from jc1p.core.plan import Kind
from jc1p.document.rows import ChangeRow


def moved_rows(before: Iterable[ChangeRow], after: Iterable[ChangeRow]) -> list[str]:
    """The differences between two plans, one line each: changes that were added, dropped or altered."""
    old, new = by_subject(before), by_subject(after)
    lines = [f"gone: {title(old[key])}" for key in old.keys() - new.keys()]
    lines += [f"new: {title(new[key])}" for key in new.keys() - old.keys()]
    lines += [f"different: {title(new[key])}" for key in old.keys() & new.keys() if old[key] != new[key]]
    return sorted(lines)


def by_subject(rows: Iterable[ChangeRow]) -> Mapping[tuple[Any, ...], ChangeRow]:
    """Rows by subject, without their numbers, which don't matter here."""
    return {(row.kind, row.user, row.group, row.jumpcloud_id): row.model_copy(update={"id": 0}) for row in rows}


def title(row: ChangeRow) -> str:
    return f"{VERBS[Kind(row.kind)]} {row.user or row.group} ({row.reason})"
