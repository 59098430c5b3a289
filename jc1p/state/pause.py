"""Pausing: a note in the state folder that stops runs from applying until it is taken away. Reading goes on."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

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
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unusable(path, error) from None
    try:
        noted = json.loads(text)
        return Pause(datetime.fromisoformat(noted["since"]), str(noted.get("reason") or ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        written = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
        return Pause(written, "the note that says why can't be read")


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
    hint = "Give this user the folder, or name another one in state.path."
    return StateUnavailable(f"{path} can't be used: {error.strerror or error}", hint=hint)
