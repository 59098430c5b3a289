"""Moves of group links as lines for the terminal and as values for JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.text import Text

from jc1p.core.attributes import quoted_name
from jc1p.queries.group_moves import GroupMove
from jc1p.reports.phrases import printable

PLANNED, LINKED, STATE_ONLY, UNCHANGED, FAILED = "planned", "linked", "linked_in_state", "unchanged", "failed"
"""What became of a move; `linked_in_state` if 1Password didn't keep the link."""

SAID = {
    PLANNED: "would get the link",
    LINKED: "has the link now",
    STATE_ONLY: "has the link now, in the state folder only: the bridge does not store it",
    UNCHANGED: "has the link already",
    FAILED: "did not get the link",
}


def move_values(move: GroupMove, status: str) -> dict[str, Any]:
    """One move as JSON values."""
    return {
        "group": move.pushed.name,
        "scim_id": move.pushed.id,
        "jumpcloud_group": move.wanted.name,
        "jumpcloud_id": move.wanted.id,
        "former_jumpcloud_id": move.former_id or None,
        "status": status,
    }


def move_lines(moves: Sequence[tuple[GroupMove, str]]) -> Iterator[Text]:
    """A line for each move, with what it was linked to before."""
    for move, status in moves:
        pushed, wanted = quoted_name(move.pushed.name), f"{quoted_name(move.wanted.name)} ({move.wanted.id})"
        text = f"1Password group {pushed} ({move.pushed.id}): the JumpCloud group {wanted} {SAID[status]}"
        yield Text(printable(f"{text}; {former(move)}" if status != UNCHANGED else text))


def former(move: GroupMove) -> str:
    """What a 1Password group was linked to."""
    if not move.former_id:
        return "it had no link"
    name = quoted_name(move.former_name) if move.former_name else "a deleted group"
    return f"it was linked to {name} ({move.former_id})"
