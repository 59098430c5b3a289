"""Saved plans: those of this and of earlier versions are read back, and damage is reported with its place."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.runs import company, record

from jc1p.cli.actions.held_plans import options_of
from jc1p.core.run_options import RunOptions
from jc1p.document.change_row import change_row
from jc1p.document.moved_rows import moved_rows
from jc1p.document.parse import NoDocument, parse_document
from jc1p.document.render import document, render_document
from jc1p.document.rows import ChangeRow, Document, SavedPlan
from jc1p.errors import ExitCode, FileNotWritten, UsageError
from jc1p.state.saved_plan import read_plan, write_plan

OLD = Path(__file__).parents[1] / "fixtures" / "state-0.1" / "plan.json"
RUN = record(company())
OPTIONS = RunOptions()._asdict()
DEEP = 10_000


def whole() -> dict[str, Any]:
    """A saved plan of this version as JSON values."""
    values: dict[str, Any] = json.loads(render_document(RUN, options=OPTIONS))
    return values


def deep(depth: int) -> str:
    return "[" * depth + "]" * depth


def told(path: Path, text: str | bytes) -> str:
    """The error message for a user who applies such a file."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError) as refused:
        options_of(read_plan(path).options, path)
    assert str(path) in refused.value.message
    assert refused.value.hint
    return refused.value.message


def test_what_is_written_is_read_back_and_has_not_moved(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_plan(path, render_document(RUN, options=OPTIONS))
    saved = read_plan(path)
    assert (saved.run_id, saved.fingerprint, len(saved.changes)) == (
        RUN.run_id,
        RUN.fingerprint,
        len(whole()["changes"]),
    )
    assert options_of(saved.options, path) == RunOptions()
    assert moved_rows(saved.changes, [ChangeRow.model_validate(change_row(each)) for each in company().changes]) == []


def test_plan_and_document_of_an_earlier_version_are_read() -> None:
    saved = read_plan(OLD)
    assert (len(saved.changes), saved.summary and saved.summary.excluded_users) == (8, 0)
    assert parse_document(Document, OLD.read_text(encoding="utf-8")).changes == saved.changes
    assert options_of(saved.options, OLD) == RunOptions()


def test_document_has_the_keys_of_its_model_in_order() -> None:
    assert [*document(RUN), "options"] == list(Document.model_fields)


def test_row_with_a_key_of_a_newer_version_differs_from_one_of_today() -> None:
    values = whole()
    values["changes"][0]["more"] = 1
    rows = parse_document(SavedPlan, json.dumps(values)).changes
    today = parse_document(SavedPlan, json.dumps(whole())).changes
    assert [line.split(":")[0] for line in moved_rows(rows, today)] == ["different"]


def test_names_that_are_no_utf_8_are_read_back(tmp_path: Path) -> None:
    values = whole()
    values["changes"][0] |= {"reason": "\ud800", "attributes": {"\ud800": {"before": "\ud800", "after": None}}}
    path = tmp_path / "plan.json"
    write_plan(path, json.dumps(values, ensure_ascii=False))
    assert read_plan(path).changes[0].reason == "\ud800"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda plan: plan.pop("changes"), "it has no changes"),
        (lambda plan: plan.pop("options"), "it has no options"),
        (lambda plan: plan.update(changes=None), "has an invalid changes"),
        (lambda plan: plan.update(fingerprint=None), "has an invalid fingerprint"),
        (lambda plan: plan.update(created_at="2026-99-99T00:00:00Z"), "has an invalid created_at"),
        (lambda plan: plan["changes"][1].update(kind="promote_user"), "has an invalid changes[1].kind"),
        (lambda plan: plan["changes"][1].update(kind=["create_user"]), "has an invalid changes[1].kind"),
        (lambda plan: plan["changes"][1].update(user={"a": 1}), "has an invalid changes[1].user"),
        (lambda plan: plan["changes"][0].update(attributes={"active": {"before": [], "after": True}}),
         "has an invalid changes[0].attributes.active.before"),
        (lambda plan: plan["changes"][0].update(members=3), "has an invalid changes[0].members"),
        (lambda plan: plan["options"].update(limit="3"), "does not support"),
        (lambda plan: plan["options"].update(more=1), "does not support"),
        (lambda plan: plan.update(format_version=[[]]), "format version unknown"),
        (lambda plan: plan.update(format_version=10**400), "format version 1000"),
    ],
)  # fmt: skip
def test_damage_is_told_with_its_place(tmp_path: Path, edit: Callable[[dict[str, Any]], object], said: str) -> None:
    values = whole()
    edit(values)
    assert said in told(tmp_path / "plan.json", json.dumps(values))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (deep(DEEP), "it is "),
        (f'{{"format_version": {deep(DEEP)}}}', "plan.json"),
        ('{"format_version": NaN}', "it is damaged"),
        (f'{{"format_version": 1, "duration_s": {"1" * 5000}}}', "it is damaged"),
        (b'{"format_version": "\xff"}', "not UTF-8"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
        (b"\xef\xbb\xbf{}", "it is damaged"),
        (b"\x00", "it is damaged"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_json_is_told(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert said in told(tmp_path / "plan.json", text)


@pytest.mark.parametrize("value", [deep(900), deep(DEEP), "NaN", "-Infinity", "1e999", "1" * 400, '"\\ud800"', "true"])
@pytest.mark.parametrize("place", [*Document.model_fields, "a new key"])
def test_odd_value_in_any_place_is_read_or_told(tmp_path: Path, place: str, value: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(whole() | {place: "HERE"}).replace('"HERE"', value), encoding="utf-8")
    if place in {"a new key", "jc1p_version", "command", "dry_run", "reference", "actor"} and is_readable(path):
        return
    with pytest.raises(UsageError, match=r"plan\.json"):
        options_of(read_plan(path).options, path)


def is_readable(path: Path) -> bool:
    try:
        options_of(read_plan(path).options, path)
    except UsageError:
        return False
    return True


@given(data=st.data(), value=st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.none()))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_in_any_row_is_read_or_told(data: st.DataObject, value: object) -> None:
    values = whole()
    row = data.draw(st.sampled_from(values["changes"]))
    row[data.draw(st.sampled_from(sorted(row)))] = value
    with suppress(NoDocument):
        rows = parse_document(SavedPlan, json.dumps(values)).changes
        moved_rows(rows, rows)


def test_plan_that_can_not_be_written_is_no_usage_error(tmp_path: Path) -> None:
    # Both services were read by then: exit 2 would say that no network was touched.
    with pytest.raises(FileNotWritten) as caught:
        write_plan(tmp_path / "gone" / "plan.json", "{}")
    assert (caught.value.exit_code, caught.value.code) == (ExitCode.FAILED, "failed")
