"""Rows of the state file, read without trust: an invalid row is ignored with a warning, and deleted.

Users can edit the file, and SQLite stores a blob or text in a number column. Such a row must not stop every run. It
must not stay either: it would block what is to be remembered under the same key.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

log = logging.getLogger("jc1p.state")


class Table(NamedTuple):
    """A table: its key columns, and the others."""

    name: str
    key: tuple[str, ...]
    more: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, the key's first."""
        return (*self.key, *self.more)


LINKS = Table("links", ("kind", "jumpcloud_id"), ("scim_id",))
REQUESTS = Table("requests", ("scim_id", "attribute"), ("value", "first_sent", "runs"))
ABSENCES = Table("absences", ("scim_id",), ("since",))
ADDED = Table("added", ("group_id", "account_id"))
MEMBER_WRITES = Table("member_writes", ("group_id", "direction"), ("members",))
SUSPENSIONS = Table("suspensions", ("scim_id",), ("suspended_by", "since"))
GOOD_RUNS = Table("good_runs", ("scope",), ("people", "at"))
FILLED = Table("filled", ("scope", "field", "jumpcloud_id"))
NAMES = Table("names", ("what",), ("name", "at"))
DIFFERENCES = Table(
    "differences",
    ("kind", "subject", "member", "attribute", "value"),
    ("user_name", "group_name", "group_id", "member_id", "first_seen", "last_seen", "fate"),
)
SEEN_IDS = Table("seen_ids", ("kind", "scim_id"), ("number", "name"))
SEEN_RUNS = Table("seen_runs", ("number",), ("run_id", "command", "at", "reference", "actor"))
SEEN_GROUPS = Table("seen_groups", ("group_id",), ("digest", "since"))
STAYS = Table("stays", ("group_no", "account_no", "since"), ("hand", "until", "until_hand"))
REVIEWS = Table("reviews", ("at",), ("run_id", "actor", "reference"))

TABLES = (
    LINKS, REQUESTS, ABSENCES, ADDED, MEMBER_WRITES, SUSPENSIONS, GOOD_RUNS, FILLED, DIFFERENCES, NAMES,
    SEEN_IDS, SEEN_RUNS, SEEN_GROUPS, STAYS, REVIEWS,
    Table("proven", ("version", "kind")), Table("done_once", ("what",)),
)  # fmt: skip

COUNTS = range(1 << 31)
"""The valid range of a count: SQLite turns numbers beyond its largest into floats."""
YEARS = range(2000, 3000)
"""The valid years of a time: far enough from the calendar's limits to calculate with."""


def take_rows(
    db: sqlite3.Connection, table: Table, parse: Callable[..., None], *, first: str | int | None = None
) -> None:  # fmt: skip
    """Pass every row to `parse`, which raises TypeError, ValueError or KeyError for an invalid row.

    `first`: only rows with this value in their first column.
    """
    query, nonsense = f"SELECT {', '.join(table.columns)} FROM {table.name}", []  # noqa: S608 - our names
    wanted = "" if first is None else f" WHERE {table.key[0]} = ?"
    for row in fetch_rows(db, query + wanted, () if first is None else (first,)):
        try:
            parse(*row)
        except (TypeError, ValueError, KeyError):
            nonsense.append(row[: len(table.key)])
    if nonsense:
        log.warning("state.db: %d rows of %s are invalid and are ignored", len(nonsense), table.name)
        delete(db, table, nonsense)


def fetch_rows(db: sqlite3.Connection, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
    """The rows of a query. SQLite decodes their texts; `decode` does so one by one if one is invalid UTF-8."""
    db.text_factory = str
    try:
        return db.execute(query, values).fetchall()
    except sqlite3.OperationalError:
        db.text_factory = decode
        return db.execute(query, values).fetchall()
    finally:
        db.text_factory = decode


def largest_count(db: sqlite3.Connection, table: Table, columns: Iterable[str]) -> int:
    """The largest count in these columns, 0 where there is none; what is no count isn't looked at."""
    found = [0]
    for column in columns:
        query = f"SELECT max({column}) FROM {table.name} WHERE typeof({column}) = 'integer' AND {column} < ?"  # noqa: S608 - our names
        found += [number for (number,) in db.execute(query, (COUNTS.stop,)) if number is not None]
    return max(found)


def delete(db: sqlite3.Connection, table: Table, keys: list[tuple[object, ...]]) -> None:
    """Delete rows by their keys, of any type; does nothing if the file is only read."""
    if db.execute("PRAGMA query_only").fetchone()[0]:
        return
    condition = " AND ".join(f"CAST({column} AS BLOB) IS CAST(? AS BLOB)" for column in table.key)
    db.executemany(f"DELETE FROM {table.name} WHERE {condition}", keys)  # noqa: S608 - as above


def decode(content: bytes) -> str | bytes:
    """Text from the file; invalid UTF-8 stays bytes, which no row accepts."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content


def words(value: object) -> str:
    """Text. Raises TypeError."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def whole(value: object) -> int:
    """A count. Raises TypeError and ValueError."""
    if not isinstance(value, int):
        raise TypeError(value)
    if value not in COUNTS:
        raise ValueError(value)
    return value


def moment(text: str) -> datetime:
    """A time with its zone. Raises TypeError and ValueError."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or found.year not in YEARS:
        raise ValueError(text)
    return found.astimezone(UTC)
