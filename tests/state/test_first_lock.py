"""Runs that start at once without a state folder: one wins, the others find the lock held."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

ROUNDS, PROCESSES = 40, 3
WAITING = """
import sys
from pathlib import Path
from jc1p.errors import Jc1pError
from jc1p.state.lock import hold_lock

for folder in sys.stdin:
    try:
        with hold_lock(Path(folder.strip()), "run 1"):
            print("won", flush=True)
            sys.stdin.readline()
    except Jc1pError as error:
        print(int(error.exit_code), error, flush=True)
        sys.stdin.readline()
"""
"""Takes the lock of each folder named on its input, and holds it until the next line."""


@pytest.fixture(name="runs")
def waiting_runs() -> Iterator[list[subprocess.Popen[str]]]:
    command = [sys.executable, "-c", WAITING]
    with ExitStack() as stack:
        yield [
            stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            for _ in range(PROCESSES)
        ]


def say(runs: list[subprocess.Popen[str]], line: str) -> None:
    for run in runs:
        assert run.stdin
        run.stdin.write(f"{line}\n")
        run.stdin.flush()


def test_first_runs_that_begin_at_once_find_the_lock_held(runs: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    for number in range(ROUNDS):
        say(runs, f"{tmp_path}/state {number}/of/accounts")
        answers = sorted(run.stdout.readline() for run in runs if run.stdout)
        assert [answer.split()[0] for answer in answers] == ["6", "6", "won"], answers
        say(runs, "")
