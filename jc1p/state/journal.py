"""The journal: every change's intent before and its result after, written to disk before anything depends on it.

One file per run in the state folder, one JSON object per line, append only. Contains names and addresses, never a
secret. past_journals.py reads it.
"""

import errno
import json
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jc1p.core.past_runs import PastRun, Status
from jc1p.core.plan import Change, Kind
from jc1p.document.change_row import change_row
from jc1p.errors import StateUnavailable
from jc1p.runtime.atomic_write import make_folder
from jc1p.state.run_order import journals, put_last

log = logging.getLogger("jc1p.journal")

FORMAT_VERSION = 1
JSON = json.JSONEncoder(ensure_ascii=False)
"""json.dumps would make one for each line."""
FOLDER = "journal"
SEEN_ACTIVE = "seen_active"
"""The type of the line that says which accounts a later run saw active again."""
KEEP, MOST_BYTES = 1000, 15_000_000
"""How many runs are kept, and their total size; a new run deletes older ones."""
KEEP_ANYWAY, COUNTED = 20, timedelta(hours=48)
"""The newest runs and those of two days are always kept: the guard counts them, and a new run completes them."""


class Journal:
    """The journal of one run in progress. Use as a context manager.

    `head` has at least run_id, command and created_at. Raises StateUnavailable when something can't be written.
    """

    def __init__(self, folder: Path, head: Mapping[str, Any]) -> None:
        self._path = folder / FOLDER / f"{head['run_id']}.jsonl"
        self._head = head
        self._file = -1

    def __enter__(self) -> Self:
        try:
            make_folder(self._path.parent)
            put_last(self._path.parent, self._path.stem)
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._write({"type": "run", "format_version": FORMAT_VERSION, **self._head})
            sync_folder(self._path.parent)
        except OSError as error:
            raise unavailable(self._path, error) from None
        prune(self._path.parent)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def intend(self, changes: Sequence[Change], ids: Mapping[str, str]) -> None:
        """Changes are about to be sent; `ids` are the known SCIM ids by key. On return, all lines are on disk."""
        self._write(*(intent_of(change, ids) for change in changes))

    def settle(
        self, change: Change, status: Status, *, scim_id: str | None = None, error: str | None = None,
        note: str | None = None, awaits: bool = False, existed: bool = False,
    ) -> None:  # fmt: skip
        """The result of a change; a later result replaces an earlier one.

        It is on disk with the next intent or the end: nothing that depends on it is sent before.
        """
        result = {
            "type": "result", "id": change.id, "status": status.value, "kind": change.kind.value, "user": change.user,
            "group": change.group, "scim_id": scim_id, "error": error, "note": note, "awaits": awaits,
            "existed": existed,
        }  # fmt: skip
        self._write(result, and_wait=False)

    def end(self, *, in_doubt: int, failed: Sequence[tuple[Kind, str]]) -> None:
        """The run ended, whatever the results of its changes. Later runs usually need only this line.

        `in_doubt` counts the changes with an unknown result, `failed` are the failed ones, by kind and key.
        """
        self._write({"type": "end", "in_doubt": in_doubt, "failed": [[kind.value, key] for kind, key in failed]})

    def _write(self, *records: Mapping[str, Any], and_wait: bool = True) -> None:
        try:
            append(self._file, *records, and_wait=and_wait)
        except OSError as error:
            raise unavailable(self._path, error) from None


def intent_of(change: Change, ids: Mapping[str, str]) -> dict[str, Any]:
    members = [{"key": member.key, "email": member.email, "scim_id": ids.get(member.key)} for member in change.members]
    known = {"key": change.key, "scim_id": ids.get(change.key) or change.scim_id, "members": members}
    return {"type": "intent", **change_row(change), **known}


def append(file: int, *records: Mapping[str, Any], and_wait: bool = True) -> None:
    """Write one line each, and (unless told otherwise) wait until all lines are on disk.

    Raises:
        OSError: nothing was added: every later run would warn of the part of a line that a full disk took.
    """
    lines = "".join(JSON.encode(record) + "\n" for record in records)
    left = whole = lines.encode("utf-8", "backslashreplace")
    try:
        while left:
            left = left[os.write(file, left) :]
        if and_wait:
            os.fdatasync(file)
    except OSError:
        with suppress(OSError):
            os.ftruncate(file, os.fstat(file).st_size - (len(whole) - len(left)))
        raise


NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP})
"""The errors of file systems, mostly network ones, that can't sync a folder; they write names by themselves."""


def sync_folder(folder: Path) -> None:
    """Sync the folder too, where that is possible: otherwise a new file's name may not be on disk. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in NO_FOLDER_SYNC:
            raise
    finally:
        os.close(handle)


def unavailable(path: Path, error: OSError) -> StateUnavailable:
    return StateUnavailable(
        f"cannot write the journal {path}: {error.strerror}",
        hint="jc1p sends no change that it cannot record. Free disk space or fix the permissions, then run again.",
    )


EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def prune(folder: Path) -> None:
    """Delete the oldest runs beyond the limits on number and total size."""
    paths = journals(folder)
    if not paths:
        return
    since = max(parse_time("", paths[-1].stem), EARLIEST) - COUNTED
    size, names = sum(size_of(path) for path in paths), likely_names(paths)
    for left, path in zip(range(len(paths), KEEP_ANYWAY, -1), paths, strict=False):
        if (left <= KEEP and size <= MOST_BYTES) or names[path] >= f"{since:%Y%m%dT%H%M%SZ}":
            return
        size -= size_of(path)
        path.unlink(missing_ok=True)


def likely_names(paths: Sequence[Path]) -> dict[Path, str]:
    """The names of runs, oldest first; a run whose clock was ahead of the newest one's is as old as the next."""
    names: dict[Path, str] = {}
    name = newest = paths[-1].stem
    for path in reversed(paths):
        name = path.stem if path.stem <= newest else name
        names[path] = name
    return names


def size_of(path: Path) -> int:
    """Size in bytes; 0 for a deleted file."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def parse_time(text: str, run_id: str) -> datetime:
    """The time of a run from its head or, if that is damaged, from its id; otherwise the earliest possible time."""
    for words in (text, run_id.partition("-")[0]):
        try:
            found = datetime.fromisoformat(words)
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return datetime.min.replace(tzinfo=UTC)


def follow(folder: Path, run: PastRun, by: str) -> None:
    """Note that a later run has completed what an interrupted one left open."""
    add_line(folder / FOLDER / f"{run.run_id}.jsonl", {"type": "followed", "by": by})


def note_seen_active(folder: Path, scim_ids: Iterable[str]) -> None:
    """Note in the newest journal that these accounts are active again: what it says of their suspensions is over."""
    seen, paths = sorted(scim_ids), journals(folder / FOLDER)
    if seen and paths:
        add_line(paths[-1], {"type": SEEN_ACTIVE, "scim_ids": seen})


def add_line(path: Path, record: Mapping[str, Any]) -> None:
    """Append a line to the journal of an earlier run. Raises StateUnavailable."""
    try:
        file = os.open(path, os.O_WRONLY | os.O_APPEND)
    except OSError as error:
        raise unavailable(path, error) from None
    try:
        # An incomplete last line must not spoil this one.
        os.write(file, b"\n")
        append(file, record)
    except OSError as error:
        raise unavailable(path, error) from None
    finally:
        os.close(file)
