"""One run at a time on a state folder: the lock, and who holds it."""

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
    """Be the only run against this pair of accounts on this host; a killed run frees it.

    Raises:
        Locked: another run holds it; names that run, as far as it is known.
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
    """Who holds the lock, None when nobody does. Not found out by taking it: that would stop a run that begins now."""
    note = folder / "run.holder"
    if not note.exists():
        return None
    holder = holder_in(note)
    process = re.search(r"\(process (\d{1,18})\)$", holder)
    return holder if process is None or is_alive(int(process[1])) else None


def is_alive(process: int) -> bool:
    """A killed run leaves its note behind, and nobody in it."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def run_under_way(folder: Path) -> str | None:
    """The id of the run that holds the lock just now, None when none does."""
    holder = running(folder)
    found = re.match(r"run (\S+)", holder) if holder else None
    return found[1] if found else None


def holder_in(note: Path) -> str:
    """Who holds the lock, as far as it is known."""
    try:
        return read_bounded(note, LARGEST_NOTE).decode(errors="replace")
    except OSError:
        return "another run"
