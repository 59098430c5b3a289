"""Whole runs against scim2-server as its package is published: an independent SCIM server."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.inprocess import jc1p
from support.installed import config_for

from jc1p.sandbox.days import advance_day
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

SERVER = Path(sys.executable).with_name("scim2-server")
TOKEN = "real-server-token"


@pytest.fixture
def server() -> Iterator[str]:
    """The server on a free port; its base address."""
    with Sandbox(make_world(users=30, groups=6)) as probe:
        port = int(probe.bridge_url.rpartition(":")[2])
    command = [str(SERVER), "--port", str(port), "--bearer-token", TOKEN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
        assert running.stdout
        first = running.stdout.readline()
        found = re.search(r"http://\S+", first)
        assert found, first
        yield found[0].removesuffix("/v2")
        running.terminate()


@pytest.fixture
def source() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=60, groups=8)) as made:
        yield made


@pytest.fixture
def config(source: Sandbox, server: str, tmp_path: Path) -> Path:
    path = config_for(source, tmp_path)
    text = path.read_text().replace(source.bridge_url, f"{server}/v2").replace(source.bridge.token, TOKEN)
    path.write_text(text + "http: {onepassword_concurrency: 1}\n")
    return path


def accounts(server: str) -> dict[str, dict[str, object]]:
    """userName to the account on the server."""
    answer = httpx.get(f"{server}/v2/Users", params={"count": 1000}, headers={"Authorization": f"Bearer {TOKEN}"})
    return {each["userName"]: each for each in answer.json()["Resources"]}


def groups(server: str) -> dict[str, int]:
    """Group name to its number of members."""
    answer = httpx.get(f"{server}/v2/Groups", params={"count": 1000}, headers={"Authorization": f"Bearer {TOKEN}"})
    return {each["displayName"]: len(each.get("members", [])) for each in answer.json()["Resources"]}


def provisioned(source: Sandbox) -> set[str]:
    users = source.world.users
    return {
        users[id_]["email"] for id_ in source.world.effective()
        if users[id_]["state"] == "ACTIVATED" and not users[id_]["suspended"]
    }  # fmt: skip


def test_first_sync_then_nothing_to_do(source: Sandbox, server: str, config: Path) -> None:
    first = jc1p("-c", config, "sync", "-y", "-o", "json")
    assert (first.code, first.document["outcome"]["failed"]) == (0, 0), first.out
    assert accounts(server).keys() == provisioned(source)
    assert jc1p("-c", config, "plan", "--detailed-exitcode").code == 0


@pytest.mark.matrix
def test_a_day_of_joiners_movers_leavers_and_renames(source: Sandbox, server: str, config: Path) -> None:
    assert jc1p("-c", config, "sync", "-y").code == 0
    before = {each["id"] for each in accounts(server).values()}
    advance_day(source.world)
    done = jc1p("-c", config, "sync", "-y", "-o", "json")
    assert (done.code, done.document["outcome"]["failed"]) == (0, 0), done.out
    kinds = {change["kind"] for change in done.document["changes"]}
    assert {"create_user", "update_user", "rename_user", "suspend_user", "create_group", "rename_group"} <= kinds
    again = jc1p("-c", config, "plan", "-o", "json").document
    assert [change for change in again["changes"] if change["kind"] != "link_user"] == []
    after = accounts(server)
    assert {name for name, each in after.items() if each["active"]} == provisioned(source)
    assert before <= {each["id"] for each in after.values()}
    wanted = {source.world.groups[id_].name.strip() for id_ in source.world.assigned_groups}
    assert {name for name, size in groups(server).items() if size} <= wanted


@pytest.mark.matrix
def test_returning_people_are_reactivated_on_their_old_account(source: Sandbox, server: str, config: Path) -> None:
    someone = source.world.user_by_email("norman.nodisplay@example.com")
    jc1p("-c", config, "sync", "-y")
    first = accounts(server)[someone["email"]]["id"]
    someone.update(state="SUSPENDED", suspended=True)
    assert jc1p("-c", config, "sync", "-y").code == 0
    assert accounts(server)[someone["email"]]["active"] is False
    someone.update(state="ACTIVATED", suspended=False)
    assert jc1p("-c", config, "sync", "-y").code == 0
    assert (accounts(server)[someone["email"]]["id"], accounts(server)[someone["email"]]["active"]) == (first, True)
