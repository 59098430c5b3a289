"""Many runs summed up: no failure looks like success, and no given or expected document is left out."""

import json
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import account, person, plan_for, source, target
from support.hostile import NAMES
from support.inprocess import jc1p
from support.installed import PROGRAM
from support.reported import OURS, PARSER, bare, kinds_in
from support.runs import EMPTY, company, console, record, shown

from jc1p.core.guard import Limit, Limits
from jc1p.core.outcomes import Applied, Ending, Failed, Report, Skipped
from jc1p.core.plan import Held, Hold, Kind, PlanWarning
from jc1p.core.run_record import RunRecord
from jc1p.document.render import document, render_document
from jc1p.errors import (
    ConfigError,
    ExitCode,
    Interrupted,
    Jc1pError,
    Locked,
    PlanMoved,
    RequestRefused,
    Unauthorized,
    UnsafePlan,
)
from jc1p.queries.fleet import Applying, Fleet, Summed, Unreadable, gather, read_document
from jc1p.queries.fleet.runs import SEVERITY
from jc1p.reports.fleet import COLUMNS, fleet_values, print_fleet, render_fleet
from jc1p.reports.headline import MOODS, ending_of

PLAN = company()
REAL = record(PLAN)._replace(dry_run=False)
REFUSAL = RequestRefused("no", service="1Password", status=400)
UNAUTHORIZED = Unauthorized("401", service="1Password")
CHANGES = PLAN.changes


def report(*, applied: int = 0, failed: int = 0, stopped_by: Jc1pError | None = None) -> Report:
    rest = CHANGES[applied + failed :]
    outcomes = [Applied(each) for each in CHANGES[:applied]]
    refused = [Failed(each, REFUSAL) for each in CHANGES[applied : applied + failed]]
    return Report((*outcomes, *refused, *(Skipped(each, "waits", is_failure=False) for each in rest)), stopped_by)


HELD_BACK = EMPTY._replace(held=(Held(Kind.SUSPEND_USER, Hold.INCOMPLETE_READ, "short", user="ann@example.com"),))
LINKS = plan_for(source([person("ann")], assigned=["ann"]), target([account("ann")]))

CALM = record(EMPTY)._replace(verdict=record(LINKS).verdict)
SHORT = CALM._replace(plan=HELD_BACK)

RUNS = {
    "dry run": record(PLAN),
    "nothing to do": CALM,
    "incomplete": SHORT,
    "refused": record(PLAN, limits=Limits(creations=Limit(0))),
    "refused for real": record(PLAN, limits=Limits(creations=Limit(0)))._replace(dry_run=False),
    "drift": record(PLAN)._replace(command="drift"),
    "refused drift": record(PLAN, limits=Limits(creations=Limit(0)))._replace(command="drift"),
    "no drift": CALM._replace(command="drift"),
    "links alone": record(LINKS)._replace(command="drift"),
    "incomplete drift": SHORT._replace(command="drift"),
    "applied": REAL._replace(report=report(applied=len(CHANGES))),
    "some wait": REAL._replace(report=report(applied=2)),
    "in part": REAL._replace(report=report(applied=1, failed=1)),
    "all failed": REAL._replace(report=report(failed=len(CHANGES))),
    "stopped": REAL._replace(report=report(applied=1, stopped_by=UNAUTHORIZED), error=UNAUTHORIZED),
    "stopped at once": REAL._replace(report=report(stopped_by=UNAUTHORIZED), error=UNAUTHORIZED),
    "interrupted": REAL._replace(report=report(applied=1, stopped_by=Interrupted("x")), error=Interrupted("x")),
    "said no": REAL._replace(error=Interrupted("nothing was changed")),
    "unauthorized": bare(REAL, error=UNAUTHORIZED),
    "misconfigured": bare(REAL, error=ConfigError("a\nb")),
    "locked": bare(REAL, error=Locked("run x")),
    "moved": REAL._replace(command="apply", error=PlanMoved("moved")),
    "unsafe": bare(REAL, error=UnsafePlan("no")),
    "paused": bare(REAL, notices=(PlanWarning("paused", "sync", "paused since"),)),
    "paused while asking": REAL._replace(notices=(PlanWarning("paused", "sync", "paused since"),)),
}


def exit_code(run: RunRecord) -> ExitCode:
    """The command's exit code; `drift` has its own."""
    if run.command == "drift" and run.plan and run.plan.has_drift:
        return ExitCode.CHANGES_DUE
    return ExitCode.IN_PART if run.command == "drift" and run.plan and run.plan.is_incomplete else run.exit_code


def read(run: RunRecord, name: str = "acme") -> Summed:
    found = read_document(name, f"{name}.json", render_document(run))
    assert isinstance(found, Summed), found
    return found


def edited(run: RunRecord, edit: Callable[[dict[str, Any]], object]) -> str:
    values = document(run)
    edit(values)
    return json.dumps(values)


def reason(text: str) -> str:
    found = read_document("acme", "acme.json", text)
    assert isinstance(found, Unreadable), found
    return found.reason


# --- one document -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RUNS)
def test_document_tells_how_its_run_ended(name: str) -> None:
    run = RUNS[name]
    found = read(run)
    if name == "paused while asking":
        assert (found.ending, found.exit_code) == (Ending.PAUSED, 0)
        return
    if name == "refused drift":
        assert (found.ending, found.exit_code) == (Ending.DRIFT, 3)
        return
    assert (found.ending, found.exit_code) == (ending_of(run, exit_code(run)), exit_code(run))


def test_every_ending_is_among_those_runs() -> None:
    assert {read(run).ending for run in RUNS.values()} == set(Ending) == set(MOODS)
    assert {read(run).exit_code for run in RUNS.values()} == set(SEVERITY)


def test_counts_are_those_of_the_run() -> None:
    found = read(RUNS["in part"])
    assert found.counts == PLAN.counts()
    assert found.applying == Applying(1, 1, len(CHANGES) - 2)
    assert (found.held, found.warnings, found.verdict) == (len(PLAN.held), len(PLAN.warnings), "allowed")
    assert (found.run_id, found.created_at) == (REAL.run_id, REAL.created_at)


@given(st.data())
def test_document_that_was_cut_off_anywhere_is_unreadable(data: st.DataObject) -> None:
    text = render_document(RUNS["applied"])
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    assert reason(cut) in {"is empty", "is damaged or incomplete: not a JSON document"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.sampled_from(sorted(document(RUNS["applied"]))),
)
def test_any_value_in_any_place_is_read_or_refused(value: object, key: str) -> None:
    text = edited(RUNS["applied"], lambda values: values.update({key: value}))
    assert read_document("acme", "acme.json", text).name == "acme"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("[]", "not a jc1p report"),
        ("null", "not a jc1p report"),
        ("{}", "not a jc1p report"),
        ("[" * 100_000, "damaged"),
        ('{"format_version": NaN}', "damaged"),
        (f'{{"format_version": {"1" * 5000}}}', "damaged"),
        ('{"format_version": 2}', "another format version than 1"),
        ('{"format_version": true}', "another format version than 1"),
        ("<html>", "damaged"),
    ],
)
def test_what_is_no_document_is_named_so(text: str, said: str) -> None:
    assert said in reason(text)


def test_answer_of_another_command_is_no_run() -> None:
    assert "not a report of a run" in reason(edited(RUNS["applied"], lambda values: values.pop("dry_run")))
    assert "it has no changes" in reason(edited(RUNS["applied"], lambda values: values.pop("changes")))


def test_document_that_contradicts_itself_is_not_believed() -> None:
    run = RUNS["in part"]
    assert "summary" in reason(edited(run, lambda values: values["changes"].pop()))
    assert "summary" in reason(edited(run, lambda values: values["summary"].update(suspend_user=0)))
    assert "outcome" in reason(edited(run, lambda values: values["outcome"].update(failed=0, applied=2)))
    assert "outcome" in reason(edited(run, lambda values: values["outcome"].update(failed=0, changes=[])))


def test_real_run_that_tells_no_outcome_is_no_success() -> None:
    assert "contain the run's result" in reason(render_document(REAL))
    assert "contain the run's result" in reason(render_document(bare(REAL)))
    assert "contain the run's result" in reason(render_document(bare(record(PLAN))))


# --- many ---------------------------------------------------------------------------------------------------


REAL_DONE = RUNS["applied"]


def test_what_is_expected_and_absent_is_missing() -> None:
    fleet = gather([read(RUNS["applied"], "acme"), read(RUNS["applied"], "other")], names=["acme", "globex", "globex"])
    assert (fleet.missing, fleet.unexpected, fleet.is_whole, fleet.worst) == (("globex",), ("other",), False, 1)
    assert gather([], names=["acme"]).worst == 1
    assert [gather([read(REAL_DONE)], expected=number).is_whole for number in (0, 1, 2)] == [False, True, False]


def test_expected_name_is_the_same_in_a_file_system_that_decomposes_it(tmp_path: Path) -> None:
    names = tmp_path / "names"
    names.write_bytes("\ufeffm\u00fcnchen\r\n".encode())
    done = jc1p("report", "merge", write(tmp_path, "mu\u0308nchen", REAL_DONE), "--expect-file", names, "-o", "json")
    assert (done.code, done.document["missing"], done.document["unexpected"]) == (0, [], [])


def test_unreadable_one_is_expected_but_not_missing() -> None:
    fleet = gather([Unreadable("acme", "acme.json", "is empty")], names=["acme"])
    assert (fleet.missing, fleet.is_whole, fleet.worst) == ((), False, 1)


def test_left_over_document_is_stale() -> None:
    at = REAL.created_at
    day = timedelta(days=1)
    fresh, stale = (gather([read(REAL_DONE)], current=(at + timedelta(seconds=n), at + day)) for n in (0, 1))
    assert (fresh.is_whole, len(fresh.runs)) == (True, 1)
    assert (stale.is_whole, [each.reason[:10] for each in stale.unreadable]) == (False, ["is too old"])


def test_worst_run_decides() -> None:
    codes = {name: read(run).exit_code for name, run in RUNS.items()}
    for name, run in RUNS.items():
        assert gather([read(REAL_DONE), read(run), read(CALM)]).worst == codes[name]
    assert gather([read(RUNS["refused"]), read(RUNS["unauthorized"]), read(RUNS["locked"])]).worst == 1
    assert gather([]).worst == 0


def everything() -> Fleet:
    runs = [
        read(run, f"{number} {hostile}")
        for number, (run, hostile) in enumerate(zip(RUNS.values(), NAMES * 2, strict=False))
    ]
    broken = [Unreadable(name, f"{name}.json", "is empty") for name in NAMES]
    return gather([*runs, *broken], names=[*NAMES, *(f"missing {name}" for name in NAMES)])


def test_totals_are_the_sum_of_all_runs() -> None:
    values = fleet_values(everything())
    for kind in Kind:
        assert values["totals"]["changes"][kind] == sum((run["changes"] or {}).get(kind, 0) for run in values["runs"])
    assert sum(values["totals"]["endings"].values()) == len(values["runs"]) == len(RUNS)
    assert (len(values["unreadable"]), len(values["missing"])) == (len(NAMES), len(NAMES))
    assert json.loads(json.dumps(values)) == values


def test_hostile_names_add_nothing_to_the_markdown() -> None:
    text = render_fleet(everything())
    assert kinds_in(text) <= OURS
    rows = [each for each in PARSER.parse(text) if each.type == "tr_open"]
    cells = [each for each in PARSER.parse(text) if each.type == "td_open"]
    assert len(rows) - 1 == len(RUNS) + 2 * len(NAMES)
    assert len(cells) == len(COLUMNS) * (len(rows) - 1)
    assert not [each for each in PARSER.parse(text) if each.type.startswith("html")]


def test_hostile_names_are_one_line_each_on_a_terminal() -> None:
    made = console(width=4000)
    fleet = everything()
    print_fleet(made, fleet)
    text = shown(made)
    assert "\x1b" not in text
    assert "\u202e" not in text
    table = text.split("\n\n")[0].splitlines()
    assert len(table) == 1 + len(RUNS) + 2 * len(NAMES)


# --- the command --------------------------------------------------------------------------------------------


def write(folder: Path, name: str, run: RunRecord) -> Path:
    path = folder / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(render_document(run), encoding="utf-8", errors="backslashreplace")
    return path


def test_good_runs_are_summed_up(tmp_path: Path) -> None:
    paths = [write(tmp_path, "acme", REAL_DONE), write(tmp_path, "globex", RUNS["nothing to do"])]
    names = tmp_path / "names"
    names.write_text("acme  # the first\n\nglobex\n# initech\n")
    done = jc1p("report", "merge", *paths, "--expect", "2", "--expect-file", names)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "2 runs: 1 in sync, 1 applied"
    assert "Suspend 2" in done.out


def test_bad_runs_exit_0_unless_asked_for_the_worst(tmp_path: Path) -> None:
    path = write(tmp_path, "acme", RUNS["refused"])
    asked = [jc1p("report", "merge", path, "-o", "json", *more) for more in ([], ["--exit-code"])]
    assert [each.code for each in asked] == [0, 4]
    assert [each.document["worst_exit_code"] for each in asked] == [4, 4]
    assert asked[0].document["error"] is None


def test_unreadable_missing_and_stale_ones_are_a_failure(tmp_path: Path) -> None:
    good, cut = write(tmp_path, "acme", REAL_DONE), tmp_path / "cut.json"
    cut.write_text(good.read_text()[:-2])
    (tmp_path / "latin.json").write_bytes(b'{"\xff"')
    names = tmp_path / "names"
    names.write_text("acme\nabsent\n")
    given = (good, cut, tmp_path / "latin.json", tmp_path / "none.json", tmp_path)
    done = jc1p("report", "merge", *given, "--expect-file", names, "-o", "json")
    assert done.code == 1
    assert list(done.document) == [
        "format_version", "jc1p_version", "command", "run_id", "created_at", "runs", "unreadable", "missing",
        "unexpected", "totals", "worst_exit_code", "requests", "duration_s", "error",
    ]  # fmt: skip
    assert [each["name"] for each in done.document["runs"]] == ["acme"]
    assert [each["name"] for each in done.document["unreadable"]] == ["cut", "latin", "none", tmp_path.name]
    assert (done.document["missing"], done.document["error"]["code"]) == (["absent"], "incomplete_read")
    assert "absent" in done.err
    future = jc1p("report", "merge", good, "--max-age", "1h", environment={"JC1P_NOW": "2026-11-22T03:00:00Z"})
    assert (future.code, "is from the future, so a clock was wrong" in future.out) == (1, True)
    stale = jc1p("report", "merge", good, "--max-age", "1h", environment={"JC1P_NOW": "2026-11-24T03:00:00Z"})
    assert (stale.code, "too old" in stale.out, stale.out.splitlines()[-1]) == (1, True, "0 runs; 1 unreadable")


def test_equal_file_names_are_told_apart(tmp_path: Path) -> None:
    paths = [write(tmp_path / folder, "sync", REAL_DONE) for folder in ("acme", "globex")]
    runs = jc1p("report", "merge", *paths, "-o", "json").document["runs"]
    assert [each["name"] for each in runs] == [str(path.with_suffix("")) for path in paths]


def test_documents_of_a_pipe_are_counted_to_the_last(tmp_path: Path) -> None:
    whole, cut = render_document(REAL_DONE), render_document(RUNS["nothing to do"])[:-1]
    done = subprocess.run(
        [PROGRAM, "report", "merge", "-", "-o", "json"], input=f"{whole}\n{whole}\n{cut}".encode(),
        capture_output=True, timeout=100, check=False,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert (done.returncode, [each["name"] for each in found["runs"]]) == (1, ["stdin 1", "stdin 2"])
    assert [each["name"] for each in found["unreadable"]] == ["stdin 3"]
    nothing = jc1p("report", "merge", "-", "-o", "json")
    assert (nothing.code, nothing.document["unreadable"][0]["reason"]) == (1, "is empty")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["acme.json", "./acme.json"], "listed 2 times"),
        (["acme.json", "--max-age", "soon"], "--max-age soon"),
        (["acme.json", "--max-age", "999999d"], "--max-age 999999d"),
        (["acme.json", "--expect-file", "none"], "cannot read"),
        (["acme.json", "--expect-file", "empty"], "no names"),
        ([], "Missing argument"),
    ],
)
def test_mistyped_command_lines_are_told(tmp_path: Path, options: list[str], said: str) -> None:
    write(tmp_path, "acme", REAL_DONE)
    (tmp_path / "empty").write_text("# nobody\n")
    done = jc1p("report", "merge", *options, "-o", "json", cwd=tmp_path)
    assert (done.code, done.document["error"]["code"]) == (2, "usage")
    assert said in done.err


def test_markdown_is_for_a_comment(tmp_path: Path) -> None:
    done = jc1p("report", "merge", write(tmp_path, "acme", RUNS["in part"]), "-o", "markdown")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("### ❌ jc1p report merge: 1 run: 1 applied in part\n")
    assert kinds_in(done.out) <= OURS
