"""One line of the JSON log for each change, as a SIEM reads it, of `sync`, `apply`, `rollback` and `import --link`."""

import json
from pathlib import Path
from typing import Any

import jsonschema
from support.inprocess import jc1p
from support.installed import Done

from jc1p.sandbox.days import advance_day
from jc1p.sandbox.faults import Fault
from jc1p.sandbox.server import Sandbox

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "document.schema.json").read_text(encoding="utf-8"))
EVENT = jsonschema.Draft202012Validator({"$ref": "#/$defs/event", "$defs": SCHEMA["$defs"]})
JSON_LOG = ("--log-format", "json", "--log-level", "error", "--output", "json")


def events_of(done: Done) -> list[dict[str, Any]]:
    """The events of a run, each as the schema has it."""
    lines = [json.loads(line) for line in done.err.splitlines() if line.startswith("{")]
    found = [line for line in lines if line.get("event") == "change"]
    for event in found:
        EVENT.validate(event)
    return found


def rows_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The document's changes with their outcomes, by id."""
    became = {each["id"]: each for each in document["outcome"]["changes"]}
    return [{**row, **became[row["id"]]} for row in document["changes"]]


def as_rows(events: list[dict[str, Any]], like: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The part of each event that is in the document too."""
    return sorted(({key: event[key] for key in like[0]} for event in events), key=lambda row: row["id"])


def test_every_change_is_one_event_at_any_log_level(config: Path) -> None:
    done = jc1p("-c", config, "sync", "-y", "--reference", "CHG-1", *JSON_LOG)
    rows, events = rows_of(done.document), events_of(done)
    assert done.code == 0
    assert as_rows(events, rows) == rows
    for key in ("run_id", "command", "reference", "actor"):
        assert {event[key] for event in events} == {done.document[key]}
    assert {(event["status"], event["level"], event["error"]) for event in events} == {("applied", "info", None)}


def test_failed_and_skipped_changes_are_events_with_their_reason(sandbox: Sandbox, config: Path) -> None:
    sandbox.faults.append(Fault("401", service="onepassword", method="POST", path="Users", skip=2, times=9))
    done = jc1p("-c", config, "sync", "-y", *JSON_LOG)
    rows, events = rows_of(done.document), events_of(done)
    assert as_rows(events, rows) == rows
    assert {event["status"] for event in events} == {"applied", "failed", "skipped"}
    assert all(event["error"] and event["level"] == "warning" for event in events if event["status"] != "applied")


def test_apply_rollback_and_import_tell_the_same_events(config: Path, tmp_path: Path) -> None:
    linked = jc1p("-c", config, "import", "--link", *JSON_LOG)
    jc1p("-c", config, "plan", "--out", tmp_path / "plan.json")
    applied = jc1p("-c", config, "apply", tmp_path / "plan.json", "-y", *JSON_LOG)
    undone = jc1p(
        "-c", config, "rollback", "last", "-y", "--allow", "suspensions=99", "--allow", "member_removals=99",
        "--allow", "group_member_removals=99", *JSON_LOG,
    )  # fmt: skip
    assert {event["kind"] for event in events_of(linked)} == {"link_user"}
    for done in (applied, undone):
        rows = rows_of(done.document)
        assert as_rows(events_of(done), rows) == rows
    assert {event["command"] for event in events_of(undone)} == {"rollback"}


def test_change_that_did_not_stay_is_told_again_as_failed(sandbox: Sandbox, config: Path) -> None:
    jc1p("-c", config, "sync", "-y")
    advance_day(sandbox.world)
    sandbox.turn({}, {"keeps_new_members": False})
    done = jc1p("-c", config, "sync", "-y", "--allow", "suspensions=9", *JSON_LOG)
    added = [(event["id"], event["status"]) for event in events_of(done) if event["kind"] == "add_members"]
    assert (last := dict(added))
    assert sorted(added) == sorted([(id_, "applied") for id_ in last] + [(id_, "failed") for id_ in last])
    assert {row["id"]: row["status"] for row in rows_of(done.document) if row["id"] in last} == last


def test_text_log_and_dry_run_have_no_events(config: Path) -> None:
    assert not events_of(jc1p("-c", config, "sync", "--dry-run", *JSON_LOG))
    assert "jc1p.change" not in jc1p("-c", config, "sync", "-y", "--log-level", "debug").err
