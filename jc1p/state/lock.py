"""The lock on a state folder, which allows one run at a time, and its holder."""

import fcntl
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jc1p.errors import Locked
from jc1p.runtime.atomic_write import OWNERS_ALONE, write_whole
from jc1p.runtime.bounded_read import LARGEST_NOTE, open_bounded, read_bounded
from jc1p.state.own_folder import NO_LOCKS, claim_folder, unavailable

LOCK = "run.lock"
PATIENCE = 0.2
"""Seconds to wait for the lock: other commands share it for a moment to see whether it is held."""


@contextmanager
def hold_lock(folder: Path, holder: str) -> Iterator[None]:
    """Be the only run for this pair of accounts on this host; the lock of a killed run is released.

    Raises:
        Locked: another run holds it; names that run if it is known.
        StateUnavailable: the folder can't be used.
    """
    from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout  # noqa: PLC0415 - asking who holds it does without

    claim_folder(folder)
    note = folder / "run.holder"
    lock: BaseFileLock = FileLock(folder / LOCK, timeout=PATIENCE, mode=OWNERS_ALONE)
    try:
        with warnings.catch_warnings(action="ignore"):
            lock.acquire(poll_interval=PATIENCE / 10)
        if isinstance(lock, SoftFileLock):
            # Without locks, the library takes a file for one: a killed run would leave it behind for all later runs.
            raise OSError(NO_LOCKS)  # noqa: TRY301 - reported as the system's own errors are
        write_whole(note, f"{holder} (process {os.getpid()})")
    except Timeout:
        raise Locked(
            f"{holder_in(note)} is in progress", hint="Wait for it to end; nothing was read or changed."
        ) from None
    except (OSError, NotImplementedError) as error:
        lock.release()
        if isinstance(error, NotImplementedError):
            raise unavailable(folder, NO_LOCKS) from None
        path = folder / LOCK if error.filename == str(folder / LOCK) else folder
        raise unavailable(path, error.strerror or str(error)) from None
    try:
        yield
    finally:
        with suppress(OSError):
            note.unlink()
        lock.release()


def running(folder: Path) -> str | None:
    """The holder of the lock, None if it is free. The note alone proves nothing: a killed run leaves it behind.

    Its process id may be another program's by now, and in a container it is the same in each run.
    """
    note = folder / "run.holder"
    return holder_in(note) if note.exists() and is_held(folder / LOCK) else None


def is_held(path: Path) -> bool:
    """Whether a run holds the lock. Shares it for a moment; a run that is starting waits for longer."""
    try:
        with open_bounded(path) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def run_under_way(folder: Path) -> str | None:
    """The id of the run that holds the lock now, None if it is free."""
    holder = running(folder)
    found = re.match(r"run (\S+)", holder) if holder else None
    return found[1] if found else None


def holder_in(note: Path) -> str:
    """The holder of the lock, as far as it is known."""
    try:
        return read_bounded(note, LARGEST_NOTE).decode(errors="replace")
    except OSError:
        return "another run"
