"""Entries of the scope that describe people by their JumpCloud fields: checking, showing, and their JSON Schema.

Keys and values are checked one by one, so that every problem is reported at its own place.
"""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, Discriminator, PlainSerializer, PlainValidator, Tag, WithJsonSchema

from jc1p.config.fields import nearest
from jc1p.core.attributes import CORE_FIELDS, EXTRA_FIELDS, is_known_field
from jc1p.core.folding import tidy
from jc1p.core.people_filter import EMAIL_DOMAIN, PeopleEntry

KNOWN_KEYS = (*sorted(CORE_FIELDS | EXTRA_FIELDS), EMAIL_DOMAIN, "attributes.NAME")
"""The keys that an entry may have."""

BY_TEXT, BY_FIELDS = "(text)", "(fields)"
"""Tell the two forms of an entry of `exclude_users` apart; never part of a place in a file."""


def check_key(name: str) -> str:
    if name == EMAIL_DOMAIN or is_known_field(name):
        return name
    raise ValueError(f"JumpCloud has no field {name!r} to select users{nearest(name, KNOWN_KEYS)}")


def parse_values(given: object) -> tuple[str, ...]:
    """One value or several; null is not a value, since an entry with a key less would match more people."""
    values = list(given) if isinstance(given, list | tuple) else [given]
    texts = tuple(value for value in values if isinstance(value, str) and tidy(value))
    if not texts or len(texts) < len(values):
        raise ValueError('a value is missing; use text such as Sales, or a list such as [Sales, "R*"]')
    return texts


def show_values(values: tuple[str, ...]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def check_has_keys(given: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    if not given:
        raise ValueError("an entry without keys would match all users; add a field, such as {department: Sales}")
    return given


Key = Annotated[str, AfterValidator(check_key)]
Values = Annotated[
    tuple[str, ...],
    PlainValidator(parse_values),
    PlainSerializer(show_values),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
            ]
        }
    ),
]
FieldsEntry = Annotated[dict[Key, Values], AfterValidator(check_has_keys)]


def form_of(given: object) -> str:
    return BY_FIELDS if isinstance(given, dict) else BY_TEXT


UserEntry = Annotated[
    Annotated[str, Tag(BY_TEXT)] | Annotated[FieldsEntry, Tag(BY_FIELDS)],
    Discriminator(form_of),
]
"""An email, a pattern, or fields."""


def entries_of(given: Iterable[str | dict[str, tuple[str, ...]]]) -> tuple[PeopleEntry, ...]:
    """The entries with fields, as plain values."""
    return tuple(PeopleEntry(tuple(each.items())) for each in given if isinstance(each, dict))
