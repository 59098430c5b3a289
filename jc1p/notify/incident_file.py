"""The file in the state folder that says which receiver was notified of which incident."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from errno import EPERM
from pathlib import Path
from typing import Any

from jc1p.notify.incidents import Episode, Episodes
from jc1p.runtime.atomic_write import make_folder, write_whole
from jc1p.runtime.bounded_read import LARGEST_TEXT, read_bounded
from jc1p.state.own_folder import why_not_ours

FORMAT_VERSION = 1


NAME = "notified.json"


Told = Mapping[str, Mapping[str, Episodes]]
"""By receiver and by command."""


def read_told(folder: Path, *, warn: Callable[[str], None] = lambda _: None) -> Told:
    """What receivers were notified of. If the file can't be read, `warn` gets a message and the result is empty."""
    path = folder / NAME
    try:
        if why := why_not_ours(folder):
            raise PermissionError(EPERM, why)
        noted = json.loads(read_bounded(path, LARGEST_TEXT))
        if noted["format_version"] != FORMAT_VERSION:
            raise ValueError("it is of another version")  # noqa: TRY301 - as above
        return {
            receiver: {command: {name: parse_episode(each) for name, each in episodes.items()}
                       for command, episodes in commands.items()}
            for receiver, commands in noted["receivers"].items()
        }  # fmt: skip
    except FileNotFoundError:
        return {}
    except (OSError, ArithmeticError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or "it is damaged or of another version"
        warn(f"{path} can't be read ({reason}): open problems are notified again")
        return {}


def parse_episode(noted: Mapping[str, Any]) -> Episode:
    told_at = noted["told_at"]
    content = {str(part): int(count) for part, count in noted["content"].items()}
    return Episode(content, moment(noted["since"]), moment(told_at) if told_at else None)


def moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time without a zone")
    return found


def write_told(folder: Path, told: Told) -> None:
    """Write all of it or nothing. Raises OSError."""
    receivers = {
        receiver: {command: {name: episode_row(each) for name, each in episodes.items()}
                   for command, episodes in commands.items() if episodes}
        for receiver, commands in told.items()
    }  # fmt: skip
    text = json.dumps({"format_version": FORMAT_VERSION, "receivers": {k: v for k, v in receivers.items() if v}})
    if why := why_not_ours(folder):
        raise PermissionError(EPERM, why)
    make_folder(folder)
    write_whole(folder / NAME, text)


def episode_row(episode: Episode) -> dict[str, Any]:
    return {
        "content": dict(episode.content), "since": episode.since.isoformat(),
        "told_at": episode.told_at.isoformat() if episode.told_at else None,
    }  # fmt: skip
