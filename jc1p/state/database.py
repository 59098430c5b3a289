"""The SQLite file behind the state: opened, checked, made anew."""

import logging
import os
import sqlite3
from pathlib import Path

from jc1p.errors import StateUnavailable

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
