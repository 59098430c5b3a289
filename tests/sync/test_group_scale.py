"""Many groups with many members: a run's cost depends on what changed, not on the company's size.

bench/groups.py tests the full size, 500 groups and 60,000 memberships.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.installed import config_for
from support.syncing import sync_once

from jc1p.config import Config, load_config
from jc1p.sandbox.days import is_ordinary
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world, settle, spread


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """50 groups, 1,000 people, 6,000 memberships, all in sync."""
    world = make_world(users=1050, groups=60, assigned_users=1000, assigned_groups=50)
    spread(world, 6)
    settle(world)
    with Sandbox(world) as made:
        yield made


@pytest.fixture
def config(sandbox: Sandbox, tmp_path: Path) -> Config:
    return load_config(config_for(sandbox, tmp_path), {}).config


def asked(sandbox: Sandbox) -> list[str]:
    """Requests to the bridge by method and path, without ids."""
    return [
        f"{each.method} {'/'.join(part for part in each.path.split('/') if len(part) < 26)}"
        for each in sandbox.requests
        if each.service == "onepassword"
    ]


@pytest.mark.matrix
def test_run_with_nothing_to_do_asks_about_no_group_and_no_person(
    sandbox: Sandbox, config: Config, tmp_path: Path
) -> None:
    plan, _ = asyncio.run(sync_once(config, tmp_path / "state"))
    assert plan.changes == ()
    assert plan.bases.owned_memberships > 5500
    assert set(asked(sandbox)) == {"GET /scim/ServiceProviderConfig", "GET /scim/Users", "GET /scim/Groups"}
    assert len(asked(sandbox)) <= 4


def test_one_new_member_is_one_patch_and_one_look_at_the_group(
    sandbox: Sandbox, config: Config, tmp_path: Path
) -> None:
    world = sandbox.world
    group = world.groups[world.assigned_groups[7]]
    outside = sorted(world.effective().keys() - set(group.members))
    someone = next(id_ for id_ in outside if is_ordinary(world.users[id_]))
    group.members.append(someone)
    plan, report = asyncio.run(sync_once(config, tmp_path / "state"))
    assert [(change.kind.value, len(change.members)) for change in plan.changes] == [("add_members", 1)]
    assert not report.has_failures
    assert asked(sandbox)[-2:] == ["PATCH /scim/Groups", "GET /scim/Groups"]
    assert len([line for line in asked(sandbox) if not line.startswith("GET")]) == 1
