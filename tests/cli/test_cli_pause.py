"""`jc1p pause --for` and `rollback --pause` over sockets, with JC1P_NOW: what stops, what is shown, what ends."""

import asyncio
import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from support.inprocess import jc1p
from support.installed import Done

from jc1p.cli.actions.runs import run
from jc1p.cli.session import Session, new_record
from jc1p.cli.usage.options import Common, Output
from jc1p.core.run_options import RunOptions
from jc1p.sandbox.server import Sandbox

DAY = "2026-11-{:02}T08:00:00Z"


def at(moment: str, config: Path, *arguments: str | Path) -> Done:
    """Run a command line at a time; a day of the month means eight in the morning."""
    now = DAY.format(int(moment)) if moment.isdigit() else moment
    return jc1p("-c", config, *arguments, environment={"JC1P_NOW": now})


def writes(sandbox: Sandbox) -> list[str]:
    return [request.path for request in sandbox.requests if request.method != "GET"]


def test_pause_ends_by_itself_by_the_clock_of_the_run(sandbox: Sandbox, config: Path) -> None:
    paused = at("2026-11-24T08:00:00Z", config, "pause", "--for", "8h", "--reason", "audit", "-o", "json").document
    assert (paused["since"], paused["until"]) == ("2026-11-24T08:00:00Z", "2026-11-24T16:00:00Z")
    stopped = at("2026-11-24T15:59:59Z", config, "sync", "-y")
    assert (stopped.code, "until 2026-11-24 16:00 UTC: audit" in stopped.out) == (0, True)
    assert not sandbox.requests
    assert at("2026-11-24T16:00:00Z", config, "sync", "-y").code == 0
    assert writes(sandbox)
    assert at("2026-11-24T16:00:00Z", config, "resume").out == "It was not paused.\n"


def test_paused_line_is_a_sentence_whatever_the_reason_ends_with(config: Path) -> None:
    assert at("20", config, "sync", "-y").code == 0
    for reason in ("bridge update", "bridge update."):
        at("20", config, "pause", "--reason", reason)
        assert at("21", config, "sync", "-y").out == (
            "Paused since 2026-11-20 08:00 UTC: bridge update. Nothing was changed. "
            f"`jc1p -c {config} resume` ends the pause.\n"
        )
        at("21", config, "resume")


def test_every_command_that_applies_is_stopped(sandbox: Sandbox, config: Path, tmp_path: Path) -> None:
    assert at("20", config, "sync", "-y").code == 0
    sandbox.world.add_user("Ida", "Newcomer")
    assert at("20", config, "plan", "--out", tmp_path / "plan.json").code == 0
    at("20", config, "pause", "--for", "2d")
    sandbox.requests.clear()
    commands: list[list[str | Path]] = [
        ["sync", "-y"], ["apply", tmp_path / "plan.json", "-y"], ["rollback", "last", "-y"],
        ["rollback", "last", "-y", "--pause"], ["import", "--create", "-y"], ["import", "--link", "--create", "-y"],
    ]  # fmt: skip
    for command in commands:
        done = at("21", config, *command)
        assert (done.code, "Paused since" in done.out) == (0, True), command
    assert not sandbox.requests
    for look in (["sync", "--dry-run"], ["plan"], ["rollback", "last", "--dry-run"], ["import"]):
        assert at("21", config, *look).code in {0, 4}, look
    assert not writes(sandbox)


@pytest.mark.parametrize("length", ["", "0h", "8", "tomorrow", "-1h", "8h30m", "9999999d"])
def test_length_that_is_none_is_a_usage_error(config: Path, tmp_path: Path, length: str) -> None:
    done = jc1p("-c", config, "pause", f"--for={length}", "-o", "json")
    assert (done.code, done.document["error"]["code"]) == (2, "usage")
    assert not list(tmp_path.rglob("paused.json"))


def test_a_pause_that_comes_while_both_sides_are_read_stops_the_run(sandbox: Sandbox, config: Path) -> None:
    record = new_record("sync", dry_run=False)
    quiet = Console(file=io.StringIO())
    here = Session(Common(config=config), Output.TEXT, record, out=quiet, err=quiet)
    asyncio.run(run(here, RunOptions(), ask=False, check=lambda _: asserted(jc1p("-c", config, "pause"))))
    assert here.record.is_paused
    assert (here.final_exit_code, writes(sandbox)) == (0, [])


def asserted(done: Done) -> None:
    assert done.code == 0


def test_long_pause_is_a_warning_wherever_someone_looks(config: Path) -> None:
    at("10", config, "pause", "--reason", "audit")
    for command in (["plan"], ["sync", "--dry-run"], ["drift"]):
        codes = {moment: codes_of(at(moment, config, *command, "-o", "json")) for moment in ("17", "18")}
        assert ["long_pause" in codes[moment] for moment in ("17", "18")] == [False, True], command
    assert codes_of(at("17", config, "sync", "-y", "-o", "json")) == ["paused"]
    stopped = at("18", config, "sync", "-y", "-o", "json")
    assert (stopped.code, codes_of(stopped)) == (0, ["paused", "long_pause"])
    assert "paused for 8 days, since 2026-11-10 08:00 UTC: audit" in at("18", config, "plan").out
    found = {each["check"]: each for each in at("18", config, "doctor", "-o", "json").document["findings"]}
    assert (found["paused"]["status"], "for 8 days" in found["paused"]["seen"]) == ("warning", True)


def codes_of(done: Done) -> list[str]:
    return [each["code"] for each in done.document["warnings"]]


def test_metrics_read_the_pause_with_the_clock_of_the_run(config: Path, tmp_path: Path) -> None:
    metrics = tmp_path / "jc1p.prom"
    at("10", config, "pause", "--for", "24h")
    gauges = []
    for moment in ("10", "11"):
        assert at(moment, config, "sync", "-y", "--metrics", metrics).code == 0
        lines = metrics.read_text().splitlines()
        gauges.append([line[-2:] for line in lines if line.startswith(("jc1p_paused{", "jc1p_last_success"))])
    assert gauges[0] == [" 0", " 1"]
    assert (gauges[1][0] != " 0", gauges[1][1]) == (True, " 0")


# --- rollback --pause ---------------------------------------------------------------------------------------


def test_rollback_pauses_scheduled_runs_for_a_day(sandbox: Sandbox, config: Path) -> None:
    assert at("20", config, "sync", "-y", "--only", "users").code == 0
    before = at("21", config, "rollback", "last", "--dry-run", "--pause")
    assert "--pause stops scheduled runs until 2026-11-22 08:00 UTC" in before.out
    allow = ["--allow", "suspensions=99"]
    done = at("21", config, "rollback", "last", "-y", "--pause", *allow)
    assert (done.code, "until 2026-11-22 08:00 UTC" in done.out, f"`jc1p -c {config} resume`" in done.err) == (
        0,
        True,
        True,
    )
    sandbox.requests.clear()
    stopped = at("2026-11-22T07:59:59Z", config, "sync", "-y")
    assert (stopped.code, "rollback of run" in stopped.out, sandbox.requests) == (0, True, [])
    again = at("22", config, "sync", "-y", "--allow", "reactivations=99", "-o", "json")
    assert (again.code, again.document["outcome"]["failed"]) == (0, 0)


def test_rollback_that_is_refused_or_has_nothing_to_undo_does_not_pause(config: Path, tmp_path: Path) -> None:
    assert at("20", config, "sync", "-y", "--only", "users").code == 0
    assert at("20", config, "rollback", "last", "-y", "--pause").code == 4
    assert at("21", config, "rollback", "last", "-y", "--allow", "suspensions=99").code == 0
    run_id = json.loads(at("20", config, "history", "-o", "json").out)["runs"][-1]["run_id"]
    nothing = at("22", config, "rollback", run_id, "-y", "--pause", "-o", "json")
    assert (nothing.code, "not_paused" in codes_of(nothing)) == (0, True)
    assert not list(tmp_path.rglob("paused.json"))


def test_rollback_without_pause_names_the_option(config: Path) -> None:
    assert at("20", config, "sync", "-y", "--only", "groups").code == 0
    assert "--pause" in at("20", config, "rollback", "last", "--dry-run").out
