"""Pausing: a note in the state folder that stops runs from applying until it is taken away. Reading goes on."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from stat import S_ISREG

from jc1p.errors import StateUnavailable
from jc1p.runtime.atomic_write import write_whole
from jc1p.state.own_folder import claim_folder

NAME = "paused.json"


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when, and why as far as a reason was given."""

    since: datetime
    reason: str = ""

    def __str__(self) -> str:
        """In words."""
        return f"paused since {self.since:%Y-%m-%d %H:%M} UTC" + (f": {self.reason}" if self.reason else "")


def read_pause(folder: Path) -> Pause | None:
    """The pause of this pair of accounts, None when it runs. A note that can't be read pauses too."""
    path = folder / NAME
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unusable(path, error) from None
    try:
        return parse_pause(path.read_bytes() if S_ISREG(found.st_mode) else b"")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return Pause(datetime.fromtimestamp(found.st_mtime, UTC), f"the note {path} can't be read")


def parse_pause(content: bytes) -> Pause:
    """A note's pause; anything else raises one of the errors of `read_pause`."""
    noted = json.loads(content)
    reason = noted.get("reason") or ""
    if not isinstance(reason, str):
        raise TypeError(reason)
    return Pause(datetime.fromisoformat(noted["since"]).astimezone(UTC), reason)


def write_pause(folder: Path, pause: Pause) -> None:
    """Pause; a pause that is there already gets the new reason and keeps its beginning."""
    earlier = read_pause(folder)
    since = earlier.since if earlier else pause.since
    path = folder / NAME
    try:
        claim_folder(folder)
        write_whole(path, json.dumps({"since": since.isoformat(), "reason": pause.reason}))
    except OSError as error:
        raise unusable(path, error) from None


def end_pause(folder: Path) -> Pause | None:
    """Let runs apply again; the pause that was, None when there was none."""
    earlier = read_pause(folder)
    try:
        (folder / NAME).unlink(missing_ok=True)
    except OSError as error:
        raise unusable(folder / NAME, error) from None
    return earlier


def unusable(path: Path, error: OSError) -> StateUnavailable:
    hint = "Make the folder writable for this user, or set state.path."
    return StateUnavailable(f"{path} can't be used: {error.strerror or error}", hint=hint)
