"""The installed command, started as cron starts it: each command, each exit code, signals, a prompt, encodings."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from support.effort import product_of
from support.inprocess import jc1p
from support.installed import PROGRAM, config_for, run_installed, wait_until

from jc1p.cli import app
from jc1p.errors import ExitCode
from jc1p.sandbox.faults import Fault
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

# --- each command -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Started:
    """A command line, its exit code, and a word in its output; names of files stand for their paths."""

    command: str
    more: str
    code: ExitCode
    says: str

    def __str__(self) -> str:
        return f"{self.command} {self.more}".strip()

    def words(self, files: dict[str, str]) -> list[str]:
        return [files.get(word, word) for word in str(self).split()]


STARTED = [
    Started("sync", "--yes -o json", ExitCode.IN_PART, '"failed": 1'),
    Started("sync", "", ExitCode.USAGE, "--yes"),
    Started("plan", "--out NEW", ExitCode.DONE, "Invite 1 user"),
    Started("apply", "PLAN --yes", ExitCode.IN_PART, "not allowed"),
    Started("drift", "", ExitCode.CHANGES_DUE, "Invite 1 user"),
    Started("review", "--group Engineering", ExitCode.DONE, "Review: 1 group"),
    Started("why", "nobody@example.com", ExitCode.FAILED, "error: "),
    Started("import", "", ExitCode.DONE, "Matched"),
    Started("doctor", "", ExitCode.DONE, "0 failures"),
    Started("status", "", ExitCode.DONE, "Last good run"),
    Started("rollback", "RUN --dry-run", ExitCode.REFUSED, "would suspend"),
    Started("pause", "--reason audit", ExitCode.DONE, "audit"),
    Started("resume", "", ExitCode.DONE, "not paused"),
    Started("users list", "-o csv", ExitCode.DONE, "late.comer@example.com"),
    Started("users show", "late.comer@example.com", ExitCode.DONE, "Late Comer"),
    Started("groups list", "", ExitCode.DONE, "Engineering"),
    Started("groups show", "Engineering", ExitCode.DONE, "Engineering"),
    Started("help", "sync", ExitCode.DONE, "--dry-run"),
    Started("version", "", ExitCode.DONE, "jc1p "),
    Started("completion", "bash", ExitCode.DONE, "_jc1p_completion"),
    Started("init", "--no-input", ExitCode.USAGE, "already exists"),
    Started("config init", "", ExitCode.USAGE, "already exists"),
    Started("config check", "", ExitCode.DONE, "jc1p.yaml"),
    Started("config show", "", ExitCode.DONE, "********"),
    Started("config schema", "", ExitCode.DONE, "json-schema.org"),
    Started("history", "", ExitCode.DONE, "sync"),
    Started("history show", "RUN", ExitCode.DONE, "applied"),
    Started("report merge", "PLAN", ExitCode.DONE, "1 run"),
    Started("sandbox day", "--config-out OTHER", ExitCode.DONE, ""),
    Started("sandbox confirm", "--config-out OTHER", ExitCode.DONE, ""),
    Started("sandbox fault", "none --config-out OTHER", ExitCode.DONE, ""),
]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A company in sync except for a user who can't be invited, and another sandbox; their files and the run's id."""
    with Sandbox(make_world(users=40, groups=8)) as made, Sandbox(make_world(users=30, groups=6)) as other:
        folder, elsewhere = tmp_path_factory.mktemp("company"), tmp_path_factory.mktemp("elsewhere")
        config = config_for(made, folder)
        run = jc1p("-c", config, "sync", "--yes", "-o", "json").document["run_id"]
        made.world.assigned_users.append(made.world.add_user("Late", "Comer")["id"])
        made.turn({}, {"allowed_domains": ["nowhere.example"]})
        jc1p("-c", config, "plan", "--out", folder / "plan.json")
        yield {
            "CONFIG": str(config), "NEW": str(folder / "new.json"), "PLAN": str(folder / "plan.json"), "RUN": run,
            "OTHER": str(config_for(other, elsewhere)),
        }  # fmt: skip


@pytest.mark.parametrize("row", product_of(STARTED, lambda row: {row.code, row.command.split()[0]}), ids=str)
def test_command_runs_as_installed(company: dict[str, str], row: Started) -> None:
    done = run_installed("-c", company["CONFIG"], *row.words(company))
    if row.command == "pause":
        jc1p("-c", company["CONFIG"], "resume")
    assert done.code == row.code, done.out + done.err
    assert row.says in done.out + done.err
    assert "Traceback" not in done.err


@pytest.mark.matrix  # `make demo` is the same, and what a release is judged by starts it too
def test_demo_tells_the_whole_story() -> None:
    done = run_installed("demo")
    assert done.code == 0, done.out
    assert "Nothing left to do." in done.out
    assert "each of them once" in done.out


def test_sandbox_command_serves_until_interrupted(tmp_path: Path) -> None:
    command = [str(PROGRAM), "sandbox", "--users", "30", "--groups", "6", "--config-out", str(tmp_path / "sb.yaml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout
        lines = iter(running.stdout.readline, "")
        assert any(line.strip() == "sandbox ready" for line in lines)
        assert jc1p("-c", tmp_path / "sb.yaml", "sync", "-y").code == 0
        assert jc1p("-c", tmp_path / "sb.yaml", "drift").code == 0
        running.send_signal(2)
        out, err = running.communicate(timeout=20)
    assert running.returncode == 0
    assert "sandbox stopped" in out
    assert err == ""


def test_sandbox_overwrites_no_configuration_but_its_own(tmp_path: Path) -> None:
    path = tmp_path / "jc1p.yaml"
    path.write_text("# mine\n")
    refused = run_installed("sandbox", "--config-out", path)
    assert (refused.code, "not written by a sandbox" in refused.err) == (2, True)
    assert path.read_text() == "# mine\n"


def test_sandbox_that_starts_again_begins_without_the_state_of_the_last(tmp_path: Path) -> None:
    path, state = tmp_path / "sb.yaml", tmp_path / "sb-state"
    state.mkdir()
    (state / "mine").touch()
    (tmp_path / "sb-state-1").mkdir()
    said = []
    for _ in range(2):
        command = [str(PROGRAM), "sandbox", "--users", "30", "--groups", "6", "--config-out", str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            assert running.stdout
            assert any(line.strip() == "sandbox ready" for line in iter(running.stdout.readline, ""))
            assert jc1p("-c", path, "sync", "--yes").code == 0
            running.terminate()
            said.append(running.communicate(timeout=20)[1])
    # The first time no sandbox had written the configuration: the folder may be anybody's.
    assert said == ["", f"The state of the earlier sandbox is now in {state}-2.\n"]
    assert (tmp_path / "sb-state-2" / "mine").exists()


# --- other runs, signals, terminals, start-up ---------------------------------------------------------------


def test_second_run_stops_and_names_the_first(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(Fault("slow", service="jumpcloud", path="organizations", seconds=3))
    with subprocess.Popen([PROGRAM, "-c", str(config), "sync", "-y"], stdout=subprocess.DEVNULL) as first:
        wait_until(lambda: [*(config.parent / "state").rglob("run.holder")], first)
        second = jc1p("-c", config, "sync", "-y", "-o", "json")
        assert (second.code, second.document["error"]["code"]) == (6, "locked")
        assert str(first.pid) in second.err
        # Not prevented; on a busy machine it may read while the first one writes.
        assert jc1p("-c", config, "plan").code in {0, 5}
        assert first.wait(60) == 0
    assert jc1p("-c", config, "sync", "-y").code == 0


@pytest.mark.parametrize("signal", [pytest.param(2, marks=pytest.mark.matrix), 15])
def test_interrupted_run_finishes_what_is_in_flight_and_reports(tmp_path: Path, signal: int) -> None:
    with Sandbox(make_world(users=60, groups=8), latency_ms=150) as sandbox:
        config = config_for(sandbox, tmp_path)
        command = [str(PROGRAM), "-c", str(config), "sync", "-y", "-o", "json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
            wait_until(lambda: len(sandbox.bridge.invitations) >= 3, running)
            running.send_signal(signal)
            out, err = running.communicate(timeout=30)
        assert running.returncode == 130
        outcome = json.loads(out)["outcome"]
        assert outcome["applied"] >= 3
        assert outcome["failed"] == 0
        assert outcome["skipped"] > 3
        assert "Traceback" not in err
        assert len(sandbox.bridge.invitations) <= outcome["applied"]
        again = jc1p("-c", config, "sync", "-y", "-o", "json")
        assert (again.code, again.document["outcome"]["failed"]) == (0, 0)
        assert jc1p("-c", config, "plan", "--detailed-exitcode").code == 0
        assert max(sandbox.bridge.invitations.values()) == 1


def test_interrupted_reading_ends_at_once(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(Fault("slow", service="jumpcloud", path="systemusers", seconds=60))
    command = [str(PROGRAM), "-c", str(config), "plan", "-o", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        wait_until(lambda: sandbox.requests, running)
        running.send_signal(2)
        out, err = running.communicate(timeout=20)
    assert (running.returncode, json.loads(out)["error"]["code"]) == (130, "interrupted")
    assert "Traceback" not in err


@pytest.mark.parametrize(("typed", "code", "applied"), [("y\n", 0, True), ("n\n", 130, False), ("", 130, False)])
def test_prompt_on_a_terminal(sandbox: Sandbox, config: Path, typed: str, code: int, applied: bool) -> None:
    script = f"import pty, sys; sys.exit(pty.spawn([{str(PROGRAM)!r}, '-c', {str(config)!r}, 'sync']) >> 8)"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as running:
        assert running.stdin
        assert running.stdout
        seen = b""
        while b"[y/N]" not in seen:
            seen += (byte := running.stdout.read(1))
            assert byte, seen
        running.stdin.write(typed.encode() or b"\x04")
        running.stdin.flush()
        seen += running.stdout.read()
        running.stdin.close()
        assert running.wait(30) == code
    assert b"changes? [y/N]" in seen
    assert bool(sandbox.bridge.invitations) is applied


def test_name_that_the_terminal_cannot_show_ends_no_run(config: Path) -> None:
    done = run_installed("-c", config, "plan", environment={"PYTHONIOENCODING": "ascii"})
    assert done.code == 0
    assert "\\u0644" in done.out


def test_help_imports_no_heavy_library() -> None:
    script = (
        "import sys; from jc1p.cli import run; run(['--help']); "
        "print(sorted({'httpx', 'yaml', 'tenacity', 'asyncio', 'pydantic'} & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "sync" in done.stdout


# --- completeness -------------------------------------------------------------------------------------------

OWN_COMMANDS = {
    "demo": test_demo_tells_the_whole_story,
    "sandbox": test_sandbox_command_serves_until_interrupted,
}
OWN_CODES = {
    ExitCode.LOCKED: test_second_run_stops_and_names_the_first,
    ExitCode.INTERRUPTED: test_interrupted_reading_ends_at_once,
}
"""Commands with their own test."""


def commands(here: object, *words: str) -> Iterator[str]:
    """Every command that can be run, such as "users list"."""
    known: dict[str, object] = getattr(here, "commands", {})
    if words and (not known or getattr(here, "invoke_without_command", False)):
        yield " ".join(words)
    for word, command in known.items():
        yield from commands(command, *words, word)


def test_every_command_is_run_as_installed() -> None:
    assert {row.command for row in STARTED} | set(OWN_COMMANDS) == set(commands(typer.main.get_command(app)))


def test_every_exit_code_is_met_as_installed() -> None:
    assert {row.code for row in STARTED} | set(OWN_CODES) == set(ExitCode)
