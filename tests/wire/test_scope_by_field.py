"""Scope by field over sockets: which fields are requested, which users come and go, and what ends a run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.inprocess import jc1p
from support.installed import Done, config_for

from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


class Company:
    """Ann, Bob and Cat of Sales and Dan of Ops, all in the assigned group."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, world = sandbox, sandbox.world
        sandbox.faults.clear()
        sandbox.bridge.forget_everything()
        world.users.clear()
        world.groups.clear()
        self.people = {
            name: world.add_user(name, "Example", email=f"{name}@example.com", department=department)
            for name, department in (("ann", "Sales"), ("bob", "Sales"), ("cat", "SALES "), ("dan", "Ops"))
        }
        self.group = world.add_group("all")
        self.group.members[:] = [str(each["id"]) for each in self.people.values()]
        world.assigned_users, world.assigned_groups = [], [self.group.id]
        self.config = config_for(sandbox, folder)

    def scope(self, **keys: Any) -> None:
        self.configure("scope", application=yaml.safe_load(self.config.read_text())["scope"]["application"], **keys)

    def configure(self, section: str, **keys: Any) -> None:
        given = yaml.safe_load(self.config.read_text())
        self.config.write_text(yaml.safe_dump({**given, section: keys}))

    def sync(self, *options: str) -> Done:
        return jc1p("-c", self.config, "sync", "--yes", "-o", "json", *options)

    def accounts(self) -> dict[str, bool]:
        return {each["userName"].partition("@")[0]: each["active"] for each in self.sandbox.bridge.users()}

    def members(self) -> int:
        (found,) = self.sandbox.bridge.groups()
        return len(found["members"])


@pytest.fixture
def company(server: Sandbox, tmp_path: Path) -> Company:
    return Company(server, tmp_path)


SALES = [{"department": "sales"}]


def test_people_who_fit_come_and_who_leaves_the_filter_is_suspended(company: Company) -> None:
    company.scope(users=SALES)
    assert company.sync().code == 0
    assert company.accounts() == {"ann": True, "bob": True, "cat": True}
    company.people["bob"]["department"] = "Ops"
    done = company.sync()
    assert (done.code, company.accounts()) == (0, {"ann": True, "bob": False, "cat": True})
    assert company.sync().document["changes"] == []
    company.people["bob"]["department"] = "Sales"
    assert [each["kind"] for each in company.sync().document["changes"]] == ["reactivate_user"]


def test_a_filter_that_is_turned_on_shows_as_a_source_that_shrinks(company: Company) -> None:
    company.scope()
    assert company.sync().code == 0
    company.scope(users=[{"department": "Ops"}])
    company.configure("guard", suspensions=9, source_shrink=2)
    done = company.sync()
    assert (done.code, [each["limit"] for each in done.document["guard"]["findings"]]) == (4, ["source_shrink"])
    assert company.sync("--allow", "source_shrink=3").code == 0
    assert company.accounts() == {"ann": False, "bob": False, "cat": False, "dan": True}


def test_a_field_that_no_record_has_ends_the_run_and_changes_nothing(company: Company) -> None:
    company.scope(users=SALES)
    assert company.sync().code == 0
    for each in company.people.values():
        del each["department"]
    done = company.sync()
    assert (done.code, done.document["error"]["code"]) == (1, "incomplete_read")
    assert "no JumpCloud user has the field department, which scope.users uses" in done.err
    assert all(company.accounts().values())
    examined = jc1p("-c", company.config, "doctor", "-o", "json").document
    assert any("the field department" in str(each) for each in examined["findings"])


def test_a_field_that_some_records_lack_is_empty_there_and_warned_about(company: Company) -> None:
    company.scope(users=SALES)
    assert company.sync().code == 0
    del company.people["bob"]["department"]
    done = company.sync()
    assert (done.code, company.accounts()["bob"]) == (0, False)
    assert [
        f"{each['code']} {each['subject']}" for each in done.document["warnings"] if each["code"] == "emptied_field"
    ] == ["emptied_field department"]


def test_members_who_leave_the_filter_leave_their_groups_where_nobody_is_suspended(company: Company) -> None:
    company.scope(users=SALES)
    company.configure("users", when_unassigned="ignore")
    assert company.sync().code == 0
    company.people["bob"]["department"] = "Ops"
    assert company.sync().code == 0
    assert (company.accounts()["bob"], company.members()) == (True, 2)


def test_who_is_excluded_by_a_field_is_left_alone(company: Company) -> None:
    company.scope(exclude_users=[{"department": "Ops"}])
    assert company.sync().code == 0
    assert "dan" not in company.accounts()
    company.people["bob"]["department"] = "Ops"
    company.group.members.remove(company.people["bob"]["id"])
    done = company.sync()
    assert (done.code, company.accounts()["bob"], company.members()) == (0, True, 3)
    assert "excluded_leaver" in {each["code"] for each in done.document["warnings"]}


def test_why_names_the_entry_that_lets_in_or_keeps_out(company: Company) -> None:
    company.scope(users=[{"department": "S*"}], exclude_users=[{"username": "cat*"}])

    def rule(name: str) -> str:
        steps = jc1p("-c", company.config, "why", f"{name}@example.com", "-o", "json").document["steps"]
        return next(f"{each['saw']} / {each['rule']}" for each in steps if each["step"] == "scope")

    assert rule("ann").endswith('matched by scope.users: {department: "S*"}')
    assert rule("dan") == (
        'out of scope: matches no entry of scope.users / scope.users: {department: "S*"}, but department is "Ops"'
    )
    assert rule("cat") == 'excluded: jc1p does not change this user / scope.exclude_users: {username: "cat*"}'
