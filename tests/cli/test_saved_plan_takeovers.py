"""Saved plans in which a group or an account gets another owner only since they were saved: `jc1p apply` refuses."""

from pathlib import Path

import pytest
from support.inprocess import jc1p

from jc1p.sandbox.bridge.bodies import patch_body
from jc1p.sandbox.server import Sandbox


@pytest.fixture
def adopting(sandbox: Sandbox, config: Path) -> str:
    """A 1Password group without members, which a JumpCloud group adopts by its name; its id."""
    assert jc1p("-c", config, "sync", "-y").code == 0
    named = sandbox.world.add_group("Treasury")
    named.members += sandbox.world.groups[sandbox.world.assigned_groups[0]].members[:2]
    sandbox.world.assigned_groups.append(named.id)
    return sandbox.bridge.add_group("Treasury")


def test_group_that_got_members_since_is_not_taken_over(
    sandbox: Sandbox, config: Path, adopting: str, tmp_path: Path
) -> None:
    saved = tmp_path / "plan.json"
    assert jc1p("-c", config, "plan", "--out", saved).code == 0
    stranger = sandbox.bridge.add_account("cfo@partner.example", "Chief")
    add = {"op": "add", "path": "members", "value": [{"value": stranger, "type": "User"}]}
    sandbox.bridge.handle("PATCH", f"/Groups/{adopting}", patch_body([add]))
    refused = jc1p("-c", config, "apply", saved, "-y", "-o", "json")
    assert (refused.code, refused.document["error"]["code"]) == (4, "plan_moved")
    assert "new: takes_over Treasury (" in refused.document["error"]["message"]
    assert jc1p("-c", config, "plan", "--out", saved).code == 0
    assert jc1p("-c", config, "apply", saved, "-y").code == 0
