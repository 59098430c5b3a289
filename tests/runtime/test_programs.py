"""The admin's own programs: what they print, however they and their children end."""

import pytest

from jc1p.runtime.programs import ProgramFailed, output_of

LONG = 20
"""Seconds that a child stays in the background: a test that waits for it runs into the timeout before."""


def sh(script: str, timeout: float = LONG / 4) -> bytes:
    return output_of(["sh", "-c", script], timeout=timeout)


def test_child_in_the_background_that_keeps_the_output_open_is_not_waited_for() -> None:
    """Such as an agent that a credential helper starts."""
    assert sh(f"sleep {LONG} & echo hush") == b"hush\n"
    assert sh(f"sleep {LONG} &") == b""
    with pytest.raises(ProgramFailed, match="exit code 3"):
        sh(f"sleep {LONG} & echo hush; exit 3")


def test_output_is_read_to_its_end() -> None:
    assert sh("printf a; exec sleep 0.2") == b"a"
    assert sh("printf a; sleep 0.2; printf b") == b"ab"
    assert sh("head -c 60000 /dev/zero") == bytes(60_000)
    assert sh(f"sleep {LONG} & head -c 60000 /dev/zero") == bytes(60_000)
    with pytest.raises(ProgramFailed, match="printed more"):
        sh("head -c 70000 /dev/zero")


def test_program_that_takes_too_long_is_an_error() -> None:
    with pytest.raises(ProgramFailed, match=r"longer than 0\.1 s"):
        sh("printf a; exec sleep 20", timeout=0.1)
    with pytest.raises(ProgramFailed, match=r"longer than 0\.1 s"):
        sh("exec >&-; exec sleep 20", timeout=0.1)
