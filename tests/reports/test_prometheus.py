"""--metrics: valid exposition format, a last success that survives failures, and no names of users."""

import re
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from support.builders import NOW
from support.deploying import tool
from support.inprocess import jc1p
from support.installed import config_for

from jc1p.core.guard import Refusal, Verdict
from jc1p.core.outcomes import Applied, Failed, Report, Skipped
from jc1p.core.plan import Change, Held, Hold, Kind, Plan, PlanWarning
from jc1p.core.run_record import Requests, RunRecord, SourceCounts, TargetCounts
from jc1p.errors import ExitCode, Unreachable
from jc1p.reports.prometheus import COMMANDS, HELP, Earlier, parse_earlier, render_metrics
from jc1p.sandbox.faults import ALWAYS, Fault
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

Samples = dict[tuple[str, str, str], float]
BRIDGE = "scim.example.com"


def samples(text: str) -> dict[str, float]:
    """The result of Prometheus' own parser: name and labels except bridge and command, to value."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation == HELP[family.name]
        for sample in family.samples:
            own = ",".join(v for k, v in sorted(sample.labels.items()) if k not in {"bridge", "command", "version"})
            key = f"{sample.name} {own}".strip()
            assert key not in found or sample.name == "jc1p_last_success_timestamp_seconds"
            found[key] = sample.value
    return found


def record(command: str = "sync", *, dry_run: bool = False, **known: object) -> RunRecord:
    return RunRecord(command, "run", NOW, dry_run, **known)  # type: ignore[arg-type]


def rendered(what: RunRecord, code: int = 0, *, earlier: str = "", paused: bool = False, bridge: str = BRIDGE) -> str:
    return render_metrics(
        what, ExitCode(code), bridge=bridge, duration=1.5, paused=paused, earlier=parse_earlier(earlier)
    )


def change(kind: Kind, id_: int = 1) -> Change:
    return Change(kind, f"user:{id_}", "reason", user="ann@example.com", id=id_)


def test_everything_that_a_run_came_to_is_there() -> None:
    changes = (change(Kind.CREATE_USER, 1), change(Kind.CREATE_USER, 2), change(Kind.RENAME_USER, 3))
    outcomes = (
        Applied(changes[0]), Failed(changes[1], Unreachable("down", service="bridge")),
        Applied(changes[2], awaits=True),
    )  # fmt: skip
    held = (
        Held(Kind.RENAME_USER, Hold.AWAITING_CONFIRMATION, "waits", user="b@x"),
        Held(Kind.CREATE_USER, Hold.AWAITING_CONFIRMATION, "its address is not free", user="c@x"),
        Held(Kind.SUSPEND_USER, Hold.PROTECTED, "owner", user="d@x"),
    )
    whole = record(
        source=SourceCounts(512, 14, 480, 12), target=TargetCounts(495, 12, complete=True, memberships_visible=True),
        plan=Plan(changes, held), verdict=Verdict((Refusal("suspensions", 9, 3, "ann@example.com"),)),
        report=Report((*outcomes, Skipped(changes[0], "later"))), requests=Requests(21, 4, 1, 2),
    )  # fmt: skip
    found = samples(rendered(whole, 5))
    expected = {
        "jc1p_exit_code": 5, "jc1p_run_duration_seconds": 1.5, "jc1p_info": 1, "jc1p_dry_run": 0, "jc1p_paused": 0,
        "jc1p_last_run_timestamp_seconds": NOW.timestamp(), "jc1p_last_success_timestamp_seconds": 0,
        "jc1p_changes create_user,planned": 2, "jc1p_changes create_user,applied": 1,
        "jc1p_changes create_user,failed": 1, "jc1p_changes create_user,skipped": 1,
        "jc1p_changes suspend_user,planned": 0, "jc1p_held awaiting_confirmation": 2, "jc1p_held protected": 1,
        "jc1p_held limit": 0, "jc1p_source_people": 512, "jc1p_source_groups_in_scope": 12,
        "jc1p_target_accounts": 495, "jc1p_target_complete": 1, "jc1p_guard_refused": 1,
        "jc1p_guard_findings suspensions": 1, "jc1p_guard_findings creations": 0,
        "jc1p_email_confirmations_pending": 2, "jc1p_http_requests jumpcloud": 21, "jc1p_http_retries jumpcloud": 1,
        "jc1p_http_requests onepassword": 4, "jc1p_http_retries onepassword": 2,
    }  # fmt: skip
    assert {key: found.get(key) for key in expected} == expected
    assert {key.partition(" ")[0] for key in found} == set(HELP)


def test_what_a_run_does_not_know_is_absent_rather_than_zero() -> None:
    found = samples(rendered(record(), 1))
    assert {key.partition(" ")[0] for key in found} == {
        "jc1p_exit_code", "jc1p_run_duration_seconds", "jc1p_info", "jc1p_dry_run", "jc1p_paused",
        "jc1p_last_run_timestamp_seconds", "jc1p_last_success_timestamp_seconds",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("what", "code", "paused", "counts"),
    [
        (record(), 0, False, True), (record(), 0, True, True), (record(dry_run=True), 0, False, False),
        (record()._replace(notices=(PlanWarning("paused", "sync", "paused since"),)), 0, True, False),
        *((record(), code, False, False) for code in (1, 2, 3, 4, 5, 6, 130)),
        (record("drift", dry_run=True), 3, False, True), (record("drift", dry_run=True), 0, True, True),
        (record("drift", dry_run=True), 5, False, False), (record("plan", dry_run=True), 4, False, False),
        (record("plan", dry_run=True), 3, False, True), (record("apply"), 0, False, True),
    ],
)  # fmt: skip
def test_only_a_run_that_did_all_it_was_for_is_a_success(
    what: RunRecord, code: int, paused: bool, counts: bool
) -> None:
    key = "jc1p_last_success_timestamp_seconds"
    assert samples(rendered(what, code, paused=paused))[key] == (NOW.timestamp() if counts else 0)
    before = what._replace(created_at=NOW - timedelta(hours=3), notices=())
    earlier = rendered(before._replace(command="sync", dry_run=False)).replace('"sync"', f'"{what.command}"')
    later = samples(rendered(what, code, paused=paused, earlier=earlier))[key]
    assert later == (NOW if counts else NOW - timedelta(hours=3)).timestamp()


def test_last_success_survives_a_run_that_finds_no_configuration_and_runs_of_other_commands() -> None:
    good = rendered(record())
    shared = rendered(record("drift", dry_run=True), 3, earlier=good)
    broken = rendered(record(), 2, earlier=shared, bridge="")
    assert parse_earlier(broken) == parse_earlier(shared)
    assert len(parse_earlier(broken).successes) == 2
    assert f'jc1p_exit_code{{bridge="{BRIDGE}",command="sync"}} 2' in broken


def test_a_success_in_the_future_does_not_keep_the_alert_silent() -> None:
    early = rendered(record())
    now = record()._replace(created_at=NOW - timedelta(days=2))
    assert samples(rendered(now, 1, earlier=early))["jc1p_last_success_timestamp_seconds"] == now.created_at.timestamp()


def test_line_that_no_time_can_reach_is_left_out_and_the_others_stay() -> None:
    key = "jc1p_last_success_timestamp_seconds"
    good = rendered(record("drift", dry_run=True), 3)
    bad = f'{key}{{bridge="{BRIDGE}",command="%s"}} %s\n'
    for number in ("1e999", "1.2.3", "e"):
        written = rendered(record(), 1, earlier=good + bad % ("plan", number) + bad % ("sync", number))
        assert samples(written)["jc1p_exit_code"] == 1
        at = {dict(labels)["command"]: value for labels, value in parse_earlier(written).successes.items()}
        assert at == {"drift": NOW.timestamp(), "sync": 0}


@given(st.text(max_size=60) | st.builds("jc1p_last_success_timestamp_seconds{{{}}} {}".format, st.text(), st.text()))
def test_any_file_that_was_there_before_gives_a_valid_one(text: str) -> None:
    assert samples(rendered(record(), 1, earlier=text + "\n" + text))["jc1p_exit_code"] == 1


@given(st.text(max_size=30))
def test_any_host_comes_back_as_it_was(host: str) -> None:
    written = rendered(record(), bridge=host)
    (family,) = [each for each in text_string_to_metric_families(written) if each.name == "jc1p_exit_code"]
    assert family.samples[0].labels == {"command": "sync"} | ({"bridge": host} if host else {})
    assert len(parse_earlier(rendered(record(), 1, earlier=written, bridge=host)).successes) == 1
    assert Earlier() == parse_earlier("")


# --- the command --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


def test_every_command_writes_its_file_whole_and_for_all_to_read(sandbox: Sandbox, tmp_path: Path) -> None:
    config, file = config_for(sandbox, tmp_path, more="http: {attempts: 1}\n"), tmp_path / "jc1p.prom"
    (plan := tmp_path / "plan.json").touch()
    commands: list[list[str | Path]] = [
        ["plan", "--out", plan],
        ["apply", plan, "-y"],
        ["sync", "-y"],
        ["drift"],
        ["rollback", "20", "-y"],
    ]
    for command in commands:
        done = jc1p("-c", config, *command, "--metrics", file)
        found = samples(file.read_text())
        assert found["jc1p_exit_code"] == done.code
        assert "@" not in file.read_text()
        assert (file.stat().st_mode & 0o777, list(tmp_path.glob(".jc1p.prom*"))) == (0o644, [])
    succeeded = {dict(labels)["command"] for labels in parse_earlier(file.read_text()).successes}
    assert succeeded == {"plan", "apply", "sync", "drift", "rollback"}


def test_a_failing_and_a_paused_run_keep_the_last_success(sandbox: Sandbox, tmp_path: Path) -> None:
    config, file = config_for(sandbox, tmp_path, more="http: {attempts: 1}\n"), tmp_path / "a.prom"
    assert jc1p("-c", config, "sync", "-y", "--metrics", file).code == 0
    good = samples(file.read_text())["jc1p_last_success_timestamp_seconds"]
    sandbox.faults.append(Fault("503", service="onepassword", times=ALWAYS))
    assert jc1p("-c", config, "sync", "-y", "--metrics", file).code == 1
    sandbox.faults.clear()
    down = samples(file.read_text())
    assert (down["jc1p_exit_code"], down["jc1p_last_success_timestamp_seconds"]) == (1, good)
    assert down["jc1p_last_run_timestamp_seconds"] > good
    assert down["jc1p_http_requests onepassword"] >= 1
    assert jc1p("-c", config, "pause").code == jc1p("-c", config, "sync", "-y", "--metrics", file).code == 0
    paused = samples(file.read_text())
    assert (paused["jc1p_paused"], paused["jc1p_last_success_timestamp_seconds"]) == (1, good)


# --- the alerts ---------------------------------------------------------------------------------------------

ALERTS = Path(__file__).parents[2] / "deploy" / "prometheus"


def test_alerts_speak_of_metrics_and_labels_that_there_are() -> None:
    (group,) = yaml.safe_load((ALERTS / "jc1p-alerts.yml").read_text())["groups"]
    assert [rule["alert"] for rule in group["rules"]] == [
        "Jc1pStale", "Jc1pRefused", "Jc1pPartial", "Jc1pFailed", "Jc1pPaused"
    ]  # fmt: skip
    for rule in group["rules"]:
        text = rule["expr"]
        named = set(re.findall(r"jc1p_[a-z_]+", text))
        assert named
        assert named <= set(HELP)
        asked = {word for each in re.findall(r'command=~"([^"]*)"', text) for word in each.split("|")}
        assert asked <= COMMANDS
        assert {"summary", "description"} == set(rule["annotations"])
        assert set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"]))) <= {"bridge", "command"}


@pytest.mark.parametrize("check", [["check", "rules", "jc1p-alerts.yml"], ["test", "rules", "jc1p-alerts_test.yml"]])
def test_promtool_finds_the_alerts_right(check: list[str]) -> None:
    done = subprocess.run([tool("promtool"), *check], cwd=ALERTS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
