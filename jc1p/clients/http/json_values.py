"""Reads JSON values without trust: a value of the wrong type counts as absent and never raises an exception."""

import math
import re
import sys
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any

MOST_BITS = 1024
CHANGES_PATH = re.compile(r"[/\\?#\x00-\x1f\x7f-\x9f]|\A\.{1,2}\Z")
"""Quoting hides most of these, but gateways undo it, and it doesn't hide dots."""


def text(value: object) -> str:
    """A string, or a number as text; "" for anything else. Lone surrogates, which can't be encoded, are removed."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    return str(value) if is_number(value) else ""


def is_number(value: object) -> bool:
    """A number that can be written as text: not NaN, not infinity (1e999), not thousands of digits long."""
    if isinstance(value, int):
        return not isinstance(value, bool) and value.bit_length() < MOST_BITS
    return isinstance(value, float) and math.isfinite(value)


def shared(value: object) -> str:
    """Like `text`, but one shared object per value: an id is in several lists, a name or address in both services."""
    return sys.intern(value if type(value) is str and value.isascii() else text(value))


def id_text(value: object) -> str:
    """An id as a shared object; "" for one that would change the path of a request, such as "..".

    What such an id names counts as unreadable, never as absent.
    """
    if type(value) is str and value.isalnum() and value.isascii():
        return sys.intern(value)
    found = shared(value)
    return found if found.isalnum() or not CHANGES_PATH.search(found) else ""


def is_same_id(shown: str, wanted: str) -> bool:
    """Whether an answer is about the resource that was asked for; servers may write an id in another case."""
    return shown == wanted or shown.lower() == wanted.lower()


def plain_ids(listed: object, name: str) -> Iterable[str] | None:
    """The ids of objects under a name, as from `id_text`; None unless all are there and need no special care."""
    try:
        found = list(map(itemgetter(name), listed))  # type: ignore[call-overload]
        whole = "".join(found)
    except (TypeError, KeyError):
        return None
    return map(sys.intern, found) if whole.isalnum() and whole.isascii() and all(found) else None


def whole_number(value: object) -> int | None:
    """A count, as number or text; None for anything else."""
    digits = text(value)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else None  # noqa: PLR2004


TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def truth(value: object) -> bool | None:
    """A boolean, also written as number or text; None for anything else."""
    if isinstance(value, bool | int | float):
        return bool(value)
    return TRUTHS.get(value.strip().lower()) if isinstance(value, str) else None


def items(value: object) -> list[Any]:
    """A list, empty for anything else."""
    return value if isinstance(value, list) else []


def plain_texts(*names: str) -> Callable[[Any], Iterable[str] | None]:
    """Reads these values of an object, shared; None unless all of them are plain texts.

    This is a fast path of three C calls for the usual row. After None, the caller reads the row the tolerant way.
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
