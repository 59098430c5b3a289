"""Pausing: a file in the state folder that stops runs from applying until it ends or is deleted. Reading continues."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from jc1p.errors import StateUnavailable
from jc1p.runtime.atomic_write import write_whole
from jc1p.runtime.bounded_read import LARGEST_NOTE, read_bounded
from jc1p.state.own_folder import HINTS, claim_folder

NAME = "paused.json"
LONG = timedelta(days=7)
"""An older pause may have been forgotten, and no account is suspended until it ends."""
NO_END = "its end cannot be read, so it lasts until `jc1p resume`"


class Pause(NamedTuple):
    """Since when, why if a reason was given, and until when; None until `jc1p resume`."""

    since: datetime
    reason: str = ""
    until: datetime | None = None

    def __str__(self) -> str:
        """In words."""
        return f"paused since {self.span}"

    @property
    def span(self) -> str:
        """From when to when, and why."""
        until = f" until {self.until:%Y-%m-%d %H:%M} UTC" if self.until else ""
        return f"{self.since:%Y-%m-%d %H:%M} UTC{until}" + (
            f": {reason}" if (reason := self.reason.rstrip(" .")) else ""
        )

    def is_long(self, now: datetime) -> bool:
        """Whether it is old enough to have been forgotten."""
        return now - self.since > LONG

    def told(self, now: datetime) -> str:
        """In words, with the days since it began if it is long."""
        return f"paused for {(now - self.since).days} days, since {self.span}" if self.is_long(now) else str(self)


def read_pause(folder: Path, now: datetime) -> Pause | None:
    """The pause of this pair of accounts, None if it is not paused. A file that can't be read counts as a pause."""
    path = folder / NAME
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unusable(path, error) from None
    try:
        pause = parse_pause(read_bounded(path, LARGEST_NOTE))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return Pause(datetime.fromtimestamp(found.st_mtime, UTC), f"cannot read the file {path}")
    return None if pause.until and now >= pause.until else pause


def parse_pause(content: bytes) -> Pause:
    """The pause in a file; invalid content raises an error that `read_pause` handles. An invalid end means no end."""
    noted = json.loads(content)
    reason = noted.get("reason") or ""
    if not isinstance(reason, str):
        raise TypeError(reason)
    since = datetime.fromisoformat(noted["since"]).astimezone(UTC)
    try:
        return Pause(since, reason, parse_end(noted.get("until")))
    except (ValueError, TypeError, OverflowError):
        return Pause(since, f"{reason} ({NO_END})" if reason else NO_END)


def parse_end(noted: str | None) -> datetime | None:
    """When a pause ends. Raises TypeError, ValueError (also for a time without a zone) and OverflowError."""
    if noted is None:
        return None
    end = datetime.fromisoformat(noted)
    if end.tzinfo is None:
        raise ValueError(noted)
    return end.astimezone(UTC)


def write_pause(folder: Path, pause: Pause) -> Pause:
    """Pause; an existing pause gets the new reason and the new end, and keeps its start."""
    earlier = read_pause(folder, pause.since)
    pause = pause._replace(since=earlier.since if earlier else pause.since)
    path, until = folder / NAME, pause.until.isoformat() if pause.until else None
    try:
        claim_folder(folder)
        write_whole(path, json.dumps({"since": pause.since.isoformat(), "reason": pause.reason, "until": until}))
    except OSError as error:
        raise unusable(path, error) from None
    return pause


def extend_pause(folder: Path, pause: Pause) -> Pause:
    """Pause at least until then: an existing pause that lasts longer stays as it is."""
    earlier = read_pause(folder, pause.since)
    if earlier and (earlier.until is None or (pause.until and earlier.until >= pause.until)):
        return earlier
    return write_pause(folder, pause)


def end_pause(folder: Path, now: datetime) -> Pause | None:
    """Let runs apply again; returns the pause that ended, None if there was none."""
    earlier = read_pause(folder, now)
    try:
        (folder / NAME).unlink(missing_ok=True)
    except OSError as error:
        raise unusable(folder / NAME, error) from None
    return earlier


def unusable(path: Path, error: OSError) -> StateUnavailable:
    hint = HINTS.get(error.strerror or "", "Make the folder writable for this user, or set state.path.")
    return StateUnavailable(f"{path} can't be used: {error.strerror or error}", hint=hint)
