"""Entries of the configuration that can match nothing, whatever the accounts hold, such as an address without @.

They are warnings, never errors: a scheduled run must not stop for them. What could match and doesn't is found where
both sides are known (core/planning/unused_entries.py).
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from jc1p.core.attributes import is_address
from jc1p.core.folding import is_glob, tidy
from jc1p.core.people_filter import EMAIL_DOMAIN

if TYPE_CHECKING:
    from jc1p.config.models import Config
    from jc1p.config.yaml_positions import Path_

QUOTATION_MARKS = frozenset("\"'\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb")
"""Marks that came with a pasted address; straight ones are YAML's only around the whole entry."""

ADDRESS_FIELDS = ("email",)
"""Keys of an entry by fields that hold an address: JumpCloud's users have nothing else there."""


def find_impossible_entries(config: "Config") -> Iterator[tuple["Path_", str]]:
    """The place of each entry that can match nothing, and what is wrong with it."""
    scope, users, groups = config.scope, config.users, config.groups
    for place, entry in numbered(("users", "protected"), users.protected):
        yield from warned(place, why_no_address(entry))
    for key, entries in (("users", scope.users), ("exclude_users", scope.exclude_users)):
        for position, each in enumerate(entries):
            yield from in_scope_entry(("scope", key, position), each)
    for person, address in users.aliases.items():
        yield from warned(("users", "aliases", person), why_no_alias(person) or why_not_sent(address))
    for place, name in (
        *numbered(("scope", "groups"), scope.groups),
        *numbered(("scope", "exclude_groups"), scope.exclude_groups),
        *numbered(("groups", "protected"), groups.protected),
        *((("groups", "names", name), name) for name in groups.names),
    ):
        yield from warned(place, "" if tidy(name) else "an empty name matches no group. Write a name, or remove it.")
    for name, pushed in groups.names.items():
        why = "an empty name has no effect. Write the 1Password name, or remove it."
        yield from warned(("groups", "names", name), "" if tidy(pushed) else why)


def numbered(key: "Path_", entries: Iterable[str]) -> Iterator[tuple["Path_", str]]:
    for position, entry in enumerate(entries):
        yield (*key, position), entry


def warned(place: "Path_", reason: str) -> Iterator[tuple["Path_", str]]:
    if reason:
        yield place, reason


def in_scope_entry(place: "Path_", entry: str | dict[str, tuple[str, ...]]) -> Iterator[tuple["Path_", str]]:
    """What is wrong with an entry about users: an address, a pattern, or fields."""
    if isinstance(entry, str):
        yield from warned(place, why_no_address(entry))
        return
    for key, values in entry.items():
        for position, value in enumerate(values):
            at = (*place, key, position) if len(values) > 1 else (*place, key)
            if key in ADDRESS_FIELDS:
                yield from warned(at, why_no_address(value))
            elif key == EMAIL_DOMAIN:
                yield from warned(at, why_no_domain(value))


def why_no_address(entry: str) -> str:
    """Why an entry is neither an address nor a pattern that could match one, with what to write; "" when it is."""
    text = tidy(entry)
    if not text:
        return "an empty entry matches no address. Write an address such as ann@example.com, or remove it."
    if not text.isprintable():
        return f"{text} has an invisible character and matches no address. Write {visible(text)}."
    remedy = remedy_for(text)
    return f"{text} matches no address. {remedy}" if remedy else ""


def remedy_for(text: str) -> str:
    """What to write in place of text that is no address or pattern; "" for one that is."""
    if text.startswith("@") and text.count("@") == 1:
        return f"Write *{text} for all addresses of the domain."
    if text[0] in QUOTATION_MARKS or text[-1] in QUOTATION_MARKS:
        return "Remove the quotation marks."
    if "@" not in text and not is_glob(text):
        return f"Write {what_was_meant(text)}."
    if " " in text or text.count("@") > 1 or text.endswith("@"):
        return "Write one address or pattern for each entry, such as ann@example.com."
    return ""


def what_was_meant(text: str) -> str:
    """The two addresses or patterns that text without @ may stand for."""
    if "." in text and " " not in text:
        return f"*@{text} for all addresses of a domain, or {text}@* for one user"
    local = text.replace(" ", ".")
    return f"{local}@example.com, or {local}@* for any domain"


def why_no_domain(entry: str) -> str:
    """Why a value matches no domain of an address, with what to write; "" when it may."""
    text = tidy(entry)
    if not text.isprintable():
        return f"{text} has an invisible character and matches no email domain. Write {visible(text)}."
    if "@" not in text:
        return ""
    domain = text.rpartition("@")[2]
    return f"{text} matches no email domain. Write only what follows the @{f': {domain}' if domain else ''}."


def why_no_alias(entry: str) -> str:
    """Why a key of `users.aliases` belongs to no user; that it has an @ was checked before."""
    if is_glob(entry):
        return f"{tidy(entry)} matches no user: aliases take no patterns. Write one line for each user."
    return why_no_address(entry)


def why_not_sent(address: str) -> str:
    """Why no user can get the address of an alias; "" when one can."""
    if is_address(tidy(address)) and not is_glob(address):
        return ""
    return f"{tidy(address)} is not an email address. Write the user's 1Password email; aliases take no patterns."


def visible(text: str) -> str:
    """A text without the characters that do not show, such as those that come along when an address is copied."""
    return "".join(filter(str.isprintable, text))
