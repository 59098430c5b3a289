"""Splits large pages of lists into rows that stay bytes, so that a page of thousands takes little memory.

msgspec splits and reads what is as usual, and nothing else: what it refuses is read by json, like small pages. It is
stricter than json except for bytes that aren't UTF-8, which are looked for here (ADR 35).
"""

import codecs
import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, MsgspecError, Raw, Struct, UnsetType

from jc1p.clients.http.responses import loads
from jc1p.errors import BadResponse

Parsed = TypeVar("Parsed")

REFUSED = (MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises when it can't read something; json decides then."""


class _Lists(Struct):
    """The objects that lists come in: JumpCloud's v1, or a ListResponse (RFC 7644 section 3.4.2)."""

    results: list[Raw] | UnsetType = UNSET
    totalCount: Raw | UnsetType = UNSET  # noqa: N815 - JumpCloud's name
    Resources: list[Raw] | UnsetType = UNSET
    totalResults: Raw | UnsetType = UNSET  # noqa: N815 - SCIM's name


_SPLIT = msgspec.json.Decoder(list[Raw] | _Lists).decode
_READ = msgspec.json.Decoder().decode


def split_page(content: bytes) -> Any:
    """The same as `loads`, but rows are bytes if the page has one of the usual forms."""
    try:
        found = _SPLIT(content)
        check_utf8(content)
    except REFUSED:
        return loads(content)
    if isinstance(found, list):
        return list(map(bytes, found))
    v1, scim = found.results is not UNSET, found.Resources is not UNSET
    if v1 and not scim:
        return {"results": list(map(bytes, found.results)), "totalCount": _total(found.totalCount)}
    if scim and not v1 and found.totalResults is not UNSET:
        return {"Resources": list(map(bytes, found.Resources)), "totalResults": _total(found.totalResults)}
    return loads(content)


def check_utf8(content: bytes) -> None:
    """Look for bytes that aren't UTF-8, in pieces: the text of a whole page would take twice its size.

    Raises:
        UnicodeDecodeError: there are some.
    """
    decode, piece = codecs.getincrementaldecoder("utf-8")().decode, 64 * 1024
    for start in range(0, 0 if content.isascii() else len(content), piece):
        decode(content[start : start + piece], final=start + piece >= len(content))


def _total(value: Raw | UnsetType) -> Any:
    return None if isinstance(value, UnsetType) else loads(bytes(value))


def parse_bytes(
    rows: Iterable[object], usual: Callable[[bytes], Parsed | None], tolerant: Callable[[Any], Parsed], service: str
) -> Iterable[Parsed]:  # fmt: skip
    """The rows of a large page, those as usual read by `usual`. It returns None, or raises REFUSED, for the others.

    Raises:
        BadResponse: a row can't be read. Such a row is never absent.
    """
    for row in rows:
        if not isinstance(row, bytes):
            yield tolerant(row)
            continue
        try:
            found = usual(row)
        except REFUSED:
            found = None
        yield found or tolerant(read_row(row, service))


def read_row(row: bytes, service: str) -> Any:
    """A row with all its values.

    Raises:
        BadResponse: Python can't read it, such as a number of 5,000 digits.
    """
    try:
        return _READ(row)
    except REFUSED:
        try:
            return json.loads(row)
        except (ValueError, RecursionError):
            raise BadResponse(f"{service}: a row of a list is invalid JSON", service=service) from None
