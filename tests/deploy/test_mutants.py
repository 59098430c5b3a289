"""`make mutants`: the script's additions to mutmut, without running it."""

import pytest

from tools.mutants.run import (
    ACCEPTED,
    TOP,
    Survivor,
    first_line,
    nearest_line,
    read_accepted,
    read_difference,
    sample,
    summarize,
)

NAMES = [f"jc1p.core.{file}.x_f__mutmut_{number}" for file, most in (("a", 300), ("b", 100)) for number in range(most)]
SHOWN = """\
# jc1p.core.guard.x_measure__mutmut_87: survived
--- jc1p/core/guard.py
+++ jc1p/core/guard.py
@@ -22,3 +22,3 @@
         before = 0
-        yield "members"
+        yield "MEMBERS"
     deleted = 1
"""


def test_sample_is_the_same_each_time_and_in_proportion_to_the_files() -> None:
    drawn = sample(NAMES, 40)
    assert drawn == sample(NAMES, 40)
    assert len(set(drawn)) == 40
    assert sum(".a." in name for name in drawn) == 30
    assert sorted(sample(NAMES, 1000)) == sorted(NAMES)


def test_survivor_is_placed_at_the_line_of_the_file() -> None:
    assert read_difference(SHOWN.splitlines()) == (22, ('- yield "members"', '+ yield "MEMBERS"'))
    assert read_difference(["--- a.py", "+++ a.py"]) == (0, ())
    lines = (TOP / "jc1p/core/guard.py").read_text("utf-8").splitlines()
    judge = 1 + next(index for index, line in enumerate(lines) if line.startswith("def judge"))
    assert nearest_line("jc1p/core/guard.py", judge + 3, lines[judge - 1]) == judge
    assert nearest_line("jc1p/core/guard.py", 7, "no such line") == 7
    assert lines[first_line("jc1p/core/guard.py", "x_judge") - 1].startswith("def judge")
    assert lines[first_line("jc1p/core/guard.py", "xǁLimitǁallowed") - 1].strip().startswith("def allowed")


@pytest.mark.parametrize(("survivors", "code"), [(0, 0), (10, 0), (11, 1)])
def test_fewer_than_nine_in_ten_killed_is_a_failure(survivors: int, code: int) -> None:
    assert summarize(100, [Survivor("a.py", 1, ("- a", "+ b"), is_reached=True)] * survivors, {}) == code


def test_accepted_survivors_are_not_listed_but_still_count(capsys: pytest.CaptureFixture[str]) -> None:
    accepted = read_accepted("# A comment.\n\na.py\n- a\n+ b\nbecause\n\n\nb.py\n- c\n+ d\nwhy\n")
    assert accepted == {("a.py", "- a", "+ b"): "because", ("b.py", "- c", "+ d"): "why"}
    found = [
        Survivor("a.py", 7, ("- a", "+ b"), is_reached=True),
        Survivor("a.py", 9, ("- c", "+ d"), is_reached=False),
    ]
    summarize(10, found, accepted)
    assert capsys.readouterr().out == (
        "a.py:9  (no test of the selection reaches it)\n    - c\n    + d\n\n"
        "8 of 10 mutants killed (80.0 %), 2 survived: 1 accepted in tools/mutants/accepted.txt, 1 listed above.\n"
    )


def test_accepted_mutants_are_of_lines_that_still_exist() -> None:
    accepted = read_accepted(ACCEPTED.read_text("utf-8"))
    assert accepted
    for path, *change in accepted:
        text = " ".join((TOP / path).read_text("utf-8").split())
        assert not [line for line in change if line.startswith("- ") and " ".join(line[2:].split()) not in text], path
