"""Group names from the last real run: shell completion uses them without a network."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

PREFIX = "group "
"""The start of the `about` value of such a row in `names`, before the group's id."""


def replace_group_names(db: sqlite3.Connection, names: Mapping[str, str], at: datetime) -> None:
    """Write the names that changed since the last run, and delete those of deleted groups."""
    wanted = {f"{PREFIX}{id_}": name for id_, name in names.items()}
    kept = dict(db.execute("SELECT what, name FROM names WHERE what GLOB ?", (f"{PREFIX}*",)))
    db.executemany("DELETE FROM names WHERE what = ?", [(what,) for what in kept.keys() - wanted.keys()])
    changed = [(what, name, at.isoformat()) for what, name in wanted.items() if kept.get(what) != name]
    db.executemany("INSERT OR REPLACE INTO names VALUES (?, ?, ?)", changed)


def read_group_names(folder: Path) -> list[str]:
    """The names in a state folder, sorted; none if there is no state or it can't be read. Never upgrades it."""
    path = folder / "state.db"
    if not path.is_file():
        return []
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0)
        try:
            rows = connection.execute("SELECT name FROM names WHERE what GLOB ?", (f"{PREFIX}*",)).fetchall()
        finally:
            connection.close()
    except sqlite3.Error:
        return []
    return sorted({name for (name,) in rows if isinstance(name, str)})
