"""preferredLanguage over sockets: optional, sent on create and update, compared, and held if it isn't kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.inprocess import jc1p
from support.installed import Done, config_for

from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

TEMPLATE = "{attributes.language}"


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


class Company:
    """Ann has German, Bob has no language; both are assigned directly."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, world = sandbox, sandbox.world
        sandbox.turn({}, {"keeps_languages": True})
        sandbox.bridge.forget_everything()
        sandbox.requests.clear()
        world.users.clear()
        world.groups.clear()
        self.people = {name: world.add_user(name, "Example", email=f"{name}@example.com") for name in ("ann", "bob")}
        world.assigned_users, world.assigned_groups = [str(each["id"]) for each in self.people.values()], []
        self.config = config_for(sandbox, folder)
        self.speaks("ann", "de")
        self.map(TEMPLATE)

    def map(self, template: str | None) -> None:
        given = yaml.safe_load(self.config.read_text())
        given["users"] = {"protected": ["x@y.example"]}
        if template:
            given["users"]["attributes"] = {"preferredLanguage": template}
        self.config.write_text(yaml.safe_dump(given))

    def speaks(self, name: str, language: str) -> None:
        self.people[name]["attributes"] = [{"name": "language", "value": language}]

    def sync(self, *options: str) -> Done:
        return jc1p("-c", self.config, "sync", "--yes", "-o", "json", *options)

    def languages(self) -> dict[str, str]:
        return {each["userName"].partition("@")[0]: each["preferredLanguage"] for each in self.sandbox.bridge.users()}


@pytest.fixture
def company(server: Sandbox, tmp_path: Path) -> Company:
    return Company(server, tmp_path)


def updates(done: Done) -> list[dict[str, Any]]:
    return [each["attributes"] for each in done.document["changes"] if each["kind"] == "update_user"]


def test_language_is_sent_with_the_invitation_and_changed_later(company: Company) -> None:
    assert company.sync().code == 0
    assert company.languages() == {"ann": "de", "bob": "en"}
    assert company.sync().document["changes"] == []
    company.speaks("ann", "pt-BR")
    done = company.sync()
    assert updates(done) == [{"preferredLanguage": {"before": "de", "after": "pt-BR"}}]
    assert done.document["changes"][0]["reason"] == "the language differs from JumpCloud's"
    assert company.languages()["ann"] == "pt-BR"
    assert 'preferredLanguage: "pt-BR" on both sides' in jc1p("-c", company.config, "why", "ann@example.com").out
    assert jc1p("-c", company.config, "rollback", "last", "--yes").code == 0
    assert company.languages()["ann"] == "de"


def test_nothing_is_read_compared_or_sent_without_a_template(company: Company) -> None:
    company.map(None)
    assert company.sync().code == 0
    assert company.languages() == {"ann": "en", "bob": "en"}
    assert company.sync().document["changes"] == []
    assert not any("attributes" in request.query for request in company.sandbox.requests)


def test_field_that_is_emptied_leaves_the_language(company: Company) -> None:
    assert company.sync().code == 0
    company.speaks("ann", "")
    assert (company.sync().document["changes"], company.languages()["ann"]) == ([], "de")


def test_spelling_of_a_tag_is_no_difference(company: Company) -> None:
    company.speaks("ann", "pt_BR")
    assert company.sync().code == 0
    company.speaks("ann", "pt-br")
    assert company.sync().document["changes"] == []


def test_language_that_the_bridge_does_not_keep_is_held_after_two_runs(company: Company) -> None:
    company.sandbox.turn({}, {"keeps_languages": False})
    assert company.sync().code == 0
    done = [company.sync() for _ in range(3)]
    assert [len(updates(each)) for each in done] == [1, 1, 0]
    (held,) = done[-1].document["held"]
    assert (held["code"], held["kind"], held["user"]) == ("not_kept_by_target", "update_user", "ann@example.com")
    assert "preferredLanguage" in held["reason"]
    company.speaks("ann", "fr")
    assert len(updates(company.sync())) == 1


def test_what_is_no_language_tag_is_warned_about_and_not_sent(company: Company) -> None:
    company.speaks("ann", "German (Austria)")
    for _ in range(2):
        done = company.sync()
        assert "not_a_language" in {each["code"] for each in done.document["warnings"]}
    assert (done.document["changes"], company.languages()["ann"]) == ([], "en")
