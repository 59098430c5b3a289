"""`http.max_run` ends every command that talks to a service, in the same words and with the contract's exit code."""

import os
import signal
from functools import partial
from pathlib import Path

import pytest
from support.inprocess import jc1p
from support.installed import Done, config_for

from jc1p.sandbox.faults import ALWAYS, Fault
from jc1p.sandbox.server import Sandbox

SECONDS = 2
EMAIL, NAME = "canary@example.com", "Jc1p Canary Group"
CANARY = ("doctor", "--record", "bundle.json", "--canary", EMAIL, "--canary-group", NAME, "-y")


@pytest.fixture
def brief(sandbox: Sandbox, tmp_path: Path) -> Path:
    """A configuration whose runs may take two seconds."""
    return config_for(sandbox, tmp_path, more=f"http: {{max_run: {SECONDS}s}}\n")


def slow(method: str, path: str, *, times: int = 1, service: str = "onepassword", skip: int = 0) -> Fault:
    """Requests that are carried out after more time than a run has."""
    return Fault("slow", service, method, path, times=times, seconds=SECONDS + 0.5, skip=skip)


def says_limit(done: Done, code: int) -> None:
    error = done.document["error"]
    assert (done.code, error and error["code"]) == (code, "deadline"), done.out + done.err
    assert "http.max_run" in error["message"]
    assert "http.max_run" in error["hint"]


@pytest.mark.parametrize(
    "command",
    [("users", "list"), ("groups", "list"), ("why", "Engineering"), ("import",), ("drift",), ("review",), ("plan",),
     ("status", "--check")],
    ids=" ".join,
)  # fmt: skip
def test_reading_ends_with_the_time(sandbox: Sandbox, brief: Path, command: tuple[str, ...]) -> None:
    sandbox.faults.append(slow("GET", "/Users", times=ALWAYS))
    says_limit(jc1p("-c", brief, *command, "-o", "json"), 1)


def test_reading_the_groups_of_one_user_ends_with_the_time(sandbox: Sandbox, brief: Path) -> None:
    person = next(each for each in sandbox.world.users.values() if each["state"] == "ACTIVATED")
    sandbox.faults.append(slow("GET", "/users/[^/]+/memberof", times=ALWAYS, service="jumpcloud"))
    says_limit(jc1p("-c", brief, "why", person["email"], "-o", "json"), 1)


def test_creating_users_ends_with_the_time(sandbox: Sandbox, brief: Path) -> None:
    sandbox.faults.append(slow("POST", "/systemusers", service="jumpcloud"))
    done = jc1p("-c", brief, "import", "--create", "-y", "-o", "json")
    says_limit(done, 5)
    assert [each["status"] for each in done.document["creations"]] == ["created", "planned", "planned"]


def test_creating_users_that_hangs_is_interrupted_and_its_result_unknown(sandbox: Sandbox, brief: Path) -> None:
    sandbox.faults.append(fault := slow("POST", "/systemusers", service="jumpcloud", times=ALWAYS))
    fault.seconds = 60
    done = jc1p("-c", brief, "import", "--create", "-y", "-o", "json")
    says_limit(done, 1)
    assert [each["status"] for each in done.document["creations"]] == ["failed", "planned", "planned"]
    assert "may" in done.document["creations"][0]["error"]


def test_moving_links_of_groups_ends_with_the_time(sandbox: Sandbox, brief: Path) -> None:
    jc1p("-c", brief, "sync", "-y")
    names = sorted(each["displayName"] for each in sandbox.bridge.groups())[:2]
    for name in names:
        renamed_with_successor(sandbox, name)
    sandbox.faults.append(slow("PATCH", "/Groups"))
    options = [word for name in names for word in ("--group", name)]
    done = jc1p("-c", brief, "import", "--link", *options, "-y", "-o", "json")
    says_limit(done, 5)
    assert [each["status"] for each in done.document["group_links"]] == ["linked", "planned"]


@pytest.mark.parametrize("command", ["import --create", "import --link"])
def test_signal_between_two_writes_ends_the_command_as_interrupted(
    sandbox: Sandbox, config: Path, command: str
) -> None:  # fmt: skip
    options: list[str] = []
    if command == "import --link":
        jc1p("-c", config, "sync", "-y")
        for name in sorted(each["displayName"] for each in sandbox.bridge.groups())[:2]:
            renamed_with_successor(sandbox, name)
            options += ["--group", name]
    stop = partial(os.kill, os.getpid(), signal.SIGTERM)
    sandbox.faults.append(Fault("slow", "", "POST|PATCH", "/systemusers|/Groups", seconds=0.3, on_hit=stop))
    done = jc1p("-c", config, *command.split(), *options, "-y", "-o", "json")
    assert (done.code, done.document["error"]["code"]) == (130, "interrupted")
    rows = done.document["group_links"] or done.document["creations"]
    assert [each["status"] for each in rows[:2]] in (["linked", "planned"], ["created", "planned"])


def renamed_with_successor(sandbox: Sandbox, name: str) -> None:
    """The JumpCloud group of a name is renamed, and a new one in scope gets the name."""
    world = sandbox.world
    old = next(each for each in world.groups.values() if each.name == name)
    old.name = f"{name} (old)"
    world.assigned_groups.append(world.add_group(name).id)


# --- the canary ---------------------------------------------------------------------------------------------


def test_canary_that_has_no_time_left_for_reading_changes_nothing(sandbox: Sandbox, brief: Path) -> None:
    # doctor, which comes first and has its own time, doesn't look for the canary's address.
    sandbox.faults.append(fault := slow("GET", "canary", times=ALWAYS))
    done = canary(sandbox, brief)
    says_limit(done, 1)
    assert fault.made
    assert {each.method for each in sandbox.requests if each.service == "onepassword"} == {"GET"}


@pytest.mark.parametrize(("method", "path"), [("POST", "/Users"), ("POST", "/Groups"), ("PATCH", "/Groups")])
def test_canary_that_runs_out_of_time_cleans_up(sandbox: Sandbox, brief: Path, method: str, path: str) -> None:
    sandbox.faults.append(slow(method, path))
    done = canary(sandbox, brief)
    says_limit(done, 5)
    assert [each for each in sandbox.bridge.groups(hidden=True) if each["displayName"] == NAME] == []
    assert [each["active"] for each in sandbox.bridge.users() if each["userName"] == EMAIL] == [False]
    assert done.document["canary"]["left"] == [f"the account {EMAIL}, suspended: jc1p deletes no account"]


def canary(sandbox: Sandbox, config: Path) -> Done:
    sandbox.requests.clear()
    return jc1p("-c", config, *CANARY, "-o", "json", cwd=config.parent)
