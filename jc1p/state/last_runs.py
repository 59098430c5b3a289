"""The results of the last runs, in one small file of the state folder: all that `jc1p status` has to read.

A hint, like all state. Written as a whole at the end of each run. An invalid file counts as missing; then the journal's
file names provide what they can. Reading needs little more than the standard library, so it is quick.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from jc1p.core.nothing import NOTHING
from jc1p.errors import StateUnavailable
from jc1p.runtime.bounded_read import open_bounded, read_bounded
from jc1p.state.run_order import journals

NAME = "last_runs.json"
FORMAT_VERSION = 1
LARGEST_FILE = 5_000_000
SQLITE = b"SQLite format 3\0"
LONGEST_LINE = 1 << 16

USAGE, CONFIG, STATE = "usage", "config", "state"
"""What a run with exit code 2 was about."""


class LastRun(NamedTuple):
    """One run. `result` is a sentence; `exit_code` is None if the run never ended or the code is unknown.

    `trouble` is what exit code 2 was about, "" if it is unknown or the code is another.
    """

    command: str
    run_id: str
    at: datetime
    result: str
    exit_code: int | None = None
    trouble: str = ""


class LimitUse(NamedTuple):
    """A safety limit; `steps` are the counts, each with the time until which it applies."""

    limit: str
    allowed: int
    steps: tuple[tuple[datetime, int], ...] = ()

    def used(self, now: datetime) -> int:
        """How much the 24 hours before a moment used."""
        return next((number for until, number in self.steps if now < until), 0)


class LastRuns(NamedTuple):
    """The last run, the last good run of each command, and what they left: held, waiting, and the use of limits.

    `waiting` are (user, new email, since) and `grace` (user, end). `config` is a digest of the configuration's text.
    `journal` is the newest journal at that time, "" if there was none, None if an older version wrote the file.
    """

    last: LastRun | None = None
    good: Mapping[str, LastRun] = NOTHING
    organization: str | None = None
    config: str = ""
    held: Mapping[str, int] = NOTHING
    waiting: tuple[tuple[str, str, datetime], ...] = ()
    grace: tuple[tuple[str, datetime], ...] = ()
    limits: tuple[LimitUse, ...] = ()
    journal: str | None = None

    @property
    def last_good(self) -> LastRun | None:
        """The newest good run that may change something; a drift check counts only if no such command runs."""
        applying = [run for command, run in self.good.items() if command != "drift"]
        return max(applying or self.good.values(), key=lambda run: run.at, default=None)


class Seen(NamedTuple):
    """The last runs in a state folder, and problems with reading them."""

    runs: LastRuns
    warnings: tuple[str, ...] = ()


def look_at_runs(folder: Path, *, under_way: str | None = None) -> Seen:
    """The last runs of a state folder; `under_way` is a run in progress."""
    warnings = [f"{folder / 'state.db'} is damaged; the next run moves it away"] if is_damaged(folder) else []
    try:
        runs = read_last_runs(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError):
        warnings.append(f"{folder / NAME} cannot be read; the next run writes it again")
        runs = None
    known = runs or LastRuns(good=good_run_in_state(folder))
    newest = newest_journal(folder, under_way)
    if newest and is_unknown(newest.stem, known):
        known = known._replace(last=run_in_journal(newest))
    return Seen(known, tuple(warnings))


def is_unknown(newest: str, known: LastRuns) -> bool:
    """Whether the newest run isn't in the file: killed, unable to write it, or of a version that doesn't write it.

    Ids are compared only for files of older versions: after a run whose clock was ahead, later runs have lower ids.
    """
    if known.journal is not None:
        return newest != known.journal
    return known.last is None or newest > known.last.run_id


def read_last_runs(folder: Path) -> LastRuns | None:
    """The content of the file, None if there is none. Raises ValueError, KeyError and others if it is invalid."""
    path = folder / NAME
    try:
        noted = json.loads(read_bounded(path, LARGEST_FILE))
    except FileNotFoundError:
        return None
    if noted["format_version"] != FORMAT_VERSION:
        raise ValueError(noted["format_version"])
    return LastRuns(
        last=parse_run(noted["last"]) if noted["last"] else None,
        good={str(command): parse_run(run) for command, run in noted["good"].items()},
        organization=word(noted["organization"]) if noted["organization"] is not None else None,
        config=word(noted["config"]),
        held={str(code): number(count) for code, count in noted["held"].items()},
        waiting=tuple((word(user), word(to), moment(since)) for user, to, since in noted["waiting"]),
        grace=tuple((word(user), moment(at)) for user, at in noted["grace"]),
        limits=tuple(
            LimitUse(word(name), number(allowed), tuple((moment(at), number(used)) for at, used in steps))
            for name, allowed, steps in noted["limits"]
        ),
        journal=None if noted.get("journal") is None else word(noted["journal"]),
    )


def write_last_runs(folder: Path, runs: LastRuns) -> None:
    """Write all of it or nothing. Raises OSError."""
    from jc1p.runtime.atomic_write import write_whole  # noqa: PLC0415 - reading does without

    noted = {
        "format_version": FORMAT_VERSION,
        "last": runs.last and run_row(runs.last),
        "good": {command: run_row(run) for command, run in runs.good.items()},
        "organization": runs.organization,
        "config": runs.config,
        "held": dict(runs.held),
        "waiting": [[user, to, since.isoformat()] for user, to, since in runs.waiting],
        "grace": [[user, at.isoformat()] for user, at in runs.grace],
        "limits": [
            [each.limit, each.allowed, [[at.isoformat(), used] for at, used in each.steps]] for each in runs.limits
        ],
        "journal": runs.journal,
    }
    write_whole(folder / NAME, json.dumps(noted))


def run_row(run: LastRun) -> dict[str, Any]:
    return {
        "command": run.command, "run_id": run.run_id, "at": run.at.isoformat(), "result": run.result,
        "exit_code": run.exit_code, "trouble": run.trouble,
    }  # fmt: skip


def parse_run(row: Mapping[str, Any]) -> LastRun:
    code = row["exit_code"]
    return LastRun(
        word(row["command"]), word(row["run_id"]), moment(row["at"]), word(row["result"]),
        None if code is None else number(code), word(row.get("trouble", "")),
    )  # fmt: skip


def word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def number(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise TypeError(value)
    return value


def moment(value: object) -> datetime:
    found = datetime.fromisoformat(word(value))
    if found.tzinfo is None:
        raise ValueError(value)
    return found.astimezone(UTC)


# --- without the file ---------------------------------------------------------------------------------------


def is_damaged(folder: Path) -> bool:
    """True for a state.db that is not a database."""
    try:
        with open_bounded(folder / "state.db") as file:
            begin = file.read(len(SQLITE))
    except OSError:
        return False
    return bool(begin) and begin != SQLITE


def newest_journal(folder: Path, under_way: str | None) -> Path | None:
    """The journal of the run that began last, except one in progress; None if there is none, or it can't be read."""
    try:
        return next((path for path in reversed(journals(folder / "journal")) if path.stem != under_way), None)
    except (OSError, StateUnavailable):
        return None


def run_in_journal(path: Path) -> LastRun:
    """A run from the first and the last line of its journal."""
    head, end = first_and_last(path)
    ended = {"end": "ended", "followed": "interrupted, and completed by a later run"}
    return LastRun(
        command=str(head.get("command") or "run"),
        run_id=path.stem,
        at=time_of(path.stem),
        result=ended.get(str(end.get("type")), "interrupted"),
    )


def first_and_last(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both lines as objects, empty if they are invalid."""
    try:
        with open_bounded(path) as file:
            first = file.readline(LONGEST_LINE)
            file.seek(max(0, path.stat().st_size - LONGEST_LINE))
            last = file.read().rstrip(b"\n").rpartition(b"\n")[2]
    except OSError:
        return {}, {}
    return as_object(first), as_object(last)


def as_object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def time_of(run_id: str) -> datetime:
    """When a run began, by its id; the earliest possible time if the id is invalid."""
    try:
        return datetime.strptime(run_id.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)


def good_run_in_state(folder: Path) -> dict[str, LastRun]:
    """The last good run in state.db, from before this file existed."""
    import sqlite3  # noqa: PLC0415 - hardly ever needed

    path = folder / "state.db"
    if not path.is_file():
        return {}
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            (at,) = connection.execute("SELECT max(at) FROM good_runs").fetchone()
        finally:
            connection.close()
        return {"sync": LastRun("sync", "", moment(at), "ended", 0)} if at else {}
    except (sqlite3.Error, ValueError, TypeError):
        return {}
