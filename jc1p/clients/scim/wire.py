"""SCIM resources as the bridge and its kin really send them, parsed tolerantly, and the bodies sent back.

Keys are read without case, ids may be numbers, `active` may be a string, members may be bare strings (facts/
scim-bridge.md 10). Each resource is parsed on its own, so that an odd one never spoils the others.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from jc1p.clients.http.json_values import id_text, items, plain_texts, shared, text, whole_number
from jc1p.core.models import Account, Group, NewAccount

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


ABSENT = object()


class ListPage(NamedTuple):
    """One ListResponse. `total` is None when it was missing or unreadable."""

    resources: list[Any]
    total: int | None


def value(resource: object, name: str) -> Any:
    """An attribute by name without case (RFC 7643 section 2.1), None when absent."""
    if not isinstance(resource, dict):
        return None
    found = resource.get(name, ABSENT)
    if found is not ABSENT:
        return found
    spelled = spellings(tuple(resource)).get(name.lower())
    return None if spelled is None else resource[spelled]


@lru_cache(maxsize=256)
def spellings(keys: tuple[str, ...]) -> Mapping[str, str]:
    """Keys by their lower-case form, the first of each; kept, since the resources of a list have the same ones."""
    return {key.lower(): key for key in reversed(keys)}


def parse_page(body: object) -> ListPage | None:
    """A ListResponse, None when the body isn't one."""
    resources, total = value(body, "Resources"), whole_number(value(body, "totalResults"))
    if isinstance(resources, list):
        return ListPage(resources, total)
    return ListPage([], total) if isinstance(body, Mapping) and resources is None and total is not None else None


def parse_account(resource: object) -> Account | None:
    """A User, None when it has no id. A missing `active` counts as active (facts 10)."""
    id_ = id_text(value(resource, "id"))
    if not id_:
        return None
    user_name, display = usual_account(resource) or tolerant_texts(resource, "userName", "displayName")
    name = value(resource, "name")
    given, family = usual_name(name) or tolerant_texts(name, "givenName", "familyName")
    return Account(
        id_,
        user_name or first_email(value(resource, "emails")),
        display or shared(value(name, "formatted")) or f"{given} {family}".strip(),
        given,
        family,
        parse_active(value(resource, "active")),
        shared(value(resource, "externalId")),
        shared(value(resource, "preferredLanguage")),
    )


usual_account = plain_texts("userName", "displayName")
usual_name = plain_texts("givenName", "familyName")


def tolerant_texts(resource: object, *names: str) -> tuple[str, ...]:
    return tuple(shared(value(resource, name)) for name in names)


def first_email(emails: object) -> str:
    """The primary address, else the first."""
    listed = [each for each in items(emails) if isinstance(each, Mapping)]
    ordered = sorted(listed, key=lambda each: value(each, "primary") is not True)
    return next((address for each in ordered if (address := text(value(each, "value")))), "")


def parse_active(found: object) -> bool:
    """True unless it says no: false, "False", 0 (facts 10)."""
    if found is True:
        return True
    if isinstance(found, str):
        return found.strip().lower() not in {"false", "0", "no"}
    return found is None or bool(found)


def parse_group(resource: object) -> Group | None:
    """A Group, None when it has no id."""
    id_ = id_text(value(resource, "id"))
    if not id_:
        return None
    return Group(
        id=id_,
        name=text(value(resource, "displayName")),
        members=frozenset(reference_ids(value(resource, "members"))),
        external_id=shared(value(resource, "externalId")),
    )


def reference_ids(references: object) -> Iterable[str]:
    """Ids in `members` or `groups`: objects with `value`, or bare strings."""
    for each in items(references):
        if id_ := id_text(each["value"] if type(each) is dict and "value" in each else value(each, "value")) or id_text(
            each
        ):
            yield id_


def has_list(resource: object, name: str) -> bool:
    """True when an attribute is there at all, even empty."""
    return isinstance(value(resource, name), list)


class Row(NamedTuple):
    """One resource of a list: as account or group, the groups that a user's own list names, whether members show."""

    account: Account | None = None
    group: Group | None = None
    groups: tuple[str, ...] = ()
    shows_members: bool = False


def parse_user_row(resource: object) -> Row:
    """A User of a list, with its groups where the bridge shows them (facts 2.1)."""
    return Row(account=parse_account(resource), groups=tuple(reference_ids(value(resource, "groups"))))


def parse_group_row(resource: object) -> Row:
    """A Group of a list."""
    return Row(group=parse_group(resource), shows_members=has_list(resource, "members"))


# --- what is sent -------------------------------------------------------------------------------------------


def new_user(new: NewAccount) -> dict[str, Any]:
    """A create body with exactly the attributes of facts 2.4, and the language where one is wanted."""
    return {
        "schemas": [USER],
        "userName": new.user_name,
        "name": {"givenName": new.given_name, "familyName": new.family_name, "formatted": new.display_name},
        "displayName": new.display_name,
        "emails": [{"value": new.user_name, "type": "work", "primary": True}],
        "externalId": new.external_id,
        "active": True,
        **({"preferredLanguage": new.preferred_language} if new.preferred_language else {}),
    }


def patch(operations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A PatchOp body (RFC 7644 section 3.5.2)."""
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


def replace_op(path: str, to: str | bool) -> dict[str, Any]:  # noqa: FBT001 - the value to send
    return {"op": "replace", "path": path, "value": to}


def add_members_op(ids: Sequence[str]) -> dict[str, Any]:
    return {"op": "add", "path": "members", "value": [{"value": id_} for id_ in ids]}


def remove_member_op(id_: str) -> dict[str, Any]:
    """The filter form: the one that no server takes for "remove everybody" (facts 3.2)."""
    return {"op": "remove", "path": f"members[value eq {json.dumps(id_, ensure_ascii=False)}]"}


def remove_member_by_value_op(id_: str) -> dict[str, Any]:
    """Entra's form, for servers that refuse the filter form."""
    return {"op": "remove", "path": "members", "value": [{"value": id_}]}


def eq_filter(attribute: str, to: str) -> str:
    """`attribute eq "value"` with quotes and backslashes escaped (facts 9)."""
    return f"{attribute} eq {json.dumps(to, ensure_ascii=False)}"
