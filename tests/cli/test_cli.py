"""Commands against the sandbox over sockets: exit codes, stdout, stderr, JSON, secrets."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.effort import product_of
from support.inprocess import jc1p
from support.installed import Done, config_for

from jc1p.sandbox.days import advance_day
from jc1p.sandbox.faults import Fault
from jc1p.sandbox.knobs import PROFILES, BridgeKnobs
from jc1p.sandbox.server import Sandbox, with_profile
from jc1p.sandbox.world import make_world, settle

COMMON = ("--log-level", "debug", "--log-format", "json", "--no-color", "--debug")


# --- the main job -------------------------------------------------------------------------------------------


def test_dry_run_shows_everything_and_sends_nothing_but_reads(sandbox: Sandbox, config: Path) -> None:
    before = sandbox.bridge.users()
    done = jc1p("-c", config, "sync", "--dry-run")
    assert done.code == 0
    assert "Invite 16 users" in done.out
    assert "Suspend 1 user (14.3 % of 7 active managed accounts)" in done.out
    assert done.err == ""
    assert {request.method for request in sandbox.requests} == {"GET"}
    assert sandbox.bridge.users() == before
    assert not (config.parent / "state").exists()


@pytest.mark.parametrize("shape", ["2026", "2023"])
def test_second_sync_plans_nothing_in_both_shapes(tmp_path: Path, shape: str) -> None:
    with Sandbox(make_world(users=40, groups=8), bridge_knobs=BridgeKnobs(shape=shape)) as sandbox:
        config = config_for(sandbox, tmp_path)
        first = jc1p("-c", config, "sync", "--yes", "--output", "json")
        assert (first.code, first.document["outcome"]["failed"]) == (0, 0)
        second = jc1p("-c", config, "sync", "--yes", "--output", "json")
        assert second.code == 0
        assert second.document["changes"] == []
        assert second.document["outcome"] == {"applied": 0, "failed": 0, "skipped": 0, "changes": []}
        assert max(sandbox.bridge.invitations.values()) == 1


def test_no_op_run_of_two_thousand_people_takes_few_requests(tmp_path: Path) -> None:
    world = make_world(users=2000, groups=60, assigned_users=800, assigned_groups=12)
    settle(world)
    with Sandbox(world) as sandbox:
        config = config_for(sandbox, tmp_path)
        done = jc1p("-c", config, "sync", "-y")
        sent = [request.service for request in sandbox.requests]
        assert "Plan: nothing to do" in done.out
        assert sent.count("jumpcloud") <= 35
        assert sent.count("onepassword") <= 4
        assert (
            f"{sent.count('jumpcloud')} JumpCloud requests, {sent.count('onepassword')} 1Password requests" in done.out
        )


@pytest.mark.matrix
def test_days_go_by_and_everything_stays_in_step(tmp_path: Path) -> None:
    with Sandbox(make_world(users=90, groups=8)) as sandbox:
        days_go_by(sandbox, config_for(sandbox, tmp_path))


def days_go_by(sandbox: Sandbox, config: Path) -> None:
    assert jc1p("-c", config, "sync", "-y").code == 0
    ids = {each["userName"]: each["id"] for each in sandbox.bridge.users()}
    for _ in range(3):
        advance_day(sandbox.world)
        assert jc1p("-c", config, "drift").code == 3
        assert jc1p("-c", config, "sync", "-y", "--allow", "suspensions=9").code == 0
        waiting = jc1p("-c", config, "sync", "-y")
        assert "Plan: nothing to do" in waiting.out
        assert "waiting since" in waiting.out
        sandbox.bridge.confirm_emails()
        assert jc1p("-c", config, "plan", "--detailed-exitcode").code == 0
    assert max(sandbox.bridge.invitations.values()) == 1
    assert {each["id"] for each in sandbox.bridge.users()} >= set(ids.values())
    wanted = {id_ for id_ in sandbox.world.effective() if sandbox.world.users[id_]["state"] == "ACTIVATED"}
    wanted -= {id_ for id_ in wanted if sandbox.world.users[id_]["suspended"]}
    # An account that was suspended before the first sync stays so, if its user is still in scope on the last day.
    held = {each["user"] for each in jc1p("-c", config, "plan", "-o", "json").document["held"]}
    wanted -= {id_ for id_ in wanted if sandbox.world.users[id_]["email"] in held}
    active = {each["externalId"] for each in sandbox.bridge.users() if each["active"] and "externalId" in each}
    assert active == wanted


def test_lost_state_changes_nothing_when_the_bridge_keeps_links(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    advance_day(sandbox.world)
    kept = jc1p("-c", config, "plan", "-o", "json").document
    for path in (config.parent / "state").rglob("state.db"):
        path.unlink()
    lost = jc1p("-c", config, "plan", "-o", "json").document
    assert lost["changes"] == kept["changes"]


def test_links_survive_in_state_where_the_bridge_drops_external_ids(tmp_path: Path) -> None:
    with Sandbox(make_world(users=40, groups=8), bridge_knobs=BridgeKnobs(keeps_external_id=False)) as sandbox:
        config = config_for(sandbox, tmp_path)
        assert jc1p("-c", config, "sync", "-y").code == 0
        assert jc1p("-c", config, "plan", "-o", "json").document["changes"] == []
        advance_day(sandbox.world)
        kinds = jc1p("-c", config, "plan", "-o", "json").document["summary"]
        assert (kinds["rename_user"], kinds["suspend_user"], kinds["rename_group"]) == (1, 3, 1)


def test_damaged_state_is_set_aside_and_a_damaged_journal_told_once(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    (database,) = (config.parent / "state").rglob("state.db")
    database.write_bytes(b"this is no database" * 100)
    done = jc1p("-c", config, "sync", "-y")
    assert done.code == 0
    assert "state file is damaged" in done.err
    assert database.with_name("state.db.damaged").exists()
    (journal, *_) = (config.parent / "state").rglob("journal/*.jsonl")
    with journal.open("a") as file:
        file.write("{damaged\n")
    warnings = [line for line in jc1p("-c", config, "sync", "-y").err.splitlines() if "damaged lines" in line]
    assert len(warnings) == 1
    with closing(sqlite3.connect(database)) as state:
        assert state.execute("SELECT count(*) FROM links").fetchone()[0] > 0


# --- guard, narrowing, prompt -------------------------------------------------------------------------------


def test_emptied_assignment_is_refused_and_nothing_is_changed(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    sandbox.world.assigned_groups.clear()
    sandbox.world.assigned_users.clear()
    sandbox.requests.clear()
    for arguments in (["sync", "-y"], ["sync", "--dry-run"], ["plan"]):
        done = jc1p("-c", config, *arguments)
        assert done.code == 4
        assert "Nothing was changed (exit 4)." in done.out
        assert "no JumpCloud user is in scope" in done.out
        assert "this run would suspend" in done.out
        assert ("--allow" in done.out, "`guard.empty_source: allow`" in done.out) == (False, True)
    assert jc1p("-c", config, "drift").code == 3
    assert {request.method for request in sandbox.requests} == {"GET"}


def test_allow_permits_one_run(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    for user in list(sandbox.world.users.values())[12:18]:
        user.update(state="SUSPENDED", suspended=True)
    assert jc1p("-c", config, "sync", "-y").code == 4
    assert jc1p("-c", config, "sync", "-y", "--allow", "suspensions=6").code == 0


def test_limit_invites_a_few_and_says_who_waits(sandbox: Sandbox, config: Path) -> None:
    done = jc1p("-c", config, "sync", "-y", "--limit", "2", "-o", "json")
    assert done.code == 0
    assert done.document["summary"]["create_user"] == 2
    assert len([item for item in done.document["held"] if item["code"] == "limit"]) == 14
    assert len(sandbox.bridge.invitations) == 2


def test_one_person_alone_can_be_synced_with_their_memberships(sandbox: Sandbox, config: Path) -> None:
    done = jc1p("-c", config, "sync", "-y", "--user", "Norman.Nodisplay@example.com", "-o", "json")
    assert [change["kind"] for change in done.document["changes"]] == ["create_user", "add_members"]
    assert done.document["changes"][1]["members"] == ["norman.nodisplay@example.com"]
    assert list(sandbox.bridge.invitations) == ["norman.nodisplay@example.com"]


@pytest.mark.parametrize("name", ["Engineering", "JC engineering", "ENGINEERING"])
def test_one_group_is_meant_by_its_name_on_either_side(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    config = config_for(sandbox, tmp_path, more='groups: {name: "JC {name}"}\n')
    done = jc1p("-c", config, "plan", "--group", name, "-o", "json").document
    assert {change["group"] for change in done["changes"]} == {"JC Engineering"}


def test_unknown_group_on_the_command_line_is_told(config: Path) -> None:
    done = jc1p("-c", config, "plan", "--group", "Nobodys", "-o", "json")
    assert (done.code, done.document["error"]["code"]) == (1, "not_found")


def test_unknown_person_on_the_command_line_is_told(config: Path) -> None:
    done = jc1p("-c", config, "plan", "--user", "nobody@example.com", "-o", "json")
    assert (done.code, done.document["error"]["code"]) == (1, "not_found")


def test_without_a_terminal_sync_needs_yes_and_touches_no_network(sandbox: Sandbox, config: Path) -> None:
    done = jc1p("-c", config, "sync")
    assert done.code == 2
    assert "--yes" in done.err
    assert not sandbox.requests


@pytest.mark.parametrize(
    "profile", product_of([name for name in PROFILES if name != "provisioning-off"], lambda name: {name == "default"})
)
def test_every_profile_comes_in_step_and_stays_there(tmp_path: Path, profile: str) -> None:
    with Sandbox(make_world(users=40, groups=8), *with_profile(profile)) as sandbox:
        config = config_for(sandbox, tmp_path)
        first = jc1p("-c", config, "sync", "-y", "-o", "json").document
        assert (first["outcome"]["failed"], first["outcome"]["skipped"]) == (0, 0)
        second = jc1p("-c", config, "sync", "-y", "-o", "json").document
        assert second["changes"] == []
        advance_day(sandbox.world)
        assert jc1p("-c", config, "sync", "-y").code == 0
        sandbox.bridge.confirm_emails()
        last = jc1p("-c", config, "plan", "-o", "json").document
        assert last["changes"] == []
        assert max(sandbox.bridge.invitations.values()) == 1


def test_state_folder_that_cannot_be_written_is_told_before_any_network(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = config_for(sandbox, tmp_path, replace=(str(tmp_path / "state"), str(tmp_path / "file" / "state")))
    refused(jc1p("-c", path, "sync", "-y"), 2, "state.path", "cannot use")
    assert not sandbox.requests


# --- bad input: one clear error, the right exit code, no traceback, nothing changed ---------------------------


def refused(done: Done, code: int, *words: str) -> None:
    assert done.code == code, done.err
    assert "Traceback" not in done.err + done.out
    assert done.err.count("error: ") == 1
    for word in words:
        assert word in done.err


@pytest.mark.parametrize(
    ("replace", "code", "words"),
    [
        (("${JC1P_SANDBOX_KEY:-jca_sandbox}", "jca_wrong"), 1, ["refused the credential", "401", "region"]),
        (("${JC1P_SANDBOX_TOKEN:-sandbox-bridge-token}", "wrong"), 1, ["refused the token", "onepassword.token"]),
        (("1Password Business", "2Password Home"), 1, ['no application "2Password Home"', "1Password Business"]),
        (("application: 1Password Business", "groups: [Enginering]"), 1, ['no user group "Enginering"', "Engineering"]),
        (("scim_url: http://127.0.0.1", "scim_url: https://acme.1password.com:443 #"), 2, ["sign-in address"]),
        (("  scim_url: http://127.0.0.1", "  scim_url: http://scim.example.com #"), 2, ["only https"]),
        (("jumpcloud:\n", "jumpcloud:\n\t"), 2, ["jc1p.yaml:3:", "a tab"]),
        (("users:", "jumpcloud: {}\nusers:"), 2, ["duplicate key (first in line 2)", "jumpcloud"]),
        (("users:", "user:"), 2, ["unknown key; did you mean users?", "jc1p.yaml:10:1"]),
        (("${JC1P_SANDBOX_KEY:-jca_sandbox}", "${NO_SUCH_VARIABLE}"), 2, ["NO_SUCH_VARIABLE is not set", "api_key"]),
        (("${JC1P_SANDBOX_KEY:-jca_sandbox}", "{command: [/bin/false]}"), 2, ["/bin/false failed", "api_key"]),
    ],
    ids=lambda value: value[1][:30] if isinstance(value, tuple) else None,
)  # fmt: skip
def test_bad_configuration(
    sandbox: Sandbox, tmp_path: Path, replace: tuple[str, str], code: int, words: list[str]
) -> None:
    before = sandbox.bridge.users()
    path = config_for(sandbox, tmp_path, replace=replace)
    assert path.read_text() != sandbox.config_text(tmp_path / "state")
    refused(jc1p("-c", path, "sync", "--yes"), code, *words)
    assert sorted(map(str, sandbox.bridge.users())) == sorted(map(str, before))
    assert not sandbox.requests or code == 1
    document = jc1p("-c", path, "sync", "--yes", "-o", "json").document
    assert document["error"]["message"]
    assert document["changes"] is None


def test_two_applications_that_match(sandbox: Sandbox, config: Path) -> None:
    sandbox.world.applications.append({**sandbox.world.applications[0], "_id": "66d0000000000000000000c9"})
    refused(jc1p("-c", config, "plan"), 1, "2 JumpCloud applications match", "66d0000000000000000000c9")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("login-302", service="jumpcloud", times=99), ["login page"]),
        (Fault("html-200", service="jumpcloud", times=99), ["text/html", "Gateway"]),
        (Fault("html-200", service="onepassword", times=99), ["no SCIM service at this address"]),
        (Fault("403", service="jumpcloud", path="applications", times=99), ["403", "role"]),
        (Fault("401", service="onepassword", path="Groups", times=99), ["refused the token"]),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else None,
)
def test_bad_answers_while_reading(sandbox: Sandbox, config: Path, fault: Fault, words: list[str]) -> None:
    sandbox.faults.append(fault)
    refused(jc1p("-c", config, "sync", "-y"), 1, *words)
    assert {request.method for request in sandbox.requests} <= {"GET"}


def test_provisioning_off(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.turn({}, {"provisioning": False})
    path = config_for(sandbox, tmp_path, more="http: {attempts: 2}\n")
    refused(jc1p("-c", path, "plan"), 1, "provisioning is turned off", "Integrations")
    assert jc1p("-c", path, "plan", "-o", "json").document["error"]["code"] == "provisioning_off"


@pytest.mark.parametrize(
    "arguments",
    [["sink"], ["sync", "--limit", "x"], ["plan", "--only", "people"], ["plan", "--allow", "suspension=1"],
     ["plan", "--allow", "suspensions"], ["plan", "--allow", "empty_source=1"], ["plan", "--nope"]],
    ids=str,
)  # fmt: skip
def test_usage_errors_are_told_in_text_and_json(config: Path, arguments: list[str]) -> None:
    refused(jc1p("-c", config, *arguments), 2)
    done = jc1p("-c", config, *arguments, "--output", "json")
    assert done.code == 2
    assert done.document["error"]["code"] == "usage"


def test_missing_configuration_says_where_it_looked(tmp_path: Path) -> None:
    refused(jc1p("plan", cwd=tmp_path), 2, "jc1p.yaml", "/etc/jc1p/config.yaml", "jc1p config init")


def test_one_failed_invitation_ends_as_applied_in_part(sandbox: Sandbox, config: Path) -> None:
    sandbox.turn({}, {"allowed_domains": ["nowhere.example"]})
    done = jc1p("-c", config, "sync", "-y", "-o", "json")
    assert done.code == 5
    outcome = done.document["outcome"]
    assert outcome["failed"] == 16
    assert outcome["applied"] > 0
    assert "not allowed" in outcome["changes"][0]["error"]


def test_login_refused_while_applying_stops_at_once(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(Fault("401", service="onepassword", method="POST", times=99))
    done = jc1p("-c", config, "sync", "-y", "-o", "json")
    assert done.code == 1
    assert done.document["outcome"]["applied"] == 0
    assert not sandbox.bridge.invitations


def test_incomplete_list_of_accounts_invites_and_holds_removals(sandbox: Sandbox, config: Path) -> None:
    sandbox.turn({}, {"total_off_by": 1})
    done = jc1p("-c", config, "sync", "-y", "-o", "json")
    assert done.code == 5
    document = done.document
    assert document["target"]["complete"] is False
    assert document["summary"]["create_user"] == 16
    assert document["summary"]["suspend_user"] == 0
    assert {item["code"] for item in document["held"]} == {"incomplete_read", "suspended_elsewhere"}


@pytest.mark.parametrize("knob", ["lost_assignments", "omits_paths"])
def test_list_of_assigned_people_that_comes_back_short_suspends_nobody(
    sandbox: Sandbox, config: Path, knob: str
) -> None:
    jc1p("-c", config, "sync", "-y")
    sandbox.turn({knob: 2}, {})
    done = jc1p("-c", config, "sync", "-y", "-o", "json")
    if knob == "omits_paths":
        assert (done.code, done.document["changes"]) == (0, [])
        sandbox.turn({"lost_members": 2}, {})
        done = jc1p("-c", config, "sync", "-y", "-o", "json")
    assert (done.code, done.document["error"]["code"]) == (1, "incomplete_read")
    assert "was short" in done.err
    assert len([account for account in sandbox.bridge.users() if not account["active"]]) == 2


def test_linked_account_that_the_list_leaves_out_is_not_invited_again(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    someone = sandbox.world.user_by_email("norman.nodisplay@example.com")
    (account,) = [each for each in sandbox.bridge.users() if each.get("externalId") == someone["id"]]
    someone["email"] = "norman.new@example.com"
    sandbox.turn({}, {"unlisted": [account["id"]]})
    done = jc1p("-c", config, "sync", "-y", "-o", "json").document
    assert [change["kind"] for change in done["changes"]] == ["rename_user"]
    assert done["target"]["complete"] is False
    assert "does not include 1 accounts" in done["warnings"][-1]["message"]
    assert "norman.new@example.com" not in sandbox.bridge.invitations


def test_linked_group_that_the_list_leaves_out_is_not_made_again(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    groups = [group["id"] for group in sandbox.bridge.groups()]
    sandbox.turn({}, {"unlisted": groups, "post_group": "second"})
    done = jc1p("-c", config, "sync", "-y", "-o", "json").document
    assert done["changes"] == []
    assert [group["id"] for group in sandbox.bridge.groups()] == groups


def test_deleted_account_is_invited_again_and_its_link_forgotten(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    someone = sandbox.world.user_by_email("norman.nodisplay@example.com")
    (account,) = [each for each in sandbox.bridge.users() if each.get("externalId") == someone["id"]]
    sandbox.bridge.delete_account(account["id"])
    done = jc1p("-c", config, "sync", "-y", "-o", "json").document
    assert done["changes"][0]["kind"] == "create_user"
    sandbox.requests.clear()
    assert jc1p("-c", config, "sync", "-y", "-o", "json").document["changes"] == []
    assert not [request for request in sandbox.requests if account["id"] in request.path]


def test_most_accounts_gone_at_once_is_another_account_not_a_newcomers_day(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    linked = [each["id"] for each in sandbox.bridge.users() if each.get("externalId")]
    for id_ in linked[: len(linked) * 2 // 3]:
        sandbox.bridge.delete_account(id_)
    refused(jc1p("-c", config, "sync", "-y"), 1, "linked accounts are missing", "right 1Password account")


def test_empty_answer_where_accounts_were_linked_is_a_short_read(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    sandbox.bridge.storage.by_id("User").clear()
    refused(jc1p("-c", config, "sync", "-y"), 1, "lists no accounts")
    assert max(sandbox.bridge.invitations.values()) == 1


# --- output -------------------------------------------------------------------------------------------------


def test_document_has_the_promised_keys_and_is_the_same_each_time(sandbox: Sandbox, config: Path) -> None:
    one, two = (
        jc1p("-c", config, "plan", "-o", "json", environment={"JC1P_NOW": "2026-11-24T00:12:00Z"}).document
        for _ in range(2)
    )
    assert list(one) == [
        "format_version", "jc1p_version", "command", "run_id", "created_at", "dry_run", "fingerprint", "source",
        "target", "summary", "changes", "held", "warnings", "guard", "outcome", "score", "comparison", "reference",
        "actor", "requests", "duration_s", "error",
    ]  # fmt: skip
    assert list(one["summary"]) == [
        "create_user", "update_user", "rename_user", "reactivate_user", "suspend_user", "link_user", "create_group",
        "rename_group", "add_members", "remove_members", "delete_group", "unchanged_users", "unchanged_groups",
        "unowned_users", "excluded_users",
    ]  # fmt: skip
    assert one["created_at"] == "2026-11-24T00:12:00Z"
    assert one["run_id"].startswith("20261124T001200Z-")
    for document in (one, two):
        for volatile in ("run_id", "duration_s", "requests"):
            document.pop(volatile)
    assert one == two


def test_plan_exit_codes(sandbox: Sandbox, config: Path) -> None:
    assert jc1p("-c", config, "plan").code == 0
    assert jc1p("-c", config, "plan", "--detailed-exitcode").code == 3
    jc1p("-c", config, "sync", "-y")
    assert jc1p("-c", config, "plan", "--detailed-exitcode").code == 0
    assert jc1p("-c", config, "drift").code == 0


def test_links_alone_are_no_drift(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    for account in [each for each in sandbox.bridge.users() if "externalId" in each][:3]:
        sandbox.bridge.storage.by_id("User")[account["id"]].external_id = None
    for path in (config.parent / "state").rglob("state.db"):
        path.unlink()
    done = jc1p("-c", config, "drift", "-o", "json")
    assert done.document["summary"]["link_user"] == 3
    assert done.code == 0


def test_piped_output_is_plain_and_never_cut(sandbox: Sandbox, config: Path) -> None:
    long = "a.very.long.address.that.no.eighty.columns.can.hold.without.cutting.it.somewhere@example.com"
    sandbox.world.users[next(iter(sandbox.world.effective()))].update(
        email=long, displayname="evil \x1b[2J\u202egnp.exe [link=https://x]", state="ACTIVATED"
    )
    done = jc1p("-c", config, "sync", "--dry-run", environment={"COLUMNS": "40"})
    assert long in done.out
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    assert "[link=https://x]" in done.out
    assert "…" not in done.out


def test_json_log_lines_are_json_and_hold_no_addresses(sandbox: Sandbox, config: Path) -> None:
    done = jc1p("-c", config, "plan", "--log-level", "info", "--log-format", "json")
    lines = [json.loads(line) for line in done.err.splitlines()]
    assert len(lines) == len(sandbox.requests)
    assert {"service", "method", "path", "status", "ms"} <= lines[0].keys()
    assert "@" not in done.err


# --- start-up, config commands, sandbox ---------------------------------------------------------------------


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["sync", "--help"], ["config", "--help"]], ids=str)
def test_help_and_version(words: list[str]) -> None:
    done = jc1p(*words)
    assert (done.code, done.err) == (0, "")
    assert "jc1p" in done.out.lower()


def test_config_init_writes_a_file_that_checks_and_never_over_another(tmp_path: Path) -> None:
    assert jc1p("config", "init", cwd=tmp_path).code == 0
    path = tmp_path / "jc1p.yaml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text() == (Path(__file__).parents[2] / "config.example.yaml").read_text()
    secrets = {"JUMPCLOUD_API_KEY": "jca_x", "OP_SCIM_TOKEN": "t"}
    assert jc1p("config", "check", cwd=tmp_path, environment=secrets).code == 0
    refused(jc1p("config", "check", cwd=tmp_path), 2, "JUMPCLOUD_API_KEY", "OP_SCIM_TOKEN")
    shown = jc1p("config", "show", cwd=tmp_path, environment=secrets)
    assert "api_key: '********'" in shown.out
    refused(jc1p("config", "init", cwd=tmp_path), 2, "already exists")
    other = tmp_path / "other.yaml"
    assert jc1p("config", "init", "-c", other, *COMMON, cwd=tmp_path).code == 0
    assert other.exists()
    assert "properties" in jc1p("config", "schema").document
