"""Rows of large pages are read from bytes, with the same result as the tolerant way, whatever they contain."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.odd import contents, odd, text_of, values

from jc1p.clients.http.large_pages import parse_bytes, read_row, split_page
from jc1p.clients.http.responses import loads
from jc1p.clients.jumpcloud import usual_rows as jumpcloud_rows
from jc1p.clients.jumpcloud.parse import (
    id_of,
    parse_group,
    parse_path,
    parse_person,
    says_state,
    target_id,
    target_type,
)
from jc1p.clients.scim import usual_rows as scim_rows
from jc1p.clients.scim import wire
from jc1p.errors import BadResponse

ACCOUNT = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "AB", "externalId": "5f", "active": False,
    "userName": "änn@example.com", "displayName": "Ann", "name": {"givenName": "Ann", "familyName": "E"},
    "emails": [{"value": "a@b.c", "primary": True}], "groups": [{"value": "G"}], "preferredLanguage": "de",
    "meta": {"resourceType": "User"}, "title": "Boss", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {},
}  # fmt: skip
GROUP = {"id": "G", "displayName": "Eng", "members": [{"value": "AB", "display": "Ann"}], "externalId": None}
PERSON = {
    "_id": "5f", "id": "5f", "email": " ann@example.com", "username": "ann", "firstname": "Ann", "lastname": None,
    "displayname": "Ann \x7f", "state": "SUSPENDED", "suspended": True, "activated": True, "alternateEmail": "x@y.z",
    "recoveryEmail": {"address": "r@y.z", "verified": False}, "password_expired": True,
}  # fmt: skip
ACCESS = {"id": "5f", "type": "user", "paths": [
    [{"from": None, "to": {"id": "6a", "type": "user_group"}}, {"to": {"id": "7b", "type": "application"}}],
    [{"to": {"id": "7b", "type": "application"}}], [],
]}  # fmt: skip
EDGE = {"to": {"id": "6a", "type": "user"}, "attributes": None}
NAMED = {"id": "6a", "name": "Eng", "type": "user_group"}
USUAL: list[dict[str, Any]] = [ACCOUNT, GROUP, PERSON, ACCESS, EDGE, NAMED]
KEYS = sorted({key for row in USUAL for key in row} | {"value", "to", "USERNAME", "Id", "_id", "Members"})

NO_FIELDS: frozenset[str] = frozenset()


def tolerant_person(row: Any) -> object:
    return (id_of(row), parse_person(row, NO_FIELDS)) if says_state(row) else None


def tolerant_access(row: Any) -> object:
    return id_of(row), parse_path(row)


def tolerant_group(row: Any) -> object:
    return id_of(row), parse_group(id_of(row), row)


def tolerant_target(row: Any) -> object:
    return target_id(row), target_type(row)


READERS: dict[str, tuple[dict[str, Any], Callable[[bytes], object], Callable[[Any], object]]] = {
    "accounts": (ACCOUNT, scim_rows.usual_account, wire.parse_user_row),
    "groups of the bridge": (GROUP, scim_rows.usual_group, wire.parse_group_row),
    "users": (PERSON, jumpcloud_rows.usual_person, tolerant_person),
    "users with access": (ACCESS, jumpcloud_rows.usual_path, tolerant_access),
    "user groups": (NAMED, jumpcloud_rows.usual_group, tolerant_group),
    "members": (EDGE, jumpcloud_rows.usual_target, tolerant_target),
}
EFFORT = settings(deadline=None, suppress_health_check=list(HealthCheck))


def read_if_usual(row: bytes, usual: Callable[[bytes], object]) -> object:
    """A row by a reader of usual rows; None where the tolerant one is asked."""
    try:
        (found,) = parse_bytes([row], usual, lambda _: None, "x")
    except BadResponse:
        return None
    return found


@pytest.mark.parametrize("kind", READERS)
def test_a_usual_row_is_read_from_its_bytes(kind: str) -> None:
    row, usual, tolerant = READERS[kind]
    found = read_if_usual(json.dumps(row).encode(), usual)
    assert found is not None
    assert found == tolerant(row)


@pytest.mark.parametrize("kind", READERS)
def test_bytes_are_read_like_json_or_left_to_it(kind: str) -> None:
    usual_row, usual, tolerant = READERS[kind]

    @EFFORT
    @given(odd([usual_row]) | odd(USUAL) | values(KEYS))
    def check(body: object) -> None:
        content = text_of(body).encode("utf-8", "surrogatepass")
        row = loads(content)
        if (found := read_if_usual(content, usual)) is not None:
            assert isinstance(row, dict)
            assert found == tolerant(row)

    check()


@EFFORT
@given(contents | (odd(USUAL) | st.lists(odd(USUAL), max_size=4)).map(lambda body: text_of(body).encode()))
@example(b'{"results": [{"id": "\xff"}], "totalCount": 1}')
@example(b'[{"id": "\xff"}]')
@example(b'{"Resources": [1], "resources": [2], "totalResults": 1}')
@example(b'{"Resources": [1], "totalresults": 1}')
@example(b'{"results": [1], "Resources": [2], "totalResults": 3}')
@example(b'\xef\xbb\xbf{"results": [1]}')
@example(b'{"results": [NaN, {"id": "\\ud800"}], "totalCount": "1"}')
@example(b'{"results": [], "results": [1]}')
def test_a_page_is_split_into_the_same_rows(content: bytes) -> None:
    assert lists_of(whole(split_page(content))) == lists_of(loads(content))


def whole(page: Any) -> Any:
    """A page with its rows read."""
    if isinstance(page, list):
        return [read_row(row, "x") if isinstance(row, bytes) else row for row in page]
    return {key: whole(value) if isinstance(value, list) else value for key, value in page.items()} if isinstance(
        page, dict
    ) else page  # fmt: skip


def lists_of(body: Any) -> object:
    """What the clients read of a page, as text, since NaN isn't equal to itself."""
    if not isinstance(body, dict):
        return repr(body)
    listed = wire.parse_page(body)
    return repr((body.get("results"), body.get("totalCount"), listed))


def test_rows_of_the_usual_pages_stay_bytes() -> None:
    v1 = split_page(b'{"totalCount": 1, "results": [{"id": "a"}], "more": {}}')
    assert v1 == {"results": [b'{"id": "a"}'], "totalCount": 1}
    scim = split_page(b'{"schemas": ["x"], "totalResults": 2, "Resources": [{"id": "a"}, null]}')
    assert scim == {"Resources": [b'{"id": "a"}', b"null"], "totalResults": 2}
    assert split_page(b'[{"id": "a"}]') == [b'{"id": "a"}']


@pytest.mark.parametrize("cut", [b"", b"\xc3", b"\xff"])
def test_bytes_that_are_not_utf8_are_found_anywhere_in_a_page(cut: bytes) -> None:
    """A page of several pieces, whose letters of two bytes lie across them."""
    page = b'[{"id": "a' + "ä".encode() * 100_000 + cut + b'"}]'
    assert (split_page(page) is None) is bool(cut)
    assert (split_page(page) is None) is (loads(page) is None)


def test_a_row_that_python_cannot_read_is_an_error() -> None:
    (row,) = split_page(b'[{"id": ' + b"1" * 5000 + b"}]")
    with pytest.raises(BadResponse, match="JumpCloud: a row of a list is invalid JSON"):
        read_row(row, "JumpCloud")
