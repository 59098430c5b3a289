"""The order of the runs in a journal folder: the order in which they began, whatever the clock said.

The names of the files start with their time, so usually they are in order. After a run whose clock was wrong they are
not: then a file lists the runs in the order in which they began, until the names are in order again.
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from jc1p.errors import StateUnavailable
from jc1p.runtime.bounded_read import LARGEST_TEXT, read_bounded

ORDER = "order"
"""The file with the ids of the runs, oldest first, one a line; missing while the names are in order."""


def journals(folder: Path) -> list[Path]:
    """The files of a journal folder, oldest first; runs that are not in the list are older than those in it.

    Raises:
        StateUnavailable: the folder can't be read, which doesn't mean that there were no runs.
    """
    if not folder.is_dir():
        return []
    try:
        found = list(folder.iterdir())  # glob would show an unreadable folder as empty
    except OSError as error:
        raise StateUnavailable(
            f"cannot read the journal {folder}: {error.strerror}",
            hint="Make the folder readable for this user: the safety limits count the changes of the last 24 hours.",
        ) from None
    places = {run_id: place for place, run_id in enumerate(listed_runs(folder))}
    files = (path for path in found if path.suffix == ".jsonl" and path.is_file())
    return sorted(files, key=lambda path: (places.get(path.stem, -1), path.name))


def listed_runs(folder: Path) -> Sequence[str]:
    """The runs that the file lists; none if it is missing or can't be read, then the names decide."""
    try:
        return read_bounded(folder / ORDER, LARGEST_TEXT).decode(errors="replace").split("\n")
    except OSError:
        return ()


def put_last(folder: Path, run_id: str) -> None:
    """A run begins: it is the newest, also if its name is older. Raises OSError."""
    runs = [*(path.stem for path in journals(folder) if path.stem != run_id), run_id]
    if runs != sorted(runs):
        from jc1p.runtime.atomic_write import write_whole  # noqa: PLC0415 - reading does without

        write_whole(folder / ORDER, "\n".join(runs))
        return
    with suppress(FileNotFoundError):
        (folder / ORDER).unlink()
