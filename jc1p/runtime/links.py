"""Follows links only if they can be trusted: in a folder where others can write, another user's link leads anywhere.

The kernel does this in sticky folders (`fs.protected_symlinks`); here it applies to every folder that others can write
to.
"""

import errno
import os
import stat
from pathlib import Path

from jc1p.runtime.ownership import FileAccess, Trust, trust_of, user_name

MOST_LINKS = 40
"""As many as the kernel follows."""


def real_path(path: Path, trust: Trust | None = None) -> Path:
    """A path with all its links resolved, even if it doesn't exist yet.

    Raises:
        OSError: a link on the way belongs to another user in a folder where others can write, there are too many links,
            or a folder on the way can't be entered.
    """
    trust = trust or trust_of(os.environ)
    here, followed = Path(path.absolute().anchor), 0
    left = list(reversed(path.absolute().parts[1:]))
    while left:
        part = left.pop()
        step = here.parent if part == ".." else here / part
        if (link := access_of_link(step)) is None:
            here = step
            continue
        followed += 1
        if followed > MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        if not trust.follows(link, FileAccess.of(here.stat())):
            said = f"{step} is a symbolic link of another user ({user_name(link.uid)}), in a shared folder"
            raise OSError(errno.EPERM, said)
        target = step.readlink()
        here = Path(target.anchor) if target.is_absolute() else here
        left += reversed(target.parts[1:] if target.is_absolute() else target.parts)
    return here


def access_of_link(path: Path) -> FileAccess | None:
    """Owner and mode of a link, None if it is not a link or doesn't exist. Raises OSError."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return FileAccess.of(found) if stat.S_ISLNK(found.st_mode) else None
