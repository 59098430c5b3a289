"""Membership that shows only on users, in lists that end after some groups: a user's own GET decides."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.inprocess import jc1p
from support.installed import Done, config_for

from jc1p.sandbox.faults import ALWAYS, Fault
from jc1p.sandbox.knobs import BridgeKnobs
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import World, make_world, settle

LISTED = 12
GROUPS = 20
OPEN = "guard: {member_removals: 100%, group_member_removals: 100%}\n"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Three people in all of twenty groups, others in the first twelve, in sync."""
    world = make_world(users=40, groups=GROUPS + 2, assigned_groups=GROUPS)
    everybody = plain_people(world)
    for number, id_ in enumerate(world.assigned_groups):
        world.groups[id_].members[:] = everybody[:3] + (everybody[3:] if number < LISTED else [])
    settle(world)
    with Sandbox(world, bridge_knobs=BridgeKnobs(members="never", user_groups=True)) as made:
        yield made


@pytest.fixture
def config(sandbox: Sandbox, tmp_path: Path) -> Path:
    path = config_for(sandbox, tmp_path, more=OPEN)
    assert jc1p("-c", path, "sync", "-y").code == 0
    sandbox.turn({}, {"user_groups_listed": LISTED})
    return path


def plain_people(world: World) -> list[str]:
    """Without the special people of the simulated company, who come first."""
    return [id_ for id_ in sorted(world.effective()) if world.users[id_]["state"] == "ACTIVATED"][5:]


def sync(config: Path) -> Done:
    return jc1p("-c", config, "sync", "-y", "-o", "json")


def moved(done: Done) -> list[tuple[str, str, list[str]]]:
    return [(each["kind"], each["group"], each["members"]) for each in done.document["changes"] if each["members"]]


def test_groups_beyond_the_cut_are_seen(sandbox: Sandbox, config: Path) -> None:
    first = sync(config)
    assert (first.code, first.document["changes"], first.document["target"]["complete"]) == (0, [], True)
    world, last = sandbox.world, sandbox.world.groups[sandbox.world.assigned_groups[-1]]
    leaver, joiner = last.members.pop(0), world.groups[world.assigned_groups[0]].members[5]
    last.members.append(joiner)
    email = {id_: world.users[id_]["email"] for id_ in (leaver, joiner)}
    done = sync(config)
    assert (done.code, moved(done)) == (
        0, [("add_members", last.name, [email[joiner]]), ("remove_members", last.name, [email[leaver]])],
    )  # fmt: skip
    assert sync(config).document["changes"] == []
    ids = {each["id"]: each["userName"] for each in sandbox.bridge.users()}
    (shown,) = (each for each in sandbox.bridge.groups() if each["displayName"] == last.name)
    there = {ids[id_] for id_ in shown["members"]}
    assert (email[joiner] in there, email[leaver] in there) == (True, False)


def test_removals_are_held_while_a_user_cannot_be_read(sandbox: Sandbox, config: Path) -> None:
    world, last = sandbox.world, sandbox.world.groups[sandbox.world.assigned_groups[-1]]
    last.members.pop(0)
    unread = next(each["id"] for each in sandbox.bridge.users() if each["userName"] ==
                  world.users[last.members[0]]["email"])  # fmt: skip
    sandbox.faults.append(Fault("403", "onepassword", "GET", f"/Users/{unread}", ALWAYS))
    done = sync(config)
    held = [(each["code"], each["group"]) for each in done.document["held"]]
    assert (done.code, held) == (5, [("incomplete_read", last.name)])


def test_lists_that_are_whole_cost_a_few_requests(sandbox: Sandbox, config: Path) -> None:
    sandbox.turn({}, {"user_groups_listed": 0})
    sandbox.requests.clear()
    assert sync(config).document["changes"] == []
    assert 0 < len([each for each in sandbox.requests if "/Users/" in each.path]) <= 20


def test_members_of_a_group_that_the_list_leaves_out_are_known(sandbox: Sandbox, config: Path) -> None:
    """The group itself shows nobody: without its members, a user who left would stay in it unnoticed."""
    last = sandbox.world.groups[sandbox.world.assigned_groups[-1]]
    last.members.pop(0)
    (hidden,) = (each["id"] for each in sandbox.bridge.groups() if each["displayName"] == last.name)
    sandbox.turn({}, {"unlisted": [hidden]})
    done = sync(config)
    held = [(each["code"], each["group"]) for each in done.document["held"]]
    assert (done.code, moved(done), held) == (5, [], [("incomplete_read", last.name)])
