"""Commands in the tests' process have the same output as installed ones, and leave that process unchanged."""

import gc
import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.inprocess import jc1p
from support.installed import Done, config_for, run_installed

from jc1p.runtime.signals import SIGNALS
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

AT = {"JC1P_NOW": "2026-11-24T00:12:00Z"}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with Sandbox(make_world(users=40, groups=8)) as made:
        yield config_for(made, tmp_path_factory.mktemp("company"))


def without_times(done: Done) -> tuple[int, str, str]:
    """A run's output without what differs between runs: the random digits of its id, and its time."""
    if not done.out.startswith("{"):
        return done.code, done.out, done.err
    document = done.document
    for volatile in ("run_id", "created_at", "duration_s"):
        document.pop(volatile)
    return done.code, str(document), done.err


@pytest.mark.parametrize(
    "command",
    [["--help"], ["plan", "--bogus", "-o", "json"], ["plan", "-o", "json"], ["users", "list", "-o", "csv"],
     *(pytest.param(words, marks=pytest.mark.matrix) for words in (["sync"], ["-c", "none.yaml", "drift", "--debug"]))],
    ids=" ".join,
)  # fmt: skip
def test_command_says_the_same_in_this_process_as_in_its_own(config: Path, command: list[str]) -> None:
    words = ["-c", str(config), *command]
    ours, theirs = (run(*words, environment=AT, cwd=config.parent) for run in (jc1p, run_installed))
    if "--debug" in command:  # the frames differ
        ours, theirs = (Done(done.code, done.out, done.err.splitlines()[0]) for done in (ours, theirs))
    assert without_times(ours) == without_times(theirs)


def process() -> dict[str, object]:
    """The parts of the process that a command changes."""
    logger = logging.getLogger("jc1p")
    return {
        "environment": dict(os.environ), "folder": Path.cwd(), "streams": (sys.stdin, sys.stdout, sys.stderr),
        "signals": [signal.getsignal(number) for number in SIGNALS],
        "held back": signal.pthread_sigmask(signal.SIG_BLOCK, ()),
        "logs": (list(logger.handlers), logger.level, logger.propagate),
        "garbage": (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()),
    }  # fmt: skip


@pytest.mark.parametrize("command", [["plan"], ["plan", "--bogus"], ["sync", "-y", "--debug"]], ids=" ".join)
def test_command_leaves_the_process_as_it_was(config: Path, tmp_path: Path, command: list[str]) -> None:
    before = process()
    jc1p("-c", config, *command, cwd=tmp_path, environment={"JC1P_LEFT_BEHIND": "1"})
    assert process() == before


def test_command_sees_no_variable_of_the_tests_and_no_terminal(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JC1P_NOW", "not a time")
    assert jc1p("-c", config, "plan").code == 0
    asked = jc1p("-c", config, "sync")
    assert (asked.code, "--yes" in asked.err) == (2, True)


def test_secret_of_one_command_is_not_masked_in_the_next(config: Path) -> None:
    assert jc1p("-c", config, "users", "list").code == 0
    told = jc1p("-c", config, "why", "sandbox-bridge-token")
    assert "********" in told.err
    assert "sandbox-bridge-token" in jc1p("sandbox-bridge-token").err
