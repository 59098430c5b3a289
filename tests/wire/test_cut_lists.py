"""Lists that end after some members: a group's own GET decides, or removals are held."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.inprocess import jc1p
from support.installed import config_for

from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world, settle

OPEN = "guard: {member_removals: 100%, group_member_removals: 100%}\n"


@pytest.fixture(scope="module")
def company() -> Iterator[Sandbox]:
    """One group with 119 members and others with 7, all in sync."""
    world = make_world(users=190, groups=6)
    everybody = sorted(world.effective())
    for group in world.groups.values():
        group.members[:] = everybody[112:119]
    world.groups[world.assigned_groups[0]].members[:] = everybody[:119]
    settle(world)
    with Sandbox(world) as made:
        yield made


@pytest.fixture
def sandbox(company: Sandbox) -> Iterator[Sandbox]:
    company.requests.clear()
    yield company
    company.turn({}, {"members_listed": 0, "members_omitted": 0, "members": "nonempty"})


def asked_groups(sandbox: Sandbox) -> int:
    """Groups that were read separately."""
    return len([each for each in sandbox.requests if each.method == "GET" and "/Groups/" in each.path])


def big(sandbox: Sandbox) -> list[str]:
    return sandbox.world.groups[sandbox.world.assigned_groups[0]].members


@pytest.mark.parametrize("hidden", [{"members_listed": 100}, {"members_listed": 37}, {"members_omitted": 20}], ids=str)
def test_members_that_a_list_lacks_are_neither_added_again_nor_left_in(
    sandbox: Sandbox, tmp_path: Path, hidden: dict[str, int]
) -> None:
    config = config_for(sandbox, tmp_path)
    assert jc1p("-c", config, "sync", "-y", "-o", "json").code == 0
    sandbox.turn({}, hidden)
    first = jc1p("-c", config, "sync", "-y", "-o", "json")
    assert (first.code, first.document["changes"]) == (0, [])
    leaver = big(sandbox).pop()
    email = sandbox.world.users[leaver]["email"]
    done = jc1p("-c", config, "sync", "-y", "-o", "json")
    moved = [(each["kind"], each["members"]) for each in done.document["changes"] if each["members"]]
    assert (done.code, moved) == (0, [("remove_members", [email])])
    assert jc1p("-c", config, "sync", "-y", "-o", "json").document["changes"] == []


def test_lists_that_are_whole_cost_no_request(sandbox: Sandbox, tmp_path: Path) -> None:
    config = config_for(sandbox, tmp_path)
    big(sandbox)[:] = big(sandbox)[:113]
    assert jc1p("-c", config, "sync", "-y").code == 0
    sandbox.requests.clear()
    assert jc1p("-c", config, "sync", "-y", "-o", "json").document["changes"] == []
    assert asked_groups(sandbox) == 0


def test_what_a_bridge_was_found_to_do_is_remembered(sandbox: Sandbox, tmp_path: Path) -> None:
    config = config_for(sandbox, tmp_path)
    assert jc1p("-c", config, "sync", "-y").code == 0
    sandbox.turn({}, {"members_listed": 37})
    big(sandbox).append(next(id_ for id_ in sorted(sandbox.world.effective()) if id_ not in big(sandbox)))
    assert jc1p("-c", config, "sync", "-y").code == 0
    sandbox.requests.clear()
    assert jc1p("-c", config, "sync", "-y", "-o", "json").document["changes"] == []
    assert asked_groups(sandbox) == len(sandbox.bridge.groups())


def test_a_group_that_everybody_left_is_not_taken_for_empty(tmp_path: Path) -> None:
    """The list shows nobody in it, and nothing else changes: only the record of members tells."""
    world = make_world(users=60, groups=6)
    world.assigned_users = sorted(world.effective())
    left = world.groups[world.assigned_groups[0]].members
    left[:] = world.assigned_users[12:34]
    settle(world)
    with Sandbox(world) as sandbox:
        config = config_for(sandbox, tmp_path, more=OPEN)
        assert jc1p("-c", config, "sync", "-y").code == 0
        sandbox.turn({}, {"members_omitted": 20})
        leavers = {world.users[id_]["email"] for id_ in left}
        left.clear()
        done = jc1p("-c", config, "sync", "-y", "-o", "json")
        removed = [(each["kind"], set(each["members"])) for each in done.document["changes"]]
        assert (done.code, removed) == (0, [("remove_members", leavers)])
        assert jc1p("-c", config, "sync", "-y", "-o", "json").document["changes"] == []
