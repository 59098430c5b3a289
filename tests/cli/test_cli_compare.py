"""`jc1p plan --compare`: one reading, two configurations, and what only one of the plans does; never applied."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from support.inprocess import jc1p

from jc1p.sandbox.server import Sandbox

SCHEMA = Path(__file__).parents[2] / "docs" / "document.schema.json"


def proposal(config: Path, *replace: tuple[str, str], more: str = "") -> Path:
    """The configuration with texts replaced, in a file beside it."""
    text = config.read_text()
    for old, new in replace:
        assert old in text
        text = text.replace(old, new)
    path = config.with_name("other.yaml")
    path.write_text(text + more)
    return path


def excluding(sandbox: Sandbox, config: Path) -> Path:
    """A proposal that leaves out all assigned groups but the last: more people than a safety limit allows."""
    names = json.dumps([sandbox.world.groups[id_].name for id_ in sandbox.world.assigned_groups[:-1]])
    return proposal(config, ("scope:\n", f"scope:\n  exclude_groups: {names}\n"))


def test_both_plans_come_from_one_reading_and_are_those_of_two_plans(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    other = excluding(sandbox, config)
    alone = [jc1p("-c", path, "plan", "-o", "json").document for path in (config, other)]
    sandbox.requests.clear()
    done = jc1p("-c", config, "plan", "--compare", other, "-o", "json")
    found = done.document["comparison"]
    assert (done.code, found["differs"]) == (0, True)
    assert [found["this"]["summary"], found["other"]["summary"]] == [each["summary"] for each in alone]
    assert [found["this"]["guard"]["verdict"], found["other"]["guard"]["verdict"]] == ["allowed", "refused"]
    assert done.document["changes"] == alone[0]["changes"]
    suspended = {row["user"] for row in alone[1]["changes"] if row["kind"] == "suspend_user"}
    assert {row["user"] for row in found["other"]["only"]["changes"] if row["kind"] == "suspend_user"} == suspended
    assert found["this"]["only"]["changes"] == []
    lists = [request for request in sandbox.requests if request.path.startswith("/api/systemusers")]
    assert len([each for each in lists if "/" not in each.path.removeprefix("/api/systemusers")]) == 1
    assert {request.method for request in sandbox.requests} == {"GET"}


def test_document_fits_the_schema_and_cannot_be_applied(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    other, report = excluding(sandbox, config), tmp_path / "report.json"
    done = jc1p("-c", config, "plan", "--compare", other, "-o", "json", "--report", report)
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(done.document)
    assert done.document["fingerprint"] is None
    refused = jc1p("-c", config, "apply", report, "-y")
    assert (refused.code, "Traceback" in refused.err) == (2, False), refused.err


@pytest.mark.parametrize("option", [["--out", "plan.json"], ["--metrics", "m.prom"], ["--invite", "a@example.com"]])
def test_options_that_a_comparison_cannot_have_are_usage_errors(
    sandbox: Sandbox, config: Path, option: list[str], tmp_path: Path
) -> None:
    done = jc1p("-c", config, "plan", "--compare", excluding(sandbox, config), *option, cwd=tmp_path)
    assert done.code == 2
    assert option[0] in done.err
    assert not sandbox.requests


def test_other_files_secrets_and_commands_are_never_run(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    left = tmp_path / "left"
    text = re.sub(r"(api_key|token): .*", rf"\1: {{command: [touch, {left}]}}", config.read_text())
    other = config.with_name("other.yaml")
    other.write_text(text + f"notify:\n  - {{exec: [touch, {left}]}}\n")
    done = jc1p("-c", config, "plan", "--compare", other)
    assert (done.code, done.out.splitlines()[-1]) == (0, "Both configurations give the same plan.")
    assert not left.exists()


def test_another_pair_of_accounts_is_a_usage_error(sandbox: Sandbox, config: Path) -> None:
    other = proposal(config, (sandbox.bridge_url, "https://scim.example.com"))
    done = jc1p("-c", config, "plan", "--compare", other)
    assert done.code == 2
    assert "another pair of accounts" in done.err
    assert not sandbox.requests


def test_what_is_wrong_with_the_other_scope_names_its_file_and_claims_nothing(sandbox: Sandbox, config: Path) -> None:
    other = proposal(config, ("scope:\n", "scope:\n  groups: [Nonesuch]\n"))
    done = jc1p("-c", config, "plan", "--compare", other, "-o", "json")
    assert done.code == 1
    assert str(other) in done.document["error"]["message"]
    assert (done.document["comparison"], done.document["changes"]) == (None, None)


def test_difference_is_exit_3_when_asked_for_and_a_refusal_never_4(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    same = jc1p("-c", config, "plan", "--compare", config, "--detailed-exitcode")
    assert (same.code, same.out.splitlines()[-1]) == (0, "Both configurations give the same plan.")
    loses = excluding(sandbox, config)
    assert jc1p("-c", config, "plan", "--compare", loses, "--detailed-exitcode").code == 3
    assert jc1p("-c", config, "plan", "--compare", loses).code == 0
    assert jc1p("-c", loses, "plan", "--compare", config).code == 0


def test_incomplete_reading_claims_no_removal_under_either(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    other = excluding(sandbox, config)
    sandbox.turn({}, {"total_off_by": 2})
    done = jc1p("-c", config, "plan", "--compare", other, "-o", "json", "--detailed-exitcode")
    found = done.document["comparison"]
    assert done.code == 5
    for side in (found["this"], found["other"]):
        assert not {row["kind"] for row in side["only"]["changes"]} & {"suspend_user", "remove_members"}
        assert side["summary"]["suspend_user"] == 0
    assert {row["code"] for row in found["other"]["only"]["held"]} == {"incomplete_read"}
    told = jc1p("-c", config, "plan", "--compare", other)
    assert "removals are held under both" in told.out


def test_another_application_is_read_for_assignments_and_members_alone(sandbox: Sandbox, config: Path) -> None:
    group = sandbox.world.groups[sandbox.world.assigned_groups[0]].name
    other = proposal(config, ("application: 1Password Business", f"groups: [{group}]"))
    alone = jc1p("-c", other, "plan", "-o", "json").document
    sandbox.requests.clear()
    found = jc1p("-c", config, "plan", "--compare", other, "-o", "json").document["comparison"]["other"]
    assert found["summary"] == alone["summary"]
    assert found["in_scope_users"] == alone["source"]["in_scope_users"]
    lists = [each.path.partition("?")[0] for each in sandbox.requests if each.service == "jumpcloud"]
    assert lists.count("/api/systemusers") == 1


def test_every_report_shows_both_files_and_who_differs(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    other = excluding(sandbox, config)
    reports = [tmp_path / f"r{suffix}" for suffix in (".html", ".md", ".csv", ".json")]
    named = [word for path in reports for word in ("--report", str(path))]
    done = jc1p("-c", config, "plan", "--compare", other, *named)
    only = json.loads(reports[3].read_text())["comparison"]["other"]["only"]["changes"]
    suspended = next(row["user"] for row in only if row["kind"] == "suspend_user")
    for text in (done.out, *(path.read_text(encoding="utf-8-sig") for path in reports[:3])):
        assert suspended in text
    for text in (done.out, *(path.read_text() for path in reports[:2])):
        assert "other" in text
        assert "safety limit" in text
    assert "only_other" in reports[2].read_text()
    assert done.out.splitlines()[-1].startswith("Different: ")
