"""A machine that gives no more open files, memory or threads is not a bug in jc1p."""

import errno
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.installed import PROGRAM, config_for, surroundings

from jc1p.errors import Jc1pError, MachineExhausted, Unexpected, in_our_words
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


@pytest.mark.parametrize("files", [6, 8, 10, 12])
def test_run_that_may_open_few_files_says_so(served: Sandbox, tmp_path: Path, files: int) -> None:
    before = served.bridge.users()
    done = subprocess.run(
        [PROGRAM, "-c", config_for(served, tmp_path), "sync", "--dry-run"], env=surroundings(tmp_path, None),
        capture_output=True, text=True, timeout=100, check=False, stdin=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)),
    )  # fmt: skip
    assert "bug" not in done.stderr
    assert done.returncode == 0 or "open files" in done.stderr
    assert done.returncode == 0 or "ulimit -n" in done.stderr
    assert served.bridge.users() == before


@pytest.mark.parametrize("megabytes", [24, 32, 40, 48, 56, 64])
@pytest.mark.parametrize("command", ["sync --dry-run", "plan -o json", "--help"])
def test_little_memory_is_an_error_for_people(tmp_path: Path, megabytes: int, command: str) -> None:
    done = limited(tmp_path, command.split(), resource.RLIMIT_AS, megabytes << 20)
    assert "Traceback" not in done.stderr
    assert (done.returncode, "memory" in done.stderr) in ((0, False), (1, True)) or "error: " in done.stderr


@pytest.mark.parametrize("files", [5, 6])
@pytest.mark.parametrize("command", ["sync --dry-run", "plan -o json", "--help"])
def test_nearly_no_open_files_is_an_error_for_people(tmp_path: Path, files: int, command: str) -> None:
    done = limited(tmp_path, command.split(), resource.RLIMIT_NOFILE, files)
    assert not re.search("Traceback|Warning|ignored", done.stderr)
    assert done.returncode == 0 or "open files" in done.stderr


def limited(folder: Path, command: list[str], limit: int, most: int) -> "subprocess.CompletedProcess[str]":
    """The command line in a process that may use only so much, from its first import on."""
    return subprocess.run(
        [sys.executable, "-m", "jc1p", "-c", "none.yaml", *command], capture_output=True, text=True, timeout=100,
        env=surroundings(folder, {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}), check=False,
        stdin=subprocess.DEVNULL, preexec_fn=lambda: resource.setrlimit(limit, (most, most)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE), "x.py"), "ulimit -n"),
        (OSError(errno.ENFILE, os.strerror(errno.ENFILE)), "ulimit -n"),
        (OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)), "free memory"),
        (MemoryError(), "free memory"),
        (ImportError("x.so: cannot open shared object file: Too many open files"), "ulimit -n"),
        (ImportError("x.so: failed to map segment from shared object"), "free memory"),
        (RuntimeError("can't start new thread"), "ulimit -u"),
    ],
)
def test_lack_of_something_names_its_limit(error: Exception, word: str) -> None:
    found = in_our_words(error)
    assert isinstance(found, MachineExhausted)
    assert word in (found.hint or "")
    assert found.__cause__ is error


def test_named_file_is_not_blamed_for_what_the_machine_lacks() -> None:
    error = Jc1pError("cannot read x.yaml", hint="Use another file.")
    error.__context__, error.__suppress_context__ = OSError(errno.EMFILE, os.strerror(errno.EMFILE)), True
    found = in_our_words(error)
    assert found.message == "cannot read x.yaml"
    assert "ulimit -n" in (found.hint or "")


def test_causes_in_a_circle_are_followed_only_so_far() -> None:
    first, second = KeyError("x"), ValueError("y")
    first.__cause__, second.__context__ = second, first
    assert isinstance(in_our_words(first), Unexpected)


def test_other_errors_are_bugs() -> None:
    for error in (OSError(errno.EAGAIN, "again"), OSError("?"), RuntimeError("?"), KeyError("x")):
        assert isinstance(in_our_words(error), Unexpected)
    known = Jc1pError("x")
    assert in_our_words(known) is known
