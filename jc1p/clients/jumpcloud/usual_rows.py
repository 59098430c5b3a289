"""Reads JumpCloud's rows from bytes if they are as usual: the same values as parse.py, for a fraction of the work.

For every other row the functions return None or raise REFUSED (large_pages.py), and parse.py reads it. Tests compare
both for generated rows.
"""

from sys import intern
from typing import TypeVar

import msgspec
from msgspec import Struct

from jc1p.clients.http.json_values import id_text
from jc1p.clients.jumpcloud.parse import Path, alternatives, state_from
from jc1p.core.folding import tidy
from jc1p.core.models import NO_FIELDS, Group, Person

Row = TypeVar("Row")
Found = tuple[str, Row] | None
"""A row with its id."""


class _Address(Struct, gc=False):
    address: str | None = None


class _User(Struct, gc=False):
    _id: str | None = None
    id: str | None = None
    email: str | None = None
    username: str | None = None
    firstname: str | None = None
    lastname: str | None = None
    displayname: str | None = None
    state: str | None = None
    suspended: bool | None = None
    activated: bool | None = None
    alternateEmail: str | None = None  # noqa: N815 - JumpCloud's name
    recoveryEmail: _Address | None = None  # noqa: N815 - JumpCloud's name
    password_expired: bool | None = None


class _Named(Struct, gc=False):
    id: str
    name: str
    _id: str | None = None


class _Object(Struct, gc=False):
    id: str
    type: str | None = None


class _Edge(Struct, gc=False):
    to: _Object


class _Access(Struct, gc=False):
    id: str
    _id: str | None = None
    type: str = "user"
    paths: list[list[_Edge]] = []


_user = msgspec.json.Decoder(_User).decode
_named = msgspec.json.Decoder(_Named).decode
_edge = msgspec.json.Decoder(_Edge).decode
_access = msgspec.json.Decoder(_Access).decode


def _own_id(row: _User | _Named | _Access) -> str:
    """As `parse.id_of`: `_id` of v1, `id` of v2."""
    return id_text(row._id or "") or id_text(row.id or "")  # noqa: SLF001 - JumpCloud's name


def usual_person(row: bytes) -> Found[Person]:
    """A user who has a state, without further fields."""
    user = _user(row)
    id_ = _own_id(user)
    if not id_ or (not user.state and user.suspended is None):
        return None
    recovery = user.recoveryEmail
    return id_, Person(
        id_,
        intern((user.email or "").strip()),
        intern(user.username or ""),
        intern(user.firstname or ""),
        intern(user.lastname or ""),
        intern(user.displayname or ""),
        state_from(user.state, user.suspended, user.activated),
        alternatives(user.alternateEmail, recovery and recovery.address),
        user.password_expired,
        NO_FIELDS,
    )


def usual_path(row: bytes) -> Found[Path]:
    """A user with access to the application."""
    access = _access(row)
    id_ = _own_id(access)
    if not id_ or access.type != "user":
        return None
    direct, through = False, []
    for path in access.paths:
        if len(path) == 1:
            direct = True
        elif path and (group_id := id_text(path[0].to.id)):
            through.append(group_id)
    return id_, Path(direct, tuple(through))


def usual_target(row: bytes) -> Found[str]:
    """The far end of an edge, with its type."""
    to = _edge(row).to
    id_ = id_text(to.id)
    return (id_, to.type or "") if id_ else None


def usual_group(row: bytes) -> Found[Group]:
    """A user group with a name."""
    group = _named(row)
    id_ = _own_id(group)
    return (id_, Group(id_, group.name)) if id_ and tidy(group.name) else None
