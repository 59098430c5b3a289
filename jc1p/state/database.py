"""The SQLite file of the state: opening, checking, upgrading and recreating it."""

import logging
import os
import re
import sqlite3
from pathlib import Path
from typing import NamedTuple

from jc1p.errors import StateUnavailable
from jc1p.runtime.atomic_write import make_private
from jc1p.runtime.bounded_read import NO_FILE
from jc1p.state.own_folder import claim_folder, refuse_others, unavailable
from jc1p.state.tables import TABLES, decode

log = logging.getLogger("jc1p.state")

NO_DAMAGE = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
     sqlite3.SQLITE_FULL, sqlite3.SQLITE_LOCKED}
)  # fmt: skip
"""Errors of the folder or of another program; the file itself is fine and must not be set aside."""


SCHEMAS = (
    """
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
""",
    """
CREATE TABLE suspensions (scim_id TEXT PRIMARY KEY, suspended_by TEXT NOT NULL, since TEXT NOT NULL);
CREATE TABLE proven (version TEXT NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (version, kind));
CREATE TABLE done_once (what TEXT PRIMARY KEY);
CREATE TABLE member_writes (
    group_id TEXT NOT NULL, direction TEXT NOT NULL, members TEXT NOT NULL, PRIMARY KEY (group_id, direction)
);
""",
    """
CREATE TABLE filled (
    scope TEXT NOT NULL,
    field TEXT NOT NULL,
    jumpcloud_id TEXT NOT NULL,
    PRIMARY KEY (scope, field, jumpcloud_id)
) WITHOUT ROWID;
""",
    """
CREATE TABLE differences (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    member TEXT NOT NULL,
    attribute TEXT NOT NULL,
    value TEXT NOT NULL,
    user_name TEXT NOT NULL,
    group_name TEXT NOT NULL,
    group_id TEXT NOT NULL,
    member_id TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    last_seen TEXT NOT NULL,
    fate TEXT NOT NULL,
    PRIMARY KEY (kind, subject, member, attribute, value)
) WITHOUT ROWID;
""",
    """
CREATE TABLE names (what TEXT PRIMARY KEY, name TEXT NOT NULL, at TEXT NOT NULL);
""",
    """
CREATE TABLE seen_ids (
    kind TEXT NOT NULL, scim_id TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (kind, scim_id)
) WITHOUT ROWID;
CREATE TABLE seen_runs (
    number INTEGER NOT NULL PRIMARY KEY,
    run_id TEXT NOT NULL,
    command TEXT NOT NULL,
    at TEXT NOT NULL,
    reference TEXT NOT NULL,
    actor TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE seen_groups (group_id TEXT NOT NULL PRIMARY KEY, digest TEXT NOT NULL, since INTEGER NOT NULL)
WITHOUT ROWID;
CREATE TABLE stays (
    group_no INTEGER NOT NULL,
    account_no INTEGER NOT NULL,
    since INTEGER NOT NULL,
    hand INTEGER NOT NULL,
    until INTEGER NOT NULL,
    until_hand INTEGER NOT NULL,
    PRIMARY KEY (group_no, account_no, since)
) WITHOUT ROWID;
CREATE TABLE reviews (at TEXT NOT NULL PRIMARY KEY, run_id TEXT NOT NULL, actor TEXT NOT NULL, reference TEXT NOT NULL)
WITHOUT ROWID;
""",
)
"""What each version added. An older file gets what is missing, in one transaction; existing tables are not changed."""

MOST_SAID = 100
ODD_VALUE = re.compile(r"\Aok\Z|\A(NULL value|CHECK constraint|non-\w+ value|\w+ value)")
"""SQLite's check results for a sound file, and for single odd rows, which are judged when they are read."""

SCHEMA_VERSION = len(SCHEMAS)


class Opened(NamedTuple):
    """A connection, and what was wrong with a file that could not be used, "" if nothing."""

    connection: sqlite3.Connection
    damage: str = ""


def connect(path: Path, *, read_only: bool) -> Opened:
    """Raises StateUnavailable, also for a file of a newer version, whose additional data would be lost."""
    if read_only:
        refuse_others(path.parent)
        if not path.exists():
            return Opened(fresh(":memory:"))
    else:
        claim_folder(path.parent)
    try:
        return Opened(usable(path, read_only=read_only))
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in NO_DAMAGE:
            raise unavailable(path, str(error)) from None
        damage = f"the state file is damaged ({error}); jc1p starts without it"
        if read_only:
            log.warning(damage)
            return Opened(fresh(":memory:"), damage)
    aside = set_aside(path)
    damage += f"; it was moved to {aside.name}"
    log.warning(damage)
    return Opened(usable(path, read_only=False), damage)


MOST_ASIDE = 9


def set_aside(path: Path) -> Path:
    """Move a damaged file away, beside those that were moved before; of ten, the newest replaces the one before it."""
    names = [f"{path.name}.damaged", *(f"{path.name}.damaged-{number}" for number in range(2, MOST_ASIDE + 1))]
    aside = next((free for name in names if not (free := path.with_name(name)).exists()), path.with_name(names[-1]))
    return path.replace(aside)


def usable(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """A connection to a file of our schema version, upgraded if older, and tested for writing unless `read_only`.

    Raises:
        StateUnavailable: the file has a newer version, or is not a regular file: SQLite would wait for a pipe.
        sqlite3.DatabaseError: anything else.
    """
    if path.exists() and not path.is_file():
        raise unavailable(path, NO_FILE, "Move it away; the next sync creates a new one.")
    connection = connect_for_reading(path) if read_only else connect_for_writing(path)
    connection.text_factory = decode
    try:
        version = version_of(connection, path)
        if version < SCHEMA_VERSION and read_only:
            connection = copied_to_memory(connection)
        upgrade(connection, version)
        check(connection, read_only=read_only)
        if not read_only:
            try_rows(connection)
            write_something(connection)
    except (sqlite3.DatabaseError, UnicodeDecodeError, StateUnavailable):
        connection.close()
        raise
    return connection


def check(connection: sqlite3.Connection, *, read_only: bool) -> None:
    """Raises sqlite3.DatabaseError for a file with damaged pages or indexes, or without one of our tables or columns.

    An error found here sets the file aside; found later, it would stop every run. Odd values don't count as damage.
    Whether indexes agree with their tables is found out only for writing: it takes three times as long, and only a
    write fails if they don't.
    """
    for table in TABLES:
        connection.execute(f"SELECT {', '.join(table.columns)} FROM {table.name} LIMIT 0")  # noqa: S608 - our names
    pragma = "quick_check" if read_only else "integrity_check"
    said = [str(line) for (line,) in connection.execute(f"PRAGMA {pragma}({MOST_SAID})")]
    if damage := next((line for line in said if not ODD_VALUE.search(line)), None):
        raise sqlite3.DatabaseError(" ".join(damage.split())[:100])


def try_rows(connection: sqlite3.Connection) -> None:
    """Insert a row into each of our tables and roll back: this fails for a table with a damaged definition.

    Raises sqlite3.DatabaseError.
    """
    connection.execute("SAVEPOINT tried")
    try:
        for table in TABLES:
            for kind in ("user", "group") if table.columns[0] == "kind" else ("tried",):
                values = (kind, *["tried"] * (len(table.columns) - 1))
                holes = ", ".join("?" * len(values))
                connection.execute(f"INSERT OR REPLACE INTO {table.name} VALUES ({holes})", values)  # noqa: S608
    finally:
        connection.execute("ROLLBACK TO tried")
        connection.execute("RELEASE tried")


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """The schema version of a file, 0 for an empty one. Raises StateUnavailable and sqlite3.DatabaseError."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise unavailable(
            path,
            f"it was written by a newer version of jc1p (schema {version}; this one knows {SCHEMA_VERSION})",
            "Run the newer jc1p, or move state.db away: the next run finds the links again (docs/upgrading.md).",
        )
    if version < 0 or (version == 0 and connection.execute("SELECT 1 FROM sqlite_master").fetchone()):
        raise sqlite3.DatabaseError(f"schema version {version}")
    return int(version)


def upgrade(connection: sqlite3.Connection, version: int) -> None:
    """Add what each later version added, all of it or nothing; another program may be upgrading at the same time."""
    if version >= SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for statement in "".join(SCHEMAS[version:]).split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {max(version, SCHEMA_VERSION)}")


def copied_to_memory(connection: sqlite3.Connection) -> sqlite3.Connection:
    """A copy in memory, to upgrade when the file itself must not change."""
    copy = sqlite3.connect(":memory:")
    copy.text_factory = decode
    connection.backup(copy)
    connection.close()
    return copy


def connect_for_writing(path: Path) -> sqlite3.Connection:
    """A connection to a file that only its owner can read; the same goes for SQLite's journal beside it."""
    make_private(path)
    return sqlite3.connect(path)


def connect_for_reading(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing.

    If a run was killed in the middle of a write, SQLite has to roll it back before the file can be read. Only in that
    case is the file opened for writing.
    """
    is_hot = path.with_name(f"{path.name}-journal").exists()
    mode = "rw" if is_hot and os.access(path, os.W_OK) else "ro"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)
    connection.execute("PRAGMA query_only = ON")
    return connection


def write_something(connection: sqlite3.Connection) -> None:
    """Find out before any change whether the file is read-only or locked, or the disk full.

    This needs a real write: on a read-only file SQLite begins even an immediate transaction without an error.
    """
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def fresh(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(name)
    upgrade(connection, 0)
    return connection
