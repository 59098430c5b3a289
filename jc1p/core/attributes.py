"""Attribute templates: from a person's JumpCloud fields to the SCIM attributes that jc1p sends.

A template is text with `{field}` placeholders over JumpCloud's own field names; a list of templates means
the first whose placeholders are all filled and whose text is not empty. Knows no person's fate.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

from jc1p.core.folding import fold, tidy
from jc1p.core.models import NewAccount, Person

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

CORE_FIELDS = frozenset({"email", "username", "firstname", "lastname", "displayname"})
"""Fields every Person carries."""

EXTRA_FIELDS = frozenset(
    {
        "middlename", "jobTitle", "department", "company", "location", "costCenter",
        "employeeType", "employeeIdentifier", "description", "alternateEmail",
    }
)  # fmt: skip
"""Further scalar fields of a JumpCloud user that a template may name (facts/jumpcloud-api.md 4.4)."""

CUSTOM_PREFIX = "attributes."
"""`{attributes.team}` is the custom attribute named team."""

LANGUAGE = "preferredLanguage"
"""The one attribute without a default: nothing is read, compared or sent for it without a template."""

SCIM_ATTRIBUTES = ("userName", "displayName", "name.givenName", "name.familyName", LANGUAGE)
"""What a template can be written for; the bridge ignores every other attribute (facts/scim-bridge.md 2.1)."""

Templates = Mapping[str, Sequence[str]]
"""SCIM attribute to the templates that may fill it, best first."""


@cache
def placeholders(template: str) -> tuple[str, ...]:
    """The field names that a template uses, in order."""
    return tuple(PLACEHOLDER.findall(template))


def is_known_field(name: str) -> bool:
    """True when `{name}` can be filled from a JumpCloud user."""
    return name in CORE_FIELDS | EXTRA_FIELDS or (name.startswith(CUSTOM_PREFIX) and name != CUSTOM_PREFIX)


def field_value(person: Person, name: str) -> str:
    """One JumpCloud field of a person, "" when unset."""
    if name in CORE_FIELDS:
        return str(getattr(person, name))
    return person.extra.get(name, "")


def fill(template: str, person: Person) -> str:
    """The template's text, or "" when every placeholder in it is empty; outer and doubled spaces go."""
    names = placeholders(template)
    values = {name: tidy(field_value(person, name)) for name in names}
    if names and not any(values.values()):
        return ""
    return tidy(PLACEHOLDER.sub(lambda match: values[match.group(1)], template))


def is_address(text: str) -> bool:
    """True for what 1Password can invite: one @ with something on both sides, no spaces, nothing invisible."""
    local, at, domain = text.partition("@")
    return (
        bool(local and at and domain) and "@" not in domain and text.isprintable() and not any(map(str.isspace, text))
    )


def is_language(text: str) -> bool:
    """True for what looks like a language tag, such as de, pt-BR or en_US."""
    return LANGUAGE_TAG.fullmatch(text) is not None


LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


def compared_form(attribute: str, value: str) -> str:
    """The form in which a SCIM attribute's values are compared: addresses folded, en_US and en-us one language."""
    match attribute:
        case "userName":
            return fold(value)
        case "preferredLanguage":
            return fold(value).replace("_", "-")
        case _:
            return tidy(value)


PLAIN_NAME = re.compile(r"[\w@.'+-]+(?: [\w@.'+-]+)*")


def quoted_name(name: str) -> str:
    """A name in a sentence; quoted where its signs or spaces would mislead."""
    return name if PLAIN_NAME.fullmatch(name) else f'"{name}"'


def listed(names: Sequence[str], *, most: int = 3) -> str:
    """Names in a sentence, the first few."""
    shown = [quoted_name(name) for name in names[:most]]
    return ", ".join(shown) + (f" and {len(names) - most} more" if len(names) > most else "")


def first_filled(templates: Sequence[str], person: Person) -> str:
    """The first template that yields a text, else ""."""
    for template in templates:
        if text := filler(template)(person):
            return text
    return ""


@cache
def filler(template: str) -> Callable[[Person], str]:
    """What fills a template; most are one field, and four of them are filled for everybody in every run."""
    names = placeholders(template)
    if len(names) != 1 or len(template) != len(names[0]) + 2:
        return partial(fill, template)
    name = names[0]
    return lambda person: tidy(field_value(person, name))


def wanted_account(person: Person, templates: Templates, *, aliases: Mapping[str, str]) -> NewAccount:
    """The attributes that 1Password should show for a person.

    The bridge requires a given and a family name (facts/scim-bridge.md 2.4), so when JumpCloud has neither
    they are cut from the display name. A person with no name at all goes by username. `aliases` maps folded
    JumpCloud emails to the 1Password emails that the admin says are theirs.
    """
    alias = aliases.get(fold(person.email))
    user_name = alias or first_filled(templates["userName"], person)
    display = first_filled(templates["displayName"], person) or person.username or user_name
    given = first_filled(templates["name.givenName"], person)
    family = first_filled(templates["name.familyName"], person)
    head, _, tail = display.rpartition(" ")
    return NewAccount(
        user_name=user_name,
        display_name=display,
        given_name=given or head or display,
        family_name=family or tail or display,
        external_id=person.id,
        preferred_language=first_filled(templates.get(LANGUAGE, ()), person),
    )
