"""A JSON document written piece by piece: joined, the pieces are what json.dumps would have made of the whole.

json.dumps holds every token of an indented document at once, ten times its length. Where a list is an iterator, its
rows are made as they are written. What becomes of the pieces is up to others.
"""

import json
from collections.abc import Iterator, Mapping
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any

PIECE = 64 * 1024
"""Characters of a piece at least, the last one aside."""


def json_pieces(values: Mapping[str, Any], *, indent: int | None, ensure_ascii: bool) -> Iterator[str]:
    """The document. Lists and objects of the two outermost levels are written element by element."""
    waiting: list[str] = []
    length = 0
    for token in Writer(indent, ensure_ascii=ensure_ascii).tokens(values, "\n", depth=3):
        waiting.append(token)
        length += len(token)
        if length >= PIECE:
            yield "".join(waiting)
            waiting, length = [], 0
    yield "".join(waiting)


class Writer:
    """Writes values as json.dumps does with the same arguments; rows of a list are encoded whole."""

    def __init__(self, indent: int | None, *, ensure_ascii: bool) -> None:
        self.blank = None if indent is None else " " * indent
        self.text = encode_basestring_ascii if ensure_ascii else encode_basestring
        self.compact = json.JSONEncoder(ensure_ascii=ensure_ascii).encode

    def tokens(self, value: Any, line: str, *, depth: int) -> Iterator[str]:
        """Pieces of a value; `line` is the line break with the indentation of where it stands."""
        if not depth or not isinstance(value, Mapping | list | tuple | Iterator):
            yield self.encoded(value, line)
            return
        is_object = isinstance(value, Mapping)
        start, end = "{}" if is_object else "[]"
        inner = "" if self.blank is None else line + self.blank
        before, between = start + inner, ", " if self.blank is None else "," + inner
        entries = (
            ((f"{self.key(key)}: ", each) for key, each in value.items())
            if isinstance(value, Mapping)
            else (("", each) for each in value)
        )
        for name, each in entries:
            yield before + name
            yield from self.tokens(each, inner, depth=depth - 1 if is_object else 0)
            before = between
        yield start + end if before is not between else (line if self.blank is not None else "") + end

    def key(self, key: Any) -> str:
        """A key, which is a text nearly always."""
        return self.text(key) if type(key) is str else self.compact({key: 0})[1:-4]

    def encoded(self, value: Any, line: str) -> str:
        """A value whole. The most frequent types first; what none of them is goes to json itself."""
        if self.blank is None:
            return self.compact(value)
        if type(value) is str:
            return self.text(value)
        kind: type = type(value)
        if kind is dict and value:
            inner = line + self.blank
            lines = [f"{self.key(key)}: {self.encoded(each, inner)}" for key, each in value.items()]
            return f"{{{inner}{f',{inner}'.join(lines)}{line}}}"
        if (kind is list or kind is tuple) and value:
            inner = line + self.blank
            return f"[{inner}{f',{inner}'.join([self.encoded(each, inner) for each in value])}{line}]"
        return CONSTANTS[value] if value is None or kind is bool else self.compact(value)


CONSTANTS = {None: "null", True: "true", False: "false"}
