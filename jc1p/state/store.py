"""What jc1p remembers between runs: links, waiting writes, since when users are missing, the last good run.

One SQLite file per pair of accounts, beside the lock that prevents parallel runs. A hint, never the truth:
docs/lifecycle.md says what losing it costs. A damaged file is set aside with a warning. Contains no secrets.
"""

import sqlite3
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from jc1p.core.matching import Links
from jc1p.core.plan import Kind
from jc1p.core.policy import Memory, Request, SuspendedBy, Suspension
from jc1p.state.database import connect
from jc1p.state.group_names import replace_group_names
from jc1p.state.own_folder import unavailable
from jc1p.state.tables import (  # fmt: skip
    ABSENCES,
    ADDED,
    FILLED,
    GOOD_RUNS,
    LINKS,
    MEMBER_WRITES,
    NAMES,
    REQUESTS,
    SUSPENSIONS,
    Table,
    largest_count,
    moment,
    take_rows,
    whole,
    words,
)

ORGANIZATION = "organization"
NAME_KEPT = timedelta(days=30)
"""How long the organization's name is used without reading it again."""


class State:
    """The open state of one pair of accounts. Every write is committed when the method returns, except in `in_batches`.

    Every method raises StateUnavailable if the file can't be used. `damage` says what was wrong with a file that was
    set aside, "" if nothing was.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, damage: str = "") -> None:
        self._connection = connection
        self._path = path
        self.damage = damage
        self._in_batch = False
        self._links: Links | None = None

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
            hint = "Check the folder's permissions and disk space. A damaged state.db can be deleted."
            raise unavailable(self._path, str(error), hint) from None

    @contextmanager
    def in_batches(self) -> Iterator[None]:
        """Commit only on `commit` and at the end: waiting for the disk each time takes longer than sending.

        If a run is killed, reading finds again what it hadn't committed.
        """
        was, self._in_batch = self._in_batch, True
        try:
            yield
        finally:
            self._in_batch = was
            self.commit()

    def commit(self) -> None:
        """Make sure that everything remembered so far is on disk."""
        with self._told_as_unavailable():
            self._connection.commit()

    def take(self, table: Table, parse: Callable[..., None], *, first: str | int | None = None) -> None:
        """Pass every row of a table to `parse`, as `take_rows` does."""
        with self._transaction() as db:
            take_rows(db, table, parse, first=first)

    def largest(self, table: Table, *columns: str) -> int:
        """The largest count in these columns, 0 where there is none."""
        with self._transaction() as db:
            return largest_count(db, table, columns)

    def put(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Execute a statement once for each row."""
        with self._transaction() as db:
            db.executemany(statement, rows)

    def links(self) -> Links:
        """All links, read once until they change."""
        if self._links:
            return self._links
        found: dict[str, dict[str, str]] = {"user": {}, "group": {}}

        def parse(kind: str, jumpcloud_id: str, scim_id: str) -> None:
            # Reuse the id objects of both services' lists: each list contains these ids.
            found[kind][sys.intern(jumpcloud_id)] = sys.intern(scim_id)

        self.take(LINKS, parse)
        self._links = Links(users=found["user"], groups=found["group"])
        return self._links

    def memory(self, *, with_added: bool = True) -> Memory:
        """Writes sent before, absences, and (if 1Password doesn't show them) members added to groups."""
        requests: dict[tuple[str, str], Request] = {}
        absences: dict[str, datetime] = {}
        added: dict[str, set[str]] = defaultdict(set)

        def parse_request(scim_id: str, attribute: str, value: str, sent: str, runs: int) -> None:
            requests[words(scim_id), words(attribute)] = Request(words(value), moment(sent), whole(runs))

        def parse_absence(scim_id: str, since: str) -> None:
            absences[words(scim_id)] = moment(since)

        def parse_added(group_id: str, account_id: str) -> None:
            added[words(group_id)].add(sys.intern(account_id))

        self.take(REQUESTS, parse_request)
        self.take(ABSENCES, parse_absence)
        if with_added:
            self.take(ADDED, parse_added)
        put_in = {group_id: frozenset(ids) for group_id, ids in added.items()}
        return Memory(requests, absences, put_in, self.suspensions())

    def remember_links(self, kind: str, links: Mapping[str, str]) -> None:
        """Record links (kind "user" or "group"); a changed link replaces the old one on both ends."""
        if not links:
            return
        self._links = None
        with self._transaction() as db:
            for jumpcloud_id, scim_id in links.items():
                db.execute(
                    "DELETE FROM links WHERE kind = ? AND (jumpcloud_id = ? OR scim_id = ?)",
                    (kind, jumpcloud_id, scim_id),
                )
                db.execute("INSERT INTO links VALUES (?, ?, ?)", (kind, jumpcloud_id, scim_id))

    def forget_links(self, kind: str, jumpcloud_ids: Iterable[str]) -> None:
        """Delete links whose account or group 1Password no longer has."""
        if gone := [(kind, id_) for id_ in jumpcloud_ids]:
            self._links = None
            self.put("DELETE FROM links WHERE kind = ? AND jumpcloud_id = ?", gone)

    def remember_request(self, scim_id: str, attribute: str, value: str, at: datetime) -> None:
        """Note that a value was sent; sending the same value again counts one more run."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO requests VALUES (?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET "
                "runs = CASE WHEN value = excluded.value THEN runs + 1 ELSE 1 END, "
                "first_sent = CASE WHEN value = excluded.value THEN first_sent ELSE excluded.first_sent END, "
                "value = excluded.value",
                (scim_id, attribute, value, at.isoformat()),
            )

    def forget_requests(self, kept: Iterable[tuple[str, str]]) -> None:
        """Delete requests whose value 1Password shows."""
        self.put("DELETE FROM requests WHERE scim_id = ? AND attribute = ?", kept)

    def remember_absences(self, scim_ids: Iterable[str], at: datetime) -> None:
        """Note since when people are missing; people who are back are deleted."""
        absent = set(scim_ids)
        with self._transaction() as db:
            known = {row[0] for row in db.execute("SELECT scim_id FROM absences")}
            db.executemany("DELETE FROM absences WHERE scim_id = ?", [(id_,) for id_ in known - absent])
            db.executemany("INSERT INTO absences VALUES (?, ?)", [(id_, at.isoformat()) for id_ in absent - known])

    def remember_members(self, group_id: str, *, added: Iterable[str] = (), removed: Iterable[str] = ()) -> None:
        """Note the accounts that jc1p added to a group or removed from it."""
        with self._transaction() as db:
            db.executemany("INSERT OR IGNORE INTO added VALUES (?, ?)", [(group_id, id_) for id_ in added])
            db.executemany(
                "DELETE FROM added WHERE group_id = ? AND account_id = ?",
                [(group_id, id_) for id_ in removed],
            )

    def last_member_writes(self) -> dict[tuple[str, str], list[str]]:
        """(Group id, "added" or "removed") to the accounts of the last run that changed members there."""
        found: dict[tuple[str, str], list[str]] = {}

        def parse(group_id: str, direction: str, members: str) -> None:
            found[words(group_id), words(direction)] = words(members).split()

        self.take(MEMBER_WRITES, parse)
        return found

    def forget_member_writes(self) -> None:
        """Delete the member changes of the last runs, once they have been compared with 1Password."""
        with self._transaction() as db:
            db.execute("DELETE FROM member_writes")

    def remember_member_write(self, group_id: str, direction: str, account_ids: Iterable[str]) -> None:
        """Note the accounts that this run added to a group or removed from it, for the next run to compare."""
        with self._transaction() as db:
            row = (group_id, direction, " ".join(account_ids))
            db.execute("INSERT OR REPLACE INTO member_writes VALUES (?, ?, ?)", row)

    def suspensions(self) -> dict[str, Suspension]:
        """Suspended accounts according to the last runs, by id, with who suspended them."""
        found: dict[str, Suspension] = {}

        def parse(scim_id: str, by: str, since: str) -> None:
            found[words(scim_id)] = Suspension(SuspendedBy(by), moment(since))

        self.take(SUSPENSIONS, parse)
        return found

    def remember_suspensions(self, found: Mapping[str, SuspendedBy], at: datetime) -> None:
        """Note who suspended accounts; the time stays if the cause is the same."""
        self.put(
            "INSERT INTO suspensions VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
            "since = CASE WHEN suspended_by = excluded.suspended_by THEN since ELSE excluded.since END, "
            "suspended_by = excluded.suspended_by",
            [(scim_id, by, at.isoformat()) for scim_id, by in found.items()],
        )

    def forget_suspensions(self, scim_ids: Iterable[str]) -> None:
        """Delete the suspensions of accounts that are active again."""
        self.put("DELETE FROM suspensions WHERE scim_id = ?", [(id_,) for id_ in scim_ids])

    def is_done(self, what: str) -> bool:
        """Whether a step that runs only once has been done."""
        with self._transaction() as db:
            return db.execute("SELECT 1 FROM done_once WHERE what = ?", (what,)).fetchone() is not None

    def note_done(self, what: str) -> None:
        """Note that a step is done and need not be repeated."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO done_once VALUES (?)", (what,))

    def proven(self, version: str) -> frozenset[Kind]:
        """Kinds of change that this version of the bridge is known to keep."""
        known = set(Kind)
        with self._transaction() as db:
            rows = db.execute("SELECT kind FROM proven WHERE version = ?", (version,))
            return frozenset(Kind(kind) for (kind,) in rows if kind in known)

    def remember_proven(self, version: str, kinds: Iterable[Kind]) -> None:
        """Note kinds of change that a bridge keeps; losing this costs a few reads."""
        self.put("INSERT OR IGNORE INTO proven VALUES (?, ?)", [(version, kind) for kind in kinds])

    def people_before(self, scope: str) -> int | None:
        """People in scope in the last good run under the same scope, None when there was none."""
        found: dict[str, int] = {}

        def parse(name: str, people: int, at: str) -> None:
            moment(at)
            found[words(name)] = whole(people)

        self.take(GOOD_RUNS, parse)
        return found.get(scope)

    def has_good_run(self) -> bool:
        """Whether any run has read everything and been allowed, in any scope."""
        with self._transaction() as db:
            return db.execute("SELECT 1 FROM good_runs").fetchone() is not None

    def remember_good_run(self, scope: str, people: int, at: datetime) -> None:
        """Note a complete run that was not narrowed."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO good_runs VALUES (?, ?, ?)", (scope, people, at.isoformat()))

    def organization(self, now: datetime) -> str | None:
        """The name of the JumpCloud organization, if a run read it in the last 30 days."""
        found: dict[str, str] = {}

        def parse(what: str, name: str, at: str) -> None:
            if now - moment(at) < NAME_KEPT:
                found[words(what)] = words(name)

        self.take(NAMES, parse, first=ORGANIZATION)
        return found.get(ORGANIZATION)

    def remember_organization(self, name: str | None, at: datetime) -> None:
        """Note the name, or that there is none, for runs that end before they read it."""
        with self._transaction() as db:
            db.execute("DELETE FROM names WHERE what = ?", (ORGANIZATION,))
            if name:
                db.execute("INSERT INTO names VALUES (?, ?, ?)", (ORGANIZATION, name, at.isoformat()))

    def remember_group_names(self, names: Mapping[str, str], at: datetime) -> None:
        """Note group names by id, for shell completion. Replaces all earlier ones."""
        with self._transaction() as db:
            replace_group_names(db, names, at)

    def filled_before(self, scope: str) -> Mapping[str, frozenset[str]]:
        """Field to the JumpCloud ids of people who had it in the last good run under the same scope."""
        found: dict[str, set[str]] = defaultdict(set)

        def parse(_: str, name: str, id_: str) -> None:
            found[words(name)].add(sys.intern(id_))

        self.take(FILLED, parse, first=scope)
        return {name: frozenset(ids) for name, ids in found.items()}

    def remember_filled(self, scope: str, fields: Mapping[str, frozenset[str]]) -> None:
        """Note which people have which field, replacing what was noted before."""
        now = {(name, id_) for name, ids in fields.items() for id_ in ids}
        before = {(name, id_) for name, ids in self.filled_before(scope).items() for id_ in ids}
        with self._transaction() as db:
            db.executemany(
                "DELETE FROM filled WHERE scope = ? AND field = ? AND jumpcloud_id = ?",
                [(scope, *each) for each in before - now],
            )
            db.executemany("INSERT INTO filled VALUES (?, ?, ?)", [(scope, *each) for each in now - before])


@contextmanager
def open_state(folder: Path, *, read_only: bool = False) -> Iterator[State]:
    """Open the state of a folder and create it if missing; `read_only` reads what exists and writes nothing.

    A file of an older version is upgraded (when only reading: a copy in memory is). A damaged one is set aside (when
    only reading: ignored) with a warning.

    Raises:
        StateUnavailable: it can't be read, can't be written (unless `read_only`), or a newer version wrote it.
    """
    path = folder / "state.db"
    try:
        opened = connect(path, read_only=read_only)
        state = State(opened.connection, path, opened.damage)
    except (OSError, sqlite3.Error) as error:
        raise unavailable(path, getattr(error, "strerror", None) or str(error)) from None
    try:
        yield state
    finally:
        state.close()
