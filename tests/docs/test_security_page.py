"""The threat model names a test in each row, and makes no promise that can't be kept."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
MODEL = PAGE.partition("## Threat model")[2].partition("### Out of scope")[0]
ROWS = [line for line in MODEL.splitlines() if line.startswith("| ")][1:]


def test_every_row_of_the_threat_model_names_tests_that_exist() -> None:
    assert len(ROWS) >= 12
    for row in ROWS:
        who, may, may_not, tests = (cell.strip() for cell in row.strip("|").split("|"))
        assert all((who, may, may_not))
        named = re.findall(r"\]\((tests/[^)]+\.py)\)", tests)
        assert named, row
        assert [path for path in named if not (ROOT / path).is_file()] == []


def test_no_time_is_promised_for_an_answer() -> None:
    assert not re.search(r"(hear|answer)[^.]*\bwithin\b", PAGE.partition("## Supported")[0])
