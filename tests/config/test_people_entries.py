"""`scope.users` and `scope.exclude_users`: valid entries, and every problem at its place."""

from pathlib import Path

import pytest

from jc1p.config import Config
from jc1p.config.loader import load_config
from jc1p.config.settings import settings_of
from jc1p.core.people_filter import PeopleEntry
from jc1p.errors import ConfigError

GOOD = """\
jumpcloud: {api_key: secret}
onepassword: {scim_url: https://scim.example.com, token: secret}
scope:
  application: 1Password Business
"""
NO_VALUE = 'a value is missing; use text such as Sales, or a list such as [Sales, "R*"]'
NO_KEYS = "an entry without keys would match all users; add a field, such as {department: Sales}"


def load(tmp_path: Path, scope: str) -> Config:
    path = tmp_path / "c.yaml"
    path.write_text(GOOD + scope)
    path.chmod(0o600)
    return load_config(path, {}).config


def problems(tmp_path: Path, scope: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, scope)
    return [line.removeprefix(f"{tmp_path / 'c.yaml'}:") for line in refused.value.message.splitlines()]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("  users: {department: Sales}\n", "5:10: scope.users: must be a list, such as [{department: Sales}]"),
        ("  users: [Sales]\n", "5:11: scope.users[0]: must have keys and values"),
        ("  users: [{}]\n", f"5:11: scope.users[0]: {NO_KEYS}"),
        ("  users:\n  -\n", "6:4: scope.users[0]: must have keys and values"),
        ("  users: [{department: }]\n", f"5:24: scope.users[0].department: {NO_VALUE}"),
        ("  users: [{department: Sales, employeeType: null}]\n", f"5:45: scope.users[0].employeeType: {NO_VALUE}"),
        ("  users: [{department: []}]\n", f"5:24: scope.users[0].department: {NO_VALUE}"),
        ("  users: [{department: [Sales, ' ']}]\n", f"5:24: scope.users[0].department: {NO_VALUE}"),
        ("  users: [{department: {is: Sales}}]\n", f"5:24: scope.users[0].department: {NO_VALUE}"),
        ("  exclude_users: [{}]\n", f"5:19: scope.exclude_users[0]: {NO_KEYS}"),
        ("  exclude_users: [[a@example.com]]\n", "5:19: scope.exclude_users[0]: must be text"),
    ],
)
def test_an_entry_without_keys_or_values_is_refused_at_its_place(tmp_path: Path, scope: str, expected: str) -> None:
    assert problems(tmp_path, scope) == [expected]


def test_all_unknown_fields_are_named_at_once_with_the_nearest(tmp_path: Path) -> None:
    scope = """\
  users:
  - departmnt: Sales
    Employeetype: [Full time]
  - attributes: x
  exclude_users:
  - a@example.com
  - emaildomain: example.com
"""
    unknown = "to select users; did you mean"
    assert problems(tmp_path, scope) == [
        f"6:5: scope.users[0].departmnt: JumpCloud has no field 'departmnt' {unknown} department?",
        f"7:5: scope.users[0].Employeetype: JumpCloud has no field 'Employeetype' {unknown} employeeType?",
        f"8:5: scope.users[1].attributes: JumpCloud has no field 'attributes' {unknown} attributes.NAME?",
        f"11:5: scope.exclude_users[1].emaildomain: JumpCloud has no field 'emaildomain' {unknown} email_domain?",
    ]


def test_entries_become_plain_values_and_their_fields_are_asked_for(tmp_path: Path) -> None:
    scope = """\
  users: [{department: [Sales, "R*"], employeeType: Full time}, {email_domain: example.com}]
  exclude_users: ["bot-*", {attributes.kind: robot}]
"""
    settings = settings_of(load(tmp_path, scope))
    assert settings.scope.users == (
        PeopleEntry((("department", ("Sales", "R*")), ("employeeType", ("Full time",)))),
        PeopleEntry((("email_domain", ("example.com",)),)),
    )
    assert settings.scope.exclude_users == ("bot-*",)
    assert settings.scope.exclude_entries == (PeopleEntry((("attributes.kind", ("robot",)),)),)
    assert settings.extra_fields == {"department", "employeeType", "attributes.kind"}


def test_entries_are_shown_as_they_are_written(tmp_path: Path) -> None:
    shown = load(tmp_path, '  users: [{department: [Sales, "R*"], location: Berlin}]\n').model_dump(mode="json")
    assert shown["scope"]["users"] == [{"department": ["Sales", "R*"], "location": "Berlin"}]
    assert settings_of(load(tmp_path, "  users: []\n")).scope.users == ()
