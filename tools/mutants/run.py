"""Mutation testing of the core: `python -m tools.mutants.run [SAMPLE]` (ADR 17).

mutmut creates the mutants and runs the tests that reach each of them. This script draws the sample, and lists the
survivors by place and difference, separately from those in accepted.txt. Exits 1 if fewer than 90 % of the sample are
killed.
"""

import ast
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parents[2]
WORK = TOP / "mutants"
"""mutmut's folder: a mutated copy of the code, and a result file beside each module."""
ACCEPTED = Path(__file__).with_name("accepted.txt")
SAMPLE = 150
NEEDED = 90
"""Percent of the sample."""
SEED = 12
SURVIVED, UNTESTED = 0, (5, 33)
"""mutmut's exit codes for mutants that no test detects or reaches; any other code is a kill."""


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no test detected."""

    path: str
    line: int
    change: tuple[str, ...]
    """The lines of the difference, each with its - or +, without indentation."""
    is_reached: bool

    def __str__(self) -> str:
        unreached = "" if self.is_reached else "  (no test of the selection reaches it)"
        return "\n    ".join((f"{self.path}:{self.line}{unreached}", *self.change))


def main() -> int:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE
    shutil.rmtree(WORK, ignore_errors=True)
    mutmut("run", "nothing")  # creates all mutants, then finds none with that name
    names = sample(results(), size)
    if not names or not (WORK / "mutmut-stats.json").exists():
        sys.exit("mutmut made no mutants: run `.venv/bin/mutmut run` to see why")
    mutmut("run", "--max-children", "2", *names)
    codes = results()
    if unfinished := [name for name in names if codes[name] is None]:
        sys.exit(f"mutmut left out {len(unfinished)} mutants: run `.venv/bin/mutmut run {unfinished[0]}` to see why")
    survivors = [found for name in names if (found := survivor(name, codes[name]))]
    return summarize(len(names), survivors, read_accepted(ACCEPTED.read_text("utf-8")))


def mutmut(*arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False).stdout  # noqa: S603


def results() -> dict[str, int | None]:
    """Every mutant's exit code by name, None for those that haven't run, sorted by file."""
    found: dict[str, int | None] = {}
    for meta in sorted(WORK.glob("jc1p/core/**/*.meta")):
        found |= json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
    return found


def sample(names: Iterable[str], size: int) -> list[str]:
    """A sample of the mutants, from each file in proportion; the same for the same code."""
    by_file: dict[str, list[str]] = {}
    for name in names:
        by_file.setdefault(module_of(name), []).append(name)
    shuffled = [name for each in by_file.values() for name in random.Random(SEED).sample(each, len(each))]  # noqa: S311
    step = max(1.0, len(shuffled) / size)
    return [shuffled[int(number * step)] for number in range(min(size, len(shuffled)))]


def module_of(name: str) -> str:
    return name.rpartition(".")[0]


def survivor(name: str, code: int | None) -> Survivor | None:
    """The data of a surviving mutant; None if it was killed, or is identical to the code."""
    if code != SURVIVED and code not in UNTESTED:
        return None
    shown = mutmut("show", name).splitlines()
    path = next(line.removeprefix("--- ") for line in shown if line.startswith("--- "))
    start, change = read_difference(shown)
    if not change:
        return None
    function = name.rpartition(".")[2].rpartition("__mutmut_")[0]
    line = nearest_line(path, first_line(path, function) + start, change[0].removeprefix("- "))
    return Survivor(path, line, change, code not in UNTESTED)


def read_difference(shown: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """The distance of the difference from the function's first line, and its lines."""
    begin = next((index for index, line in enumerate(shown) if line.startswith("@@")), len(shown))
    body = shown[begin + 1 :]
    change = tuple(f"{line[0]} {line[1:].strip()}" for line in body if line.startswith(("-", "+")))
    if not change:
        return 0, ()
    above = next(index for index, line in enumerate(body) if line.startswith(("-", "+")))
    return int(shown[begin].split(",")[0].removeprefix("@@ -")) - 1 + above, change


def first_line(path: str, mangled: str) -> int:
    """The first line of a function, by mutmut's name for it: x_function or xǁClassǁfunction."""
    names = mangled.removeprefix("xǁ").split("ǁ") if "ǁ" in mangled else [mangled.removeprefix("x_")]
    body: Sequence[ast.stmt] = ast.parse((TOP / path).read_text("utf-8")).body
    line = 1
    for name in names:
        node = next(each for each in body if isinstance(each, ast.FunctionDef | ast.ClassDef) and each.name == name)
        body, line = node.body, node.lineno
    return line


def nearest_line(path: str, line: int, text: str) -> int:
    """The line with this text nearest to a line number: mutmut counts the comments above a function as its own."""
    lines = (TOP / path).read_text("utf-8").splitlines()
    places = [number for number, each in enumerate(lines, 1) if each.strip() == text]
    return min(places, key=lambda number: abs(number - line), default=line)


def read_accepted(text: str) -> dict[tuple[str, ...], str]:
    """Survivors that are accepted, by path and difference, with the reason.

    A paragraph each: the path, the lines of the difference, and a line with the reason. Lines with # are comments.
    """
    accepted = {}
    for paragraph in text.split("\n\n"):
        lines = [line.strip() for line in paragraph.splitlines() if line and not line.startswith("#")]
        if lines:
            accepted[tuple(lines[:-1])] = lines[-1]
    return accepted


def summarize(size: int, survivors: Sequence[Survivor], accepted: Mapping[tuple[str, ...], str]) -> int:
    """Print survivors and percentage; returns the exit code."""
    new = [each for each in survivors if (each.path, *each.change) not in accepted]
    for each in new:
        print(each, end="\n\n")
    killed = size - len(survivors)
    percent = 100 * killed / size
    print(
        f"{killed} of {size} mutants killed ({percent:.1f} %), {len(survivors)} survived: "
        f"{len(survivors) - len(new)} accepted in {ACCEPTED.relative_to(TOP)}, {len(new)} listed above."
    )
    return 0 if percent >= NEEDED else 1


if __name__ == "__main__":
    sys.exit(main())
