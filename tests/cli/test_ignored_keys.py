"""A key that no longer has an effect: a warning wherever the file is read, and no scheduled run stops."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.inprocess import jc1p
from support.installed import Done, config_for

from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

KEY = "jumpcloud.accelerators"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


@pytest.fixture
def config(sandbox: Sandbox, tmp_path: Path) -> Path:
    path = config_for(sandbox, tmp_path)
    path.write_text(path.read_text().replace("\nonepassword:", "\n  accelerators: [memberof]\nonepassword:", 1))
    return path


def place(config: Path) -> str:
    """The key's place as file:line:column."""
    lines = config.read_text().splitlines()
    return f"{config}:{lines.index('  accelerators: [memberof]') + 1}:3: {KEY}"


def ignored(done: Done) -> list[str]:
    return [each["message"] for each in done.document["warnings"] if each["code"] == "ignored_key"]


def test_config_check_and_show_warn_and_succeed(config: Path) -> None:
    for done in (jc1p("-c", config, "config", "check"), jc1p("-c", config, "config", "show")):
        assert done.code == 0
        assert place(config) in done.err.replace("\n", "")
        assert "accelerators" not in done.out


def test_runs_go_on_and_their_documents_have_the_warning(config: Path) -> None:
    planned, synced = (
        jc1p("-c", config, *command, "-o", "json")
        for command in (("plan",), ("sync", "--yes", "--allow", "suspensions=9"))
    )
    for done in (planned, synced):
        assert (done.code, done.document["error"]) == (0, None)
        (message,) = ignored(done)
        assert message.startswith(place(config))
        assert place(config) in done.err.replace("\n", "")
    assert synced.document["outcome"]["applied"] > 0


def test_paused_run_has_both_warnings(config: Path) -> None:
    jc1p("-c", config, "pause", "--reason", "audit")
    done = jc1p("-c", config, "sync", "--yes", "-o", "json")
    assert done.code == 0
    assert [each["code"] for each in done.document["warnings"]] == ["ignored_key", "paused"]


def test_doctor_finds_the_key_in_the_file_and_no_fault_with_secrets(config: Path) -> None:
    findings = {each["check"]: each for each in jc1p("-c", config, "doctor", "-o", "json").document["findings"]}
    assert (findings["config_file"]["status"], findings["config_secrets"]["status"]) == ("warning", "ok")
    assert place(config) in findings["config_file"]["seen"]
