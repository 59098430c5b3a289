"""Fixtures that all tests share, and the folders of tests."""

import os
import shutil
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from jc1p.runtime.signals import SIGNALS

MEMORY = Path("/dev/shm")
"""Linux keeps files in memory here."""
ENOUGH = 1 << 30
"""Bytes free; the whole suite needs a tenth of it at a time."""


# Machines with other work are rarely fast enough for a deadline.
settings.register_profile("dev", max_examples=25, deadline=None)
settings.register_profile("ci", max_examples=200, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_configure() -> None:
    """Keep the tests' folders in memory if there is room: runs write journal and state through to the disk.

    Otherwise a slow disk is busy for half of the suite's time, and no test simulates a power failure. TMPDIR chooses
    another place.
    """
    # Programs started under nohup, or in the background of a shell, ignore these signals.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two processes for each core: a test waits for processes, retries and timeouts for half of its time."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Restore the signal handling after each test.

    Commands that run within this process delay signals at their end, as the program does. Later tests would inherit
    that, and their processes would ignore signals.
    """
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        return (yield)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, object, object]:
    """Escape the halves of surrogate pairs that a test has logged or printed.

    Tests with odd inputs do. xdist can't send them, and would end the whole run without naming a test.
    """
    return escaped((yield))


def escaped(value: Any) -> Any:
    match value:
        case str():
            return value.encode(errors="backslashreplace").decode()
        case list():
            return [*map(escaped, value)]
        case tuple():
            return (*map(escaped, value),)
        case dict():
            return {escaped(key): escaped(inner) for key, inner in value.items()}
    return value


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
