"""Runs as CSV: every change and every held entry is a row, and no cell is a formula."""

import csv
import io

import pytest
from support.hostile import NAMES, hostile_plan, hostile_report
from support.reported import PLAN, REAL, REFUSED, SYNC, bare, with_report
from support.runs import record

from jc1p.core.plan import Held, Hold, Kind
from jc1p.core.run_record import RunRecord
from jc1p.errors import ConfigError
from jc1p.reports.csv import HEADERS, render_csv
from jc1p.reports.phrases import printable
from jc1p.reports.tables import csv_text


def rows(run: RunRecord) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render_csv(run))))


def test_each_change_and_each_held_entry_is_a_row() -> None:
    held = Held(Kind.CREATE_USER, Hold.PROBABLE_DUPLICATE, "looks like ada@", user="grace@example.com")
    found = rows(record(PLAN._replace(held=(held,))))
    assert [row["id"] for row in found] == [*(str(change.id) for change in PLAN.changes), ""]
    assert found[0]["differences"].startswith('userName: (none) → "ann@example.com"; displayName')
    assert found[9]["members"] == "ann@example.com cat@new.example.com fay@example.com"
    assert (found[-1]["row"], found[-1]["status"], found[-1]["code"]) == ("held", "held", "probable_duplicate")


@pytest.mark.parametrize(
    ("run", "statuses"),
    [(SYNC, {"planned"}), (REFUSED, {"refused"}), (REAL, {"not_applied"}),
     (REAL._replace(report=with_report(PLAN)), {"applied", "failed"})],
    ids=["dry", "refused", "said no", "applied"],
)  # fmt: skip
def test_status_says_what_became_of_a_change(run: RunRecord, statuses: set[str]) -> None:
    assert {row["status"] for row in rows(run)} == statuses


def test_error_is_a_row() -> None:
    (row,) = rows(bare(SYNC, error=ConfigError("a: wrong\nb: wrong")))
    assert (row["row"], row["status"], row["code"]) == ("error", "failed", "config")
    assert row["error"] == "a: wrong\\x0ab: wrong"


def test_no_cell_of_hostile_names_is_a_formula() -> None:
    plan = hostile_plan()
    text = render_csv(record(plan, report=hostile_report(plan)))
    for delimiter in (",", ";", "\t"):
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            assert not [cell for cell in row if cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert len(list(csv.reader(io.StringIO(text)))) == len(plan.changes) + 1
    assert all(len(row) == len(HEADERS) for row in csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1", "a;=1", "a; @b"])
def test_formula_gets_an_apostrophe(cell: str) -> None:
    ((found,),) = csv.reader(io.StringIO(csv_text(["x"], [[cell]]).partition("\r\n")[2], newline=""))
    assert found != cell
    assert found.replace("'", "") == printable(cell)


@pytest.mark.parametrize("cell", [*(name for name in NAMES if name.startswith("x")), "a=b", "a-b@c", "1;2", "it's"])
def test_anything_else_stays_as_it_is(cell: str) -> None:
    assert csv_text(["x"], [[cell]]) == f"x\r\n{cell}\r\n"


@pytest.mark.parametrize("cell", ["a\u202eb", "a\u200bb", "a\u2066b", "a\ufeffb", "a\x1b[2Jb", "a\nb", "a\u00adb"])
def test_every_csv_shows_what_other_outputs_show(cell: str) -> None:
    assert csv_text(["name"], [[cell]]) == f"name\r\n{printable(cell)}\r\n"
