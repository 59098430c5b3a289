"""Fixtures that every room's tests share, and where their folders are."""

import os
import shutil
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")
"""Linux keeps files in memory here."""
ENOUGH = 1 << 30
"""Bytes free; the whole suite needs a tenth of it at a time."""


def pytest_configure() -> None:
    """Folders of tests in memory, where there is room: runs write journal and state through to the disk.

    That keeps a slow disk busy for half of the suite's time, and no test pulls the plug. TMPDIR chooses another place.
    """
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
