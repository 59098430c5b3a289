"""Names of groups over sockets: whatever the bridge answers, no user gets into another group's 1Password group."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.inprocess import jc1p
from support.installed import config_for

from jc1p.sandbox.faults import Fault
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import UserGroup, make_world

POST_GROUP = ["existing", "409", "second"]
"""What a bridge does if a group with that name exists (facts/scim-bridge.md 3.2)."""


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


class Company:
    """`eng`, with ann in it, is linked to its 1Password group; then it is renamed, and a new `eng` with bob appears."""

    def __init__(self, sandbox: Sandbox, folder: Path, post_group: str) -> None:
        self.sandbox, world = sandbox, sandbox.world
        sandbox.faults.clear()
        sandbox.bridge.forget_everything()
        world.users.clear()
        world.groups.clear()
        sandbox.turn({}, {"post_group": post_group, "unlisted": []})
        self.people = {name: str(world.add_user(name, "Example", email=f"{name}@example.com")["id"])
                       for name in ("ann", "bob")}  # fmt: skip
        self.old = self.add_group("eng", "ann")
        world.assigned_users, world.assigned_groups = [self.people["bob"]], [self.old.id]
        self.config = config_for(sandbox, folder)
        assert self.sync() == 0
        assert self.members() == {"eng": ["ann"]}

    def add_group(self, name: str, *members: str) -> UserGroup:
        group = self.sandbox.world.add_group(name)
        group.members[:] = [self.people[member] for member in members]
        return group

    def hand_on(self) -> UserGroup:
        self.old.name = "platform"
        new = self.add_group("eng", "bob")
        self.sandbox.world.assigned_groups.append(new.id)
        return new

    def sync(self, *options: str) -> int:
        return jc1p("-c", self.config, "sync", "--yes", *options).code

    def plan(self, *options: str) -> dict[str, str]:
        held = jc1p("-c", self.config, "plan", "-o", "json", *options).document["held"]
        return {f"{each['code']} {each['kind']}": each["group"] for each in held}

    def members(self) -> dict[str, list[str]]:
        names = {each["id"]: each["userName"].partition("@")[0] for each in self.sandbox.bridge.users()}
        return {each["displayName"]: sorted(names[id_] for id_ in each["members"])
                for each in self.sandbox.bridge.groups()}  # fmt: skip


@pytest.fixture(params=POST_GROUP)
def company(server: Sandbox, tmp_path: Path, request: pytest.FixtureRequest) -> Company:
    return Company(server, tmp_path, request.param)


def test_name_that_is_handed_on_goes_to_the_new_group(company: Company) -> None:
    company.hand_on()
    assert company.sync() == 0
    assert company.members() == {"platform": ["ann"], "eng": ["bob"]}


def test_rename_that_is_held_takes_the_create_with_it(company: Company) -> None:
    company.sandbox.bridge.add_group("platform")
    company.hand_on()
    for _ in range(3):
        assert company.sync() == 0
        assert company.members() == {"eng": ["ann"], "platform": []}
    assert company.plan() == {"ambiguous_match rename_group": "platform", "ambiguous_match create_group": "eng"}


def test_rename_that_fails_takes_the_create_with_it(company: Company) -> None:
    company.hand_on()
    company.sandbox.faults.append(Fault("403", service="onepassword", path="/Groups/", method="PATCH"))
    assert company.sync() == 5
    assert company.members() == {"eng": ["ann"]}
    assert company.sync() == 0
    assert company.members() == {"platform": ["ann"], "eng": ["bob"]}


@pytest.mark.parametrize("options", [("--group", "eng"), ("--user", "bob@example.com")])
def test_create_whose_rename_is_left_out_is_left_out_too(company: Company, options: tuple[str, str]) -> None:
    new = company.hand_on()
    if options[0] == "--group":
        options = ("--group", new.id)
    assert company.sync(*options) == 0
    assert company.members() == {"eng": ["ann"]}


def test_group_out_of_scope_keeps_its_name(company: Company) -> None:
    new = company.add_group("eng", "bob")
    company.sandbox.world.assigned_groups[:] = [new.id]
    company.sandbox.world.assigned_users.append(company.people["ann"])
    assert company.sync() == 0
    assert company.members() == {"eng": ["ann"]}
    assert company.plan() == {"ambiguous_match create_group": "eng"}


def test_vanished_group_is_not_made_a_second_time_until_somebody_says_so(company: Company) -> None:
    (group,) = company.sandbox.bridge.groups()
    company.sandbox.bridge.hidden.add(group["id"])
    assert company.sync() == 5
    assert company.plan() == {"group_vanished create_group": "eng"}
    company.sandbox.bridge.hidden.clear()
    assert company.sync() == 0
    assert company.members() == {"eng": ["ann"]}
    company.sandbox.bridge.hidden.add(group["id"])
    assert company.sync("--recreate", "ops") == 1
    assert company.sync("--recreate", "eng") == 0
    assert company.members() == {"eng": ["ann"]}
    assert [each["id"] for each in company.sandbox.bridge.groups()] != [group["id"]]


@pytest.mark.parametrize("name", ["", " ", "\u2003\t"])
def test_group_whose_name_jumpcloud_does_not_show_keeps_the_one_it_has(company: Company, name: str) -> None:
    company.old.name = name
    new = company.add_group(name, "bob")
    company.sandbox.world.assigned_groups.append(new.id)
    assert company.sync() == 0
    assert company.members() == {"eng": ["ann"]}
    assert company.plan() == {"ambiguous_match create_group": new.id}
    with company.config.open("a") as file:
        file.write(f"groups:\n  names: {{{new.id}: ops}}\n")
    assert company.sync() == 0
    assert company.members() == {"eng": ["ann"], "ops": ["bob"]}


def test_lost_state_leaves_the_link_that_the_bridge_keeps(company: Company) -> None:
    company.sandbox.bridge.add_group("ops", external_id="")
    ops = company.add_group("ops", "bob")
    company.sandbox.world.assigned_groups.append(ops.id)
    assert company.sync() == 0
    for file in (company.config.parent / "state").rglob("*"):
        if file.is_file():
            file.unlink()
    company.old.name, ops.name = "platform", "operations"
    assert company.sync() == 0
    assert company.members() == {"platform": ["ann"], "operations": ["bob"]}
