"""Fixtures that every room's tests share, and where their folders are."""

import os
import shutil
import signal
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from jc1p.runtime.signals import SIGNALS

MEMORY = Path("/dev/shm")
"""Linux keeps files in memory here."""
ENOUGH = 1 << 30
"""Bytes free; the whole suite needs a tenth of it at a time."""


# Seldom quick enough for a deadline on a machine that has other work to do.
settings.register_profile("dev", max_examples=25, deadline=None)
settings.register_profile("ci", max_examples=200, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_configure() -> None:
    """Folders of tests in memory, where there is room: runs write journal and state through to the disk.

    That keeps a slow disk busy for half of the suite's time, and no test pulls the plug. TMPDIR chooses another place.
    """
    # Whatever started the tests: under nohup, or in the background of a shell, programs are born deaf to these.
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
    """Signals are after each test what they were before it.

    Commands that run within this process hold signals back at their end, as the program does: what later tests start
    would inherit it and heed no signal any more.
    """
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        return (yield)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
