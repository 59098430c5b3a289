"""The policies of docs/policies.md, run by jq over documents that jc1p wrote."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from support.inprocess import jc1p
from support.installed import config_for

from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

PAGE = Path(__file__).parents[2] / "docs" / "policies.md"

pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="there is no jq")


def judged(document: dict[str, Any], folder: Path) -> tuple[int, str, str]:
    """The result of the page's own command."""
    (program,) = re.findall(r"```jq\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (folder / "policies.jq").write_text(program)
    (folder / "plan.json").write_text(json.dumps(document))
    line = next(line for line in PAGE.read_text().splitlines() if line.startswith("jq ")).partition(" && ")[0]
    done = subprocess.run(line.split(), cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip(), done.stderr.strip()


@pytest.fixture(scope="module", name="plan")
def plan_of_a_company(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with Sandbox(make_world(users=30, groups=6)) as sandbox:
        return jc1p("-c", config_for(sandbox, tmp_path_factory.mktemp("plan")), "plan", "-o", "json").document


def members(*emails: str) -> dict[str, Any]:
    return {"kind": "add_members", "user": None, "group": "Production", "attributes": {}, "members": list(emails)}


def test_plan_that_keeps_the_policies_passes(plan: dict[str, Any], tmp_path: Path) -> None:
    assert any(change["kind"] == "create_user" for change in plan["changes"])
    assert judged(plan, tmp_path) == (0, "policies kept", "")


@pytest.mark.parametrize("is_compared", [False, True], ids=["plan", "comparison"])
def test_each_violation_is_named_and_fails(plan: dict[str, Any], tmp_path: Path, *, is_compared: bool) -> None:
    invited = next(change for change in plan["changes"] if change["kind"] == "create_user")
    aliased = {**invited, "attributes": {"userName": {"before": None, "after": "eve@elsewhere.example"}}}
    changes = [aliased, members("contractor.max@example.com", "ann@example.com")]
    document = {**plan, "changes": changes}
    if is_compared:
        document = {**plan, "comparison": {"other": {"only": {"changes": changes}}}}
    code, _, said = judged(document, tmp_path)
    assert code == 1
    assert said.splitlines() == [
        "eve@elsewhere.example: not in @example.com", "contractor.max@example.com: a contractor in Production",
    ]  # fmt: skip


def test_run_that_failed_is_no_plan_that_keeps_them(plan: dict[str, Any], tmp_path: Path) -> None:
    failed = {**plan, "changes": None, "error": {"code": "unauthorized", "message": "no", "hint": None}}
    assert judged(failed, tmp_path) == (1, "", "no plan to judge")
