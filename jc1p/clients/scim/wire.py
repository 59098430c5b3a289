"""SCIM resources as real bridges and similar servers send them, parsed tolerantly, and the bodies that jc1p sends.

Keys are read without case, ids may be numbers, `active` may be a string, members may be bare strings
(facts/scim-bridge.md 10). Each resource is parsed separately, so that an invalid one doesn't affect the others.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

from jc1p.clients.http.json_values import (  # fmt: skip
    id_text,
    is_same_id,
    items,
    plain_ids,
    plain_texts,
    shared,
    text,
    truth,
    whole_number,
)
from jc1p.core.id_set import IdSet
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
    """Keys by their lower-case form, the first of each; cached, since the resources of a list have the same keys."""
    return {key.lower(): key for key in reversed(keys)}


def reader(resource: object) -> Callable[[str], Any]:
    """`value` of one resource: a plain dictionary lookup if its keys have the usual spelling, as nearly all do."""
    if type(resource) is dict and (resource.keys() <= OFTEN_THERE or is_spelled_as_usual(tuple(resource))):
        return resource.get
    return partial(value, resource)


USUAL = {
    name.lower(): name
    for name in ("id", "externalId", "userName", "displayName", "name", "emails", "active", "preferredLanguage",
                 "groups", "members")
}  # fmt: skip


OFTEN_THERE = frozenset({*USUAL.values(), "schemas", "meta"})
"""Keys of the usual resource: where there are no others, the spelling of none of them has to be looked at."""


@lru_cache(maxsize=256)
def is_spelled_as_usual(keys: tuple[object, ...]) -> bool:
    """Whether none of these keys is another spelling of a key that is read here."""
    return all(isinstance(key, str) and USUAL.get(key.lower(), key) == key for key in keys)


def parse_page(body: object) -> ListPage | None:
    """A ListResponse, None when the body isn't one."""
    resources, total = value(body, "Resources"), whole_number(value(body, "totalResults"))
    if isinstance(resources, list):
        return ListPage(resources, total)
    return ListPage([], total) if isinstance(body, Mapping) and resources is None and total is not None else None


def is_about(resource: object, id_: str) -> bool:
    """False for a resource with the id of another one. Without an id it isn't known."""
    shown = id_text(value(resource, "id"))
    return not shown or is_same_id(shown, id_)


def parse_account(resource: object) -> Account | None:
    """A User, None when it has no id. A missing `active` counts as active (facts 10)."""
    return account_of(resource, reader(resource))


def account_of(resource: object, read: Callable[[str], Any]) -> Account | None:
    id_ = id_text(read("id"))
    if not id_:
        return None
    user_name, display, external_id = account_texts(resource) or tolerant_texts(resource, *ACCOUNT_TEXTS)
    name = read("name")
    given, family = name_texts(name) or tolerant_texts(name, "givenName", "familyName")
    language = read("preferredLanguage")
    return Account(
        id_,
        user_name or first_email(read("emails")),
        display or shared(value(name, "formatted")) or f"{given} {family}".strip(),
        given,
        family,
        parse_active(read("active")),
        external_id,
        "" if language is None else shared(language),
    )


ACCOUNT_TEXTS = ("userName", "displayName", "externalId")
account_texts = plain_texts(*ACCOUNT_TEXTS)
name_texts = plain_texts("givenName", "familyName")


def tolerant_texts(resource: object, *names: str) -> tuple[str, ...]:
    return tuple(shared(value(resource, name)) for name in names)


def first_email(emails: object) -> str:
    """The primary address, else the first."""
    listed = [each for each in items(emails) if isinstance(each, Mapping)]
    ordered = sorted(listed, key=lambda each: value(each, "primary") is not True)
    return next((address for each in ordered if (address := text(value(each, "value")))), "")


def parse_active(found: object) -> bool:
    """True unless the value means no: false, "False", 0 (facts 10). Anything else says nothing, as a missing one."""
    return found is True or truth(found) is not False


def parse_group(resource: object) -> Group | None:
    """A Group, None when it has no id."""
    read = reader(resource)
    id_ = id_text(read("id"))
    if not id_:
        return None
    return Group(
        id_, text(read("displayName")), IdSet(reference_ids(read("members"))), shared(read("externalId"))
    )  # fmt: skip


def reference_ids(references: object) -> Iterable[str]:
    """Ids in `members` or `groups`: objects with `value`, or bare strings."""
    if not references:
        return ()
    return plain_ids(references, "value") or filter(None, map(reference_id, items(references)))


def reference_id(reference: object) -> str:
    named = reference["value"] if type(reference) is dict and "value" in reference else value(reference, "value")
    return id_text(named) or id_text(reference)


def has_list(resource: object, name: str) -> bool:
    """True when an attribute exists, even empty."""
    return isinstance(value(resource, name), list)


class Row(NamedTuple):
    """One resource of a list: account or group, the groups on a user's own resource, whether members show."""

    account: Account | None = None
    group: Group | None = None
    groups: tuple[str, ...] = ()
    shows_members: bool = False

    @property
    def id(self) -> str:
        """The id of the resource, "" if it has none."""
        found = self.account or self.group
        return found.id if found else ""


def parse_user_row(resource: object) -> Row:
    """A User of a list, with its groups if the bridge shows them (facts 2.1)."""
    read = reader(resource)
    groups = read("groups")
    return Row(account_of(resource, read), None, tuple(reference_ids(groups)) if groups else ())


def parse_group_row(resource: object) -> Row:
    """A Group of a list."""
    return Row(group=parse_group(resource), shows_members=has_list(resource, "members"))


# --- what is sent -------------------------------------------------------------------------------------------


def new_user(new: NewAccount) -> dict[str, Any]:
    """A create body with exactly the attributes of facts 2.4, and the language if one is wanted."""
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
    """The filter form: the one that no server reads as "remove all members" (facts 3.2)."""
    return {"op": "remove", "path": f"members[value eq {json.dumps(id_, ensure_ascii=False)}]"}


def remove_member_by_value_op(id_: str) -> dict[str, Any]:
    """Entra's form, for servers that refuse the filter form."""
    return {"op": "remove", "path": "members", "value": [{"value": id_}]}


def eq_filter(attribute: str, to: str) -> str:
    """`attribute eq "value"` with quotes and backslashes escaped (facts 9)."""
    return f"{attribute} eq {json.dumps(to, ensure_ascii=False)}"
