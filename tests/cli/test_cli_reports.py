"""`--report`, `--output markdown` and the CI summary of the installed command, and the schema of its document."""

import codecs
import csv
import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer
from support.hostile import NAMES
from support.inprocess import jc1p
from support.installed import PROGRAM, Done, config_for
from support.reported import PLAN, REAL, with_report
from support.runs import SNAPSHOTS

from jc1p import errors
from jc1p.cli.after_run.github import entry
from jc1p.cli.after_run.report_files import FORMATS, report_hooks
from jc1p.cli.session import Session, session
from jc1p.cli.usage.options import Common, Output
from jc1p.core.outcomes import Ending
from jc1p.core.plan import Hold, Kind
from jc1p.core.run_record import RunRecord
from jc1p.document.render import render_document
from jc1p.document.schema import render_schema
from jc1p.errors import Jc1pError, UsageError
from jc1p.reports.headline import BADGES, MOODS
from jc1p.reports.markdown_escape import code
from jc1p.reports.phrases import printable
from jc1p.sandbox.faults import Fault
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

SCHEMA = Path(__file__).parents[2] / "docs" / "document.schema.json"
DRAWN = re.compile(r"── [A-Z]\w+ +(?:\d+ +)?([a-z_]+)\b(?= *$| {2})", re.MULTILINE)
"""The codes in the tree of errors.py."""

REFUSED = "guard: {creations: 1}\n"
COMPANY = "=Corp | `ltd` <b>@all</b> \u202e\x1b[2J"


@dataclass(frozen=True)
class Ran:
    """One run of the installed command with every report there is."""

    done: Done
    folder: Path

    @property
    def document(self) -> dict[str, Any]:
        return self.done.document

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    @property
    def table(self) -> list[dict[str, str]]:
        """The CSV as a spreadsheet reads it: the byte order mark says that it is UTF-8."""
        content = (self.folder / "report.csv").read_bytes()
        assert content.startswith(codecs.BOM_UTF8)
        return list(csv.DictReader(content.decode("utf-8-sig").splitlines()))

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs as GitHub reads them."""
        found, lines = {}, iter(self.text("outputs").split("\n"))
        for line in lines:
            name, _, delimiter = line.partition("<<")
            if delimiter:
                found[name] = "\n".join(iter(lambda end=delimiter: next(lines), delimiter))  # type: ignore[misc]
        return found


def run(folder: Path, name: str, *arguments: str | Path) -> Ran:
    """Run a command that reports into a folder of its own."""
    own = folder / name
    own.mkdir()
    reports = [word for suffix in FORMATS for word in ("--report", str(own / f"report{suffix}"))]
    environment = {"GITHUB_STEP_SUMMARY": str(own / "summary"), "GITHUB_OUTPUT": str(own / "outputs")}
    return Ran(jc1p(*arguments, *reports, "-o", "json", environment=environment), own)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Ran]]:
    """Every kind of run, one after the other in one company with hostile names."""
    folder = tmp_path_factory.mktemp("runs")
    with Sandbox(make_world(users=30, groups=6)) as sandbox:
        config = config_for(sandbox, folder)
        sandbox.world.organizations[0]["displayName"] = COMPANY
        for number, name in enumerate(name for name in NAMES[:-1] if "\ud800" not in name):
            user = sandbox.world.add_user(f"Hostile{number}", "Person", displayname=name)
            sandbox.world.groups[sandbox.world.assigned_groups[0]].members.append(user["id"])
        strict = folder / "strict.yaml"
        strict.write_text(config.read_text() + REFUSED)
        strict.chmod(0o600)
        c, saved = ("-c", config), folder / "plan.json"
        made = {
            "dry run": run(folder, "dry", *c, "sync", "--dry-run"),
            "plan": run(folder, "plan", *c, "plan", "--detailed-exitcode", "--out", saved),
            "drift": run(folder, "drift", *c, "drift"),
            "refused": run(folder, "refused", "-c", strict, "sync", "-y"),
            "narrowed": run(folder, "narrowed", *c, "plan", "--only", "groups"),
            "config": run(folder, "config", "-c", folder / "none.yaml", "sync", "-y"),
            "no terminal": run(folder, "usage", *c, "sync"),
        }
        sandbox.faults.append(Fault("401", service="jumpcloud", path="systemusers", times=9))
        made["401"] = run(folder, "unauthorized", *c, "plan")
        sandbox.faults.clear()
        sandbox.faults.append(Fault("echo-400", service="onepassword", method="POST", path="Users"))
        made["in part"] = run(folder, "part", *c, "sync", "-y")
        sandbox.faults.clear()
        made["moved"] = run(folder, "moved", *c, "apply", saved, "-y")
        run(folder, "again", *c, "plan", "--out", saved)
        made["apply"] = run(folder, "apply", *c, "apply", saved, "-y")
        made["rollback"] = run(folder, "rollback", *c, "rollback", made["in part"].document["run_id"], "--dry-run")
        key, sandbox.jumpcloud.key = sandbox.jumpcloud.key, "another"
        made["401 later"] = run(folder, "later", *c, "plan")
        sandbox.jumpcloud.key = key
        jc1p(*c, "pause", "--reason", "<b>audit</b>")
        made["paused"] = run(folder, "paused", *c, "sync", "-y")
        yield made


CODES = {
    "dry run": 0, "plan": 3, "drift": 3, "refused": 4, "narrowed": 0, "config": 2, "no terminal": 2, "401": 1,
    "in part": 5, "moved": 4, "apply": 0, "rollback": 4, "401 later": 1, "paused": 0,
}  # fmt: skip
ENDINGS = {
    "dry run": "planned", "plan": "planned", "drift": "drift", "refused": "refused", "narrowed": "planned",
    "config": "failed", "no terminal": "failed", "401": "failed", "in part": "applied_in_part",
    "moved": "plan_moved", "apply": "applied", "rollback": "refused", "401 later": "failed", "paused": "paused",
}  # fmt: skip


def test_runs_end_as_they_should(runs: dict[str, Ran]) -> None:
    assert {name: ran.done.code for name, ran in runs.items()} == CODES
    assert not [ran.done.err for ran in runs.values() if "Traceback" in ran.done.err or "report" in ran.done.err]


def test_merged_they_end_as_they_did(runs: dict[str, Ran]) -> None:
    done = jc1p("report", "merge", *(ran.folder / "report.json" for ran in runs.values()), "-o", "json")
    found = [(each["ending"], each["exit_code"]) for each in done.document["runs"]]
    # The document doesn't say that the plan should exit 3 for changes.
    assert found == list(zip(ENDINGS.values(), (CODES | {"plan": 0}).values(), strict=True))
    assert done.code == 0


# --- the schema ---------------------------------------------------------------------------------------------


def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_every_report_names_both_sides_once_they_are_known(runs: dict[str, Ran]) -> None:
    bridge = runs["dry run"].document["target"]["bridge"]
    assert re.fullmatch(r"127\.0\.0\.1:\d+", bridge)
    for name, ran in runs.items():
        assert (ran.document["source"] or {}).get("organization") == (COMPANY if ran.document["source"] else None)
        assert (f"1Password `{bridge}`" in ran.text("report.md")) is (name != "config"), name
        assert (bridge in ran.text("report.html")) is (name != "config"), name
    rows = runs["refused"].table
    assert {(row["organization"], row["bridge"]) for row in rows} == {("'" + printable(COMPANY), bridge)}
    assert f"JumpCloud {code(COMPANY)} → " in runs["refused"].text("report.md")


def test_run_that_fails_before_it_reads_names_the_organization_that_it_knew(runs: dict[str, Ran]) -> None:
    assert code(COMPANY) in runs["401 later"].text("report.md")


def test_published_schema_is_that_of_the_code() -> None:
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SCHEMA.write_text(render_schema(), encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == render_schema()


def test_schema_names_every_kind_and_code_there_is() -> None:
    defs = json.loads(SCHEMA.read_text(encoding="utf-8"))["$defs"]
    assert set(defs["kind"]["enum"]) == {kind.value for kind in Kind}
    assert set(defs["summary"]["required"]) > {kind.value for kind in Kind}
    assert set(defs["held"]["properties"]["code"]["enum"]) == {hold.value for hold in Hold}
    codes = defs["error"]["properties"]["code"]["enum"]
    assert codes == sorted(set(DRAWN.findall(errors.__doc__ or "")))
    assert codes == sorted({kind.code for kind in errors.error_kinds()})


def test_documents_of_every_kind_of_run_fit_the_schema(runs: dict[str, Ran]) -> None:
    for name, ran in runs.items():
        found = [error.message for error in validator().iter_errors(ran.document)]
        assert found == [], name


@pytest.mark.parametrize("arguments", [["users", "list", "--bogus"]], ids=str)
def test_usage_errors_fit_the_schema(arguments: list[str]) -> None:
    validator().validate(jc1p(*arguments, "-o", "json").document)


def test_saved_plan_fits_the_schema(runs: dict[str, Ran]) -> None:
    saved = json.loads((runs["plan"].folder.parent / "plan.json").read_text())
    validator().validate(saved)
    assert "options" in saved


def objects(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of objects with fixed keys in a document."""
    if isinstance(value, dict):
        if not path or path[-1] not in {"attributes", "options"}:
            yield path
        for key, each in value.items():
            yield from objects(each, (*path, key))
    if isinstance(value, list) and value:
        yield from objects(value[0], (*path, 0))


def test_schema_allows_no_other_key_and_misses_none() -> None:
    whole = json.loads(render_document(REAL._replace(report=with_report(PLAN), error=Jc1pError("x"))))
    check = validator()
    check.validate(whole)
    for path in objects(whole):
        assert not check.is_valid(changed(whole, path, lambda here: here.update(more=1))), path
        for key in at(whole, path):
            assert not check.is_valid(changed(whole, path, lambda here, key=key: here.pop(key))), (path, key)  # type: ignore[misc]


def at(whole: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        whole = whole[key]
    return whole


def changed(whole: dict[str, Any], path: tuple[Any, ...], change: Callable[[Any], object]) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(whole))
    change(at(copy, path))
    return copy


def test_snapshot_fits_the_schema() -> None:
    validator().validate(json.loads((SNAPSHOTS / "document.json").read_text(encoding="utf-8")))


# --- report files -------------------------------------------------------------------------------------------


def test_every_run_leaves_all_its_reports_also_when_it_fails(runs: dict[str, Ran]) -> None:
    for ran in runs.values():
        assert json.loads(ran.text("report.json")) == ran.document
        changes, held = ran.document["changes"] or [], ran.document["held"] or []
        rows = ran.table
        assert [row["row"] for row in rows] == [
            *["change"] * len(changes), *["held"] * len(held), *["error"] * bool(ran.document["error"]),
        ]  # fmt: skip
        page, comment = ran.text("report.html"), ran.text("report.md")
        assert page.startswith("<!doctype html>")
        assert page.count("<tr id=") == len(changes)
        assert comment.startswith("### ")
        error = ran.document["error"]
        title = "Blocked by a safety limit" if error and error["code"] == "unsafe_plan" else ">Error<"
        assert all(title in page for _ in [error] if error)


def test_text_names_the_reports_above_its_last_line(tmp_path: Path) -> None:
    with Sandbox(make_world(users=30, groups=6)) as sandbox:
        config = config_for(sandbox, tmp_path)
        good, bad = tmp_path / "a.html", tmp_path / "none" / "b.html"
        for command, last in ((["plan"], "Plan: "), (["sync", "-y"], "Applied "), (["sync", "-y"], "Plan: nothing")):
            done = jc1p("-c", config, *command, "--report", good, "--report", bad)
            *_, above, end = done.out.splitlines()
            assert (above, end[: len(last)]) == (f"Report: {good}", last)
            assert done.out.count("Report: ") == 1
            assert f"the report {bad}" in done.err


def test_reports_are_their_owners_alone_and_nothing_else_is_left(runs: dict[str, Ran]) -> None:
    for ran in runs.values():
        files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in ran.folder.iterdir()}
        expected = {f"report{suffix}": 0o600 for suffix in FORMATS}
        assert {name: mode for name, mode in files.items() if name.startswith(("report", "."))} == expected


def end_with(here: Session, paths: list[Path], record: RunRecord) -> None:
    here.hooks += report_hooks(paths)
    here.record = record


def reported(paths: list[Path], record: RunRecord = REAL) -> int:
    """Report a run with this record to files; returns the exit code."""
    with pytest.raises(typer.Exit) as ended, session("sync", Common(), Output.TEXT, dry_run=False) as here:
        end_with(here, paths, record)
    return ended.value.exit_code


@pytest.mark.parametrize("name", ["x.pdf", "x", ".html", "x.html.gz"])
def test_suffix_that_is_no_format_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="is not a supported report format") as error:
        report_hooks([Path("good.html"), Path(name)])
    assert error.value.hint == "Use a file name that ends in one of .html, .md, .json, .csv."


def test_unknown_suffix_is_told_before_anything_is_read_or_written(tmp_path: Path) -> None:
    done = jc1p("sync", "-y", "--report", tmp_path / "x.html", "--report", tmp_path / "x.pdf", "-o", "json")
    assert (done.code, done.document["error"]["code"], done.document["command"]) == (2, "usage", "sync")
    assert list(tmp_path.iterdir()) == []


DONE = REAL._replace(report=with_report(PLAN))


def test_report_that_can_not_be_written_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder.html").mkdir()
    bad = [tmp_path / "missing" / "x.html", tmp_path / "folder.html", tmp_path / ("x" * 300 + ".md")]
    assert reported([*bad, tmp_path / "good.csv"], DONE) == 5
    told = capsys.readouterr().err
    assert told.count("warning: the report ") == 3
    assert "missing/x.html: cannot write it: No such file or directory; the run's result" in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.html", "good.csv"]


def test_full_disk_keeps_the_result_and_the_report_of_yesterday(runs: dict[str, Ran], tmp_path: Path) -> None:
    (tmp_path / "x.html").write_text("yesterday")
    config = runs["plan"].folder.parent / "none.yaml"
    script = f"ulimit -f 2; exec {PROGRAM} -c {config} plan -o json --report {tmp_path}/x.html"
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (2, "config")
    assert "x.html: cannot write it: File too large; the run's result and exit code 2 are unaffected" in done.stderr
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.html", "yesterday")]


def test_report_is_written_also_when_stdout_takes_nothing(runs: dict[str, Ran], tmp_path: Path) -> None:
    config = runs["plan"].folder.parent / "jc1p.yaml"
    command = f"{PROGRAM} -c {config} plan --report {tmp_path}/x.md >/dev/full"
    assert subprocess.run(["sh", "-c", command], capture_output=True, check=False).returncode == 1
    headline = (tmp_path / "x.md").read_text(encoding="utf-8").partition("\n")[0]
    assert headline == "### ❌ jc1p plan: failed to write the result to stdout; nothing was changed"


def test_report_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    old = tmp_path / "x.MD"
    old.write_text("old")
    old.chmod(0o644)
    assert reported([old], DONE) == 5
    assert old.read_text(encoding="utf-8").startswith("### ❌ jc1p sync: applied in part")
    assert stat.S_IMODE(old.stat().st_mode) == 0o600


HIDING = """
import sys, typer
from pathlib import Path
from pydantic import SecretStr
from support.reported import PLAN, REAL
from jc1p.cli.usage.options import Common, Output
from jc1p.cli.after_run.report_files import report_hooks
from jc1p.cli.session import session
from jc1p.cli.terminal.streams import hide, take_over
secret, *paths = sys.argv[1:]
take_over()
hide(SecretStr(secret))
change = PLAN.changes[0]._replace(reason=f"about {secret}", user=secret)
try:
    with session("sync", Common(), Output.MARKDOWN, dry_run=False) as here:
        here.hooks += report_hooks([Path(path) for path in paths])
        here.record = REAL._replace(plan=PLAN._replace(changes=(change,)))
except typer.Exit:
    pass
"""


@pytest.mark.parametrize("secret", ["canary-secret-13f0", "can'ary\"<&>|`13f0"])
def test_reports_hold_no_secret(tmp_path: Path, secret: str) -> None:
    paths = [tmp_path / f"x{suffix}" for suffix in FORMATS]
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "s"),
    }
    command = [sys.executable, "-c", HIDING, secret, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    for text in (done.stdout, *(path.read_text() for path in (*paths, tmp_path / "s"))):
        assert "********" in text
        assert not {part for part in ("canary", "can'ary", "can&#x27;ary", "13f0") if part in text}


# --- Markdown on stdout, and the CI system --------------------------------------------------------------------


def test_markdown_on_stdout_is_what_the_report_holds(runs: dict[str, Ran]) -> None:
    folder = runs["plan"].folder.parent
    done = jc1p("-c", folder / "jc1p.yaml", "drift", "-o", "markdown", "--report", folder / "same.md")
    assert (done.code, done.err) == (0, "")
    assert done.out == (folder / "same.md").read_text()
    assert done.out.startswith("### ✅ jc1p drift: nothing to do")


def test_usage_error_is_markdown_too_where_that_was_asked_for() -> None:
    done = jc1p("plan", "--bogus", "--output", "markdown")
    assert (done.code, done.out.startswith("### ❌ jc1p plan: failed; nothing was changed\n")) == (2, True)


@pytest.mark.parametrize("command", [["why", "x"], ["users", "list"]], ids=str)
def test_markdown_is_for_commands_that_plan(command: list[str]) -> None:
    done = jc1p(*command, "--output", "markdown")
    assert (done.code, "'markdown' is not one of" in done.err) == (2, True)


def test_step_gets_a_summary_and_outputs(runs: dict[str, Ran]) -> None:
    for name, ran in runs.items():
        found, said = ran.outputs, ran.document
        assert ran.text("summary") == ran.text("report.md") + "\n"
        assert (found["ending"], found["exit_code"]) == (ENDINGS[name], str(CODES[name]))
        assert found["run_id"] == said["run_id"]
        assert found["verdict"] == (said["guard"]["verdict"] if said["guard"] else "")
        assert found["fingerprint"] == (said["fingerprint"] or "")
        assert found["changes"] == (str(len(said["changes"])) if said["changes"] is not None else "")
        assert {kind: found[kind] for kind in Kind} == {
            kind: str(said["summary"][kind]) if said["summary"] else "" for kind in Kind
        }
        assert found["has_drift"] == ("true" if said["changes"] else "")


def test_outputs_are_appended_to_what_is_there(tmp_path: Path) -> None:
    before = tmp_path / "outputs"
    before.write_text("mine=1\n")
    jc1p("-c", tmp_path / "none.yaml", "plan", environment={"GITHUB_OUTPUT": str(before)})
    assert before.read_text().startswith("mine=1\nending<<jc1p_")


def test_no_value_can_end_itself() -> None:
    delimiters = set()
    for value in ("x", "a\nb<<c\nb=d\nc", *NAMES[:3]):
        head, *body, end, last = entry("name", value).split("\n")
        name, _, delimiter = head.partition("<<")
        assert (name, "\n".join(body), end, last) == ("name", value, delimiter, "")
        assert delimiter not in value
        delimiters.add(delimiter)
    assert len(delimiters) == 5


def test_outputs_that_can_not_be_written_are_a_warning(tmp_path: Path) -> None:
    environment = {"GITHUB_STEP_SUMMARY": str(tmp_path), "GITHUB_OUTPUT": str(tmp_path / "no" / "file")}
    done = jc1p("-c", tmp_path / "none.yaml", "drift", "-o", "json", environment=environment)
    assert (done.code, done.document["error"]["code"]) == (2, "config")
    assert "warning: the summary of the step: cannot write it: Is a directory; the run's result" in done.err
    assert "warning: the outputs of the step: cannot write it: No such file or directory; the run" in done.err


def test_every_ending_has_a_mood_and_a_badge() -> None:
    assert set(MOODS) == set(BADGES) == set(Ending)
    assert set(ENDINGS.values()) | {"in_step", "incomplete", "locked", "interrupted"} == set(Ending)
