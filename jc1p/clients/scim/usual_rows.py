"""Reads the bridge's rows from bytes if they are as usual: the same values as wire.py, for a fraction of the work.

For every other row the functions return None or raise REFUSED (large_pages.py), and wire.py reads it. A key that RFC
7643 doesn't have could be another spelling of one that is read here, so a row with such a key isn't usual. Tests
compare both for generated rows.
"""

from collections.abc import Sequence
from sys import intern

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from jc1p.clients.http.json_values import id_text
from jc1p.clients.scim.wire import Row
from jc1p.core.id_set import IdSet
from jc1p.core.models import Account, Group

Ignored = Raw | UnsetType


class _Name(Struct, gc=False):
    givenName: str  # noqa: N815 - SCIM's name, as all below
    familyName: str  # noqa: N815


class _Reference(Struct, gc=False):
    value: str


class _Resource(Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    id: str
    displayName: str  # noqa: N815
    externalId: str | None = None  # noqa: N815
    schemas: Ignored = UNSET
    meta: Ignored = UNSET


EXTENSION = {"enterprise": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"}


class _Account(_Resource, kw_only=True, gc=False, rename=EXTENSION):
    userName: str  # noqa: N815
    name: _Name
    active: bool = True
    preferredLanguage: str | None = None  # noqa: N815
    groups: list[_Reference] = []
    emails: Ignored = UNSET
    nickName: Ignored = UNSET  # noqa: N815
    profileUrl: Ignored = UNSET  # noqa: N815
    title: Ignored = UNSET
    userType: Ignored = UNSET  # noqa: N815
    locale: Ignored = UNSET
    timezone: Ignored = UNSET
    phoneNumbers: Ignored = UNSET  # noqa: N815
    ims: Ignored = UNSET
    photos: Ignored = UNSET
    addresses: Ignored = UNSET
    entitlements: Ignored = UNSET
    roles: Ignored = UNSET
    x509Certificates: Ignored = UNSET  # noqa: N815
    enterprise: Ignored = UNSET


class _AccountGroup(_Resource, kw_only=True, gc=False):
    members: list[_Reference] | UnsetType = UNSET


_user = msgspec.json.Decoder(_Account).decode
_group = msgspec.json.Decoder(_AccountGroup).decode


def usual_account(row: bytes) -> Row | None:
    """A User of a list, with both names, and its groups if the bridge shows them."""
    user = _user(row)
    id_, groups = id_text(user.id), _ids(user.groups)
    if not id_ or not user.userName or not user.displayName or groups is None:
        return None
    return Row(
        Account(
            id_,
            intern(user.userName),
            intern(user.displayName),
            intern(user.name.givenName),
            intern(user.name.familyName),
            user.active,
            intern(user.externalId or ""),
            intern(user.preferredLanguage or ""),
        ),
        groups=tuple(groups),
    )


def usual_group(row: bytes) -> Row | None:
    """A Group of a list, with its members if the bridge shows them."""
    group = _group(row)
    is_shown = group.members is not UNSET
    id_, members = id_text(group.id), _ids(group.members or ())
    if not id_ or members is None:
        return None
    return Row(
        group=Group(id_, group.displayName, IdSet(members), intern(group.externalId or "")), shows_members=is_shown
    )


def _ids(references: Sequence[_Reference]) -> list[str] | None:
    """The ids of references, shared; None unless all are there and need no special care."""
    found = [each.value for each in references]
    if not found:
        return found
    whole = "".join(found)
    return list(map(intern, found)) if whole.isalnum() and whole.isascii() and all(found) else None
