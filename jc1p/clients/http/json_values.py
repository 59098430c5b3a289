"""JSON values read without trust: a wrong type is an absent value, never an exception."""

import sys
from typing import Any


def text(value: object) -> str:
    """A string, or a number as text; "" for anything else. Lone surrogates, which no answer could be sent with, go."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def shared(value: object) -> str:
    """As `text`, the same object each time: an id comes in half a dozen lists, a name or address from both services."""
    return sys.intern(text(value))


def whole_number(value: object) -> int | None:
    """A number that counts something, as number or text; None for anything else."""
    digits = text(value)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None  # noqa: PLR2004


def items(value: object) -> list[Any]:
    """A list, empty for anything else."""
    return value if isinstance(value, list) else []
