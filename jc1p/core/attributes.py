"""Attribute templates: from a person's JumpCloud fields to the SCIM attributes that jc1p sends.

A template is text with `{field}` placeholders, named like JumpCloud's fields. Of a list of templates the first one
counts whose placeholders are all filled and whose text is not empty. Whether a person gets an account is not decided
here.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from operator import attrgetter

from jc1p.core.folding import fold, fold_all, tidy
from jc1p.core.models import NewAccount, Person

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

CORE_FIELDS = frozenset({"email", "username", "firstname", "lastname", "displayname"})
"""Fields every Person carries."""

WHOLE = {f"{{{name}}}": name for name in CORE_FIELDS}
"""Templates that are one of them and nothing else."""

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
"""SCIM attribute to the templates that may fill it, in order of preference."""
Filler = Callable[[Person], str]
Fillers = Mapping[str, Sequence[Filler]]
"""The same, compiled to functions."""


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
    """The template's text, or "" when all placeholders in it are empty; outer and doubled spaces are removed."""
    names = placeholders(template)
    values = {name: tidy(field_value(person, name)) for name in names}
    if names and not any(values.values()):
        return ""
    return tidy(PLACEHOLDER.sub(lambda match: values[match.group(1)], template))


def is_address(text: str) -> bool:
    """True for an address that 1Password can invite: one @ with text on both sides, no spaces, nothing invisible."""
    local, at, domain = text.partition("@")
    return (
        bool(local and at and domain) and "@" not in domain and text.isprintable() and not any(map(str.isspace, text))
    )


def is_language(text: str) -> bool:
    """True for what looks like a language tag, such as de, pt-BR or en_US."""
    return LANGUAGE_TAG.fullmatch(text) is not None


LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")


def compared_form(attribute: str, value: str) -> str:
    """The form in which values of a SCIM attribute are compared: addresses folded, en_US and en-us the same."""
    match attribute:
        case "userName":
            return fold(value)
        case "preferredLanguage":
            return fold(value).replace("_", "-")
        case _:
            return tidy(value)


PLAIN_WORD = r"(?:[A-Za-z]+(?:['-][A-Za-z]+)*|\d{1,6})"
PLAIN_NAME = re.compile(rf"[\w@.'+-]+|{PLAIN_WORD}(?: {PLAIN_WORD})*")


def quoted_name(name: str) -> str:
    """A name for a sentence; in quotes if it has punctuation that could mislead, or spaces and more than plain words.

    Quotes keep it whole in Markdown, where everything but plain words becomes code.
    """
    return name if PLAIN_NAME.fullmatch(name) else f'"{name}"'


def listed(names: Sequence[str], *, most: int = 3) -> str:
    """The first few names, for a sentence."""
    shown = [quoted_name(name) for name in names[:most]]
    return ", ".join(shown) + (f" and {len(names) - most} more" if len(names) > most else "")


def first_filled(fillers: Sequence[Filler], person: Person) -> str:
    """The first text that is not empty, or "" if no filler yields one."""
    for fill_one in fillers:
        if text := fill_one(person):
            return text
    return ""


def fillers_of(templates: Templates) -> Fillers:
    """Compile the templates once, before they are filled for all users."""
    return {attribute: tuple(map(filler, each)) for attribute, each in templates.items()}


@cache
def filler(template: str) -> Filler:
    """Compile one template. Most are a single field, and each run fills four of them for every user."""
    names = placeholders(template)
    if len(names) != 1 or len(template) != len(names[0]) + 2:
        return partial(fill, template)
    name = names[0]
    if name in CORE_FIELDS:
        read: Callable[[Person], str] = attrgetter(name)
        return lambda person: tidy(read(person))
    return lambda person: tidy(field_value(person, name))


def whole_fields(templates: Templates) -> Callable[[Person], tuple[str, ...]] | None:
    """Reads userName and displayName, unfilled, where the best template of each is one core field and no more.

    None where one isn't, or where a language is wanted: then they have to be filled.
    """
    best = [template for attribute in ("userName", "displayName") for template in templates[attribute][:1]]
    names = [name for template in best if (name := WHOLE.get(template))]
    return attrgetter(*names) if len(names) == 2 and not templates.get(LANGUAGE) else None  # noqa: PLR2004


def wanted_account(person: Person, fillers: Fillers, *, aliases: Mapping[str, str]) -> NewAccount:
    """The attributes that 1Password should show for a person.

    The bridge requires a given name and a family name (facts/scim-bridge.md 2.4). If JumpCloud has neither, both are
    cut from the display name. A person without any name gets the username. `aliases` maps folded JumpCloud emails to
    the 1Password emails that the admin configured for them.
    """
    alias = aliases.get(fold(person.email)) if aliases else None
    user_name = alias or first_filled(fillers["userName"], person)
    display = first_filled(fillers["displayName"], person) or person.username or user_name
    given = first_filled(fillers["name.givenName"], person)
    family = first_filled(fillers["name.familyName"], person)
    if not given or not family:
        head, _, tail = display.rpartition(" ")
        given, family = given or head or display, family or tail or display
    language = first_filled(fillers.get(LANGUAGE, ()), person)
    return NewAccount(user_name, display, given, family, person.id, language)


class WantedAccounts(Mapping[str, NewAccount]):
    """Person id to the attributes that 1Password should show. Filled when asked for: users in sync need none."""

    def __init__(self, people: Mapping[str, Person], templates: Templates, aliases: Mapping[str, str]) -> None:
        self._people, self._fillers, self._aliases = people, fillers_of(templates), aliases
        self._filled: dict[str, NewAccount] = {}
        self._are_emails = WHOLE.get("".join(templates["userName"][:1])) == "email"

    def __getitem__(self, id_: str) -> NewAccount:
        """The attributes of one person, filled once."""
        if id_ not in self._filled:
            self._filled[id_] = wanted_account(self._people[id_], self._fillers, aliases=self._aliases)
        return self._filled[id_]

    def addresses(self, emails: list[str]) -> list[str]:
        """The folded userNames, in the order of the people; nothing is filled if they are the folded `emails`."""
        if not self._are_emails:
            return fold_all([self[id_].user_name for id_ in self])
        if not self._aliases and all(emails):
            return emails
        plain = [email if email not in self._aliases else "" for email in emails]
        return [email or fold(self[id_].user_name) for id_, email in zip(self, plain, strict=True)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._people)

    def __len__(self) -> int:
        return len(self._people)
