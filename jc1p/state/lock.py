"""The lock on a state folder, which allows one run at a time, and its holder."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jc1p.errors import Locked
from jc1p.runtime.atomic_write import OWNERS_ALONE, write_whole
from jc1p.runtime.bounded_read import LARGEST_NOTE, read_bounded
from jc1p.state.own_folder import claim_folder, unavailable


@contextmanager
def hold_lock(folder: Path, holder: str) -> Iterator[None]:
    """Be the only run for this pair of accounts on this host; the lock of a killed run is released.

    Raises:
        Locked: another run holds it; names that run if it is known.
        StateUnavailable: the folder can't be used.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - asking who holds it does without

    claim_folder(folder)
    note = folder / "run.holder"
    lock = FileLock(folder / "run.lock", timeout=0, mode=OWNERS_ALONE)
    try:
        lock.acquire()
        write_whole(note, f"{holder} (process {os.getpid()})")
    except Timeout:
        raise Locked(
            f"{holder_in(note)} is in progress", hint="Wait for it to end; nothing was read or changed."
        ) from None
    except OSError as error:
        lock.release()
        raise unavailable(folder, error.strerror or str(error)) from None
    try:
        yield
    finally:
        with suppress(OSError):
            note.unlink()
        lock.release()


def running(folder: Path) -> str | None:
    """The holder of the lock, None if it is free. Reads instead of locking, which could stop a run that is starting."""
    note = folder / "run.holder"
    if not note.exists():
        return None
    holder = holder_in(note)
    process = re.search(r"\(process (\d{1,18})\)$", holder)
    return holder if process is None or is_alive(int(process[1])) else None


def is_alive(process: int) -> bool:
    """True if a process exists: a killed run leaves its lock file behind."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


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
