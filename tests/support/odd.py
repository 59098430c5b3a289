"""Unexpected answers and files, drawn by hypothesis: JSON of any shape, and records with unusual parts."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

WORDS = (
    "",
    ".",
    "..",
    "../../Users",
    "a/b",
    "a?b",
    "\x00",
    "\ud800",
    "1e999",
    "NaN",
    "null",
    "true",
    "on",
    "no",
    "9" * 400,
    "2026-11-24T12:00:00+00:00",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-11-24",
    "ann@example.com",
    "A" * 5000,
    "<" * 500,
    "sync",
    "applied",
    "unknown",
    "user",
    "user_group",
    "SUSPENDED",
    "create_user",
    "suspend_user",
    "add_members",
    "remove_members",
    "rename_group",
    "run",
    "intent",
    "result",
    "end",
    "followed",
    "jc1p",
    "\u202e",
    "[]",
)

scalars = (
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=8)
    | st.sampled_from(WORDS) | st.sampled_from([0, 1, -1, 10**400, 2**63, float("inf"), float("nan")])
)  # fmt: skip


def values(names: Sequence[str] = ("id",)) -> st.SearchStrategy[Any]:
    """JSON of any shape; objects have these keys more often than others."""
    keys = st.sampled_from(list(names)) | st.text(max_size=4)
    return st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6), max_leaves=12
    )


def odd(records: Sequence[Mapping[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """One of these records with a few values replaced by anything, or left out."""
    names = sorted({name for record in records for name in record})
    anything = values(names)

    @st.composite
    def spoilt(draw: st.DrawFn) -> dict[str, Any]:
        record = dict(draw(st.sampled_from(list(records))))
        for name in draw(st.sets(st.sampled_from(sorted(record)), max_size=3)):
            if draw(st.booleans()) or draw(st.booleans()):
                record[name] = draw(anything)
            else:
                del record[name]
        return record

    return spoilt()


def text_of(value: object) -> str:
    """As JSON, with Python's NaN and infinities; half of a surrogate pair is escaped."""
    return json.dumps(value)


DEEP = "[" * 100_000

contents = (
    st.binary(max_size=60)
    | st.sampled_from(
        [b"", b"\xff\xfe", b"\x00" * 9, DEEP.encode(), b'{"a":' * 50_000, b"9" * 5000, b"[" + b"9" * 400 + b"]"]
    )
    | values().map(lambda value: text_of(value).encode())
)
"""The bytes of a file or a body."""
