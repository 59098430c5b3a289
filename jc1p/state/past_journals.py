"""Reads the journals of earlier runs: a damaged or incomplete line is skipped with a warning, and the rest is used."""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from jc1p.core.commands import Command
from jc1p.core.past_runs import CANARY, Entry, PastMember, PastRun, Status
from jc1p.core.plan import Difference, Kind
from jc1p.errors import NotFoundInDirectory, StateUnavailable
from jc1p.runtime.bounded_read import LARGEST_DOCUMENT, bounded_lines, open_bounded
from jc1p.state.journal import FOLDER, FORMAT_VERSION, KEEP, SEEN_ACTIVE, parse_time
from jc1p.state.run_order import journals

log = logging.getLogger("jc1p.journal")


def read_runs(folder: Path, *, since: datetime | None = None, newest: int = KEEP) -> list[PastRun]:
    """Past runs of a state folder, oldest first; `since` and `newest` skip others without opening them."""
    paths = (journals_since(folder, since) if since else journals(folder / FOLDER))[-newest:]
    return [run for path in paths if (run := read_run(path))]


def journals_since(folder: Path, since: datetime) -> list[Path]:
    """The journal files of runs that began at `since` or later, by their names."""
    first = f"{since:%Y%m%dT%H%M%SZ}"
    return [path for path in journals(folder / FOLDER) if path.stem >= first]


def runs_after(folder: Path, run_id: str) -> list[PastRun]:
    """The runs that began after a certain run, oldest first; canaries only change their own user and group."""
    paths = journals(folder / FOLDER)
    after = [path.stem for path in paths].index(run_id) + 1 if folder / FOLDER / f"{run_id}.jsonl" in paths else 0
    return [run for path in paths[after:] if (run := read_run(path))]


class SettledRun(NamedTuple):
    """The ending of a settled run, in which no result is unknown."""

    is_first: bool
    failed: frozenset[tuple[Kind, str]]


LONGEST_ENDING = 1 << 18
"""In bytes; if the last line is longer, the whole file is read."""


def read_ending(path: Path) -> SettledRun | None:
    """A settled run from its first and last line, with any number of changes; None if the whole file is needed."""
    try:
        with open_bounded(path) as file:
            head = json.loads(file.readline(LONGEST_ENDING))
            file.seek(max(0, path.stat().st_size - LONGEST_ENDING))
            lines = map(json.loads, filter(None, reversed(file.read().split(b"\n"))))
        end: dict[str, Any] = next((line for line in lines if line["type"] != SEEN_ACTIVE), {})
        if head["format_version"] != FORMAT_VERSION or end["type"] != "end" or end["in_doubt"] != 0:
            return None
        failed = frozenset((Kind(kind), str(key)) for kind, key in end["failed"])
        return SettledRun(head["is_first"] is True, failed)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def is_canary(path: Path) -> bool:
    """Whether a journal is a canary's, by its first line; False if it can't be read."""
    try:
        with open_bounded(path) as file:
            head = json.loads(file.readline(LONGEST_ENDING))
        return bool(head["command"] == CANARY)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


LAST = "last"


def last_run(folder: Path) -> PastRun:
    """The newest run that applied something, or may have, except rollbacks and canaries. Raises NotFoundInDirectory."""
    for path in reversed(journals(folder / FOLDER)):
        run = read_run(path)
        if run and run.command not in {Command.ROLLBACK, CANARY} and run.may_have_changed:
            return run
    raise NotFoundInDirectory(
        f"the journal in {folder} has no run that made changes", hint="`jc1p history` lists all runs."
    )


def find_run(folder: Path, run_id: str) -> PastRun:
    """A past run by its id, by a unique beginning of an id, or `last`. Raises NotFoundInDirectory."""
    if run_id == LAST:
        return last_run(folder)
    paths = journals(folder / FOLDER)
    named = [path for path in paths if path.stem == run_id]
    found = named or [path for path in paths if run_id and path.stem.startswith(run_id)]
    if len(found) != 1:
        if found:
            hint = "Enter more of the id. `jc1p history` lists the ids."
            raise NotFoundInDirectory(f"the ids of {len(found)} runs begin with {run_id}", hint=hint)
        raise NotFoundInDirectory(f"the journal has no run with the id {run_id}", hint="`jc1p history` lists the ids.")
    run = read_run(found[0])
    if run is None:
        raise NotFoundInDirectory(f"the journal of run {found[0].stem} is damaged")
    return run


class Result(NamedTuple):
    """The result of a change, as its line says; `user` and `group` name the subject if the intent's line is lost."""

    status: Status
    kind: str | None
    user: str | None
    group: str | None
    scim_id: str | None
    error: str | None
    note: str | None
    awaits: bool
    existed: bool


def read_run(path: Path) -> PastRun | None:
    """A run from its file; None, with a warning, if nothing in it can be read or it has another format.

    An empty file is None without one: its run ended before the first line, and had sent nothing.

    Raises:
        StateUnavailable: the file can't be opened, so its content can't be ignored.
    """
    lines = Lines()
    # Line by line: all lines of a first sync of 50,000 users as dictionaries would take 400 MB.
    for record in read_records(path):
        lines.take(record)
    head, intents, results = lines.head, lines.intents, lines.results
    if lines.is_empty and not path.stat().st_size:
        return None
    if lines.is_empty or head.get("format_version", FORMAT_VERSION) != FORMAT_VERSION:
        log.warning("the journal %s is empty, damaged or of another format; it is ignored", path.name)
        return None
    allowed, planned = head.get("allowed"), head.get("planned")
    return PastRun(
        run_id=path.stem,
        command=words(head.get("command")) or "run",
        created_at=parse_time(str(head.get("created_at")), path.stem),
        planned=planned if isinstance(planned, int) else len(intents),
        entries=(*(with_result(each, results.get(each.id)) for each in intents), *skipped_entries(intents, results)),
        ended=lines.ended,
        followed_by=lines.followed_by,
        allowed={limit: to for limit, to in allowed.items() if isinstance(to, int)}
        if isinstance(allowed, dict)
        else {},
        fingerprint=words(head.get("fingerprint")),
        is_first=head.get("is_first") is True,
        reference=words(head.get("reference")),
        actor=words(head.get("actor")),
        seen_active=frozenset(lines.seen),
    )


class Lines:
    """What the lines of a journal say so far. `head` is empty until its line came."""

    def __init__(self) -> None:
        self.head: Mapping[str, Any] = {}
        self.intents: list[Entry] = []
        self.results: dict[int, Result] = {}
        self.followed_by: str | None = None
        self.seen: set[str] = set()
        self.ended, self.is_empty = False, True
        self._shared = Shared()

    def take(self, record: Mapping[str, Any]) -> None:
        """The next line."""
        self.is_empty = False
        match record.get("type"):
            case "run" if not self.head and isinstance(record.get("format_version"), int):
                self.head = record
            case "intent":
                if intent := parse_intent(record, self._shared):
                    self.intents.append(intent)
            case "result" if is_result(record):
                self.results[record["id"]] = parse_result(record, self._shared)
            case "followed":
                self.followed_by = self.followed_by or str(record.get("by"))
            case "end":
                self.ended = True
            case _:
                self.seen.update(seen_in(record))


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Every line that is a JSON object; a damaged line causes a warning only.

    Raises:
        StateUnavailable: the file can't be opened, so its content can't be ignored.
    """
    damaged = 0
    try:
        with open_bounded(path) as file:
            for line in bounded_lines(file, LARGEST_DOCUMENT):
                record = parse_line(line)
                if isinstance(record, dict):
                    yield record
                else:
                    damaged += bool(line.strip())
    except OSError as error:
        raise StateUnavailable(
            f"cannot read the journal {path}: {error.strerror}",
            hint="Make the file readable for this user: the safety limits count the changes of the last 24 hours.",
        ) from None
    if damaged:
        log.warning("%d damaged lines in the journal %s are ignored; the rest is used", damaged, path.name)


def parse_line(line: bytes) -> object:
    """A line as JSON; None if it is not JSON."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


STATUSES = frozenset(status.value for status in Status)


def is_result(record: Mapping[str, Any]) -> bool:
    """Whether a line is the result of a change. A damaged result stays unknown, or as in an earlier line."""
    status = record.get("status")
    return (
        record.get("type") == "result"
        and isinstance(record.get("id"), int)
        and isinstance(status, str)
        and status in STATUSES
    )


def seen_in(record: Mapping[str, Any]) -> Iterable[str]:
    """The ids in a line that says which accounts were seen active again."""
    ids = record.get("scim_ids") if record.get("type") == SEEN_ACTIVE else None
    return filter(None, map(words, ids)) if isinstance(ids, list) else ()


def words(value: object) -> str | None:
    """Text; None for anything else, such as a number in place of an address."""
    return value if isinstance(value, str) else None


class Shared:
    """One object for equal texts and members: a first sync names each user once for each group."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def text(self, value: object) -> str | None:
        """A text; None for anything else."""
        return self._known.setdefault(value, value) if isinstance(value, str) else None

    def member(self, record: Mapping[str, Any]) -> PastMember:
        """A member of a change. Raises KeyError and TypeError."""
        member = PastMember(str(record["key"]), str(record["email"]), words(record["scim_id"]))
        return self._known.setdefault(member, member)  # type: ignore[no-any-return]


def parse_intent(record: Mapping[str, Any], shared: Shared) -> Entry | None:
    """A planned change without its result; None if the line is invalid."""
    try:
        return Entry(
            id=number_of(record["id"]),
            kind=Kind(record["kind"]),
            key=str(record["key"]),
            status=Status.UNKNOWN,
            user=shared.text(record.get("user")),
            group=shared.text(record.get("group")),
            jumpcloud_id=words(record.get("jumpcloud_id")),
            scim_id=shared.text(record.get("scim_id")),
            reason=shared.text(record.get("reason")) or "",
            attributes={
                name: Difference(simple(each.get("before")), simple(each.get("after")))
                for name, each in (record.get("attributes") or {}).items()
            },
            members=tuple(map(shared.member, record.get("members") or ())),
        )
    except (KeyError, ValueError, TypeError, AttributeError):
        log.warning("a line of the journal is invalid and is ignored: change %s", str(record.get("id"))[:20])
        return None


def parse_result(record: Mapping[str, Any], shared: Shared) -> Result:
    """The line of a result that `is_result` accepts."""
    return Result(
        Status(record["status"]), shared.text(record.get("kind")), shared.text(record.get("user")),
        shared.text(record.get("group")), words(record.get("scim_id")), words(record.get("error")),
        words(record.get("note")), record.get("awaits") is True, record.get("existed") is True,
    )  # fmt: skip


def with_result(entry: Entry, result: Result | None) -> Entry:
    """A change with its result; without one, it stays unknown."""
    if result is None:
        return entry
    return entry._replace(
        status=result.status, scim_id=result.scim_id or entry.scim_id, error=result.error, note=result.note,
        awaits=result.awaits, existed=result.existed,
    )  # fmt: skip


def number_of(value: object) -> int:
    """The number of a change. Raises TypeError for anything else, such as 1e999."""
    if not isinstance(value, int):
        raise TypeError(value)
    return value


def simple(value: object) -> str | bool | None:
    """A value that an attribute can have. Raises TypeError for anything else, since a rollback would send it."""
    if value is None or isinstance(value, str | bool):
        return value
    raise TypeError(value)


def skipped_entries(entries: Iterable[Entry], results: Mapping[int, Result]) -> list[Entry]:
    """Changes without an intent whose result names them: never started, or the line of their intent is damaged."""
    begun, kinds = {entry.id for entry in entries}, {kind.value: kind for kind in Kind}
    return [
        Entry(id=id_, kind=kind, key="", status=result.status, user=result.user, group=result.group,
              scim_id=result.scim_id, error=result.error)
        for id_, result in results.items()
        if id_ not in begun and (kind := kinds.get(result.kind or ""))
    ]  # fmt: skip
