"""Decides whether to trust a configuration file: its commands run as this user, and its addresses get both credentials.

As with ssh and git, only this user, root and the user behind sudo may be able to change the file or its folder. A link
is judged by its target and by who created it.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from jc1p.runtime.ownership import FileAccess, Trust, trust_of


class Link(NamedTuple):
    """A link and its folder."""

    itself: FileAccess
    folder: FileAccess


class Place(NamedTuple):
    """A configuration file and its folder with all links resolved, and the link that named it, if any.

    `is_mounted` is true below /etc/jc1p on a read-only mount: there the system prevents all writing, and user ids may
    be from another machine.
    """

    file: FileAccess
    folder: FileAccess
    link: Link | None = None
    is_mounted: bool = False


def judge_place(place: Place, trust: Trust) -> str:
    """Why other users can change the file, "" if they can't."""
    counts = not place.is_mounted
    if place.link and counts and not trust.follows(place.link.itself, place.link.folder, owner_counts=True):
        return "it is a symbolic link of another user, in a folder that others can write to"
    if said := trust.why_not(place.file, owner_counts=counts):
        return said
    said = trust.why_not(place.folder, owner_counts=counts)
    return f"its folder is not protected: {said}" if said else ""


def why_untrusted(path: Path, environment: Mapping[str, str], *, mounted: Path) -> str:
    """Why other users can change a configuration file, "" if they can't.

    `mounted` is the folder where containers mount it.
    """
    try:
        return judge_place(look_at(path, mounted), trust_of(environment))
    except (OSError, RuntimeError) as error:
        return f"cannot find its owner ({getattr(error, 'strerror', None) or error})"


def look_at(path: Path, mounted: Path) -> Place:
    """What has to be judged. Raises OSError."""
    target = path.resolve(strict=True)
    link = (
        Link(FileAccess.of(path.lstat()), FileAccess.of(path.absolute().parent.stat())) if path.is_symlink() else None
    )
    return Place(
        FileAccess.of(target.stat()),
        FileAccess.of(target.parent.stat()),
        link,
        is_mounted=mounted in path.absolute().parents and is_on_read_only_mount(target),
    )


def is_on_read_only_mount(path: Path) -> bool:
    """Raises OSError."""
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
