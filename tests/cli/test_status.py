"""`jc1p status`: what it shows for each state of the folder, and how little it imports."""

import json
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from support.inprocess import jc1p
from support.installed import surroundings

from jc1p.cli.actions.status import FORMAT_VERSION as SAID_VERSION
from jc1p.document.rows import FORMAT_VERSION
from jc1p.sandbox.faults import Fault
from jc1p.sandbox.server import Sandbox
from jc1p.state.lock import hold_lock

LATER = {"JC1P_NOW": "2031-01-01T00:00:00Z"}


def folder_of(config: Path) -> Path:
    (found,) = (config.parent / "state").iterdir()
    return found


def said(config: Path, *more: str, environment: dict[str, str] | None = None) -> dict[str, Any]:
    done = jc1p("-c", config, "status", "-o", "json", *more, environment=environment)
    assert done.err == ""
    return done.document


# --- output -------------------------------------------------------------------------------------------------


def test_before_the_first_run_it_says_how_to_begin(config: Path) -> None:
    done = jc1p("-c", config, "status")
    assert (done.code, done.err) == (0, "")
    assert re.search(r"Last good run +none known", done.out)
    assert done.out.splitlines()[-1].endswith(f"jc1p -c {config} sync --dry-run")
    assert not (config.parent / "state").exists()
    assert jc1p("-c", config, "status", "--max-age", "1h").code == 1


def test_after_a_run_it_names_accounts_result_and_limits(sandbox: Sandbox, synced: Path) -> None:
    sandbox.requests.clear()
    document = said(synced)
    assert not sandbox.requests
    assert (document["organization"], document["bridge"]) == (
        "Example Corp",
        sandbox.bridge_url.removeprefix("http://"),
    )
    assert document["last_run"] == document["last_good_run"]
    assert document["last_run"]["result"].endswith(" changes applied")
    assert document["held"] == {"suspended_elsewhere": 1}
    assert {each["limit"] for each in document["limits"]} >= {"suspensions", "member_removals", "reactivations"}
    assert not any(each["used"] for each in document["limits"]), "what a first run takes away doesn't count"
    assert stat.S_IMODE((folder_of(synced) / "last_runs.json").stat().st_mode) == 0o600


def test_document_has_the_keys_of_every_answer_and_its_own(synced: Path) -> None:
    ours, other = said(synced), jc1p("-c", synced, "history", "-o", "json").document
    assert ours.keys() >= other.keys() - {"runs"}
    assert SAID_VERSION == FORMAT_VERSION
    failed = jc1p("-c", synced.with_name("none.yaml"), "status", "-o", "json")
    assert (failed.code, failed.document["error"]["code"]) == (2, "config")
    assert failed.document.keys() == ours.keys()


def test_limits_count_the_last_24_hours_and_no_more(sandbox: Sandbox, synced: Path) -> None:
    sandbox.world.days = 1
    leaver = next(each for each in sandbox.bridge.users() if each["userName"] in sandbox.bridge.invitations)
    sandbox.world.delete_user(str(leaver["externalId"]))
    assert jc1p("-c", synced, "sync", "-y").code == 0
    used = {each["limit"]: each["used"] for each in said(synced)["limits"]}
    assert used["suspensions"] == 1
    used = {each["limit"]: each["used"] for each in said(synced, environment=LATER)["limits"]}
    assert set(used.values()) == {0}


def test_failed_run_is_the_last_one_and_not_the_last_good_one(sandbox: Sandbox, synced: Path) -> None:
    sandbox.faults.append(Fault("401", service="jumpcloud", times=99))
    assert jc1p("-c", synced, "sync", "-y").code == 1
    document = said(synced)
    assert (document["last_run"]["exit_code"], document["last_good_run"]["exit_code"]) == (1, 0)
    assert document["last_run"]["run_id"] > document["last_good_run"]["run_id"]
    assert document["next"][0].endswith("doctor")


def test_what_a_limit_blocked_is_looked_at_by_the_command_that_it_blocked(sandbox: Sandbox, synced: Path) -> None:
    for user in [each for each in sandbox.world.users.values() if each["state"] == "ACTIVATED"][:6]:
        user["state"] = "SUSPENDED"
    assert jc1p("-c", synced, "sync", "-y").code == 4
    assert "see what blocks it: jc1p -c" in jc1p("-c", synced, "status").out.lower()
    assert jc1p("-c", synced, "rollback", "last", "-y").code == 4
    assert "rollback last --dry-run" in jc1p("-c", synced, "status").out


def test_check_does_not_hide_that_runs_fail(sandbox: Sandbox, synced: Path) -> None:
    good = said(synced)["last_good_run"]["run_id"]
    assert jc1p("-c", synced, "drift").code == 0
    assert said(synced)["last_good_run"]["run_id"] == good
    assert jc1p("-c", synced, "sync", "-y", "--only", "users").code == 0
    assert said(synced)["last_good_run"]["run_id"] == good, "part of a directory is not all of it"


def test_where_nothing_but_drift_runs_its_checks_count(config: Path) -> None:
    assert jc1p("-c", config, "drift").code == 3
    document = said(config)
    assert (document["last_good_run"]["command"], document["last_good_run"]["exit_code"]) == ("drift", 3)
    assert document["next"][0].startswith("see what differs")


def test_max_age_is_exit_1_when_the_last_good_run_is_older(synced: Path) -> None:
    assert jc1p("-c", synced, "status", "--max-age", "1h").code == 0
    done = jc1p("-c", synced, "status", "--max-age", "26h", environment=LATER)
    assert done.code == 1
    assert "--max-age allows 1 d 2 h (exit 1)" in done.out
    assert said(synced, "--max-age", "1d", environment=LATER)["too_old"] is True
    assert jc1p("-c", synced, "status", "--max-age", "soon").code == 2


def test_good_run_in_the_future_hides_no_schedule_that_stopped(synced: Path) -> None:
    before = {"JC1P_NOW": "2021-01-01T00:00:00Z"}
    done = jc1p("-c", synced, "status", "--max-age", "26h", environment=before)
    assert (done.code, "in the future, so a clock was wrong; --max-age" in done.out) == (1, True)
    assert jc1p("-c", synced, "sync", "--yes", environment=before).code == 0
    assert jc1p("-c", synced, "status", "--max-age", "26h", environment=before).code == 0


def test_pause_and_run_in_progress_are_shown(synced: Path) -> None:
    assert jc1p("-c", synced, "pause", "--reason", "audit").code == 0
    with hold_lock(folder_of(synced), "run 20301231T235500Z-0000"):
        document = said(synced, environment=LATER)
        assert document["in_progress"] == {"run_id": "20301231T235500Z-0000", "since": "2030-12-31T23:55:00Z"}
        text = jc1p("-c", synced, "status", environment=LATER).out
    assert re.search(r"In progress +run 20301231T235500Z-0000, 5 min ago", text)
    assert re.search(r"Scheduled runs +paused since .*: audit", text)
    assert (document["paused"]["reason"], document["paused"]["until"]) == ("audit", None)
    assert jc1p("-c", synced, "sync", "-y").code == 0
    assert said(synced)["last_run"]["result"].endswith("applied"), "a run that was paused is none"


def test_email_change_waits_until_it_is_confirmed(sandbox: Sandbox, synced: Path) -> None:
    account = next(each for each in sandbox.bridge.users() if each["userName"] in sandbox.bridge.invitations)
    sandbox.world.users[str(account["externalId"])]["email"] = "married@example.com"
    for _ in range(2):
        jc1p("-c", synced, "sync", "-y")
        (waiting,) = said(synced)["waiting_emails"]
        assert (waiting["user"], waiting["to"]) == (account["userName"], "married@example.com")
    assert "1 waiting for users to confirm" in jc1p("-c", synced, "status").out
    sandbox.bridge.confirm_emails()
    jc1p("-c", synced, "sync", "-y")
    assert said(synced)["waiting_emails"] == []


def test_grace_period_shows_when_it_ends(sandbox: Sandbox, config: Path) -> None:
    config.write_text(config.read_text().replace("users:\n", "users:\n  grace_period: 2d\n"))
    jc1p("-c", config, "sync", "-y")
    account = next(each for each in sandbox.bridge.users() if each["userName"] in sandbox.bridge.invitations)
    sandbox.world.delete_user(str(account["externalId"]))
    jc1p("-c", config, "sync", "-y")
    waiting = said(config)["grace_periods"]
    assert account["userName"] in {each["user"] for each in waiting}
    assert f"{account['userName']}, suspended in 1 d 23 h" in jc1p("-c", config, "status", "-v").out
    assert said(config, environment=LATER)["grace_periods"] == []


def test_configuration_that_changed_since_is_to_be_checked(synced: Path) -> None:
    assert said(synced)["config_changed"] is False
    synced.write_text(synced.read_text() + "guard: {creations: 7}\n")
    document = said(synced)
    assert document["config_changed"] is True
    assert document["next"][0].endswith("config check")


def test_quiet_says_only_what_to_do(synced: Path) -> None:
    assert jc1p("-c", synced, "status", "-q").out.count("\n") == 1
    note = folder_of(synced) / "last_runs.json"
    note.write_text(json.dumps(json.loads(note.read_text()) | {"held": {}}))
    assert jc1p("-c", synced, "status", "-q").out == ""


def test_check_reads_both_sides(sandbox: Sandbox, synced: Path) -> None:
    assert said(synced, "--check")["drift"]["in_sync"] is True
    person = sandbox.world.add_user("New", "Comer")
    sandbox.world.groups[sandbox.world.assigned_groups[0]].members.append(person["id"])
    done = jc1p("-c", synced, "status", "--check", "-o", "json")
    assert (done.code, done.document["drift"]["in_sync"]) == (3, False)
    assert done.document["drift"]["summary"]["create_user"] == 1
    assert said(synced)["last_run"]["command"] == "sync", "a look is no run"
    sandbox.faults.append(Fault("401", service="jumpcloud", times=99))
    assert jc1p("-c", synced, "status", "--check").code == 1


# --- damaged and unusual states -----------------------------------------------------------------------------


def test_run_that_was_killed_is_shown_as_interrupted(synced: Path) -> None:
    journal = folder_of(synced) / "journal"
    head = {"type": "run", "format_version": 1, "run_id": "20301231T235900Z-0000", "command": "sync"}
    (journal / "20301231T235900Z-0000.jsonl").write_text(json.dumps(head) + "\n")
    document = said(synced, environment=LATER)
    assert (document["last_run"]["result"], document["last_run"]["exit_code"]) == ("interrupted", None)
    assert document["last_good_run"]["exit_code"] == 0
    assert "interrupted" in document["next"][0]


def test_run_whose_clock_was_ahead_hides_no_later_one(sandbox: Sandbox, synced: Path) -> None:
    sandbox.world.assigned_users.append(sandbox.world.add_user("Zoe", "Ahead")["id"])
    assert jc1p("-c", synced, "sync", "-y", environment=LATER).code == 0
    sandbox.unplug_bridge()
    failed = jc1p("-c", synced, "sync", "-y", "-o", "json")
    assert failed.code == 1
    assert (said(synced)["last_run"]["run_id"], said(synced)["last_run"]["exit_code"]) == (failed.document["run_id"], 1)


def test_run_that_could_not_write_its_result_is_to_be_looked_at(sandbox: Sandbox, synced: Path) -> None:
    """As on a disk that filled during the run: nobody knows that it did what it should."""
    sandbox.world.assigned_users.append(sandbox.world.add_user("Zoe", "Late")["id"])
    kept = (folder_of(synced) / "last_runs.json").read_text()
    run_id = jc1p("-c", synced, "sync", "-y", "-o", "json").document["run_id"]
    (folder_of(synced) / "last_runs.json").write_text(kept)
    document = said(synced)
    assert (document["last_run"]["run_id"], document["last_run"]["exit_code"]) == (run_id, None)
    assert f"history show {run_id}" in document["next"][0]


def test_state_of_a_version_without_the_file_still_knows_its_last_good_run(synced: Path) -> None:
    before = said(synced)
    (folder_of(synced) / "last_runs.json").unlink()
    after = said(synced)
    assert after["last_good_run"]["at"] == before["last_good_run"]["at"]
    assert after["last_run"]["run_id"] == before["last_run"]["run_id"]
    assert jc1p("-c", synced, "status", "--max-age", "1h").code == 0


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"format_version": 2}', '{"format_version": 1}', "[" * 100_000,
     '{"format_version": 1, "last": {"command": 3}, "good": {}}', "\x00"],
    ids=str.__len__,
)  # fmt: skip
def test_file_that_makes_no_sense_is_a_warning(synced: Path, content: str) -> None:
    (folder_of(synced) / "last_runs.json").write_text(content)
    document = said(synced)
    assert "last_runs.json cannot be read" in document["warnings"][0]
    assert document["last_good_run"] is not None
    assert jc1p("-c", synced, "sync", "-y").code == 0
    assert said(synced)["warnings"] == []


def test_damaged_and_missing_state_are_told(synced: Path) -> None:
    (folder_of(synced) / "state.db").write_bytes(b"nonsense" * 100)
    document = said(synced)
    assert "state.db is damaged" in document["warnings"][0]
    assert document["last_good_run"]["exit_code"] == 0
    shutil.rmtree(folder_of(synced))
    assert said(synced)["last_run"] is None


def test_remote_text_does_not_act(synced: Path) -> None:
    note = folder_of(synced) / "last_runs.json"
    noted = json.loads(note.read_text())
    note.write_text(json.dumps(noted | {"organization": "Evil\x1b[2J\u202eCorp"}))
    text = jc1p("-c", synced, "status").out
    assert "Evil" in text
    assert not {"\x1b", "\u202e"} & set(text)


# --- cost ---------------------------------------------------------------------------------------------------

IMPORTED = """
import sys
from jc1p.cli import run
code = run(sys.argv[1:])
assert code == 0, code
print([name for name in sys.modules if name.partition(".")[0] in
       {"httpx", "httpcore", "h11", "asyncio", "ssl", "filelock", "sqlite3", "http", "pydantic"}
       or name.startswith("jc1p.clients") or name in {"jc1p.config.models", "jc1p.document.rows", "rich.console"}])
"""
COUNTED = """
import sys
count = 0
def trace(frame, event, _):
    global count
    frame.f_trace_opcodes, frame.f_trace_lines = True, False
    count += event == "opcode"
    return trace
sys.argv[0] = "jc1p"
sys.settrace(trace)
PROGRAM
try:
    main()
except SystemExit:
    pass
sys.settrace(None)
print(count, file=sys.stderr)
"""


@pytest.mark.parametrize("output", ["text", "json"])
def test_status_imports_no_http_library(synced: Path, output: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, "-c", str(synced), "status", "-o", output],
        capture_output=True, text=True, check=True, env=surroundings(synced.parent, None),
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "[]"


OURS = "from jc1p.__main__ import main"
BARE = """
import typer
main = typer.Typer()
@main.command()
def one(name: str = "x") -> None: ...
@main.command()
def two(name: str = "x") -> None: ...
"""


def opcodes(program: str, *words: str | Path) -> int:
    done = subprocess.run(
        [sys.executable, "-c", COUNTED.replace("PROGRAM", program), *map(str, words)],
        capture_output=True, text=True, check=True, env=surroundings(None, None),
    )  # fmt: skip
    return int(done.stderr.splitlines()[-1])


@pytest.mark.matrix
@pytest.mark.parametrize("state", ["synced", "missing", "older", "damaged"])
def test_status_takes_little_more_than_a_bare_command(synced: Path, state: str) -> None:
    note = folder_of(synced) / "last_runs.json"
    if state == "older":
        note.unlink()
    if state == "damaged":
        note.write_text("{")
    if state == "missing":
        shutil.rmtree(folder_of(synced))
    # Half of it is PyYAML, which reads the configuration in Python; by instructions it is 1.43 times.
    assert opcodes(OURS, "-c", synced, "status") <= 2.4 * opcodes(BARE, "one")


# --- what to do after a run that could not start ------------------------------------------------------------


def break_secret(config: Path) -> None:
    text = config.read_text()
    line = next(each for each in text.splitlines() if "api_key:" in each)
    config.write_text(text.replace(line, "  api_key: {command: ['false']}"))


def break_state(config: Path) -> None:
    with closing(sqlite3.connect(folder_of(config) / "state.db")) as state, state:
        state.execute("PRAGMA user_version = 99")


def break_nothing(config: Path) -> None:
    """A real run without a terminal and without --yes."""


@pytest.mark.parametrize(
    ("broken", "next_step"),
    [
        (break_secret, "check the configuration: jc1p -c {} config check"),
        (break_state, "see what failed: jc1p -c {} doctor"),
        (break_nothing, "correct the command line: jc1p -c {} sync --help"),
    ],
)
def test_next_step_after_exit_code_2_fits_the_error(
    synced: Path, broken: Callable[[Path], None], next_step: str
) -> None:
    broken(synced)
    yes = () if broken is break_nothing else ("-y",)
    assert jc1p("-c", synced, "sync", *yes).code == 2
    document = said(synced)
    assert document["last_run"]["exit_code"] == 2
    assert next_step.format(synced) in document["next"]


def test_mistyped_run_is_no_failed_run(synced: Path) -> None:
    before = said(synced)["last_run"]["run_id"]
    assert jc1p("-c", synced, "rollback", "2099", "-y").code == 1
    document = said(synced)
    assert (document["last_run"]["run_id"], document["last_run"]["exit_code"]) == (before, 0)
