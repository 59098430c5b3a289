"""Changes as JSON values and back: what the document shows, the journal keeps and a saved plan is compared by. Pure."""

from collections.abc import Mapping
from typing import Any

from jc1p.core.plan import Change, Held

FORMAT_VERSION = 1
"""Of the document, wherever it is written or read."""


def change_row(change: Change) -> dict[str, Any]:
    """A change as the contract's document has it."""
    return {
        "id": change.id,
        "kind": change.kind.value,
        "user": change.user,
        "group": change.group,
        "jumpcloud_id": change.jumpcloud_id,
        "scim_id": change.scim_id,
        "reason": change.reason,
        "attributes": {
            name: {"before": difference.before, "after": difference.after}
            for name, difference in change.attributes.items()
        },
        "members": [member.email for member in change.members],
    }


def held_row(held: Held) -> dict[str, Any]:
    """Something held back, as the document has it."""
    return {
        "kind": held.kind.value, "user": held.user, "group": held.group, "code": held.code.value,
        "reason": held.reason,
    }  # fmt: skip


def moved_rows(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[str]:
    """What differs between two plans, a line for each: changes that came, went, or say something else now."""
    old, new = by_subject(before), by_subject(after)
    lines = [f"gone: {title(old[key])}" for key in old.keys() - new.keys()]
    lines += [f"new: {title(new[key])}" for key in new.keys() - old.keys()]
    lines += [f"different: {title(new[key])}" for key in old.keys() & new.keys() if said(old[key]) != said(new[key])]
    return sorted(lines)


def by_subject(rows: list[dict[str, Any]]) -> Mapping[tuple[Any, ...], dict[str, Any]]:
    return {(row["kind"], row["user"], row["group"], row["jumpcloud_id"]): row for row in rows}


def said(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """What counts of a row: not its number."""
    return {name: value for name, value in row.items() if name != "id"}


def title(row: Mapping[str, Any]) -> str:
    return f"{row['kind']} {row['user'] or row['group']} ({row['reason']})"
