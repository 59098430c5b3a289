"""`jc1p init` on a pseudo-terminal against the sandbox, from the first question to the next three commands."""

import os
import signal
import stat
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from support.inprocess import jc1p
from support.installed import config_for
from support.pseudo_terminal import CTRL_C, CTRL_D, TerminalSession

from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import OWNER, make_world

KEY, TOKEN = "jca-canary-key-77aa", "canary-bridge-token-88bb"

FAKE_OP = """\
#!/bin/sh
env > "$OP_ENVIRONMENT"
case "$*" in
*"user list Owners"*) echo '[{"email": "OWNER", "state": "ACTIVE"}, {"email": "boss@elsewhere.example"}]' ;;
*"group list"*) echo '[{"name": "Owners"}, {"name": "Engineering"}, {"name": "Finance"}]' ;;
*) exit 1 ;;
esac
""".replace("OWNER", OWNER)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=40, groups=8)) as made:
        made.jumpcloud.key, made.bridge.token = KEY, TOKEN
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir(mode=0o700)
    return made


def with_op(folder: Path, script: str = FAKE_OP) -> dict[str, str]:
    """An environment with a fake `op`, which writes its own environment to $OP_ENVIRONMENT."""
    programs = folder.parent / "bin"
    programs.mkdir()
    program = programs / "op"
    program.write_text(script)
    program.chmod(0o755)
    return {"PATH": f"{programs}:{os.environ['PATH']}", "OP_ENVIRONMENT": str(folder.parent / "op.env")}


def by_hand(sandbox: Sandbox) -> list[tuple[str, str]]:
    """Every question of the shortest path, with the typed answer."""
    return [
        ("JumpCloud region", sandbox.jumpcloud_url),
        ("Sign in with", ""),
        ("Secrets from", "1"),
        ("Environment variable for the JumpCloud API key", ""),
        ("JumpCloud API key (hidden)", KEY),
        ("Application (number", ""),
        ("SCIM bridge address", sandbox.bridge_url),
        ("Environment variable for the SCIM bridge's bearer token", ""),
        ("SCIM bridge's bearer token (hidden)", TOKEN),
        ("Owners to protect", OWNER),
        ("Notify (", ""),
    ]


def everything_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_first_hour_from_the_first_question_to_a_dry_run(sandbox: Sandbox, folder: Path) -> None:
    with TerminalSession("init", cwd=folder) as terminal:
        for question, typed in by_hand(sandbox):
            terminal.answer(question, typed)
        assert terminal.end() == 0, terminal.seen
    shown = terminal.seen
    assert "Organization: Example Corp." in shown
    assert "1Password Business" in shown
    assert "Manage Groups" in shown
    assert "export JUMPCLOUD_API_KEY='…'" in shown
    assert shown.rstrip().splitlines()[-3:] == [
        "  jc1p import           # match users and accounts",
        "  jc1p sync --dry-run   # what a sync would change",
        "  jc1p sync --limit 2   # start with a few invitations",
    ]
    written = folder / "jc1p.yaml"
    assert [each.name for each in everything_in(folder)] == ["jc1p.yaml"]
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert OWNER in written.read_text()
    secrets = {"JUMPCLOUD_API_KEY": KEY, "OP_SCIM_TOKEN": TOKEN, "XDG_STATE_HOME": str(folder / "state")}
    assert jc1p("config", "check", cwd=folder, environment=secrets).out == "jc1p.yaml: ok\n"
    assert jc1p("sync", "--dry-run", cwd=folder, environment=secrets).code == 0


def test_typed_secrets_are_in_the_chosen_files_and_nowhere_else(sandbox: Sandbox, folder: Path) -> None:
    with TerminalSession("init", "--debug", cwd=folder, environment=with_op(folder)) as terminal:
        terminal.answer("JumpCloud region", sandbox.jumpcloud_url)
        terminal.answer("Sign in with", "1")
        terminal.answer("Secrets from", "2")
        terminal.answer("File for the JumpCloud API key", "")
        terminal.answer("JumpCloud API key (hidden)", KEY)
        terminal.answer("Application (number", "1Password Business")
        terminal.answer("SCIM bridge address", f"{sandbox.bridge_url}/scim/v2/")
        terminal.answer("File for the SCIM bridge's bearer token", "./token")
        terminal.answer("bearer token (hidden)", TOKEN)
        came = terminal.answer("Owners to protect", "")
        terminal.answer("Notify (", "none")
        assert terminal.end() == 0, terminal.seen
    assert "1Password also has Finance, and provisioning does not see it" in came
    assert "also lists boss@elsewhere.example" in came
    assert KEY not in terminal.seen
    assert TOKEN not in terminal.seen
    holding = {path.name for path in everything_in(folder.parent) if KEY.encode() in path.read_bytes()}
    assert holding == {"jumpcloud-api-key"}
    holding = {path.name for path in everything_in(folder.parent) if TOKEN.encode() in path.read_bytes()}
    assert holding == {"token"}
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in ("token", "jumpcloud-api-key")} == {0o600}
    assert f"- {OWNER}" in (folder / "jc1p.yaml").read_text()
    assert jc1p("config", "check", cwd=folder).out == "jc1p.yaml: ok\n"


def test_variable_that_is_set_is_used_and_reaches_no_program(sandbox: Sandbox, folder: Path) -> None:
    environment = {**with_op(folder), "JUMPCLOUD_API_KEY": KEY, "BRIDGE": TOKEN}
    with TerminalSession(
        "init", "--region", sandbox.jumpcloud_url, "--scim-url", sandbox.bridge_url, "--token-from", "BRIDGE",
        "--notify", "none", cwd=folder, environment=environment,
    ) as terminal:  # fmt: skip
        terminal.answer("Sign in with", "1")
        terminal.answer("Secrets from", "1")
        terminal.answer("Environment variable", "")
        terminal.answer("Application (number", "")
        terminal.answer("Owners to protect", "")
        assert terminal.end() == 0, terminal.seen
    assert "export" not in terminal.seen
    inherited = (folder.parent / "op.env").read_text()
    assert "HOME=" in inherited
    assert KEY not in inherited
    assert TOKEN not in inherited


def test_running_sandbox_is_set_up_in_three_answers(sandbox: Sandbox, folder: Path) -> None:
    config_for(sandbox, folder).rename(folder / "jc1p-sandbox.yaml")
    with TerminalSession("init", "--sandbox", cwd=folder) as terminal:
        terminal.answer("Application (number", "")
        terminal.answer("Owners to protect", "olivia.owner@example.con")
        terminal.answer("Keep them anyway? [y/N]", "")
        terminal.answer("Owners to protect", OWNER)
        terminal.answer("Notify (", "none")
        assert terminal.end() == 0, terminal.seen
    assert "no account olivia.owner@example.con" in terminal.seen
    assert jc1p("sync", "--yes", cwd=folder).code == 0
    assert jc1p("drift", cwd=folder).code == 0


HIDDEN = 4
QUICK = {("ctrl-c", 1), ("ctrl-c", HIDDEN), ("ctrl-c", 9), ("ctrl-d", HIDDEN), ("term", HIDDEN)}
"""Before anything was tried, at a hidden question, and near the end."""


@pytest.mark.parametrize(
    ("how", "step"),
    [
        pytest.param(how, step, marks=() if (how, step) in QUICK else pytest.mark.matrix)
        for how, step in product(("ctrl-c", "ctrl-d", "term"), range(11))
    ],
)
def test_leaving_at_any_question_leaves_nothing_behind(sandbox: Sandbox, folder: Path, how: str, step: int) -> None:
    answers = by_hand(sandbox)
    with TerminalSession("init", cwd=folder) as terminal:
        for question, typed in answers[:step]:
            terminal.answer(question, typed)
        terminal.wait_for(answers[step][0])
        terminal.wait_for(": ")
        leave(terminal, how)
        assert terminal.end() == 130, terminal.seen
        assert terminal.echoes
    assert "nothing was written" in terminal.seen
    assert list(folder.iterdir()) == []


def leave(terminal: TerminalSession, how: str) -> None:
    if how == "term":
        terminal.kill(signal.SIGTERM)
    else:
        terminal.type(CTRL_C if how == "ctrl-c" else CTRL_D)


def test_leaving_while_a_service_is_silent_leaves_nothing_behind(folder: Path) -> None:
    with Sandbox(make_world(users=40, groups=8), latency_ms=20_000) as silent:
        address = f"--region={silent.jumpcloud_url}"
        with TerminalSession("init", address, "--api-key-from=K", cwd=folder, environment={"K": "x" * 9}) as terminal:
            terminal.wait_for("Trying")
            terminal.type(CTRL_C)
            assert terminal.end() == 130, terminal.seen
    assert list(folder.iterdir()) == []
