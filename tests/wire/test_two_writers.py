"""Another tool undoes jc1p's changes between runs: sent in two runs, then held with the likely cause."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.rehearsal import Company

from jc1p.core.outcomes import Failed
from jc1p.core.plan import Hold, Kind, Plan
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


def undo(company: Company, direction: str, group: str, name: str) -> None:
    """Another client of the bridge removes a member from a group again, or adds one back."""
    bridge, account = company.sandbox.bridge, company.accounts[name]
    (found,) = (each for each in bridge.groups() if each["displayName"] == group)
    operation = (
        {"op": "remove", "path": f'members[value eq "{account}"]'}
        if direction == "added"
        else {"op": "add", "path": "members", "value": [{"value": account}]}
    )
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}
    headers = {"Authorization": f"Bearer {bridge.token}"}
    url = f"{company.sandbox.bridge_url}/scim/Groups/{found['id']}"
    assert httpx.patch(url, json=body, headers=headers).is_success


def planned_for(plan: Plan | None, group: str) -> list[str]:
    assert plan
    return [f"{each.kind} {member.email}" for each in plan.changes for member in each.members if each.group == group]


@pytest.mark.parametrize(
    ("direction", "group", "name", "change"),
    [("added", "Eng", "ren", "add_members"), ("removed", "Ops", "bob", "remove_members")],
)
def test_member_whom_another_writer_moves_back_is_sent_in_two_runs_and_then_held(
    sandbox: Sandbox, tmp_path: Path, direction: str, group: str, name: str, change: str
) -> None:
    company = Company(sandbox, tmp_path)
    assert company.sync().exit_code == 0  # for the first time
    undo(company, direction, group, name)
    again = company.sync()
    assert (again.exit_code, planned_for(again.plan, group)) == (0, [f"{change} {name}@example.com"])
    undo(company, direction, group, name)
    for _ in range(2):
        third = company.sync()
        assert third.plan
        assert (third.exit_code, planned_for(third.plan, group)) == (0, [])
        (held,) = third.plan.held
        assert (held.code, held.user, held.group) == (Hold.NOT_KEPT_BY_TARGET, f"{name}@example.com", group)
        assert "JumpCloud's own connector" in held.reason
    undo(company, "removed" if direction == "added" else "added", group, name)  # the other tool stops
    assert company.sync().plan == company.sync().plan
    undo(company, direction, group, name)
    assert planned_for(company.sync().plan, group) == [f"{change} {name}@example.com"]


def test_member_who_stays_is_not_counted(sandbox: Sandbox, tmp_path: Path) -> None:
    company = Company(sandbox, tmp_path)
    company.sync()
    for _ in range(3):
        undo(company, "added", "Eng", "ren")
        assert planned_for(company.sync().plan, "Eng") == ["add_members ren@example.com"]
        assert planned_for(company.sync().plan, "Eng") == []


def test_suspension_without_effect_fails_in_every_run_and_is_never_held(sandbox: Sandbox, tmp_path: Path) -> None:
    company = Company(sandbox, tmp_path)
    sandbox.turn({}, {"keeps_suspensions": False})
    for _ in range(4):
        ran = company.sync()
        assert ran.plan
        assert ran.report
        failed = {each.change.user for each in ran.report.outcomes if isinstance(each, Failed)}
        assert {"sus@example.com", "una@example.com"} <= failed
        assert ran.exit_code == 5
        assert not [each for each in ran.plan.held if each.kind is Kind.SUSPEND_USER]
    sandbox.turn({}, {"keeps_suspensions": True})
    assert company.sync().exit_code == 0
    assert company.is_in_step()
