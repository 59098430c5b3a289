"""Attribute templates: the fields they may name, and names that are sent and shown."""

import pytest
from support.builders import person

from jc1p.core.attributes import (
    CORE_FIELDS,
    EXTRA_FIELDS,
    fillers_of,
    first_filled,
    is_address,
    is_known_field,
    listed,
    wanted_account,
)
from jc1p.core.folding import tidy
from jc1p.core.models import Person
from jc1p.core.policy import DEFAULT_TEMPLATES


@pytest.mark.parametrize("name", [*sorted(CORE_FIELDS | EXTRA_FIELDS), "attributes.team"])
def test_fields_of_jumpcloud_and_custom_attributes_may_be_named(name: str) -> None:
    assert is_known_field(name)


@pytest.mark.parametrize("name", ["", "e-mail", "Email", "attributes", "attributes.", "team"])
def test_other_fields_may_not_be_named(name: str) -> None:
    assert not is_known_field(name)


def filled(templates: list[str], person: Person) -> str:
    return first_filled(fillers_of({"any": templates})["any"], person)


def test_first_template_with_a_value_is_taken_and_further_fields_may_be_missing() -> None:
    ann = person("ann")._replace(extra={"department": "Sales", "attributes.team": "Red"})
    assert filled(["{costCenter}", "{department} {costCenter}", "{email}"], ann) == "Sales"
    assert filled(["{costCenter}", "{attributes.team}: {department}"], ann) == "Red: Sales"
    assert filled(["{costCenter}"], ann) == ""


@pytest.mark.parametrize(
    "text",
    ["Ann Lee", " Ann Lee", "Ann Lee ", "Ann  Lee", "Ann\tLee", "Ann\u2028Lee", "Ann\u2029Lee", "\x00Ann\x1fLee\u00a0"],
)
def test_names_are_compared_without_outer_doubled_or_odd_blanks(text: str) -> None:
    assert tidy(text) == "Ann Lee"


def test_names_in_a_sentence_are_the_first_few_and_quoted_where_they_would_mislead() -> None:
    assert listed([]) == ""
    assert listed(["a", "b, c", " d"]) == 'a, "b, c", " d"'
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert listed(["a", "b"], most=1) == "a and 1 more"


@pytest.mark.parametrize("text", ["ann@example.com", "ann.lee+x@corp.example"])
def test_one_at_with_something_on_both_sides_is_an_address(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text", ["", "ann", "@example.com", "ann@", "a@b@example.com", "an n@example.com", "a\u200bn@b.c"]
)
def test_anything_else_is_no_address(text: str) -> None:
    assert not is_address(text)


@pytest.mark.parametrize(
    ("firstname", "lastname", "display", "names"),
    [
        ("Ann", "Lee", "Ann Lee", ("Ann", "Lee")),
        ("", "", "Ann Maria Lee", ("Ann Maria", "Lee")),
        ("", "", "Ann", ("Ann", "Ann")),
        ("Ann", "", "", ("Ann", "Ann")),
        ("", "", "", ("ann", "ann")),
    ],
)
def test_given_and_family_name_are_never_empty(
    firstname: str, lastname: str, display: str, names: tuple[str, str]
) -> None:
    ann = person("ann", firstname=firstname, lastname=lastname, displayname=display)
    made = wanted_account(ann, fillers_of(DEFAULT_TEMPLATES), aliases={})
    assert (made.given_name, made.family_name) == names
