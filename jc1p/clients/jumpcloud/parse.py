"""Parses JumpCloud's rows into models: users, edges of the graph, applications. Tolerant, and independent of HTTP.

Every field but the id may be missing or null (facts/jumpcloud-api.md 4.4, 5.3 and 6).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from jc1p.clients.http.json_values import id_text, items, plain_texts, shared, text, truth
from jc1p.core.folding import fold, tidy
from jc1p.core.id_set import IdSet
from jc1p.core.models import NO_FIELDS, Group, Person, PersonState

FIELDS = ("username", "email", "firstname", "lastname", "displayname", "state", "suspended", "activated",
          "alternateEmail", "recoveryEmail", "password_expired")  # fmt: skip
"""The fields that are always requested for a user."""


def fields_asked(extra_fields: frozenset[str]) -> str:
    """The fields to request for each user: those always needed and those used beyond them."""
    asked = {name.partition(".")[0] for name in extra_fields}
    return " ".join([*FIELDS, *sorted(asked - set(FIELDS))])


CUSTOM = "attributes."


def id_of(row: Mapping[str, Any]) -> str:
    """`_id` of v1, `id` of v2."""
    found = row.get("_id")
    return (id_text(found) if found is not None else "") or id_text(row.get("id"))


def target_id(row: Mapping[str, Any]) -> str:
    """The id at the far end of a GraphConnection, "" for a dangling one."""
    to = row.get("to")
    return id_text(to.get("id")) if isinstance(to, dict) else ""


def target_type(row: Mapping[str, Any]) -> str:
    to = row.get("to")
    return text(to.get("type")) if isinstance(to, dict) else ""


class Path(NamedTuple):
    """How a person or a group has the application: directly, through groups, or (neither) unknown."""

    direct: bool
    through: tuple[str, ...]


class Access(NamedTuple):
    """Who has access to an application: directly, through which group, or (`unexplained`) without a known path."""

    direct: frozenset[str]
    members: Mapping[str, AbstractSet[str]]
    unexplained: frozenset[str]


def parse_path(row: Mapping[str, Any]) -> Path | None:
    """The path of a row of the application's users; None if this is not a user."""
    return path_of(row) if row.get("type", "user") == "user" else None


def path_of(row: Mapping[str, Any]) -> Path:
    """One hop is a direct assignment, two hops go through a group (facts 6.2), from either end."""
    direct, through, paths = False, [], row.get("paths")
    for path in paths if isinstance(paths, list) else ():
        if not isinstance(path, list):
            continue
        if len(path) == 1:
            direct = True
        elif path and isinstance(path[0], dict) and (group_id := target_id(path[0])):
            through.append(group_id)
    return Path(direct, tuple(through))


def access_by_path(paths: Mapping[str, Path | None]) -> Access:
    """The access of all people, by person id."""
    members: dict[str, list[str]] = defaultdict(list)
    users = {person_id: path for person_id, path in paths.items() if path}
    for person_id, path in users.items():
        for group_id in path.through:
            members[group_id].append(person_id)
    direct = frozenset(id_ for id_, path in users.items() if path.direct)
    unexplained = frozenset(id_ for id_, path in users.items() if not path.direct and not path.through)
    by_group = {group_id: IdSet(members.pop(group_id)) for group_id in list(members)}
    return Access(direct, by_group, unexplained)


ACTIVATED = PersonState.ACTIVATED
PERSON_TEXTS = ("email", "username", "firstname", "lastname", "displayname")
person_texts = plain_texts(*PERSON_TEXTS)


def parse_person(row: Mapping[str, Any], extra_fields: frozenset[str], id_: str = "") -> Person:
    """A system user of either list (facts 4.4); every field but the id may be missing or null. `id_`, where known."""
    texts = person_texts(row) or tuple(shared(row.get(name)) for name in PERSON_TEXTS)
    email, username, firstname, lastname, displayname = texts
    extra = parse_extra(row, extra_fields) if extra_fields else NO_FIELDS
    expired = row.get("password_expired")
    stripped = email.strip()
    return Person(
        id_ or id_of(row), email if stripped is email else shared(stripped), username, firstname, lastname, displayname,
        parse_state(row), other_emails(row), expired if isinstance(expired, bool) else None, extra,
    )  # fmt: skip


def other_emails(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The alternate and the recovery address, if they exist."""
    recovery = row.get("recoveryEmail")
    return alternatives(row.get("alternateEmail"), recovery.get("address") if isinstance(recovery, dict) else None)


def alternatives(alternate: object, address: object) -> tuple[str, ...]:
    """The texts among the two addresses."""
    if not alternate and not address:
        return ()
    return tuple(filter(None, map(text, (alternate, address))))


def parse_group(id_: str, row: Mapping[str, Any]) -> Group:
    """A user group without its members. Without a name it has its id as name, and no 1Password group gets that name."""
    name = text(row.get("name"))
    return Group(id_, name if tidy(name) else id_)


def parse_state(row: Mapping[str, Any]) -> PersonState:
    return state_from(row.get("state"), row.get("suspended"), row.get("activated"))


def state_from(said: object, suspended: object, activated: object) -> PersonState:
    """From `state` and the older `suspended`; if they disagree, the person counts as suspended (facts 4.6)."""
    if said == "ACTIVATED" and suspended is False and activated is True:
        return ACTIVATED
    state, is_suspended = text(said).strip().upper(), truth(suspended)
    if state == "SUSPENDED" or is_suspended:
        return PersonState.SUSPENDED
    if state == "STAGED":
        return PersonState.STAGED
    return PersonState.PASSWORD_PENDING if truth(activated) is False else PersonState.ACTIVATED


def says_state(row: Mapping[str, Any]) -> bool:
    """Whether a row says anything about a suspension."""
    return bool(text(row.get("state"))) or truth(row.get("suspended")) is not None


def parse_extra(row: Mapping[str, Any], extra_fields: frozenset[str]) -> dict[str, str]:
    """The fields that the row has, "" if empty; fields that it lacks are not included, since lacking isn't empty."""
    custom = {
        CUSTOM + text(item.get("name")): shared(item.get("value"))
        for item in items(row.get("attributes"))
        if isinstance(item, dict)
    }
    own = {name: shared(row[name]) for name in extra_fields if name in row}
    return own | {name: value for name, value in custom.items() if name in extra_fields}


def label_of(row: Mapping[str, Any]) -> str:
    return text(row.get("displayLabel")) or text(row.get("displayName")) or text(row.get("name"))


def matching_applications(wanted: str, rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Ids that match, by the first rule that finds any: id, label, folded label."""
    plain = fold(wanted)
    readings: tuple[Callable[[str, Mapping[str, Any]], bool], ...] = (
        lambda id_, _: id_ == wanted,
        lambda _, row: text(row.get("displayLabel")) == wanted,
        lambda _, row: fold(text(row.get("displayLabel"))) == plain,
    )  # fmt: skip
    for reading in readings:
        if found := sorted(id_ for id_, row in rows.items() if reading(id_, row)):
            return found
    return []


def stray_remarks(
    people: Mapping[str, Person], members: Mapping[str, AbstractSet[str]], direct: frozenset[str]
) -> list[str]:
    """People that the graph names but the user list lacks: most likely just deleted (facts 11.9)."""
    named = direct.union(*members.values()) if members else direct
    strays = sorted(named - people.keys())
    return (
        [f"{len(strays)} users are assigned or are members, but are not in the user list: {', '.join(strays[:5])}"]
        if strays
        else []
    )


def known_among(ids: AbstractSet[str], people: Mapping[str, Person]) -> AbstractSet[str]:
    """The ids that the user list has; the same set if it has all, which saves memory for thousands of sets."""
    return ids if ids <= people.keys() else IdSet(ids & people.keys())
