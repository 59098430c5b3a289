"""What jc1p remembers between runs: links, writes that wait, who is missing since when, the last good run.

SQLite, one file per pair of accounts, beside the lock that keeps two runs apart. A hint, never the truth:
what losing it costs is in docs/lifecycle.md, and a damaged file is set aside with a warning. No secrets.
"""

import hashlib
import logging
import os
import re
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from jc1p.core.matching import Links
from jc1p.core.policy import Memory, Request
from jc1p.errors import Locked, StateUnavailable

log = logging.getLogger("jc1p.state")

SCHEMA_VERSION = 1
NO_DAMAGE = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
     sqlite3.SQLITE_FULL, sqlite3.SQLITE_LOCKED}
)  # fmt: skip
"""Errors about the folder or another program; setting the file aside would lose it for nothing."""

SCHEMA = """
CREATE TABLE links (
    kind TEXT NOT NULL CHECK (kind IN ('user', 'group')),
    jumpcloud_id TEXT NOT NULL,
    scim_id TEXT NOT NULL,
    PRIMARY KEY (kind, jumpcloud_id),
    UNIQUE (kind, scim_id)
);
CREATE TABLE requests (
    scim_id TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,
    first_sent TEXT NOT NULL,
    runs INTEGER NOT NULL,
    PRIMARY KEY (scim_id, attribute)
);
CREATE TABLE absences (scim_id TEXT PRIMARY KEY, since TEXT NOT NULL);
CREATE TABLE added (group_id TEXT NOT NULL, account_id TEXT NOT NULL, PRIMARY KEY (group_id, account_id));
CREATE TABLE good_runs (scope TEXT PRIMARY KEY, people INTEGER NOT NULL, at TEXT NOT NULL);
"""


def state_folder(root: Path, jumpcloud: str, bridge: str) -> Path:
    """The subfolder of one pair of accounts: readable in part, unambiguous by a digest."""
    digest = hashlib.sha256(f"{jumpcloud}\n{bridge}".encode()).hexdigest()[:12]
    host = bridge.partition("://")[2].partition("/")[0].replace(":", "_")
    return root / f"{host}-{digest}"


class State:
    """The open state of one pair of accounts. Every write is committed when the method returns, but see `in_batches`.

    Every method raises StateUnavailable when the file can't be used.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._in_batch = False

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._told_as_unavailable():
            if self._in_batch:
                yield self._connection
                return
            with self._connection:
                yield self._connection

    @contextmanager
    def _told_as_unavailable(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            hint = "Free the folder or its disk; a damaged state.db may be deleted: links are found again by reading."
            raise unavailable(self._path, str(error), hint) from None

    def proven(self, since: datetime) -> frozenset[str]:
        """What has proved itself since then, such as a quicker way to read; nothing in files from before."""
        with self._transaction() as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'proofs'").fetchone():
                return frozenset()
            rows = db.execute("SELECT name, at FROM proofs").fetchall()
        return frozenset(name for name, at in rows if datetime.fromisoformat(at) >= since)

    def remember_proofs(self, proofs: Mapping[str, bool], at: datetime) -> None:
        """Note what was put to the test: what held is believed from now on, what didn't no longer."""
        with self._transaction() as db:
            db.execute("CREATE TABLE IF NOT EXISTS proofs (name TEXT PRIMARY KEY, at TEXT NOT NULL)")
            for name, held in proofs.items():
                db.execute("DELETE FROM proofs WHERE name = ?", (name,))
                if held:
                    db.execute("INSERT INTO proofs VALUES (?, ?)", (name, at.isoformat()))

    @contextmanager
    def in_batches(self) -> Iterator[None]:
        """Commit where `commit` is called, and at the end: waiting for the disk each time costs more than sending.

        What a run that is killed hadn't committed is found again by reading.
        """
        was, self._in_batch = self._in_batch, True
        try:
            yield
        finally:
            self._in_batch = was
            self.commit()

    def commit(self) -> None:
        """Have everything on disk that was remembered so far."""
        with self._told_as_unavailable():
            self._connection.commit()

    def links(self) -> Links:
        """Everything linked so far."""
        found: dict[str, dict[str, str]] = {"user": {}, "group": {}}
        with self._transaction() as db:
            for kind, jumpcloud_id, scim_id in db.execute("SELECT kind, jumpcloud_id, scim_id FROM links"):
                # The same objects as the lists of both services give: these ids come with each of them.
                found[kind][sys.intern(jumpcloud_id)] = sys.intern(scim_id)
        return Links(users=found["user"], groups=found["group"])

    def memory(self, *, with_added: bool = True) -> Memory:
        """Writes sent before, absences, and (where 1Password doesn't show them itself) members put into groups."""
        with self._transaction() as db:
            requests = {
                (scim_id, attribute): Request(value, datetime.fromisoformat(sent), runs)
                for scim_id, attribute, value, sent, runs in db.execute(
                    "SELECT scim_id, attribute, value, first_sent, runs FROM requests"
                )
            }
            absences = {
                scim_id: datetime.fromisoformat(since)
                for scim_id, since in db.execute("SELECT scim_id, since FROM absences")
            }
            added: dict[str, set[str]] = defaultdict(set)
            for group_id, account_id in db.execute("SELECT group_id, account_id FROM added") if with_added else ():
                added[group_id].add(sys.intern(account_id))
        return Memory(requests, absences, {group_id: frozenset(ids) for group_id, ids in added.items()})

    def remember_links(self, kind: str, links: Mapping[str, str]) -> None:
        """Record links (kind "user" or "group"); a link that moved replaces the old one on both ends."""
        with self._transaction() as db:
            for jumpcloud_id, scim_id in links.items():
                db.execute(
                    "DELETE FROM links WHERE kind = ? AND (jumpcloud_id = ? OR scim_id = ?)",
                    (kind, jumpcloud_id, scim_id),
                )
                db.execute("INSERT INTO links VALUES (?, ?, ?)", (kind, jumpcloud_id, scim_id))

    def forget_links(self, kind: str, jumpcloud_ids: Iterable[str]) -> None:
        """Drop links whose account or group 1Password no longer has."""
        with self._transaction() as db:
            db.executemany(
                "DELETE FROM links WHERE kind = ? AND jumpcloud_id = ?", [(kind, id_) for id_ in jumpcloud_ids]
            )

    def remember_request(self, scim_id: str, attribute: str, value: str, at: datetime) -> None:
        """Note that a value was sent; sending the same value again counts one more run."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO requests VALUES (?1, ?2, ?3, ?4, 1) ON CONFLICT DO UPDATE SET "
                "runs = CASE WHEN value = ?3 THEN runs + 1 ELSE 1 END, "
                "first_sent = CASE WHEN value = ?3 THEN first_sent ELSE ?4 END, value = ?3",
                (scim_id, attribute, value, at.isoformat()),
            )

    def forget_requests(self, kept: Iterable[tuple[str, str]]) -> None:
        """Drop requests that 1Password shows as carried out."""
        with self._transaction() as db:
            db.executemany("DELETE FROM requests WHERE scim_id = ? AND attribute = ?", kept)

    def remember_absences(self, scim_ids: Iterable[str], at: datetime) -> None:
        """Note since when people are missing; those who are back are forgotten."""
        absent = set(scim_ids)
        with self._transaction() as db:
            known = {row[0] for row in db.execute("SELECT scim_id FROM absences")}
            db.executemany("DELETE FROM absences WHERE scim_id = ?", [(id_,) for id_ in known - absent])
            db.executemany("INSERT INTO absences VALUES (?, ?)", [(id_, at.isoformat()) for id_ in absent - known])

    def remember_members(self, group_id: str, *, added: Iterable[str] = (), removed: Iterable[str] = ()) -> None:
        """Note whom jc1p put into a group or took out of it."""
        with self._transaction() as db:
            db.executemany("INSERT OR IGNORE INTO added VALUES (?, ?)", [(group_id, id_) for id_ in added])
            db.executemany(
                "DELETE FROM added WHERE group_id = ? AND account_id = ?",
                [(group_id, id_) for id_ in removed],
            )

    def people_before(self, scope: str) -> int | None:
        """People in scope in the last good run under the same scope, None when there was none."""
        with self._transaction() as db:
            row = db.execute("SELECT people FROM good_runs WHERE scope = ?", (scope,)).fetchone()
        return int(row[0]) if row else None

    def has_good_run(self) -> bool:
        """Whether any run has read everything and been allowed, under any scope."""
        with self._transaction() as db:
            return db.execute("SELECT 1 FROM good_runs").fetchone() is not None

    def remember_good_run(self, scope: str, people: int, at: datetime) -> None:
        """Note a complete run that was not narrowed."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO good_runs VALUES (?, ?, ?)", (scope, people, at.isoformat()))


@contextmanager
def hold_lock(folder: Path, holder: str) -> Iterator[None]:
    """Be the only run against this pair of accounts on this host; a killed run frees it.

    Raises:
        Locked: another run holds it; names that run, as far as it is known.
        StateUnavailable: the folder can't be used.
    """
    make_folder(folder)
    note = folder / "run.holder"
    lock = FileLock(folder / "run.lock", timeout=0)
    try:
        lock.acquire()
        note.write_text(f"{holder} (process {os.getpid()})", encoding="utf-8")
    except Timeout:
        raise Locked(
            f"{holder_in(note)} is under way", hint="Wait for it to end; nothing was read or changed."
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
    process = re.search(r"\(process (\d+)\)$", holder)
    return holder if process is None or is_alive(int(process[1])) else None


def is_alive(process: int) -> bool:
    """A killed run leaves its note behind, and nobody in it."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
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
        return note.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "another run"


@contextmanager
def open_state(folder: Path, *, read_only: bool = False) -> Iterator[State]:
    """Open the state of a folder, made when missing; `read_only` reads what is there and writes nothing.

    A damaged or newer file is set aside (or, when reading only, ignored) with a warning.

    Raises:
        StateUnavailable: it can't be read, or (not `read_only`) not be written.
    """
    path = folder / "state.db"
    try:
        state = State(connect(path, read_only=read_only), path)
    except (OSError, sqlite3.Error) as error:
        raise unavailable(path, getattr(error, "strerror", None) or str(error)) from None
    try:
        yield state
    finally:
        state.close()


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    if read_only and not path.exists():
        return fresh(":memory:")
    if not read_only:
        make_folder(path.parent)
    try:
        return usable(path, read_only=read_only)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in NO_DAMAGE:
            raise unavailable(path, str(error)) from None
        log.warning("the state file is damaged or from another version (%s); starting without it", error)
        if read_only:
            return fresh(":memory:")
    aside = path.with_name(f"{path.name}.damaged")
    path.replace(aside)
    log.warning("it was set aside as %s", aside.name)
    return usable(path, read_only=False)


def make_folder(folder: Path) -> None:
    """Raises StateUnavailable."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / ".writable").touch()
        (folder / ".writable").unlink()
    except OSError as error:
        raise unavailable(folder, error.strerror or str(error)) from None


UNUSABLE = "Give this user the folder, or name another one in state.path; nothing was read or changed."


def unavailable(path: Path, why: str, hint: str = UNUSABLE) -> StateUnavailable:
    return StateUnavailable(f"the state in {path} can't be used: {why}", hint=hint)


def usable(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """A connection to a file of our schema version, tried for writing too unless `read_only`.

    Raises:
        sqlite3.DatabaseError: anything else.
    """
    connection = connect_for_reading(path) if read_only else sqlite3.connect(path)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0 and not connection.execute("SELECT 1 FROM sqlite_master").fetchone() and not read_only:
            create_schema(connection)
        elif version != SCHEMA_VERSION:
            raise sqlite3.DatabaseError(f"schema version {version}")  # noqa: TRY301 - closed below like any other
        connection.execute("SELECT count(*) FROM links").fetchone()
        if not read_only:
            write_something(connection)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def connect_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing.

    A run that was killed in the middle of a write leaves what SQLite has to roll back before anybody can read;
    for that the file is opened for writing, and only for that.
    """
    is_hot = path.with_name(f"{path.name}-journal").exists()
    mode = "rw" if is_hot and os.access(path, os.W_OK) else "ro"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)
    connection.execute("PRAGMA query_only = ON")
    return connection


def write_something(connection: sqlite3.Connection) -> None:
    """A file that is read only or held by another program, or a full disk, is found out before anything is changed.

    A real write: on a read-only file SQLite begins even an immediate transaction without complaint.
    """
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def fresh(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(name)
    create_schema(connection)
    return connection


def create_schema(connection: sqlite3.Connection) -> None:
    connection.executescript(SCHEMA)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.commit()
