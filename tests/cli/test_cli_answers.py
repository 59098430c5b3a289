"""`why`, `users`, `groups` and `import` against the sandbox over sockets."""

import csv
import io
import json
from pathlib import Path

import pytest
from support.inprocess import jc1p

from jc1p.runtime.command_lines import with_config
from jc1p.sandbox.faults import Fault
from jc1p.sandbox.server import Sandbox

NEWCOMER = "norman.nodisplay@example.com"
HEAD = ["format_version", "jc1p_version", "command", "run_id", "created_at"]
TAIL = ["requests", "duration_s", "error"]


def nothing_was_changed(sandbox: Sandbox) -> None:
    assert {request.method for request in sandbox.requests} <= {"GET"}


def test_why_tells_the_five_steps_in_text_and_json(sandbox: Sandbox, config: Path) -> None:
    told = jc1p("-c", config, "why", NEWCOMER.upper())
    assert told.code == 0
    for title in ("1. JumpCloud:", "2. Scope:", "3. Match:", "4. Attributes:", "5. Change:"):
        assert title in told.out
    document = jc1p("-c", config, "why", NEWCOMER, "-o", "json").document
    assert list(document) == [*HEAD, "subject", "kind", "steps", "changes", "held", "warnings", *TAIL]
    assert [step["step"] for step in document["steps"]] == ["jumpcloud", "scope", "match", "attributes", "change"]
    assert document["changes"][0]["kind"] == "create_user"
    nothing_was_changed(sandbox)


def test_why_knows_groups_out_of_scope_too(sandbox: Sandbox, config: Path) -> None:
    person = sandbox.world.user_by_email(NEWCOMER)
    platform = sandbox.world.group_named("Platform")
    platform.members.append(person["id"])
    assert platform.id not in sandbox.world.assigned_groups
    (step, *_) = jc1p("-c", config, "why", NEWCOMER, "-o", "json").document["steps"]
    assert "Platform" in step["saw"]


def test_why_of_nobody_names_the_nearest(config: Path) -> None:
    done = jc1p("-c", config, "why", "normen.nodisplay@example.com", "-o", "json")
    assert (done.code, done.document["error"]["code"]) == (1, "not_found")
    assert done.document["error"]["hint"].startswith(f"Did you mean {NEWCOMER}")
    assert done.document["steps"] is None


def test_users_list_in_text_json_and_csv(sandbox: Sandbox, config: Path) -> None:
    text = jc1p("-c", config, "users", "list")
    assert (text.code, text.err) == (0, "")
    rows = jc1p("-c", config, "users", "list", "-o", "json").document["users"]
    table = list(csv.DictReader(io.StringIO(jc1p("-c", config, "users", "list", "-o", "csv").out)))
    assert len(rows) == len(table) == len(text.out.splitlines()) - 2
    for row, cells in zip(rows, table, strict=True):
        assert row["email"] in text.out
        assert cells["email"] == row["email"]
    nothing_was_changed(sandbox)


@pytest.mark.parametrize(
    ("option", "emails"),
    [
        (["--state", "staged"], ["stan.staged@example.com"]),
        (["--unowned"], ["auditor@partner.example", "olivia.owner@example.com", "shared.mailbox@example.com"]),
        (["--state", "gone"], []),
    ],
    ids=str,
)
def test_users_list_is_filtered(config: Path, option: list[str], emails: list[str]) -> None:
    rows = jc1p("-c", config, "users", "list", *option, "-o", "json").document["users"]
    assert [row["email"] for row in rows] == emails


def test_people_who_have_yet_to_confirm_are_listed_as_pending(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    sandbox.world.user_by_email(NEWCOMER)["email"] = "norman.new@example.com"
    jc1p("-c", config, "sync", "-y")
    (row,) = jc1p("-c", config, "users", "list", "--pending", "-o", "json").document["users"]
    assert (row["email"], row["account_email"], row["pending"]) == (
        "norman.new@example.com", NEWCOMER, "norman.new@example.com",
    )  # fmt: skip
    assert "confirmation of norman.new@example.com" in jc1p("-c", config, "users", "show", NEWCOMER).out


def test_users_show_and_groups_show_both_sides(config: Path) -> None:
    shown = jc1p("-c", config, "users", "show", "mixed.case@example.com").out
    assert "Mixed.Case@Example.com" in shown
    assert "mixed.case@example.com" in shown
    user = jc1p("-c", config, "users", "show", "mixed.case@example.com", "-o", "json").document["user"]
    assert (user["matched_by"], user["account_state"]) == ("email", "active")
    group = jc1p("-c", config, "groups", "show", "ENGINEERING", "-o", "json").document["group"]
    assert (group["name"], group["account_group"]) == ("Engineering", "engineering")
    assert "auditor@partner.example" in group["account_members"]
    for arguments in (["users", "show", "Engineering"], ["groups", "show", NEWCOMER]):
        wrong = jc1p("-c", config, *arguments)
        assert (wrong.code, "not a" in wrong.err) == (1, True)


def test_groups_list_shows_both_sides(config: Path) -> None:
    rows = jc1p("-c", config, "groups", "list", "--in-scope", "-o", "json").document["groups"]
    assert "Engineering" in [row["name"] for row in rows]
    assert all(row["in_scope"] for row in rows)
    assert jc1p("-c", config, "groups", "list", "-o", "csv").out.startswith("name,jumpcloud_id,in_scope")


def test_hostile_names_stay_data_in_lists(sandbox: Sandbox, config: Path) -> None:
    someone = sandbox.world.user_by_email(NEWCOMER)
    someone["displayname"] = '=HYPERLINK("http://x")\x1b[31m\u202e[red]'
    for arguments in (["users", "list"], ["users", "show", NEWCOMER], ["why", NEWCOMER], ["import"]):
        out = jc1p("-c", config, *arguments).out
        assert "\x1b" not in out
        assert "\u202e" not in out
    table = csv.DictReader(io.StringIO(jc1p("-c", config, "users", "list", "-o", "csv").out))
    assert next(row["name"] for row in table if row["email"] == NEWCOMER).startswith("'=HYPERLINK")


# --- import -------------------------------------------------------------------------------------------------


def test_import_compares_and_changes_nothing(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    done = jc1p("-c", config, "import", "--csv", tmp_path / "all.csv", "-o", "json")
    assert done.code == 0
    counts = {"matched": 8, "probable": 0, "ambiguous": 0, "unmatched": 3, "suspended_elsewhere": 1}
    assert done.document["summary"] == counts
    rows = list(csv.DictReader(io.StringIO((tmp_path / "all.csv").read_text("utf-8-sig"))))
    assert [row["account_email"] for row in rows] == [row["account_email"] for row in done.document["accounts"]]
    assert "Matched, 8" in jc1p("-c", config, "import").out
    nothing_was_changed(sandbox)


def test_import_lists_whom_a_first_sync_would_leave_suspended(config: Path, tmp_path: Path) -> None:
    done = jc1p("-c", config, "import", "--csv", tmp_path / "all.csv", "-o", "json")
    held = jc1p("-c", config, "plan", "-o", "json").document["held"]
    left = {each["user"]: each["reason"] for each in held if each["code"] == "suspended_elsewhere"}
    assert left
    rows = list(csv.DictReader(io.StringIO((tmp_path / "all.csv").read_text())))
    for found in (done.document["accounts"], rows):
        listed = {
            each["jumpcloud_email"]: each["held_because"] for each in found if each["held"] == "suspended_elsewhere"
        }
        assert listed == left
    text = jc1p("-c", config, "import").out
    assert f"a sync does not reactivate them, {len(left)}" in text
    typed = {email: with_config(reason, str(config)) for email, reason in left.items()}
    assert all(f"! {email}  {reason}" in " ".join(text.split(" ")) for email, reason in typed.items())
    assert jc1p("-c", config, "sync", "-y").code == 0
    again = jc1p("-c", config, "import", "-o", "json").document
    assert again["summary"]["suspended_elsewhere"] == len(left)


def test_import_link_records_the_matches_and_the_accepted(sandbox: Sandbox, config: Path) -> None:
    sandbox.bridge.add_account("norman.nodisplay@corp.example", "Norman Nodisplay")
    assert "probable_duplicate" in jc1p("-c", config, "plan", "-o", "json").out
    dry = jc1p("-c", config, "import", "--link", "--accept", NEWCOMER, "--dry-run", "-o", "json").document
    assert (len(dry["links"]["changes"]), dry["links"]["outcome"]) == (9, None)
    nothing_was_changed(sandbox)
    done = jc1p("-c", config, "import", "--link", "--accept", NEWCOMER, "-o", "json")
    assert (done.code, done.document["links"]["outcome"]["applied"]) == (0, 9)
    assert jc1p("-c", config, "import", "--link", "-o", "json").document["links"]["changes"] == []
    plan = jc1p("-c", config, "plan", "-o", "json").document
    assert plan["summary"]["link_user"] == 0
    assert [change["kind"] for change in plan["changes"] if change["user"] == NEWCOMER] == ["rename_user"]
    assert not sandbox.bridge.invitations


def test_import_create_makes_staged_people_and_mails_nobody(sandbox: Sandbox, config: Path) -> None:
    dry = jc1p("-c", config, "import", "--create", "--dry-run", "-o", "json").document["creations"]
    assert [(each["username"], each["status"]) for each in dry] == [
        ("auditor", "planned"), ("olivia.owner", "planned"), ("shared.mailbox", "planned"),
    ]  # fmt: skip
    nothing_was_changed(sandbox)
    asked = jc1p("-c", config, "import", "--create")
    assert (asked.code, "--yes" in asked.err) == (2, True)
    done = jc1p("-c", config, "import", "--create", "--user", "auditor@partner.example", "-y", "-o", "json")
    assert (done.code, [each["status"] for each in done.document["creations"]]) == (0, ["created"])
    made = sandbox.world.user_by_email("auditor@partner.example")
    assert (made["state"], made["username"]) == ("STAGED", "auditor")
    assert done.document["creations"][0]["jumpcloud_id"] == made["id"]
    again = jc1p("-c", config, "import", "-o", "json").document
    assert again["summary"]["matched"] == 9
    assert [request.path for request in sandbox.requests if request.method != "GET"] == ["/api/systemusers"]


def test_import_create_finds_whom_jumpcloud_has_after_a_lost_answer(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(Fault("reset", service="jumpcloud", method="POST", after=True))
    done = jc1p("-c", config, "import", "--create", "--user", "auditor@partner.example", "-y", "-o", "json")
    assert (done.code, done.document["creations"][0]["status"]) == (0, "created")
    emails = [user["email"] for user in sandbox.world.users.values()]
    assert emails.count("auditor@partner.example") == 1


def test_import_create_tells_a_refusal_and_goes_on(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(Fault("403", service="jumpcloud", method="POST"))
    done = jc1p("-c", config, "import", "--create", "-y", "-o", "json")
    assert done.code == 5
    assert [each["status"] for each in done.document["creations"]] == ["failed", "created", "created"]
    assert "403" in done.document["creations"][0]["error"]


@pytest.mark.parametrize("options", ["--accept x@y.z", "--user x@y.z", "--link --accept x@y.z"])
def test_import_options_that_do_not_fit_are_told(config: Path, options: str) -> None:
    done = jc1p("-c", config, "import", *options.split(), "-o", "json")
    assert done.code in {1, 2}
    assert done.document["error"]["message"]
    assert json.loads(done.out)["accounts"] is None


@pytest.mark.parametrize("arguments", [["why", ""], ["users", "show", "  "], ["groups", "show", ""]], ids=str)
def test_an_empty_name_means_nobody(config: Path, arguments: list[str]) -> None:
    assert jc1p("-c", config, *arguments).code == 2
