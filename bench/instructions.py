"""The cost of jc1p in instructions, as ratios to bare programs that do the same: exact even on a busy machine.

`make bench-quick` runs it. valgrind's cachegrind counts the instructions (Debian's package valgrind). Without it,
nothing is measured, and a line says so. Ends with 1 if a ratio is more than 3 % above the one in instructions.json,
which `--save` writes for this version of Python. Without a saved ratio for the version, ratios are only shown: other
versions execute other instructions.
"""

import argparse
import compileall
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from harness import HERE, Company, company
from scale import Log, asked_of

PYTHON = os.path.realpath(sys.executable)
ACHIEVED = HERE / "instructions.json"
WRITE = "a write of a first sync ÷ a bare httpx POST"
FEW = 100
"""People in a small company."""
LEFT_OUT = frozenset({"PYTHONDONTWRITEBYTECODE", "SSL_CERT_FILE", "SSL_CERT_DIR"})
"""Variables that change a count: httpx, and so the bare program, reads those certificates also for plain http."""
MARGIN = 1.03
"""The largest difference between two counts of the same program: asyncio's wake-ups depend on the sockets."""


@dataclass(frozen=True)
class Measure:
    """Instructions of jc1p and of the bare program, and the bound of their ratio."""

    name: str
    ours: int
    bare: int
    bound: float

    @property
    def ratio(self) -> float:
        return self.ours / self.bare


def instructions(*command: str, code: int = 0) -> int:
    """The instructions of a whole process, with a fixed hash seed, so that sets have the same order."""
    with tempfile.NamedTemporaryFile("r") as log:
        counting = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
        environment = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
        environment |= {"PYTHONHASHSEED": "0", "COLUMNS": "100"}
        done = subprocess.run(
            [*counting, f"--log-file={log.name}", sys.executable, *command],
            check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment,
        )  # fmt: skip
        found = re.search(r"I *refs: *([\d,]+)", log.read())
    if done.returncode != code or not found:
        raise SystemExit(f"{command} exited {done.returncode}:\n{done.stdout[-2000:]}")
    return int(found[1].replace(",", ""))


def repeated(program: str, times: int) -> float:
    """The instructions of one round of a bench program, without its start."""
    path = str(HERE / program)
    return (instructions(path, str(times + 1)) - instructions(path, "1")) / times


def start_up() -> Iterator[Measure]:
    nothing, typer = instructions("-c", "pass"), instructions(str(HERE / "bare_typer.py"), "--help")
    ours = instructions("-m", "jc1p", "--help")
    yield Measure("`--version` ÷ `python -c pass`", instructions("-m", "jc1p", "--version"), nothing, 3)
    yield Measure("`--help` ÷ a bare typer program's", ours, typer, 1.10)


def runs(users: int, name: str, bound: float) -> Iterator[Measure]:
    """A dry run with nothing to do, against a bare fetch of the same pages."""
    with company(users, max(5, users // 20)) as here:
        here.sync()
        here.sync()
        here.take_log()
        ours = instructions("-m", "jc1p", "-c", str(here.folder / "jc1p.yaml"), "sync", "--dry-run")
        yield Measure(name, ours, bare_fetch(here, here.take_log()), bound)
        if users < FEW:
            status = instructions("-m", "jc1p", "-c", str(here.folder / "jc1p.yaml"), "status")
            yield Measure("`status` ÷ `--help`", status, instructions("-m", "jc1p", "--help"), 1.3)


def bare_fetch(here: Company, log: Log) -> int:
    path = here.folder / "bare.json"
    path.write_text(json.dumps(asked_of(here, log)))
    return instructions(str(HERE / "bare.py"), str(path))


def writes(few: int, many: int) -> Iterator[Measure]:
    """The cost of each further write of a first sync, against each further bare POST: two sizes, without any start."""
    ours, sent, bare = first_sync(few)
    ours_of_many, sent_of_many, bare_of_many = first_sync(many)
    each = (ours_of_many - ours) / (sent_of_many - sent)
    yield Measure(WRITE, round(each), round((bare_of_many - bare) / (many - few)), 1.7)


def first_sync(users: int) -> tuple[int, int, int]:
    """A first sync minus a run without changes, how many writes it sent, and the bare POSTs of as many users."""
    with company(users, 5) as here:
        program = (str(HERE / "slow_clock.py"), "-c", str(here.folder / "jc1p.yaml"), "sync", "--yes")
        here.take_log()
        first = instructions(*program)
        sent = sum(method != "GET" for method, _ in here.take_log()["onepassword"])
        again = instructions(*program)
        here.start_over()
        bare = instructions(str(HERE / "bare_writes.py"), here.urls["onepassword"], str(users))
        return first - again, sent, bare


def parsing() -> Iterator[Measure]:
    ours, bare = repeated("parsing.py", 5), repeated("parsing_bare.py", 5)
    yield Measure("parsing ÷ json.loads", round(ours), round(bare), 1.9)
    yield Measure(
        "deciding, all in sync ÷ json.loads of their rows", round(repeated("deciding.py", 5)), round(bare), 0.78
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", action="store_true", help="write what was achieved to instructions.json")
    given = parser.parse_args()
    if not shutil.which("valgrind"):
        print("skipped: instructions are counted by valgrind, which is not here (Debian: apt install valgrind)")
        return
    compileall.compile_dir(HERE.parent / "jc1p", quiet=1)
    achieved: dict[str, dict[str, float]] = json.loads(ACHIEVED.read_text()) if ACHIEVED.exists() else {}
    before = achieved.get(platform.python_version(), {})
    print("| measure, by instructions | jc1p, millions | bare, millions | ratio | achieved | bound |")
    print("|---|---|---|---|---|---|")
    over, found = [], {}
    for measure in chain(
        start_up(), parsing(), runs(30, "`sync --dry-run`, 30 people ÷ a bare fetch", 1.30),
        runs(1000, "`sync --dry-run`, 1,000 people ÷ a bare fetch", 1.5), writes(100, 400),
    ):  # fmt: skip
        found[measure.name] = round(measure.ratio, 3)
        last = before.get(measure.name)
        print(f"| {measure.name} | {measure.ours / 1e6:,.1f} | {measure.bare / 1e6:,.1f} | {measure.ratio:.2f} "
              f"| {last or ''} | {measure.bound} |", flush=True)  # fmt: skip
        if last and measure.ratio > last * MARGIN:
            over.append(measure.name)
    if given.save:
        achieved[platform.python_version()] = found
        ACHIEVED.write_text(json.dumps(achieved, indent=1, ensure_ascii=False) + "\n")
        return
    if over:
        sys.exit(f"more than 3 % above what was achieved: {'; '.join(over)}")


if __name__ == "__main__":
    main()
