"""The output of the installed command, whatever goes wrong: one document, one error, and the report is never lost."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support.effort import product_of
from support.inprocess import jc1p
from support.installed import PROGRAM, Done, config_for, wait_until

from jc1p.cli.actions.demo import next_steps
from jc1p.sandbox.faults import Fault
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

ENDINGS = product_of([signal.SIGINT, signal.SIGTERM, signal.SIGHUP], lambda _: {"ends a run"})


def one_error(done: Done, code: int, *words: str) -> None:
    assert done.code == code, done.err
    assert "Traceback" not in done.err + done.out
    assert done.err.count("error: ") == 1, done.err
    for word in words:
        assert word in done.err


def started(*arguments: str | Path, stdin: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
    command = [str(PROGRAM), *map(str, arguments)]
    return subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(running: "subprocess.Popen[str]") -> Done:
    out, err = running.communicate(timeout=60)
    return Done(running.returncode, out, err)


# --- state: checked before anything is read, and never in place of the report ---------------------------------


def database(config: Path) -> Path:
    (found,) = (config.parent / "state").rglob("state.db")
    return found


def test_state_that_another_program_holds_is_told_before_anything_is_read(sandbox: Sandbox, config: Path) -> None:
    assert jc1p("-c", config, "sync", "-y", "--only", "groups").code == 0
    sandbox.requests.clear()
    holder = sqlite3.connect(database(config), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    done = jc1p("-c", config, "sync", "-y", "-o", "json")
    holder.close()
    one_error(done, 2, "state.db: database is locked", "nothing was read or changed")
    assert done.document["error"]["code"] == "config"
    assert not sandbox.requests


@pytest.mark.matrix
def test_state_lost_while_applying_is_told_beside_the_report(tmp_path: Path) -> None:
    with Sandbox(make_world(users=60, groups=8), latency_ms=40) as sandbox:
        config = config_for(sandbox, tmp_path)
        with started("-c", config, "sync", "-y", "-o", "json") as running:
            wait_until(lambda: len(sandbox.bridge.invitations) > 2, running)
            holder = sqlite3.connect(database(config), isolation_level=None)
            holder.execute("BEGIN EXCLUSIVE")
            done = finished(running)
        holder.close()
        document = done.document
        assert document["outcome"]["applied"] == len(document["changes"]) == len(document["outcome"]["changes"])
        assert document["error"]["code"] == "config"
        assert document["requests"]["onepassword"] > len(sandbox.bridge.invitations)
        one_error(done, 5, "cannot use the state folder", "state.db")
        assert jc1p("-c", config, "sync", "-y").code == 0
        assert max(sandbox.bridge.invitations.values()) == 1


def test_killed_run_leaves_the_links_it_made(tmp_path: Path) -> None:
    with Sandbox(make_world(users=60, groups=8), latency_ms=40) as sandbox:
        config = config_for(sandbox, tmp_path)
        with started("-c", config, "sync", "-y") as running:
            wait_until(lambda: len(sandbox.bridge.invitations) > 8, running)
            running.kill()
        with closing(sqlite3.connect(database(config))) as state:
            linked = state.execute("SELECT scim_id FROM links WHERE kind = 'user'").fetchall()
        invited = {each["id"] for each in sandbox.bridge.users() if each["userName"] in sandbox.bridge.invitations}
        assert len({id_ for (id_,) in linked} & invited) >= 5


@pytest.mark.parametrize("written", ["~/st", "st"])
def test_state_path_is_the_same_folder_wherever_jc1p_is_run(sandbox: Sandbox, tmp_path: Path, written: str) -> None:
    for name in ("home", "here", "there"):
        (tmp_path / name).mkdir()
    config = config_for(sandbox, tmp_path / "here", replace=(str(tmp_path / "here" / "state"), written))
    for place in ("here", "there"):
        done = jc1p("-c", config, "sync", "-y", cwd=tmp_path / place, environment={"HOME": str(tmp_path / "home")})
        assert done.code == 0
    found = [path.relative_to(tmp_path).parts[:2] for path in tmp_path.rglob("state.db")]
    assert found == [("home" if written.startswith("~") else "here", "st")]


# --- errors: the message names the cause, and user errors are not bugs ----------------------------------------


def test_refused_login_while_applying_is_the_error_of_the_document(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(Fault("401", service="onepassword", method="POST", times=99))
    done = jc1p("-c", config, "sync", "-y", "-o", "json")
    one_error(done, 1, "refused the token")
    assert (done.document["error"]["code"], done.document["outcome"]["applied"]) == ("unauthorized", 0)
    assert "Applied 0 of" in jc1p("-c", config, "sync", "-y").out


@pytest.mark.parametrize("number", ENDINGS)
def test_signal_while_applying_is_the_error_of_the_document(tmp_path: Path, number: int) -> None:
    with Sandbox(make_world(users=60, groups=8), latency_ms=60) as sandbox:
        with started("-c", config_for(sandbox, tmp_path), "sync", "-y", "-o", "json") as running:
            wait_until(lambda: len(sandbox.bridge.invitations) > 2, running)
            running.send_signal(number)
            done = finished(running)
        one_error(done, 130, "interrupted by a signal")
        assert done.document["error"]["code"] == "interrupted"
        assert done.document["outcome"]["applied"] >= 2


@pytest.mark.parametrize("number", ENDINGS)
def test_signal_while_starting_waits_until_it_can_be_told(sandbox: Sandbox, config: Path, number: int) -> None:
    def is_held_back(process: int) -> bool:
        (line,) = [x for x in Path(f"/proc/{process}/status").read_text().splitlines() if x.startswith("SigBlk")]
        return bool(int(line.split()[1], 16) >> number - 1 & 1)

    with started("-c", config, "sync", "-y", "-o", "json") as running:
        wait_until(lambda: is_held_back(running.pid), running)
        running.send_signal(number)
        done = finished(running)
    one_error(done, 130, "interrupted")
    assert (done.document["command"], done.document["error"]["code"]) == ("sync", "interrupted")
    assert not sandbox.requests


@pytest.mark.parametrize("number", ENDINGS)
def test_signal_at_the_prompt_ends_with_a_document_and_no_change(sandbox: Sandbox, config: Path, number: int) -> None:
    ours, theirs = os.openpty()
    with started("-c", config, "sync", "-o", "json", stdin=theirs) as running:
        assert running.stderr
        seen = ""
        while "[y/N]" not in seen:
            seen += (letter := running.stderr.read(1))
            assert letter, seen
        running.send_signal(number)
        done = finished(running)
    os.close(ours)
    os.close(theirs)
    assert done.code == 130
    assert done.document["error"] == {
        "code": "interrupted",
        "message": "not applied; nothing was changed",
        "hint": None,
    }
    assert "Traceback" not in done.err
    assert {request.method for request in sandbox.requests} == {"GET"}


def test_signal_that_is_ignored_stays_ignored(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(Fault("slow", service="jumpcloud", path="systemusers", seconds=1))
    script = f"trap '' HUP; exec {PROGRAM} -c {config} plan -o json"
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        wait_until(lambda: bool(sandbox.requests), running)
        running.send_signal(signal.SIGHUP)
        done = finished(running)
    assert (done.code, done.document["error"]) == (0, None)


@pytest.mark.parametrize(
    ("replace", "words"),
    [
        (("jca_sandbox", "{command: [printf, '\\377\\376']}"), "is not text"),
        (("jca_sandbox", '{file: "~nosuchuser/x"}'), "no user nosuchuser"),
        (("jca_sandbox", '{file: "a\\0b"}'), "NUL"),
        (("jca_sandbox", '{command: ["a\\0b"]}'), "NUL"),
        (("STATE", '"a\\0b"'), "NUL"),
        (("STATE", "x" * 300), "File name too long"),
    ],
    ids=lambda value: value[1][:20] if isinstance(value, tuple) else None,
)  # fmt: skip
@pytest.mark.parametrize("command", [["plan"], ["sync", "-y"]], ids=lambda value: value[0])
def test_mistakes_in_the_file_are_no_bugs(
    sandbox: Sandbox, tmp_path: Path, command: list[str], replace: tuple[str, str], words: str
) -> None:
    old = {"STATE": str(tmp_path / "state"), "jca_sandbox": "${JC1P_SANDBOX_KEY:-jca_sandbox}"}[replace[0]]
    done = jc1p("-c", config_for(sandbox, tmp_path, replace=(old, replace[1])), *command, "-o", "json")
    one_error(done, 2, words)
    assert done.document["error"]["code"] == "config"
    assert not sandbox.requests


@pytest.mark.parametrize(
    ("environment", "code"),
    [({"HOME": "/" + "x" * 300}, "config"), ({"JC1P_NOW": "9999-12-31T23:59:59-10:00"}, "usage"),
     ({"JC1P_NOW": "0001-01-01T00:00:00+14:00"}, "usage")],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)  # fmt: skip
def test_mistakes_in_the_environment_are_no_bugs(tmp_path: Path, environment: dict[str, str], code: str) -> None:
    done = jc1p("plan", "-o", "json", cwd=tmp_path, environment=environment)
    one_error(done, 2)
    assert done.document["error"]["code"] == code


@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["plain", "debug"])
def test_bug_keeps_the_document_and_its_traceback_holds_no_secret(debug: list[str]) -> None:
    script = f"""
from pydantic import SecretStr
from jc1p.cli.usage.options import Common, Output
from jc1p.cli.session import session
from jc1p.cli.terminal.streams import hide, take_over
take_over()
hide(SecretStr("canary-secret-13f0"))
with session("plan", Common(debug={bool(debug)}), Output.JSON, dry_run=True):
    raise ValueError("about canary-secret-13f0")
"""
    run = [sys.executable, "-c", f"import typer\ntry:\n    exec({script!r})\nexcept typer.Exit: pass"]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["error"]["message"] == "unexpected ValueError: this is a bug in jc1p"
    assert "canary" not in done.stdout + done.stderr
    assert ("Traceback" in done.stderr, "ValueError: about ********" in done.stderr) == (bool(debug), bool(debug))


@pytest.mark.parametrize(
    ("arguments", "command"),
    [(["plan", "--bogus"], "plan"), (["-c", "plan", "drift", "--bogus"], "drift"), (["sink"], ""),
     (["users", "list", "--bogus"], "users list"), (["config", "check", "plan"], "config check"),
     (["--log-level", "loud", "sync"], "sync"), (["groups"], "groups")],
    ids=str,
)  # fmt: skip
def test_usage_error_names_the_command(arguments: list[str], command: str) -> None:
    done = jc1p(*arguments, "-o", "json")
    one_error(done, 2)
    assert (done.document["command"], done.document["error"]["code"]) == (command, "usage")


def test_demo_ends_with_commands_that_the_shell_finds() -> None:
    assert next_steps("/usr/bin/jc1p", "/usr/bin/jc1p")[1].startswith("  jc1p sandbox        # the same company")
    assert next_steps(".venv/bin/jc1p", None)[1].startswith("  .venv/bin/jc1p sandbox # the same company")
    assert next_steps("pytest", None)[2].startswith("  jc1p init ")


def test_no_command_is_answered_with_help_alone() -> None:
    done = jc1p()
    assert (done.code, done.err) == (2, "")
    assert "Usage\n  jc1p" in done.out


# --- stdout: any encoding, closed, full, abandoned ------------------------------------------------------------


@pytest.mark.parametrize("encoding", product_of(["ascii", "latin-1", "utf-8"], lambda name: {name == "utf-8"}))
def test_document_is_json_in_every_encoding_of_stdout(sandbox: Sandbox, config: Path, encoding: str) -> None:
    sandbox.world.user_by_email("norman.nodisplay@example.com")["displayname"] = "Zoë \U0001f319 \u0644"
    command = [str(PROGRAM), "-c", str(config), "plan", "-o", "json"]
    done = subprocess.run(command, capture_output=True, env={"PYTHONIOENCODING": encoding}, check=True)
    names = [change["attributes"]["displayName"]["after"] for change in json.loads(done.stdout)["changes"]
             if change["kind"] == "create_user"]  # fmt: skip
    assert "Zoë \U0001f319 \u0644" in names


@pytest.mark.parametrize("output", ["text", pytest.param("json", marks=pytest.mark.matrix)])
@pytest.mark.parametrize(
    ("redirection", "code", "words"),
    [(">/dev/full", 1, "error: cannot write the result to stdout: No space left on device"),
     (">&-", 2, "error: stdout is closed"), (">&- <&-", 2, "error: stdout is closed")],
)  # fmt: skip
def test_stdout_that_takes_nothing_is_one_line(
    sandbox: Sandbox, config: Path, output: str, redirection: str, code: int, words: str
) -> None:
    command = f"{PROGRAM} -c {config} plan -o {output} {redirection}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    one_error(Done(done.returncode, done.stdout, done.stderr), code, words)
    assert bool(sandbox.requests) is (code == 1)


@pytest.mark.parametrize(("redirection", "code"), [(">/dev/full", 1), (">&-", 2)])
def test_a_version_that_reaches_nobody_is_no_success(redirection: str, code: int) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{PROGRAM} --version {redirection}"], capture_output=True, text=True, check=False
    )
    one_error(Done(done.returncode, done.stdout, done.stderr), code)


def test_full_stdout_stops_a_sync_before_it_changes_anything(sandbox: Sandbox, config: Path) -> None:
    command = f"{PROGRAM} -c {config} sync -y >/dev/full"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    one_error(Done(done.returncode, done.stdout, done.stderr), 1)
    assert not sandbox.bridge.invitations


@pytest.mark.parametrize("redirection", product_of(["2>&-", "2>/dev/full", "2>&- <&-"], lambda word: {word[:3]}))
def test_lost_talk_ends_no_run(config: Path, redirection: str) -> None:
    command = f"{PROGRAM} -c {config} plan --debug -o json {redirection}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["error"]) == (0, None)


def test_reader_that_leaves_early_gets_no_complaint(config: Path) -> None:
    script = f"{PROGRAM} -c {config} plan; echo $? >&2"
    done = subprocess.run(["sh", "-c", f"({script}) | true"], capture_output=True, text=True, check=False)
    assert done.stderr in {"0\n", "1\n"}


def test_running_sandbox_is_driven_by_commands(tmp_path: Path) -> None:
    with Sandbox(make_world(users=40, groups=8)) as made:
        config = config_for(made, tmp_path)
        day = jc1p("sandbox", "day", "--config-out", config)
        assert (day.code, made.world.days) == (0, 1)
        assert day.out
        assert jc1p("sandbox", "fault", "503:onepassword::/Users:always", "--config-out", config).code == 0
        assert [fault.kind for fault in made.faults] == ["503"]
        wrong = jc1p("sandbox", "fault", "nonsense", "--config-out", config)
        assert (wrong.code, "unknown fault nonsense" in wrong.err) == (2, True)
        assert jc1p("sandbox", "fault", "none", "--config-out", config).code == 0
        assert made.faults == []
        assert jc1p("sandbox", "confirm", "--config-out", config).out == "No email change waits.\n"
        twice = jc1p("sandbox", "--config-out", config)
        runs = f"--config-out {config}: a sandbox that runs at {made.jumpcloud_url} uses this file"
        assert (twice.code, runs in twice.err) == (2, True)
        port = made.jumpcloud_url.rpartition(":")[2]
        taken = jc1p("sandbox", "--bridge-port", port, "--config-out", tmp_path / "other.yaml")
        assert (taken.code, taken.err) == (
            2, f"error: --bridge-port: port {port} is in use\n"
            "hint: Use `--bridge-port 0` for any free port.\n",
        )  # fmt: skip
    gone = jc1p("sandbox", "confirm", "--config-out", config)
    assert (gone.code, "no sandbox answers" in gone.err, "jc1p sandbox" in gone.err) == (2, True, True)


@pytest.mark.parametrize(
    ("command", "said", "help_of"),
    [
        (("sync", "--limit", "abc"), "'--limit': must be a whole number", "jc1p sync"),
        (("sync", "--limit", "-1"), "'--limit': must be at least 0", "jc1p sync"),
        (("sync", "--output", "xml"), "'--output' / '-o': 'xml' is not one of", "jc1p sync"),
        (("users", "lst"), "No such command 'lst'.", "jc1p users"),
        (("completion",), "Choose from: bash, zsh, fish", "jc1p completion"),
    ],
)
def test_usage_errors_are_plain_and_name_the_help_of_their_command(
    command: tuple[str, ...], said: str, help_of: str
) -> None:
    done = jc1p(*command)
    assert (done.code, said in done.err, f"See `{help_of} --help`.\n" in done.err) == (2, True, True), done.err
