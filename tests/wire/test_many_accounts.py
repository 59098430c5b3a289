"""More accounts than one page, in another order each time: those that no page showed are looked up one by one."""

from pathlib import Path

import pytest
from support.inprocess import jc1p
from support.installed import config_for

from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world, settle


def looked_up(sandbox: Sandbox) -> int:
    """Accounts that were read separately."""
    return len([each for each in sandbox.requests if each.method == "GET" and "/Users/" in each.path])


def test_leaver_is_suspended_although_no_reading_is_whole(tmp_path: Path) -> None:
    world = make_world(users=400, groups=6)
    settle(world)
    with Sandbox(world) as sandbox:
        config = config_for(sandbox, tmp_path)
        assert jc1p("-c", config, "sync", "-y").code == 0
        people = len(sandbox.bridge.users())
        leaver = next(user for user in world.users.values() if user["id"] in world.effective() and
                      user["state"] == "ACTIVATED" and not user["suspended"])  # fmt: skip
        leaver.update(state="SUSPENDED", suspended=True)
        sandbox.turn({}, {"max_count": people // 7, "user_order": "random"})
        sandbox.requests.clear()
        done = jc1p("-c", config, "sync", "-y", "-o", "json")
        assert (done.code, done.document["summary"]["suspend_user"]) == (0, 1)
        assert 0 < looked_up(sandbox) < people // 5
        shown = {each["userName"]: each["active"] for each in sandbox.bridge.users()}
        assert shown[leaver["email"]] is False
        assert max(sandbox.bridge.invitations.values(), default=0) <= 1


def test_list_that_is_short_by_one_page_only_still_holds_removals(tmp_path: Path) -> None:
    world = make_world(users=40, groups=6)
    settle(world)
    with Sandbox(world) as sandbox:
        config = config_for(sandbox, tmp_path)
        assert jc1p("-c", config, "sync", "-y").code == 0
        leaver = next(user for user in world.users.values() if user["id"] in world.effective() and
                      user["state"] == "ACTIVATED" and not user["suspended"])  # fmt: skip
        leaver.update(state="SUSPENDED", suspended=True)
        sandbox.turn({}, {"total_off_by": 1})
        done = jc1p("-c", config, "sync", "-y", "-o", "json")
        assert (done.code, [each["code"] for each in done.document["held"]]) == (5, ["incomplete_read"])


@pytest.mark.matrix
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("people", "first_order"), [(12_000, "random"), (30_000, "stable")])
def test_scenario_of_a_large_company(tmp_path: Path, people: int, first_order: str) -> None:
    """The larger one is linked in a stable order, before the bridge changes it: adopting would take minutes."""
    world = make_world(users=people, groups=6, assigned_users=people)
    settle(world)
    with Sandbox(world) as sandbox:
        sandbox.turn({}, {"user_order": first_order})
        config = config_for(sandbox, tmp_path, replace=("guard:\n", "guard:\n  creations: 99999\n"))
        assert jc1p("-c", config, "sync", "-y").code == 0
        sandbox.turn({}, {"user_order": "random"})
        sandbox.requests.clear()
        done = jc1p("-c", config, "sync", "-y", "-o", "json")
        assert (done.code, done.document["changes"], done.document["target"]["complete"]) == (0, [], True)
        assert 0 < looked_up(sandbox) < people // 5
