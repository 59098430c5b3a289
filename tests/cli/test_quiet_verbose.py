"""`--quiet`: no output if there is nothing to do and nothing wrong. `--verbose`: ids, and every item."""

import json
from pathlib import Path

import pytest
from support.inprocess import jc1p

from jc1p.sandbox.faults import Fault
from jc1p.sandbox.server import Sandbox

# --- quiet --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [["sync", "-y"], ["sync", "--dry-run"], ["plan"], ["drift"], ["config", "check"],
     ["pause"], ["resume"]],
    ids=" ".join,
)  # fmt: skip
def test_quiet_command_says_nothing_when_all_is_well(synced: Path, command: list[str]) -> None:
    done = jc1p("-c", synced, *command, "-q")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_quiet_sync_says_its_last_line_when_it_changed_something(config: Path) -> None:
    done = jc1p("-c", config, "sync", "-y", "--quiet")
    assert done.code == 0
    (line,) = done.out.splitlines()
    assert line.startswith("Applied ")


def test_quiet_plan_says_its_last_line_when_there_is_something_to_do(config: Path) -> None:
    for command in ("plan", "drift"):
        (line,) = jc1p("-c", config, command, "-q").out.splitlines()
        assert line.startswith("Plan: ")


def test_quiet_import_says_only_how_many_are_not_matched(synced: Path) -> None:
    (line,) = jc1p("-c", synced, "import", "-q").out.splitlines()
    assert line.endswith("3 unmatched")


def test_quiet_run_that_is_blocked_says_what_blocks_it(config: Path) -> None:
    config.write_text(config.read_text() + "guard:\n  creations: 1\n")
    done = jc1p("-c", config, "sync", "-y", "-q")
    assert done.code == 4
    first, *_, plan, last = done.out.splitlines()
    assert first.startswith("Blocked: ")
    assert (plan.startswith("Plan: "), last.startswith("Blocked by 1 safety limit")) == (True, True)


def test_quiet_run_that_fails_in_part_says_what_failed(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(Fault("403", service="onepassword", method="POST", path="/Users"))
    done = jc1p("-c", config, "sync", "-y", "-q")
    assert done.code == 5
    assert ": invite failed: " in done.out
    assert done.out.splitlines()[-1].startswith("Applied ")
    assert " requests" not in done.out


def test_quiet_run_that_is_paused_says_so(synced: Path) -> None:
    assert jc1p("-c", synced, "pause", "--reason", "audit").code == 0
    assert "Paused since" in jc1p("-c", synced, "sync", "-y", "-q").out


def test_quiet_doctor_shows_only_what_is_wrong(synced: Path) -> None:
    synced.write_text(
        synced.read_text().replace("scope:", "notify: []\nscope:").replace("protected: [", "protected: [x")
    )
    said = jc1p("-c", synced, "doctor", "-q").out
    assert "  warn " in said
    assert "  ok " not in said
    assert "Check manually" not in said


@pytest.mark.parametrize("command", [["plan"], ["drift"], ["doctor"], ["history"], ["users", "list"]], ids=" ".join)
def test_json_is_whole_under_quiet(synced: Path, command: list[str]) -> None:
    loud, quiet = (jc1p("-c", synced, *command, "-o", "json", *more).document for more in ([], ["-q"]))
    assert quiet.keys() == loud.keys()
    assert len(json.dumps(quiet)) == pytest.approx(len(json.dumps(loud)), rel=0.01)


def test_answers_are_whole_under_quiet(synced: Path) -> None:
    for command in (["users", "list"], ["history"], ["config", "show"]):
        assert jc1p("-c", synced, *command, "-q").out == jc1p("-c", synced, *command).out


def test_quiet_and_verbose_exclude_each_other_but_the_nearer_one_counts(synced: Path) -> None:
    assert jc1p("-c", synced, "plan", "-q", "-v").code == 2
    assert jc1p("-q", "-v", "-c", synced, "plan").code == 2
    assert "Unchanged" in jc1p("-q", "-c", synced, "plan", "-v").out
    assert jc1p("-v", "-c", synced, "plan", "-q").out == ""


# --- verbose ------------------------------------------------------------------------------------------------


def test_verbose_plan_lists_what_is_unchanged_with_both_ids(sandbox: Sandbox, synced: Path) -> None:
    said = jc1p("-c", synced, "plan", "-v").out
    document = jc1p("-c", synced, "plan", "-o", "json").document
    summary = document["summary"]
    number = summary["unchanged_users"] + summary["unchanged_groups"]
    assert f"\nUnchanged, {number}\n" in said
    listed = [line for line in said.splitlines() if line.startswith("  = ")]
    assert len(listed) == number
    account = next(each for each in sandbox.bridge.users() if each["userName"] in sandbox.bridge.invitations)
    (line,) = [each for each in listed if str(account["id"]) in each]
    assert str(account["userName"]) in line
    assert str(account["externalId"]) in line


def test_verbose_plan_shows_ids_of_changes_and_of_what_is_held(sandbox: Sandbox, config: Path) -> None:
    said = jc1p("-c", config, "plan", "-v").out
    held, *_ = (line for line in said.splitlines() if "(suspended_elsewhere)" in line)
    assert "[JumpCloud " in held
    assert ", 1Password " in held
    created, *_ = (line for line in said.splitlines() if line.startswith("  + ") and "no 1Password account" in line)
    assert created.rstrip("]").rpartition(" ")[2] in sandbox.world.users


def test_verbose_lists_show_ids(sandbox: Sandbox, synced: Path) -> None:
    assert "1PASSWORD ID" not in jc1p("-c", synced, "users", "list").out
    users, groups = (jc1p("-c", synced, what, "list", "-v").out for what in ("users", "groups"))
    assert all(str(each["id"]) in users for each in sandbox.bridge.users())
    assert all(id_ in groups for id_ in sandbox.world.groups)
    run = jc1p("-c", synced, "history", "show", "last", "-v").out
    assert any(str(each["id"]) in run for each in sandbox.bridge.users())
