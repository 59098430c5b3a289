"""Accounts that an admin suspended in 1Password stay suspended, with one notification, until an admin decides."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.inprocess import jc1p
from support.installed import config_for

from jc1p.sandbox.days import advance_day
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=40, groups=6)) as made:
        yield made


@pytest.fixture
def config(sandbox: Sandbox, tmp_path: Path) -> Path:
    return config_for(sandbox, tmp_path)


def suspend_by_hand(sandbox: Sandbox, count: int) -> list[str]:
    """A security tool suspends this many people who are active on both sides."""
    users = {user["email"]: user for user in sandbox.world.users.values() if user["state"] == "ACTIVATED"}
    active = [each for each in sandbox.bridge.users() if each["active"] and each["userName"] in users][:count]
    for each in active:
        switch_by_hand(sandbox, each["userName"], active=False)
    return sorted(each["userName"] for each in active)


def switch_by_hand(sandbox: Sandbox, email: str, *, active: bool) -> None:
    """An admin suspends or reactivates an account in 1Password."""
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": active}]}  # fmt: skip
    (id_,) = (each["id"] for each in sandbox.bridge.users() if each["userName"] == email)
    headers = {"Authorization": f"Bearer {sandbox.bridge.token}"}
    assert httpx.patch(f"{sandbox.bridge_url}/scim/Users/{id_}", json=body, headers=headers).is_success


def is_active(sandbox: Sandbox, email: str) -> bool:
    return next(bool(each["active"]) for each in sandbox.bridge.users() if each["userName"] == email)


def elsewhere(document: dict[str, Any]) -> list[str]:
    return sorted(held["user"] for held in document["held"] if held["code"] == "suspended_elsewhere")


def test_accounts_that_a_security_tool_suspended_stay_suspended(sandbox: Sandbox, config: Path) -> None:
    assert jc1p("-c", config, "sync", "-y").code == 0
    known = elsewhere(jc1p("-c", config, "plan", "-o", "json").document)
    hit = suspend_by_hand(sandbox, 25)
    for command in (("sync", "-y"), ("drift",), ("sync", "-y")):
        done = jc1p("-c", config, *command, "-o", "json")
        assert (done.code, done.document["changes"]) == (0, [])
        assert elsewhere(done.document) == sorted([*hit, *known])
    assert not any(is_active(sandbox, email) for email in hit)


def test_reactivate_names_who_comes_back_and_is_limited(sandbox: Sandbox, config: Path) -> None:
    assert jc1p("-c", config, "sync", "-y").code == 0
    first, *others = suspend_by_hand(sandbox, 9)
    assert jc1p("-c", config, "sync", "-y", "--reactivate", first.upper()).code == 0
    assert is_active(sandbox, first)
    assert not any(is_active(sandbox, email) for email in others)
    refused = jc1p("-c", config, "sync", "-y", "--reactivate", "*@example.com", "-o", "json")
    assert (refused.code, refused.document["guard"]["findings"][0]["limit"]) == (4, "reactivations")
    allowed = jc1p("-c", config, "sync", "-y", "--reactivate", "*@example.com", "--allow", "reactivations=20")
    assert allowed.code == 0
    assert all(is_active(sandbox, email) for email in others)


def test_reactivate_that_fits_nobody_held_is_an_error(sandbox: Sandbox, config: Path) -> None:
    done = jc1p("-c", config, "sync", "-y", "--reactivate", "nobody@example.com", "-o", "json")
    assert (done.code, done.document["error"]["code"]) == (1, "not_found")


def test_return_from_leave_is_due_although_state_is_lost(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    assert jc1p("-c", config, "sync", "-y").code == 0
    assert not is_active(sandbox, "susi.suspended@example.com")
    told = advance_day(sandbox.world)
    assert any("back from leave" in each for each in told)
    (database,) = (tmp_path / "state").rglob("state.db")
    database.unlink()  # the journal is still there
    assert jc1p("-c", config, "sync", "-y").code == 0
    assert is_active(sandbox, "susi.suspended@example.com")


def test_suspension_by_an_admin_stays_after_state_is_lost_although_jc1p_suspended_the_account_once(
    sandbox: Sandbox, config: Path, tmp_path: Path
) -> None:
    email = "susi.suspended@example.com"
    assert jc1p("-c", config, "sync", "-y").code == 0
    assert not is_active(sandbox, email)
    advance_day(sandbox.world)  # back from leave
    switch_by_hand(sandbox, email, active=True)
    assert jc1p("-c", config, "sync", "-y").code == 0
    switch_by_hand(sandbox, email, active=False)
    (database,) = (tmp_path / "state").rglob("state.db")
    database.unlink()  # the journal is still there
    assert email in elsewhere(jc1p("-c", config, "sync", "-y", "-o", "json").document)
    assert not is_active(sandbox, email)


def test_without_state_and_journal_more_is_held_and_said(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    assert jc1p("-c", config, "sync", "-y").code == 0
    advance_day(sandbox.world)
    (tmp_path / "state").rename(tmp_path / "lost")
    looked = jc1p("-c", config, "plan").out
    assert looked.startswith("! no record of earlier runs")
    assert "may hold more changes than usual" in looked.splitlines()[0]
    assert looked.count("no record of earlier runs") == 1
    done = jc1p("-c", config, "sync", "-y", "-o", "json")
    assert "susi.suspended@example.com" in elsewhere(done.document)
    assert done.document["warnings"][0]["code"] == "no_memory"
    assert not is_active(sandbox, "susi.suspended@example.com")


def test_why_says_who_suspended_an_account(sandbox: Sandbox, config: Path) -> None:
    assert jc1p("-c", config, "sync", "-y").code == 0
    (hit,) = suspend_by_hand(sandbox, 1)
    assert "suspended, but not by jc1p" in jc1p("-c", config, "why", hit).out
    said = jc1p("-c", config, "why", "susi.suspended@example.com").out
    assert "suspended by jc1p, known since" in said


def test_configuration_may_let_everybody_come_back(sandbox: Sandbox, tmp_path: Path) -> None:
    config = config_for(sandbox, tmp_path, replace=("users:\n", "users:\n  when_suspended_elsewhere: reactivate\n"))
    assert jc1p("-c", config, "sync", "-y").code == 0
    hit = suspend_by_hand(sandbox, 2)
    assert jc1p("-c", config, "sync", "-y").code == 0
    assert all(is_active(sandbox, email) for email in hit)


def test_rollback_takes_no_suspension_in_jumpcloud_for_the_cause(sandbox: Sandbox, config: Path) -> None:
    """The safety limits judge what a rollback undoes, not what JumpCloud asks for: its reading may be wrong."""
    assert jc1p("-c", config, "sync", "-y").code == 0
    active = {each["userName"] for each in sandbox.bridge.users() if each["active"]}
    in_step = [
        user for user in sandbox.world.users.values() if user["email"] in active and user["state"] == "ACTIVATED"
    ]
    in_step[0].update(displayname="Another Name")
    assert jc1p("-c", config, "sync", "-y").code == 0
    user = in_step[1]
    switch_by_hand(sandbox, user["email"], active=False)
    user.update(state="SUSPENDED", suspended=True)
    assert jc1p("-c", config, "rollback", "last", "-y").code == 0
    user.update(state="ACTIVATED", suspended=False)
    assert jc1p("-c", config, "sync", "-y").code == 0
    assert not is_active(sandbox, user["email"])
