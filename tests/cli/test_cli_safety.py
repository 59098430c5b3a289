"""`plan --out`, `apply`, `history`, `rollback`, `pause`, `resume` against the sandbox over sockets."""

import json
import signal
import sqlite3
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.inprocess import jc1p
from support.installed import PROGRAM, config_for, wait_until

from jc1p.cli.clock import new_run_id
from jc1p.clients.scim.client import ScimClient
from jc1p.sandbox.days import advance_day
from jc1p.sandbox.faults import Fault, parse_fault
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import OWNER, make_world

NEWCOMER = "norman.nodisplay@example.com"


def account(sandbox: Sandbox, email: str) -> dict[str, Any]:
    return next(each for each in sandbox.bridge.users() if each["userName"].casefold() == email)


def writes(sandbox: Sandbox) -> list[str]:
    return [request.path for request in sandbox.requests if request.method != "GET"]


def groups_of(sandbox: Sandbox) -> dict[str, list[str]]:
    return {group["displayName"]: group["members"] for group in sandbox.bridge.groups()}


# --- saved plans --------------------------------------------------------------------------------------------


def test_saved_plan_is_applied_as_it_was_shown(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    assert jc1p("-c", config, "plan", "--out", saved).code == 0
    assert saved.stat().st_mode & 0o077 == 0
    document = json.loads(saved.read_text())
    done = jc1p("-c", config, "apply", saved, "--yes", "-o", "json")
    assert (done.code, done.document["command"]) == (0, "apply")
    assert [change["kind"] for change in done.document["changes"]] == [each["kind"] for each in document["changes"]]
    assert done.document["fingerprint"] == document["fingerprint"]
    assert jc1p("-c", config, "plan", "--detailed-exitcode").code == 0


def test_saved_plan_that_no_longer_holds_is_refused_with_the_rows_that_moved(
    sandbox: Sandbox, config: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "plan.json"
    jc1p("-c", config, "plan", "--out", saved)
    someone = sandbox.world.user_by_email(NEWCOMER)
    sandbox.world.delete_user(someone["id"])
    late = sandbox.world.add_user("Late", "Comer")
    sandbox.world.groups[sandbox.world.assigned_groups[0]].members.append(late["id"])
    done = jc1p("-c", config, "apply", saved, "--yes", "-o", "json")
    assert (done.code, done.document["error"]["code"]) == (4, "plan_moved")
    assert f"gone: invite {NEWCOMER}" in done.err
    assert "new: invite late.comer@example.com" in done.err
    assert not writes(sandbox)


@pytest.mark.parametrize("quiet", [(), ("-q",)], ids=["whole", "quiet"])
def test_saved_plan_that_is_out_of_date_and_blocked_has_one_ending(
    sandbox: Sandbox, synced: Path, tmp_path: Path, quiet: tuple[str, ...]
) -> None:
    saved = tmp_path / "plan.json"
    jc1p("-c", synced, "plan", "--out", saved)
    leave(sandbox, 6)
    done = jc1p("-c", synced, "apply", saved, "--yes", *quiet)
    assert (done.code, "Blocked: this run would suspend 6 accounts" in done.out) == (4, True)
    assert "Nothing was changed" not in done.out
    assert "To allow this once" not in done.out
    assert (done.err.count("nothing was changed"), done.err.count("error: ")) == (1, 1)


def test_saved_plan_keeps_what_it_was_narrowed_to(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    jc1p("-c", config, "plan", "--user", NEWCOMER, "--out", saved)
    assert jc1p("-c", config, "apply", saved, "--yes").code == 0
    assert list(sandbox.bridge.invitations) == [NEWCOMER]


def test_policy_that_changed_since_moves_the_plan(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    jc1p("-c", config, "plan", "--out", saved)
    config.write_text(config.read_text() + "groups: {empty: create}\n")
    done = jc1p("-c", config, "apply", saved, "--yes")
    assert (done.code, "is out of date" in done.err) == (4, True)


@pytest.mark.parametrize(
    ("content", "words"),
    [("", "is not a saved plan"), ("[]", "is not a saved plan"),
     ("{}", "is not a saved plan"), ('{"format_version": 7}', "format version 7"),
     ('{"format_version": 1, "changes": 3}', "is not a saved plan"), (None, "cannot read")],
)  # fmt: skip
def test_file_that_is_no_plan_is_told(
    sandbox: Sandbox, config: Path, tmp_path: Path, content: str | None, words: str
) -> None:
    saved = tmp_path / "plan.json"
    if content is not None:
        saved.write_text(content)
    done = jc1p("-c", config, "apply", saved, "--yes", "-o", "json")
    assert (done.code, done.document["error"]["code"]) == (2, "usage")
    assert words in done.err
    assert not sandbox.requests


def test_apply_without_a_terminal_needs_yes(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    jc1p("-c", config, "plan", "--out", tmp_path / "plan.json")
    sandbox.requests.clear()
    done = jc1p("-c", config, "apply", tmp_path / "plan.json")
    assert (done.code, "--yes" in done.err) == (2, True)
    assert not sandbox.requests


# --- history and rollback -----------------------------------------------------------------------------------


def last_run(config: Path) -> str:
    run: str = jc1p("-c", config, "history", "-o", "json").document["runs"][0]["run_id"]
    return run


def test_history_lists_runs_that_changed_something(sandbox: Sandbox, config: Path) -> None:
    assert "No run has changed anything yet" in jc1p("-c", config, "history").out
    first = jc1p("-c", config, "sync", "-y", "-o", "json").document
    jc1p("-c", config, "sync", "-y")
    jc1p("-c", config, "sync", "--dry-run")
    (run,) = jc1p("-c", config, "history", "-o", "json").document["runs"]
    assert (run["run_id"], run["command"], run["applied"]) == (first["run_id"], "sync", first["outcome"]["applied"])
    assert not run["interrupted"]
    shown = jc1p("-c", config, "history", "show", run["run_id"], "-o", "json").document
    assert [each["status"] for each in shown["changes"]] == ["applied"] * run["applied"]
    assert f"invite {NEWCOMER}" in jc1p("-c", config, "history", "show", run["run_id"][:8]).out
    unknown = jc1p("-c", config, "history", "show", "2020")
    assert (unknown.code, "the journal has no run" in unknown.err) == (1, True)


def test_rollback_of_no_run_says_so_before_it_misses_a_terminal(config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    done = jc1p("-c", config, "rollback", "2020")
    assert (done.code, "the journal has no run" in done.err) == (1, True)
    assert jc1p("-c", config, "rollback", "last").code == 2


def test_runs_of_one_second_are_told_apart_in_their_order() -> None:
    second = datetime(2026, 11, 24, 0, 12, tzinfo=UTC)
    ids = [new_run_id(second.replace(microsecond=micro), is_set=False) for micro in range(0, 1_000_000, 997)]
    assert ids == sorted(set(ids))
    assert (ids[0], ids[-1][:17]) == ("20261124T001200Z-0000", "20261124T001200Z-")


def test_rollback_gives_the_day_before_back(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    before = {each["id"]: (each["active"], each["displayName"]) for each in sandbox.bridge.users()}
    groups = groups_of(sandbox)
    advance_day(sandbox.world)
    assert jc1p("-c", config, "sync", "-y").code == 0
    assert groups_of(sandbox) != groups
    kinds = ("suspensions", "reactivations", "member_removals", "group_member_removals")
    allowed = [word for kind in kinds for word in ("--allow", f"{kind}=30")]
    done = jc1p("-c", config, "rollback", last_run(config), "--yes", "-o", "json", *allowed)
    assert (done.code, done.document["command"]) == (0, "rollback")
    after = {each["id"]: (each["active"], each["displayName"]) for each in sandbox.bridge.users()}
    assert {id_: after[id_] for id_ in before} == before
    assert not [id_ for id_ in after.keys() - before.keys() if after[id_][0]]
    assert {name: members for name, members in groups_of(sandbox).items() if name in groups} == groups
    codes = [warning["code"] for warning in done.document["warnings"]]
    assert "cannot_undo" in codes
    assert jc1p("-c", config, "history", "-o", "json").document["runs"][0]["command"] == "rollback"


def test_configuration_is_checked_before_the_terminal(config: Path) -> None:
    config.write_text(config.read_text() + "\nuser: {}\n")
    done = jc1p("-c", config, "sync")
    assert (done.code, "unknown key" in done.err, "terminal" in done.err) == (2, True, False)
    assert "terminal" not in jc1p("-c", config, "apply", config.parent / "none.json").err


def test_rollback_is_judged_and_asked_like_any_plan(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    sandbox.requests.clear()
    refused = jc1p("-c", config, "rollback", last_run(config), "--yes")
    assert (refused.code, "this run would suspend" in refused.out) == (4, True)
    asked = jc1p("-c", config, "rollback", last_run(config))
    assert (asked.code, "--yes" in asked.err) == (2, True)
    assert not writes(sandbox)


def test_rollback_last_says_that_sync_makes_it_again_and_gives_one_command_that_works(
    sandbox: Sandbox, config: Path
) -> None:
    jc1p("-c", config, "sync", "-y")
    run = last_run(config)
    refused = jc1p("-c", config, "rollback", "last", "--yes")
    assert (refused.code, "the next sync makes them again" in refused.out) == (4, True)
    command = refused.out.partition("To allow this once: jc1p ")[2].partition("\n")[0]
    assert run in command
    done = jc1p("-c", config, *command.split(), "--yes")
    assert (done.code, "the next sync makes them again" in done.err) == (0, True)
    again = jc1p("-c", config, "rollback", "last", "--dry-run", "-o", "json").document
    assert again["command"] == "rollback"
    assert last_run(config) != run
    assert jc1p("-c", config, "history", "show", "last", "-o", "json").document["run"]["run_id"] == run


def test_command_of_a_refused_rollback_counts_what_the_day_has_used(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    advance_day(sandbox.world)
    assert jc1p("-c", config, "sync", "-y").code == 0
    refused = jc1p("-c", config, "rollback", "last", "--yes")
    assert (refused.code, "in the last 24 hours" in refused.out) == (4, True)
    command = refused.out.partition("To allow this once: jc1p ")[2].partition("\n")[0]
    assert refused.out.count(f"jc1p -c {config} rollback ") == 1
    assert jc1p("-c", config, *command.split(), "--yes").code == 0


# --- pause --------------------------------------------------------------------------------------------------


def test_paused_runs_stop_with_a_message_and_exit_0(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    jc1p("-c", config, "plan", "--out", tmp_path / "plan.json")
    assert "audit" in jc1p("-c", config, "pause", "--reason", "audit until Friday").out
    sandbox.requests.clear()
    for arguments in (["sync", "-y"], ["apply", str(tmp_path / "plan.json"), "-y"], ["import", "--create", "-y"]):
        done = jc1p("-c", config, *arguments)
        assert (done.code, "Paused since" in done.out, "audit until Friday" in done.out) == (0, True, True)
    document = jc1p("-c", config, "sync", "-y", "-o", "json").document
    assert (document["warnings"][0]["code"], document["error"], document["outcome"]) == ("paused", None, None)
    assert not sandbox.requests
    assert jc1p("-c", config, "sync", "--dry-run").code == 0
    assert jc1p("-c", config, "drift").code == 3
    resumed = jc1p("-c", config, "resume", "-o", "json")
    assert resumed.document["paused"] is False
    assert jc1p("-c", config, "sync", "-y").code == 0
    assert sandbox.bridge.invitations


def test_pausing_twice_keeps_the_beginning(config: Path) -> None:
    first = jc1p("-c", config, "pause", "-o", "json", environment={"JC1P_NOW": "2026-11-24T00:00:00Z"}).document
    again = jc1p("-c", config, "pause", "--reason", "more", "-o", "json").document
    assert (again["since"], again["reason"]) == (first["since"], "more")


@pytest.mark.parametrize("service", ["jumpcloud", "onepassword"])
def test_group_that_cannot_be_read_ends_the_run(sandbox: Sandbox, tmp_path: Path, service: str) -> None:
    """Named groups are read member by member, and a bridge may show members only on each group's own resource."""
    scope = ("application: 1Password Business", "groups: [Engineering, Operations]")
    config = config_for(sandbox, tmp_path, replace=scope, more="http: {attempts: 2}\n")
    assert jc1p("-c", config, "sync", "-y").code == 0
    sandbox.turn({}, {"members": "detail-only"})
    path = "/usergroups/.*/members" if service == "jumpcloud" else "Groups/."
    sandbox.faults.append(Fault("503", service=service, path=path, skip=1, times=99))
    sandbox.requests.clear()
    done = jc1p("-c", config, "sync", "-y", "-o", "json")
    assert (done.code, done.document["error"]["code"]) == (1, "unreachable")
    assert not writes(sandbox)


# --- what stops a run ---------------------------------------------------------------------------------------


def test_nobody_is_suspended_while_too_much_else_fails(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(parse_fault("login-302:onepassword:POST:/Users:always"))
    done = jc1p("-c", config, "sync", "-y", "-o", "json")
    assert done.code == 5
    kinds = {change["id"]: change["kind"] for change in done.document["changes"]}
    suspended = [each for each in done.document["outcome"]["changes"] if kinds[each["id"]] == "suspend_user"]
    assert [each["status"] for each in suspended] == ["skipped"]
    assert "nothing is suspended or removed" in suspended[0]["error"]
    assert account(sandbox, "susi.suspended@example.com")["active"]


def test_refused_invitations_keep_no_leaver_in(sandbox: Sandbox, config: Path) -> None:
    sandbox.turn({}, {"allowed_domains": ["nowhere.example"]})
    done = jc1p("-c", config, "sync", "-y", "-o", "json")
    assert done.code == 5
    assert done.document["outcome"]["failed"] > 3
    assert not account(sandbox, "susi.suspended@example.com")["active"]


def test_a_firewalls_page_is_about_us_and_ends_the_run(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(parse_fault("403-html:onepassword:POST:/Users:always"))
    done = jc1p("-c", config, "sync", "-y", "-o", "json")
    assert done.code == 1
    assert done.document["error"]["code"] == "forbidden"
    assert "web page" in done.document["error"]["message"]
    assert done.document["outcome"]["failed"] <= 8


def test_last_owner_who_may_not_be_suspended_is_explained(sandbox: Sandbox, tmp_path: Path) -> None:
    path = config_for(sandbox, tmp_path, replace=(f"protected: [{OWNER}]", "ownership: all"))
    done = jc1p("-c", path, "sync", "-y", "-o", "json", "--allow", "suspensions=9")
    assert done.code == 5
    (failed,) = [each for each in done.document["outcome"]["changes"] if each["status"] == "failed"]
    assert "last owner" in failed["error"]


def test_killed_run_is_told_by_the_next_and_by_history(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(Fault("slow", service="onepassword", method="POST", path="Users", skip=3, seconds=60))
    with subprocess.Popen([PROGRAM, "-c", str(config), "sync", "-y"], stdout=subprocess.DEVNULL) as running:
        wait_until(lambda: len(sandbox.bridge.invitations) >= 3, running)
        running.send_signal(signal.SIGKILL)
        running.wait(30)
    sandbox.faults.clear()
    assert jc1p("-c", config, "history", "-o", "json").document["runs"][0]["interrupted"]
    dry = jc1p("-c", config, "sync", "--dry-run")
    assert "was interrupted after" in dry.out
    done = jc1p("-c", config, "sync", "-y", "-o", "json").document
    assert "interrupted_run" in [each["code"] for each in done["warnings"]]
    assert "interrupted_run" not in jc1p("-c", config, "plan", "-o", "json").out
    assert max(sandbox.bridge.invitations.values()) == 1


def test_second_signal_stops_at_once_and_the_journal_says_what_is_in_doubt(sandbox: Sandbox, config: Path) -> None:
    slow = Fault("slow", service="onepassword", method="POST", path="Users", skip=2, seconds=60, times=9)
    sandbox.faults.append(slow)
    command = [str(PROGRAM), "-c", str(config), "sync", "-y", "-o", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        wait_until(lambda: slow.made >= 2, running)
        # Two kinds: a pending signal of the same kind may be merged with the first.
        running.send_signal(signal.SIGINT)
        running.send_signal(signal.SIGTERM)
        out, _ = running.communicate(timeout=8)
    assert running.returncode == 130
    document = json.loads(out)
    assert (document["error"]["code"], document["outcome"]["applied"]) == ("interrupted", 2)
    (run,) = jc1p("-c", config, "history", "-o", "json").document["runs"]
    assert (run["interrupted"], run["applied"]) == (False, 2)
    assert run["unknown"] == document["outcome"]["failed"] > 0
    sandbox.faults.clear()
    assert jc1p("-c", config, "sync", "-y").code == 0
    assert max(sandbox.bridge.invitations.values()) == 1


def leave(sandbox: Sandbox, count: int) -> None:
    """Suspend this many ordinary active people in JumpCloud."""
    world = sandbox.world
    staying = [world.users[id_] for id_ in sorted(world.effective())]
    plain = ("ACTIVATED", False, True)
    ordinary = [user for user in staying if (user["state"], user["suspended"], user["activated"]) == plain]
    for user in ordinary[-count:]:
        user.update(state="SUSPENDED", suspended=True)


def test_slow_bleeding_is_refused_although_one_change_fails_in_every_run(sandbox: Sandbox, config: Path) -> None:
    sandbox.turn({}, {"allowed_domains": ["example.com"]})
    sandbox.world.user_by_email(NEWCOMER)["email"] = "norman@elsewhere.example"
    assert jc1p("-c", config, "sync", "-y").code == 5
    leave(sandbox, 3)
    assert jc1p("-c", config, "sync", "-y").code == 5
    leave(sandbox, 3)
    refused = jc1p("-c", config, "sync", "-y")
    assert (refused.code, "3 were suspended in the last 24 hours: 6 in total" in refused.out) == (4, True)
    assert "\nSuspended earlier: " in refused.out.replace("\n  ", "\n")
    assert f"\nTo allow this once: jc1p -c {config} sync --allow suspensions=6\n" in refused.out
    config.write_text(config.read_text().replace("scope:", 'scope:\n  exclude_users: ["nobody@example.com"]'))
    assert jc1p("-c", config, "sync", "-y").code == 4


def test_leaver_who_is_suspended_again_counts_once_and_the_printed_command_passes(
    sandbox: Sandbox, config: Path
) -> None:
    assert jc1p("-c", config, "sync", "-y").code == 0
    before = {each["id"] for each in sandbox.bridge.users() if each["active"]}
    leave(sandbox, 3)
    assert jc1p("-c", config, "sync", "-y").code == 0
    for id_ in before:
        sandbox.bridge.stored("Users")[id_].active = True
    assert jc1p("-c", config, "sync", "--dry-run").code == 0
    leave(sandbox, 1)
    refused = jc1p("-c", config, "sync", "-y")
    assert refused.code == 4
    assert "Blocked: this run would suspend 4 accounts, and the limit is 3 " in refused.out
    (command,) = [line for line in refused.out.splitlines() if line.startswith("To allow this once: ")]
    printed = command.removeprefix("To allow this once: jc1p ").split()
    assert printed[-1] == "suspensions=4"
    assert jc1p("-c", config, *printed, "-y").code == 0


def test_what_failed_before_keeps_no_leaver_in(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(parse_fault("login-302:onepassword:POST:/Users:always"))
    assert jc1p("-c", config, "sync", "-y").code == 5
    assert account(sandbox, "susi.suspended@example.com")["active"]
    assert jc1p("-c", config, "sync", "-y").code == 5
    assert not account(sandbox, "susi.suspended@example.com")["active"]


def test_plan_that_was_edited_by_hand_is_refused(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    jc1p("-c", config, "plan", "--out", saved)
    document = json.loads(saved.read_text())
    struck = document["changes"].pop(0)
    saved.write_text(json.dumps(document))
    done = jc1p("-c", config, "apply", saved, "--yes")
    assert (done.code, f"new: invite {struck['user']}" in done.err) == (4, True)
    for options in ({"limit": "5"}, {"users": None}, {"nonsense": 1}):
        saved.write_text(json.dumps({**document, "options": options}))
        wrong = jc1p("-c", config, "apply", saved, "--yes")
        assert (wrong.code, "was edited" in wrong.err) == (2, True)
    assert not writes(sandbox)


@pytest.mark.parametrize(
    "options",
    [{"limit": 400}, {"no_removals": True}, {"users": [NEWCOMER]}, {"only": "users"}, {"groups": ["Engineering"]}],
    ids=str,
)
def test_options_of_a_saved_plan_are_part_of_what_it_is_known_by(
    sandbox: Sandbox, config: Path, tmp_path: Path, options: dict[str, object]
) -> None:
    saved = tmp_path / "plan.json"
    jc1p("-c", config, "plan", "--out", saved)
    document = json.loads(saved.read_text())
    saved.write_text(json.dumps({**document, "options": {**document["options"], **options}}))
    done = jc1p("-c", config, "apply", saved, "--yes", "-o", "json")
    assert (done.code, done.document["error"]["code"]) == (4, "plan_moved")
    assert not writes(sandbox)


def test_limit_that_is_written_into_a_saved_plan_is_refused(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    jc1p("-c", config, "plan", "--out", saved)
    document = json.loads(saved.read_text())
    saved.write_text(json.dumps({**document, "options": {**document["options"], "allow": ["suspensions=99"]}}))
    sandbox.requests.clear()
    silent = jc1p("-c", config, "apply", saved, "--yes", "-o", "json")
    assert (silent.code, silent.document["error"]["code"]) == (2, "usage")
    assert "raises safety limits: suspensions=99" in silent.err
    assert "--allow suspensions=99`" in silent.err
    assert not sandbox.requests
    said = jc1p("-c", config, "apply", saved, "--yes", "--allow", "suspensions=99")
    assert (said.code, "the options in the file changed" in said.err) == (4, True)
    assert not writes(sandbox)


def test_allowances_of_a_saved_plan_are_said_again(sandbox: Sandbox, tmp_path: Path) -> None:
    config = config_for(sandbox, tmp_path, more="guard: {creations: 1}\n")
    saved = tmp_path / "plan.json"
    assert jc1p("-c", config, "plan", "--allow", "creations=99", "--out", saved).code == 0
    for given in ([], ["--allow", "creations=98"], ["--allow", "suspensions=99"]):
        done = jc1p("-c", config, "apply", saved, "--yes", *given)
        assert (done.code, "raises safety limits: creations=99" in done.err) == (2, True)
    more = jc1p("-c", config, "apply", saved, "--yes", "--allow", "creations=99", "--allow", "suspensions=5")
    assert (more.code, "--allow suspensions=5: " in more.err, "created without it" in more.err) == (2, True, True)
    assert not writes(sandbox)
    done = jc1p("-c", config, "apply", saved, "--yes", "--allow", "creations=99")
    assert (done.code, "raises a safety limit: creations=99" in done.err) == (0, True)
    assert sandbox.bridge.invitations


def test_plan_for_one_pair_of_accounts_is_none_for_another(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    jc1p("-c", config, "plan", "--out", saved)
    with Sandbox(make_world(users=40, groups=8)) as other:
        (tmp_path / "other").mkdir()
        elsewhere = config_for(other, tmp_path / "other")
        assert jc1p("-c", elsewhere, "apply", saved, "--yes").code == 4
        assert not writes(other)


def test_rollback_leaves_an_adopted_account_and_can_be_looked_at_first(sandbox: Sandbox, config: Path) -> None:
    known = sandbox.bridge.add_account(NEWCOMER, "Norman Nodisplay")
    sandbox.turn({}, {"unlisted": [known]})
    assert jc1p("-c", config, "sync", "-y").code in {0, 5}
    sandbox.turn({}, {"unlisted": []})
    assert NEWCOMER not in sandbox.bridge.invitations
    done = jc1p("-c", config, "rollback", last_run(config), "--dry-run", "-o", "json")
    assert done.code in {0, 4}
    assert NEWCOMER not in [change["user"] for change in done.document["changes"] if change["kind"] == "suspend_user"]
    told = jc1p("-c", config, "rollback", last_run(config), "--dry-run").out
    assert f"{NEWCOMER}: invite: the account existed before the run" in told


def test_rollback_that_only_gives_back_is_not_refused_for_an_emptied_scope(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    leave(sandbox, 1)
    assert jc1p("-c", config, "sync", "-y").code == 0
    sandbox.world.assigned_groups.clear()
    sandbox.world.assigned_users.clear()
    done = jc1p("-c", config, "rollback", last_run(config), "--yes", "-o", "json")
    assert (done.code, [change["kind"] for change in done.document["changes"]]) == (0, ["reactivate_user"])


def test_run_under_way_is_not_told_as_cut_off(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(Fault("slow", service="onepassword", method="POST", path="Users", skip=2, seconds=4))
    with subprocess.Popen([PROGRAM, "-c", str(config), "sync", "-y"], stdout=subprocess.DEVNULL) as running:
        wait_until(lambda: sandbox.bridge.invitations, running)
        (run,) = jc1p("-c", config, "history", "-o", "json").document["runs"]
        assert (run["under_way"], run["interrupted"]) == (True, False)
        assert "in progress" in jc1p("-c", config, "history").out
        assert "interrupted_run" not in jc1p("-c", config, "plan", "-o", "json").out
        running.kill()


def test_pause_and_history_need_no_secrets(sandbox: Sandbox, config: Path) -> None:
    text = config.read_text().replace("${JC1P_SANDBOX_KEY:-jca_sandbox}", "${NOT_SET_KEY}")
    config.write_text(text.replace("${JC1P_SANDBOX_TOKEN:-sandbox-bridge-token}", "${NOT_SET_TOKEN}"))
    for arguments in (["pause"], ["history"], ["resume"]):
        assert jc1p("-c", config, *arguments).code == 0
    assert jc1p("-c", config, "plan").code == 2


def test_files_that_cannot_be_written_are_told_before_anything_is_read(sandbox: Sandbox, config: Path) -> None:
    for arguments in (["plan", "--out", "/nonexistent/x"], ["import", "--csv", "/nonexistent/x"]):
        done = jc1p("-c", config, *arguments)
        assert (done.code, "cannot write" in done.err) == (2, True)
    assert not sandbox.requests


def test_refused_login_stops_creations(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(Fault("401", service="jumpcloud", method="POST", times=99))
    done = jc1p("-c", config, "import", "--create", "-y", "-o", "json")
    assert (done.code, done.document["error"]["code"]) == (1, "unauthorized")
    assert [each["status"] for each in done.document["creations"]] == ["failed", "planned", "planned"]


def test_people_who_left_are_not_created_again(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    sandbox.world.delete_user(sandbox.world.user_by_email(NEWCOMER)["id"])
    dry = jc1p("-c", config, "import", "--create", "--dry-run", "-o", "json").document["creations"]
    assert NEWCOMER not in [each["account_email"] for each in dry]
    named = jc1p("-c", config, "import", "--create", "--dry-run", "--user", NEWCOMER, "-o", "json").document
    assert [each["account_email"] for each in named["creations"]] == [NEWCOMER]


def test_grace_period_goes_on_through_a_rollback(sandbox: Sandbox, tmp_path: Path) -> None:
    config = config_for(sandbox, tmp_path)
    text = config.read_text().replace("users:", "users:\n  grace_period: 12h")
    config.write_text(text)
    at = "2026-11-24T{:02}:00:00Z".format
    jc1p("-c", config, "sync", "-y", environment={"JC1P_NOW": at(0)})
    sandbox.world.delete_user(sandbox.world.user_by_email(NEWCOMER)["id"])
    sandbox.world.user_by_email("plus+work@example.com")["displayname"] = "Other"
    jc1p("-c", config, "sync", "-y", environment={"JC1P_NOW": at(1)})
    assert jc1p("-c", config, "rollback", last_run(config), "-y", environment={"JC1P_NOW": at(11)}).code == 0
    later = jc1p("-c", config, "plan", "-o", "json", environment={"JC1P_NOW": at(14)}).document
    assert NEWCOMER in [change["user"] for change in later["changes"] if change["kind"] == "suspend_user"]


# --- bugs of jc1p -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("output", ["json", "text"])
def test_a_bug_in_one_change_is_an_error_once_and_the_outcome_is_in_the_document(
    config: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ScimClient, "add_members", broken)
    done = jc1p("-c", config, "sync", "-y", "-o", output)
    assert done.code == 5
    assert done.err.count("this is a bug in jc1p") == 1
    if output == "json":
        outcome = done.document["outcome"]
        assert outcome["applied"] > 0
        assert outcome["failed"] == 1
        assert len(outcome["changes"]) == len(done.document["changes"])
        assert done.document["error"]["code"] == "failed"
    monkeypatch.undo()
    assert jc1p("-c", config, "sync", "-y").code == 0


@pytest.mark.parametrize("only", [("--only", "users"), ()], ids=["narrowed", "incomplete"])
def test_slow_bleeding_is_refused_although_no_run_is_ever_good(
    sandbox: Sandbox, config: Path, only: tuple[str, ...]
) -> None:
    """Every run is narrowed, or a list always leaves a linked group out: none is the first one each time."""
    assert jc1p("-c", config, "sync", "-y").code == 0
    forget_good_runs(config)
    if not only:
        sandbox.turn({}, {"unlisted": [sandbox.bridge.groups()[0]["displayName"]]})
    leave(sandbox, 3)
    assert jc1p("-c", config, "sync", "-y", *only).code in {0, 5}
    leave(sandbox, 3)
    refused = jc1p("-c", config, "sync", "-y", *only)
    assert (refused.code, "3 were suspended in the last 24 hours: 6 in total" in refused.out) == (4, True)


def forget_good_runs(config: Path) -> None:
    """As if no run had ever read both lists completely."""
    for path in config.parent.rglob("state.db"):
        with sqlite3.connect(path) as database:
            database.execute("DELETE FROM good_runs")
        database.close()
