"""`doctor` against the sandbox over sockets: problems are reported, and nothing is ever written."""

import json
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support.inprocess import jc1p
from support.installed import Done, config_for

from jc1p.sandbox.faults import Fault
from jc1p.sandbox.server import Sandbox
from jc1p.state.lock import hold_lock

HEAD = ["format_version", "jc1p_version", "command", "run_id", "created_at"]
TAIL = ["requests", "duration_s", "error"]
INSIGHTS = "/insights/directory/v1/events"

Found = Mapping[str, Mapping[str, Any]]


def examined(config: Path, *, code: int = 1) -> Found:
    """The findings by check, after the document was checked."""
    done = jc1p("-c", config, "doctor", "-o", "json")
    assert done.code == code, done.out + done.err
    document = done.document
    assert list(document) == [*HEAD, "organization", "bridge", "findings", "to_ask", "summary", *TAIL]
    assert document["error"] is None
    for finding in document["findings"]:
        assert list(finding) == ["check", "area", "status", "seen", "next"]
        assert finding["next"] or finding["status"] in {"ok", "info"}
    return {finding["check"]: finding for finding in document["findings"]}


def failures(found: Found) -> list[str]:
    return [check for check, finding in found.items() if finding["status"] == "failure"]


def nothing_was_written(sandbox: Sandbox) -> None:
    sent = {(request.method, request.path) for request in sandbox.requests if request.method != "GET"}
    assert sent <= {("POST", INSIGHTS)}


def test_all_is_well(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    with config.open("a") as file:
        file.write("notify: [{exec: [/bin/true]}]\n")
    found = examined(config, code=0)
    assert {finding["status"] for finding in found.values()} == {"ok", "info"}
    assert found["would_suspend"]["seen"].endswith("susi.suspended@example.com")
    document = jc1p("-c", config, "doctor", "-o", "json").document
    assert document["summary"]["ok"] + document["summary"]["info"] == len(found)
    assert any("two owners" in question for question in document["to_ask"])
    assert document["requests"]["onepassword"] > 0
    assert sum(len(request.path) > 0 for request in sandbox.requests) < 60
    nothing_was_written(sandbox)
    assert not (tmp_path / "state").exists()


def test_text_is_grouped_begins_with_failures_and_folds_what_is_ok(sandbox: Sandbox, config: Path) -> None:
    sandbox.bridge_knobs.healthy = False
    done = jc1p("-c", config, "doctor")
    lines = done.out.splitlines()
    assert (done.code, done.err) == (1, "")
    titles = ["1Password", "This machine", "JumpCloud", "Both sides", "Check manually"]
    assert lines[:2] == [f"JumpCloud Example Corp → 1Password {sandbox.bridge_url.partition('://')[2]}", ""]
    assert [line for line in lines if line and not line.startswith(" ")][1:6] == titles
    assert lines[lines.index("1Password") + 1].startswith("  FAIL bridge_health: ConfirmationWatcher is unhealthy")
    assert not any(line.startswith("       ") and "→" not in line for line in lines)
    assert lines[-1].startswith("1 failure, 1 warning")
    assert "  ok   7 other checks (-v lists them)" in lines
    assert "  ok   clock:" not in done.out
    assert "  ok   clock:" in jc1p("-c", config, "doctor", "--verbose").out
    assert "filter.maxResults" not in done.out
    assert "filter.maxResults: 10000" in jc1p("-c", config, "doctor", "--verbose").out


# --- JumpCloud ----------------------------------------------------------------------------------------------


def test_wrong_key(sandbox: Sandbox, config: Path) -> None:
    sandbox.jumpcloud.key = "another"
    found = examined(config)
    assert failures(found) == ["jumpcloud_credential"]
    assert "401" in found["jumpcloud_credential"]["seen"]
    assert found["jumpcloud_reading"]["status"] == found["email_overlap"]["status"] == "info"
    assert found["bridge_reading"]["status"] == "ok"


def test_key_that_does_not_arrive(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(Fault("login-302", service="jumpcloud", times=100))
    found = examined(config)
    assert failures(found) == ["jumpcloud_credential"]
    assert "login page" in found["jumpcloud_credential"]["seen"]


KEY = "api_key: ${JC1P_SANDBOX_KEY:-jca_sandbox}"
SERVICE_ACCOUNT = "client_id: sandbox-client\n  client_secret: ${NOT_THERE:-sandbox-client-secret}"


@pytest.mark.parametrize(
    ("knobs", "status", "said"),
    [
        ({"credential_days": 29}, "warning", "JumpCloud does not show which account jc1p uses"),
        ({"credential_days": 29, "shows_auth_config": True}, "warning", "the credential of this service account ends"),
        ({"credential_days": 31, "shows_auth_config": True}, "ok", "is valid until"),
        ({"credential_days": 31}, "ok", "no service account's credential ends within 30 days"),
        ({"credential_days": 0}, "info", "not known"),
        ({"forbidden_paths": ["/api/v2/service-accounts"]}, "info", "the role cannot read service accounts"),
    ],
)
def test_end_of_a_service_accounts_credential_is_told_30_days_ahead(
    sandbox: Sandbox, tmp_path: Path, knobs: dict[str, Any], status: str, said: str
) -> None:
    sandbox.turn(knobs, {})
    found = examined(config_for(sandbox, tmp_path, replace=(KEY, SERVICE_ACCOUNT)), code=0)["credential_end"]
    assert (found["status"], said in found["seen"]) == (status, True), found


def test_end_of_an_administrators_key_is_not_guessed(sandbox: Sandbox, config: Path) -> None:
    assert "credential_end" not in examined(config, code=0)
    assert not any("service-accounts" in request.path for request in sandbox.requests)


def test_service_account_with_the_wrong_secret(sandbox: Sandbox, tmp_path: Path) -> None:
    key = "api_key: ${JC1P_SANDBOX_KEY:-jca_sandbox}"
    account = "client_id: sandbox-client\n  client_secret: ${NOT_THERE:-wrong-secret}"
    found = examined(config_for(sandbox, tmp_path, replace=(key, account)))
    assert failures(found) == ["jumpcloud_credential"]
    assert "no token for the service account" in found["jumpcloud_credential"]["seen"]


@pytest.mark.parametrize(
    ("path", "check"),
    [
        ("/api/systemusers", "jumpcloud_users"),
        ("/api/v2/usergroups", "jumpcloud_groups"),
        ("/api/applications", "jumpcloud_applications"),
        ("/api/v2/applications/66d0000000000000000000c1/associations", "jumpcloud_associations"),
        ("/api/v2/applications/66d0000000000000000000c1/users", "jumpcloud_assigned_users"),
        ("/api/organizations", "jumpcloud_organization"),
    ],
)
def test_role_that_lacks_one_scope(sandbox: Sandbox, config: Path, path: str, check: str) -> None:
    sandbox.jumpcloud_knobs.forbidden_paths = [path]
    found = examined(config)
    assert failures(found) == [check]
    assert ".readonly" in found[check]["next"]
    assert check in found["jumpcloud_reading"]["seen"] or check == "jumpcloud_organization"


def test_several_organizations(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.jumpcloud_knobs.organizations = 2
    found = examined(config_for(sandbox, tmp_path))
    assert failures(found) == ["jumpcloud_organization"]
    assert "Subsidiary 2" in found["jumpcloud_organization"]["seen"]
    chosen = "jumpcloud:\n  org_id: 5f1a00000000000000000001"
    assert not failures(examined(config_for(sandbox, tmp_path, replace=("jumpcloud:", chosen)), code=0))


def test_application_that_is_unknown_or_ambiguous(sandbox: Sandbox, config: Path) -> None:
    sandbox.world.applications[0]["displayLabel"] = "1Password Buisness"
    found = examined(config)
    assert failures(found) == ["jumpcloud_application"]
    assert "1Password Buisness" in found["jumpcloud_application"]["seen"]
    for application in sandbox.world.applications:
        application["displayLabel"] = "1Password Business"
    found = examined(config)
    assert failures(found) == ["jumpcloud_application"]
    assert "2 JumpCloud applications" in found["jumpcloud_application"]["seen"]


def test_group_that_the_scope_names_and_nobody_has(sandbox: Sandbox, tmp_path: Path) -> None:
    found = examined(config_for(sandbox, tmp_path, replace=("scope:", "scope:\n  groups: [Enginering]")))
    assert failures(found) == ["scope_groups"]
    assert '"Engineering"' in found["scope_groups"]["seen"]


def test_duplicate_and_missing_emails(sandbox: Sandbox, config: Path) -> None:
    first, second, third = [sandbox.world.users[id_] for id_ in list(sandbox.world.effective())[-3:]]
    second["email"] = first["email"].upper()
    third["email"] = ""
    found = examined(config)
    assert failures(found) == ["duplicate_emails"]
    assert first["email"].lower() in found["duplicate_emails"]["seen"]
    assert found["missing_emails"]["status"] == "warning"


def test_connector_that_still_writes(sandbox: Sandbox, config: Path) -> None:
    assert "402" in examined(config, code=0)["jumpcloud_connector"]["seen"]
    sandbox.jumpcloud_knobs.insights = True
    sandbox.jumpcloud_knobs.foreign_events = 2
    assert examined(config, code=0)["jumpcloud_connector"]["status"] == "ok"
    sandbox.jumpcloud_knobs.connector_events = 3
    found = examined(config, code=0)["jumpcloud_connector"]
    assert (found["status"], "3 times" in found["seen"]) == ("warning", True)
    sandbox.jumpcloud_knobs.forbidden_paths = ["/insights"]
    found = examined(config, code=0)["jumpcloud_connector"]
    assert (found["status"], "403" in found["seen"]) == ("info", True)
    nothing_was_written(sandbox)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as made:
        return int(made.getsockname()[1])


def test_jumpcloud_that_is_down(sandbox: Sandbox, tmp_path: Path) -> None:
    down = f"http://127.0.0.1:{free_port()}"
    found = examined(config_for(sandbox, tmp_path, replace=(sandbox.jumpcloud_url, down)))
    assert failures(found) == ["jumpcloud_reachable"]
    assert found["bridge_lists"]["status"] == found["group_visibility"]["status"] == "ok"


def test_web_page_instead_of_jumpcloud(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(Fault("html-200", service="jumpcloud", times=100))
    assert failures(examined(config)) == ["jumpcloud_reachable"]


# --- the bridge ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "check"), [("scim", "token"), ("html", "token"), ("empty", "token"), ("403", "access")]
)
def test_wrong_token(sandbox: Sandbox, config: Path, answer: str, check: str) -> None:
    sandbox.bridge.token = "another"
    sandbox.bridge_knobs.auth_failure = answer
    found = examined(config)
    assert failures(found) == [f"bridge_{check}"]
    assert found["bridge_lists"]["status"] == found["would_suspend"]["status"] == "info"
    assert found["bridge_strangers"]["status"] == found["jumpcloud_reading"]["status"] == "ok"


def test_provisioning_switched_off(sandbox: Sandbox, config: Path) -> None:
    sandbox.bridge_knobs.provisioning = False
    found = examined(config)
    assert failures(found) == ["bridge_provisioning", "bridge_health"]
    assert "turn on Provisioning users & groups" in found["bridge_provisioning"]["next"]


def test_lists_that_answer_500_are_the_switch_too(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(Fault("500", service="onepassword", path="Users|Groups", times=100))
    assert "bridge_provisioning" in failures(examined(config))


def test_health_that_is_unwell_stale_absent_or_comes_with_503(sandbox: Sandbox, config: Path) -> None:
    knobs = sandbox.bridge_knobs
    knobs.health_states = {"RedisCache": "Disconnected", "StartProvisionWatcher": ""}
    knobs.health_status = 503
    found = examined(config)
    assert failures(found) == ["bridge_health"]
    assert "RedisCache is Disconnected" in found["bridge_health"]["seen"]
    assert "no report of StartProvisionWatcher" in found["bridge_health"]["seen"]
    knobs.health_states, knobs.health_status, knobs.health_age = {}, 200, 45
    found = examined(config, code=0)
    assert (found["bridge_health"]["status"], "45 min" in found["bridge_health"]["seen"]) == ("warning", True)
    knobs.health_age, knobs.version = 0, "2.8.5"
    assert examined(config, code=0)["bridge_version"]["status"] == "warning"
    knobs.health_status = 404
    found = examined(config, code=0)
    assert found["bridge_health"]["status"] == found["bridge_version"]["status"] == "info"


def test_bridge_that_answers_strangers(sandbox: Sandbox, config: Path) -> None:
    sandbox.bridge_knobs.lets_strangers_in = True
    found = examined(config)
    assert failures(found) == ["bridge_strangers"]
    assert found["bridge_strangers"]["seen"].startswith("ANYONE CAN USE THIS BRIDGE")


def test_base_paths(sandbox: Sandbox, config: Path) -> None:
    sandbox.bridge_knobs.paths = [""]
    assert examined(config, code=0)["bridge_base_path"]["seen"] == "SCIM answers at /"
    sandbox.bridge_knobs.paths, sandbox.bridge_knobs.unknown_redirects = [], True
    found = examined(config)
    assert failures(found) == ["bridge_base_path"]
    assert "/scim/v2 (302)" in found["bridge_base_path"]["seen"]


def test_web_pages_instead_of_scim(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(Fault("html-200", service="onepassword", path="Service|Users|Groups", times=100))
    found = examined(config)
    assert failures(found) == ["bridge_base_path"]
    assert "Something is wrong" in found["bridge_base_path"]["seen"]


def test_bridge_that_is_down(sandbox: Sandbox, tmp_path: Path) -> None:
    down = f"http://127.0.0.1:{free_port()}"
    found = examined(config_for(sandbox, tmp_path, replace=(sandbox.bridge_url, down)))
    assert failures(found) == ["bridge_reachable"]
    assert found["jumpcloud_reading"]["status"] == found["scope_size"]["status"] == "ok"
    assert {found[check]["status"] for check in ("bridge_token", "bridge_health", "email_overlap")} == {"info"}


def test_proxy_that_answers_for_a_bridge_that_is_down(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(Fault("502-html", service="onepassword", times=100))
    found = examined(config)
    assert failures(found) == ["bridge_reachable", "bridge_lists"]
    assert "in front of the bridge" in found["bridge_reachable"]["seen"]
    assert {found[check]["status"] for check in ("bridge_token", "bridge_access", "bridge_base_path")} == {"info"}


def test_several_groups_of_one_name_and_a_bridge_without_groups(sandbox: Sandbox, config: Path) -> None:
    for group in sandbox.bridge.groups():
        sandbox.bridge.storage.by_id("Group").pop(group["id"])
    assert examined(config, code=0)["group_visibility"]["status"] == "info"
    for name in ("Engineering", "engineering "):
        sandbox.bridge.add_group(name)
    found = examined(config, code=0)["duplicate_group_names"]
    assert (found["status"], "Engineering (" in found["seen"]) == ("warning", True)


# --- both sides and this machine ----------------------------------------------------------------------------


def test_owners_limits_and_likely_duplicates(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.bridge.add_account("norman.nodisplay@corp.example", "Norman Nodisplay")
    owners = "users:\n  protected: [olivia.owner@example.com]\n"
    path = config_for(sandbox, tmp_path, replace=(owners, ""), more="guard: {suspensions: 60%}\n")
    found = examined(path, code=0)
    assert {check for check, each in found.items() if each["status"] == "warning"} == {
        "owners_protected", "guard_limits", "email_overlap", "notifications",
    }  # fmt: skip
    assert "norman.nodisplay@example.com like" in found["email_overlap"]["seen"]


def test_file_that_others_may_change_and_a_secret_in_it(sandbox: Sandbox, tmp_path: Path) -> None:
    path = config_for(
        sandbox, tmp_path, replace=("${JC1P_SANDBOX_TOKEN:-sandbox-bridge-token}", "sandbox-bridge-token")
    )
    path.chmod(0o666)
    found = examined(path, code=0)
    assert "plain text" in found["config_secrets"]["seen"]
    assert found["config_permissions"]["status"] == "warning"


def test_state_that_is_paused_held_damaged_or_no_folder(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    assert jc1p("-c", config, "sync", "-y", "--only", "groups").code == 0
    assert jc1p("-c", config, "pause", "--reason", "audit").code == 0
    (database,) = (tmp_path / "state").rglob("state.db")
    database.write_bytes(b"this is no database" * 100)
    with hold_lock(database.parent, "run 20261124T000000Z-aaaa"):
        found = examined(config, code=0)
    assert (found["paused"]["status"], "audit" in found["paused"]["seen"]) == ("warning", True)
    assert "20261124T000000Z-aaaa" in found["run_lock"]["seen"]
    assert found["state_folder"]["status"] == "warning"
    assert database.read_bytes().startswith(b"this is no database")
    no_folder = config_for(sandbox, tmp_path, replace=(str(tmp_path / "state"), str(config)))
    assert failures(examined(no_folder)) == ["state_folder"]


def test_run_that_was_cut_off(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    assert jc1p("-c", config, "sync", "-y").code == 0
    (journal,) = (tmp_path / "state").rglob("*.jsonl")
    lines = journal.read_text().splitlines()
    journal.write_text("\n".join(line for line in lines if json.loads(line)["type"] != "end"))
    found = examined(config, code=0)
    assert found["interrupted_runs"]["status"] == "warning"
    assert found["external_ids"]["status"] == "ok"


def test_configuration_error_ends_it_before_the_network(sandbox: Sandbox, tmp_path: Path) -> None:
    path = config_for(sandbox, tmp_path, more="gaurd: {}\n")
    done: Done = jc1p("-c", path, "doctor", "-o", "json")
    assert (done.code, done.document["error"]["code"], done.document["findings"]) == (2, "config", None)
    assert not sandbox.requests


def test_checks_that_need_a_failed_one_are_one_line_a_section(sandbox: Sandbox, config: Path) -> None:
    sandbox.jumpcloud.key = "another"
    done = jc1p("-c", config, "doctor")
    assert done.code == 1
    assert "not checked: requires" not in done.out
    assert re.search(r"info  ?\d+ other checks need one that failed \(-v lists them\)", done.out)
    listed = jc1p("-c", config, "doctor", "-v")
    assert "scope_size: not checked: requires jumpcloud_reading" in listed.out
    assert listed.out.splitlines()[-1] == done.out.splitlines()[-1]
