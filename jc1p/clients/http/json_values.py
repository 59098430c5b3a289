"""JSON values read without trust: a wrong type is an absent value, never an exception."""

import math
import re
import sys
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any

MOST_BITS = 1024
CHANGES_PATH = re.compile(r"[/\\?#\x00-\x1f\x7f-\x9f]|\A\.{1,2}\Z")
"""Quoting hides most of these, and gateways undo it; it doesn't hide dots."""


def text(value: object) -> str:
    """A string, or a number as text; "" for anything else. Lone surrogates, which no answer could be sent with, go."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    return str(value) if is_number(value) else ""


def is_number(value: object) -> bool:
    """A number that can be written out: no NaN, no infinity (1e999), none of thousands of digits."""
    if isinstance(value, int):
        return not isinstance(value, bool) and value.bit_length() < MOST_BITS
    return isinstance(value, float) and math.isfinite(value)


def shared(value: object) -> str:
    """As `text`, the same object each time: an id comes in half a dozen lists, a name or address from both services."""
    return sys.intern(value if type(value) is str and value.isascii() else text(value))


def id_text(value: object) -> str:
    """An id, the same object each time; "" for one that would change the path of a request, such as "..".

    What it names counts as unreadable, never as absent.
    """
    if type(value) is str and value.isalnum() and value.isascii():
        return sys.intern(value)
    found = shared(value)
    return found if found.isalnum() or not CHANGES_PATH.search(found) else ""


def plain_ids(listed: object, name: str) -> Iterable[str] | None:
    """The ids that objects bear under a name, as `id_text` gives them; None unless all are there and need no care."""
    try:
        found = list(map(itemgetter(name), listed))  # type: ignore[call-overload]
        whole = "".join(found)
    except (TypeError, KeyError):
        return None
    return map(sys.intern, found) if whole.isalnum() and whole.isascii() and all(found) else None


def whole_number(value: object) -> int | None:
    """A number that counts something, as number or text; None for anything else."""
    digits = text(value)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None  # noqa: PLR2004


def items(value: object) -> list[Any]:
    """A list, empty for anything else."""
    return value if isinstance(value, list) else []


def plain_texts(*names: str) -> Callable[[Any], Iterable[str] | None]:
    """Reads these values of an object, shared; None unless all of them are there and are texts that need no care.

    The usual shape of a row, told by three calls into C. None: read it the tolerant way.
    """
    values = itemgetter(*names)

    def read(row: Any) -> Iterable[str] | None:
        try:
            found = values(row)
            whole = "".join(found)
        except (KeyError, TypeError):
            return None
        return map(sys.intern, found) if whole.isascii() or whole.isprintable() else None

    return read
