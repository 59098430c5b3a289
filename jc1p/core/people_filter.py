"""Entries of the configuration that describe people by their JumpCloud fields: `scope.users`, and exclusions.

Pure. An entry fits a person when all of its keys fit. An empty field fits no value, not even `*`. A field that no
record in JumpCloud's answer contains is unknown, not empty, and must not decide anything.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from jc1p.core.attributes import CORE_FIELDS, field_value
from jc1p.core.folding import matches_any
from jc1p.core.models import Person
from jc1p.errors import IncompleteRead

EMAIL_DOMAIN = "email_domain"
"""A key that is not a JumpCloud field: the part of the email after the @."""

PLAIN = re.compile(r"[\w.@+ -]*[\w.@+-]")


class PeopleEntry(NamedTuple):
    """Keys with their allowed values, in the order of the file. Values are text or globs."""

    keys: tuple[tuple[str, tuple[str, ...]], ...]

    def __str__(self) -> str:
        """The entry as it could be written in the file."""
        return "{" + ", ".join(f"{key}: {shown_values(values)}" for key, values in self.keys) + "}"

    @property
    def fields(self) -> frozenset[str]:
        """The JumpCloud fields that it needs."""
        return frozenset("email" if key == EMAIL_DOMAIN else key for key, _ in self.keys)


def shown_values(values: tuple[str, ...]) -> str:
    shown = [value if PLAIN.fullmatch(value) else f'"{value}"' for value in values]
    return shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"


def key_value(person: Person, key: str) -> str:
    """A person's value for a key of an entry, "" when empty."""
    return person.email.rpartition("@")[2] if key == EMAIL_DOMAIN else field_value(person, key)


def fits(person: Person, entry: PeopleEntry) -> bool:
    """True when every key of an entry fits a person."""
    return all((value := key_value(person, key)) and matches_any(value, values) for key, values in entry.keys)


def first_fit(person: Person, entries: Iterable[PeopleEntry]) -> PeopleEntry | None:
    """The first entry that fits a person, which includes or excludes them; None when none fits."""
    return next((entry for entry in entries if fits(person, entry)), None)


def fits_address(address: str, entries: Iterable[PeopleEntry]) -> bool:
    """True when an address alone is enough for an entry to fit. An entry with other keys never fits."""
    return any(entry.fields <= {"email"} and fits(Person("", address), entry) for entry in entries)


def fields_of(entries: Iterable[PeopleEntry]) -> frozenset[str]:
    """The JumpCloud fields that entries need."""
    return frozenset[str]().union(*(entry.fields for entry in entries))


def check_readable(people: Iterable[Person], key: str, entries: Iterable[PeopleEntry]) -> None:
    """Refuse to use a field that no record contains. If one record has it, the others have it empty.

    Raises:
        IncompleteRead: names the fields and the key of the configuration that uses them.
    """
    missing = set(fields_of(entries))
    seen = False
    for person in people:
        seen = True
        missing -= {name for name in missing if is_answered(person, name)}
        if not missing:
            return
    if not seen:
        return
    names = ", ".join(sorted(missing))
    raise IncompleteRead(
        f"no JumpCloud user has the field {names}, which {key} uses",
        hint=f"Check the spelling in {key}, and that this credential's role can read the field. If no user has "
        "the field any more, remove the entry.",
    )


def is_answered(person: Person, name: str) -> bool:
    """True when a person's record contains a field, even empty. Core fields are always read, so a value is enough."""
    return bool(field_value(person, name)) if name in CORE_FIELDS else name in person.extra


def has_lost_a_field(before: Person, now: Person, entries: Iterable[PeopleEntry]) -> bool:
    """True when a second reading of a person lacks a field that the first one had: then nothing can be decided."""
    return any(field_value(before, name) and not is_answered(now, name) for name in fields_of(entries))
