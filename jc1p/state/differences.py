"""The differences that drift remembers: written without the lock, even while a sync is running.

A command that only reads must neither wait for the file nor delay another program. If another program holds the file,
or if it has another version or is damaged, nothing is remembered this time.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path

from jc1p.core.drift_score import DifferenceKey, Differences, Fate, SeenDifference
from jc1p.core.plan import Kind
from jc1p.state.database import SCHEMA_VERSION, connect_for_writing, upgrade, version_of
from jc1p.state.own_folder import claim_folder, unavailable
from jc1p.state.store import State
from jc1p.state.tables import DIFFERENCES, moment, words

Row = tuple[object, ...]

AT_ONCE = 2000
"""Rows in one transaction, so that a run that wants to write waits only some milliseconds."""


def read_differences(state: State) -> dict[DifferenceKey, SeenDifference]:
    """Everything remembered. Raises StateUnavailable."""
    found: dict[DifferenceKey, SeenDifference] = {}
    time_of = cache(moment)  # thousands of rows have the same time

    def parse(
        kind: str, subject: str, member: str, attribute: str, value: str,
        user: str, group: str, group_id: str, member_id: str, first: str, last: str, fate: str,
    ) -> None:  # fmt: skip
        key = DifferenceKey(Kind(kind), words(subject), words(member), words(attribute), words(value))
        found[key] = SeenDifference(
            key, words(user), words(group), words(group_id), words(member_id), time_of(first), time_of(last), Fate(fate)
        )

    state.take(DIFFERENCES, parse)
    return found


def write_differences(folder: Path, before: Differences, after: Differences) -> None:
    """Write what differs between the two.

    Raises:
        StateUnavailable: the file can't be written now, or has another version; part of it may be written.
    """
    changed = [row_of(each) for key, each in after.items() if before.get(key) != each]
    gone: list[Row] = [row_of(each)[: len(DIFFERENCES.key)] for key, each in before.items() if key not in after]
    if not changed and not gone:
        return
    path = folder / "state.db"
    try:
        with closing(connect_beside(path)) as connection:
            write(connection, changed, gone)
    except (OSError, sqlite3.Error) as error:
        raise unavailable(path, getattr(error, "strerror", None) or str(error)) from None


def write(connection: sqlite3.Connection, changed: Sequence[Row], gone: Sequence[Row]) -> None:
    name, holes = DIFFERENCES.name, ", ".join("?" * len(DIFFERENCES.columns))
    is_key = " AND ".join(f"{column} = ?" for column in DIFFERENCES.key)
    for rows in in_parts(changed):
        with connection:
            connection.executemany(f"INSERT OR REPLACE INTO {name} VALUES ({holes})", rows)  # noqa: S608 - our names
    for keys in in_parts(gone):
        with connection:
            connection.executemany(f"DELETE FROM {name} WHERE {is_key}", keys)  # noqa: S608 - as above


def in_parts(rows: Sequence[Row]) -> Iterator[list[Row]]:
    for start in range(0, len(rows), AT_ONCE):
        yield list(rows[start : start + AT_ONCE])


def connect_beside(path: Path) -> sqlite3.Connection:
    """A connection that doesn't wait: to a file of this version, or to a new one.

    A file of an older version is left for the next real run to upgrade: an older jc1p may still be scheduled.

    Raises:
        StateUnavailable: the file has another version.
        sqlite3.Error: another program holds it, it can't be written, or it is damaged.
    """
    claim_folder(path.parent)
    connection = connect_for_writing(path)
    try:
        connection.execute("PRAGMA busy_timeout = 0")
        version = version_of(connection, path)
        refuse_older(version, path)
        upgrade(connection, version)
    except BaseException:
        connection.close()
        raise
    return connection


def refuse_older(version: int, path: Path) -> None:
    """Raises StateUnavailable."""
    if 0 < version < SCHEMA_VERSION:
        raise unavailable(path, "it was written by an older version", "The next sync upgrades it.")


def row_of(seen: SeenDifference) -> Row:
    key = seen.key
    return (
        key.kind.value, key.subject, key.member, key.attribute, key.value, seen.user, seen.group, seen.group_id,
        seen.member_id,         seen.first_seen.isoformat(), seen.last_seen.isoformat(), seen.fate.value,
    )  # fmt: skip
