"""A document in pieces is, joined, what json.dumps makes of it."""

import json
from collections.abc import Iterator
from enum import IntEnum, StrEnum
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jc1p.runtime.json_pieces import PIECE, json_pieces


class Word(StrEnum):
    """A word."""

    ONE = "one"


class Number(IntEnum):
    """A number."""

    TWO = 2


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([Word.ONE, Number.TWO]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=25,
)


@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), st.sampled_from([None, 1, 2]), st.booleans())
@example({"a": [], "b": {}, "c": [{}], "d": [[]], "e": {"f": {"g": {"h": [{"i": ()}]}}}}, 2, True)
@example({"a": '\u2028 ő \x7f "', "b": float("nan"), "c": Number.TWO, "d": {"e": [Word.ONE]}}, None, False)
def test_joined_pieces_are_the_whole_document(values: dict[str, Any], indent: int | None, ascii_: bool) -> None:
    whole = json.dumps(values, indent=indent, ensure_ascii=ascii_)
    assert "".join(json_pieces(values, indent=indent, ensure_ascii=ascii_)) == whole


@pytest.mark.parametrize("indent", [None, 2])
def test_rows_are_made_as_they_are_written(indent: int | None) -> None:
    made = 0

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal made
        for made in range(1, 10_001):
            yield {"email": f"person.{made}@example.com", "groups": ["a", "b"]}

    pieces = json_pieces({"rows": rows(), "none": iter(()), "more": 1}, indent=indent, ensure_ascii=False)
    first = next(pieces)
    assert made < 2_000
    rest = list(pieces)
    assert max(map(len, [first, *rest])) < PIECE + 1_000
    assert "".join([first, *rest]) == json.dumps({"rows": list(rows()), "none": [], "more": 1}, indent=indent)


def test_what_json_cannot_say_is_no_document() -> None:
    with pytest.raises(TypeError):
        list(json_pieces({"a": [object()]}, indent=2, ensure_ascii=False))
