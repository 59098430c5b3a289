"""`jc1p import --link --group NAME`: the link of a 1Password group moves to the JumpCloud group of its name."""

import re
from pathlib import Path
from typing import Any

import pytest
from support.inprocess import jc1p

from jc1p.sandbox.faults import ALWAYS, Fault
from jc1p.sandbox.server import Sandbox

NAME = "Engineering"


def pushed(sandbox: Sandbox) -> dict[str, Any]:
    (found,) = [each for each in sandbox.bridge.groups() if each["displayName"] == NAME]
    return found


def run_of(config: Path) -> str:
    """The id of the newest run."""
    runs = jc1p("-c", config, "history", "-o", "json").document["runs"]
    return str(max(each["run_id"] for each in runs))


@pytest.fixture
def successor(sandbox: Sandbox, synced: Path) -> str:
    """The id of a new JumpCloud group in scope that has the name of one in sync, which was renamed."""
    world = sandbox.world
    old = next(each for each in world.groups.values() if each.name == NAME)
    old.name = f"{NAME} (old)"
    new = world.add_group(NAME)
    new.members += old.members
    world.assigned_groups.append(new.id)
    sandbox.requests.clear()
    return new.id


def test_link_moves_after_a_yes_and_the_next_plan_shows_what_follows(
    sandbox: Sandbox, synced: Path, successor: str
) -> None:
    before = pushed(sandbox)
    dry = jc1p("-c", synced, "import", "--link", "--group", NAME.lower(), "--dry-run", "-o", "json").document
    assert [(each["status"], each["jumpcloud_id"]) for each in dry["group_links"]] == [("planned", successor)]
    assert dry["links"] is None
    assert {request.method for request in sandbox.requests} <= {"GET"}

    asked = jc1p("-c", synced, "import", "--link", "--group", NAME)
    assert (asked.code, "--yes" in asked.err) == (2, True)
    done = jc1p("-c", synced, "import", "--link", "--group", NAME, "--yes")
    assert (done.code, done.out.splitlines()[-1]) == (0, "1 link moved.")
    assert f'it was linked to "{NAME} (old)"' in done.out
    after = pushed(sandbox)
    assert (after["id"], after["externalId"], after["members"]) == (before["id"], successor, before["members"])
    assert sum(request.method != "GET" for request in sandbox.requests) == 1

    plan = jc1p("-c", synced, "plan", "-o", "json").document
    assert next((each["kind"], each["group"]) for each in plan["changes"] if each["group"]) == (
        "create_group", f"{NAME} (old)",
    )  # fmt: skip
    assert not [each for each in plan["changes"] if each["group"] == NAME]
    again = jc1p("-c", synced, "import", "--link", "--group", NAME, "--yes", "-o", "json").document
    assert [each["status"] for each in again["group_links"]] == ["unchanged"]


def test_moved_link_is_in_the_history_and_a_rollback_says_that_it_stays(synced: Path, successor: str) -> None:
    assert jc1p("-c", synced, "import", "--link", "--group", NAME, "--yes").code == 0
    shown = jc1p("-c", synced, "history", "show", run_of(synced))
    assert re.search(rf"applied +link group {NAME}  moves the link from JumpCloud group .* to {successor}", shown.out)
    assert shown.out.startswith("import ")
    undone = jc1p("-c", synced, "rollback", "last", "--dry-run")
    assert (undone.code, f"{NAME}: link group: the link stays" in undone.out) == (0, True)
    assert jc1p("-c", synced, "import", "--link", "--group", NAME, "--yes").code == 0
    runs = jc1p("-c", synced, "history", "-o", "json").document["runs"]
    assert [each["command"] for each in runs].count("import") == 1, "a link that is there is not moved again"


def test_moved_link_is_found_again_after_state_was_lost(sandbox: Sandbox, synced: Path, successor: str) -> None:
    sandbox.turn({}, {"keeps_external_id": False})
    jc1p("-c", synced, "import", "--link", "--group", NAME, "--yes")
    (folder,) = (synced.parent / "state").iterdir()
    (folder / "state.db").unlink()
    row = jc1p("-c", synced, "groups", "show", NAME, "-o", "json").document["group"]
    assert (row["jumpcloud_id"], row["scim_id"]) == (successor, pushed(sandbox)["id"])


def test_bridge_that_drops_the_link_has_it_in_state_alone(sandbox: Sandbox, synced: Path, successor: str) -> None:
    sandbox.turn({}, {"keeps_external_id": False})
    done = jc1p("-c", synced, "import", "--link", "--group", NAME, "--yes", "-o", "json")
    assert [each["status"] for each in done.document["group_links"]] == ["linked_in_state"]
    plan = jc1p("-c", synced, "plan", "-o", "json").document
    assert not [each for each in plan["changes"] if each["group"] == NAME]


def test_refused_request_moves_nothing(sandbox: Sandbox, synced: Path, successor: str) -> None:
    sandbox.faults.append(Fault("403", service="onepassword", method="PATCH", times=ALWAYS))
    done = jc1p("-c", synced, "import", "--link", "--group", NAME, "--yes", "-o", "json")
    assert (done.code, [each["status"] for each in done.document["group_links"]]) == (1, ["failed"])
    sandbox.faults.clear()
    assert pushed(sandbox)["externalId"] != successor
    changes = jc1p("-c", synced, "history", "show", run_of(synced), "-o", "json").document["changes"]
    assert [(each["status"], each["group"]) for each in changes] == [("failed", NAME)]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--group", NAME], "--group goes with --link"),
        (["--link", "--group", NAME, "--create"], "--group and --create"),
        (["--link", "--group", NAME, "--accept", "a@example.com"], "--group and --accept"),
    ],
)
def test_options_that_do_not_go_together_are_refused(config: Path, more: list[str], said: str) -> None:
    done = jc1p("-c", config, "import", *more)
    assert (done.code, said in done.err) == (2, True)


def test_unknown_group_is_not_found(config: Path) -> None:
    done = jc1p("-c", config, "import", "--link", "--group", "Enginering", "--yes", "-o", "json")
    assert (done.code, done.document["error"]["code"]) == (1, "not_found")
