"""The journal: every change's intent before and its result after, on disk before anything depends on it.

One file a run, a JSON object a line, in the state folder. Append only; a torn or damaged line is skipped with a
warning and the rest is used. Holds names and addresses, never a secret.
"""

import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jc1p.core.past_runs import Entry, PastMember, PastRun, Status
from jc1p.core.plan import Change, Difference, Kind
from jc1p.core.plan_rows import change_row
from jc1p.errors import NotFoundInDirectory, StateUnavailable

log = logging.getLogger("jc1p.journal")

FORMAT_VERSION = 1
FOLDER = "journal"
KEEP, MOST_BYTES = 1000, 15_000_000
"""Runs that are kept, and how large they may be together; older ones are deleted when a new one begins."""
KEEP_ANYWAY, COUNTED = 20, timedelta(hours=48)
"""The newest runs, and those of the last two days: the guard counts their removals, and a new run looks after them."""


class Journal:
    """The journal of one run under way. Use as a context manager.

    `head` has at least run_id, command and created_at. Raises StateUnavailable when something can't be written.
    """

    def __init__(self, folder: Path, head: Mapping[str, Any]) -> None:
        self._path = folder / FOLDER / f"{head['run_id']}.jsonl"
        self._head = head
        self._file = -1

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
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
        """Changes are about to be sent; `ids` are the SCIM ids known by key. When it returns, all so far is on disk."""
        self._write(*(intent_of(change, ids) for change in changes))

    def settle(
        self, change: Change, status: Status, *, scim_id: str | None = None, error: str | None = None,
        note: str | None = None, awaits: bool = False, existed: bool = False,
    ) -> None:  # fmt: skip
        """What became of a change; a later result takes the place of an earlier one.

        On disk with the next intent or the end: nothing that depends on it is sent before.
        """
        result = {
            "type": "result", "id": change.id, "status": status.value, "kind": change.kind.value, "user": change.user,
            "group": change.group, "scim_id": scim_id, "error": error, "note": note, "awaits": awaits,
            "existed": existed,
        }  # fmt: skip
        self._write(result, and_wait=False)

    def end(self, *, in_doubt: int, failed: Sequence[tuple[Kind, str]]) -> None:
        """The run came to its end, whatever its changes came to; later runs mostly need no more of it than this line.

        `in_doubt` counts the changes whose end isn't known, `failed` are those that failed, by kind and key.
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
    """A line each, and (unless told otherwise) wait until all that was written is on disk."""
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    left = lines.encode("utf-8", "backslashreplace")
    while left:
        left = left[os.write(file, left) :]
    if and_wait:
        os.fdatasync(file)


def sync_folder(folder: Path) -> None:
    """A new file's name is on disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def unavailable(path: Path, error: OSError) -> StateUnavailable:
    return StateUnavailable(
        f"the journal {path} can't be written: {error.strerror}",
        hint="Nothing is sent that the journal doesn't hold. Free some space or mend the permissions, then run again.",
    )


EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def prune(folder: Path) -> None:
    """Delete the oldest runs beyond those that are kept: too many, or too much together."""
    paths = journals(folder)
    if not paths:
        return
    since = max(parse_time("", paths[-1].stem), EARLIEST) - COUNTED
    size = sum(size_of(path) for path in paths)
    for left, path in zip(range(len(paths), KEEP_ANYWAY, -1), paths, strict=False):
        if (left <= KEEP and size <= MOST_BYTES) or path.stem >= f"{since:%Y%m%dT%H%M%SZ}":
            return
        size -= size_of(path)
        path.unlink(missing_ok=True)


def size_of(path: Path) -> int:
    """In bytes; nothing for what is gone."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def journals(folder: Path) -> list[Path]:
    """The files of a journal folder, oldest first: their names begin with their time."""
    return sorted(path for path in folder.glob("*.jsonl") if path.is_file()) if folder.is_dir() else []


def follow(folder: Path, run: PastRun, by: str) -> None:
    """Note that a later run has looked after what an interrupted one left open."""
    path = folder / FOLDER / f"{run.run_id}.jsonl"
    try:
        file = os.open(path, os.O_WRONLY | os.O_APPEND)
    except OSError as error:
        raise unavailable(path, error) from None
    try:
        # A torn last line must not swallow this one.
        os.write(file, b"\n")
        append(file, {"type": "followed", "by": by})
    except OSError as error:
        raise unavailable(path, error) from None
    finally:
        os.close(file)


# --- reading ------------------------------------------------------------------------------------------------


def read_runs(folder: Path, *, since: datetime | None = None, newest: int = KEEP) -> list[PastRun]:
    """Past runs of a state folder, oldest first; `since` and `newest` leave others out without opening them."""
    paths = (journals_since(folder, since) if since else journals(folder / FOLDER))[-newest:]
    return [run for path in paths if (run := read_run(path))]


def journals_since(folder: Path, since: datetime) -> list[Path]:
    """The files of runs of a state folder that began no earlier, by their names."""
    first = f"{since:%Y%m%dT%H%M%SZ}"
    return [path for path in journals(folder / FOLDER) if path.stem >= first]


@dataclass(frozen=True, slots=True)
class SettledRun:
    """What the last line of a settled run says: nothing of it is in doubt."""

    is_first: bool
    failed: frozenset[tuple[Kind, str]]


LONGEST_ENDING = 1 << 18
"""Bytes; a longer last line is a reason to read the whole file."""


def read_ending(path: Path) -> SettledRun | None:
    """A settled run by its first and last line, however many changes it had; None when it has to be read as a whole."""
    try:
        with path.open("rb") as file:
            head = json.loads(file.readline(LONGEST_ENDING))
            file.seek(max(0, path.stat().st_size - LONGEST_ENDING))
            end = json.loads(file.read().rstrip(b"\n").rpartition(b"\n")[2])
        if head["format_version"] != FORMAT_VERSION or end["type"] != "end" or end["in_doubt"]:
            return None
        failed = frozenset((Kind(kind), str(key)) for kind, key in end["failed"])
        return SettledRun(head["is_first"] is True, failed)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def find_run(folder: Path, run_id: str) -> PastRun:
    """One past run by its id, or by a beginning that only one id has. Raises NotFoundInDirectory."""
    paths = journals(folder / FOLDER)
    named = [path for path in paths if path.stem == run_id]
    found = named or [path for path in paths if run_id and path.stem.startswith(run_id)]
    if len(found) != 1:
        what = "no run" if not found else f"{len(found)} runs"
        raise NotFoundInDirectory(f"the journal has {what} called {run_id}", hint="`jc1p history` lists them.")
    run = read_run(found[0])
    if run is None:
        raise NotFoundInDirectory(f"the journal of run {found[0].stem} can't be understood")
    return run


def read_run(path: Path) -> PastRun | None:
    """A run from its file; None, with a warning, when nothing in it can be understood or it is of another format.

    Raises:
        StateUnavailable: the file may not be read, so what it holds can't be left out.
    """
    records = list(read_records(path))
    heads = [record for record in records if record.get("type") == "run"]
    if not records or (heads and heads[0].get("format_version") != FORMAT_VERSION):
        log.warning("the journal %s is empty, damaged or of another format; it is left out", path.name)
        return None
    head = heads[0] if heads else {}
    results = {record["id"]: record for record in records
               if record.get("type") == "result" and isinstance(record.get("id"), int)}  # fmt: skip
    intents = [record for record in records if record.get("type") == "intent"]
    entries = [entry for record in intents if (entry := parse_entry(record, results))]
    followed = next((str(record.get("by")) for record in records if record.get("type") == "followed"), None)
    allowed = head.get("allowed")
    return PastRun(
        run_id=path.stem,
        command=str(head.get("command") or "run"),
        created_at=parse_time(str(head.get("created_at")), path.stem),
        planned=planned if isinstance(planned := head.get("planned"), int) else len(entries),
        entries=(*entries, *skipped_entries(entries, results)),
        ended=any(record.get("type") == "end" for record in records),
        followed_by=followed,
        allowed=allowed if isinstance(allowed, dict) else {},
        fingerprint=head.get("fingerprint"),
        is_first=head.get("is_first") is True,
    )


def parse_time(text: str, run_id: str) -> datetime:
    """When a run was, from its head or, where that is damaged, from its id; the beginning of time at the worst."""
    for words in (text, run_id.partition("-")[0]):
        try:
            found = datetime.fromisoformat(words)
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return datetime.min.replace(tzinfo=UTC)


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Every line that is a JSON object; a damaged one is told, not fatal."""
    damaged = 0
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StateUnavailable(
            f"the journal {path} can't be read: {error.strerror}",
            hint="Give this user the file: what was done in the last day counts in the guard.",
        ) from None
    for line in content.split(b"\n"):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if isinstance(record, dict):
            yield record
        else:
            damaged += 1
    if damaged:
        log.warning("%d damaged lines in the journal %s are ignored; the rest is used", damaged, path.name)


def parse_entry(record: Mapping[str, Any], results: Mapping[Any, Mapping[str, Any]]) -> Entry | None:
    """A change from its intent and its result, None when the intent makes no sense."""
    try:
        result = results.get(record["id"], {})
        return Entry(
            id=int(record["id"]),
            kind=Kind(record["kind"]),
            key=str(record["key"]),
            status=Status(result.get("status", Status.UNKNOWN)),
            user=record.get("user"),
            group=record.get("group"),
            jumpcloud_id=record.get("jumpcloud_id"),
            scim_id=result.get("scim_id") or record.get("scim_id"),
            reason=str(record.get("reason") or ""),
            attributes={
                name: Difference(each.get("before"), each.get("after"))
                for name, each in (record.get("attributes") or {}).items()
            },
            members=tuple(PastMember(**each) for each in record.get("members") or ()),
            error=result.get("error"),
            note=result.get("note"),
            awaits=bool(result.get("awaits")),
            existed=bool(result.get("existed")),
        )
    except (KeyError, ValueError, TypeError, AttributeError):
        log.warning("a line of the journal makes no sense and is ignored: change %s", record.get("id"))
        return None


def skipped_entries(entries: Iterable[Entry], results: Mapping[Any, Mapping[str, Any]]) -> list[Entry]:
    """Changes that were never begun have a result that names them, and no intent."""
    begun = {entry.id for entry in entries}
    return [
        Entry(id=int(id_), kind=Kind(result["kind"]), key="", status=Status.SKIPPED, user=result.get("user"),
              group=result.get("group"), error=result.get("error"))
        for id_, result in results.items()
        if id_ not in begun and result.get("kind") in set(Kind)
    ]  # fmt: skip
