"""Following links as far as they can be trusted: a link that another user put where others can write leads anywhere.

As the kernel does in sticky folders (`fs.protected_symlinks`), but in every folder that others can write to.
"""

import errno
import os
import stat
from pathlib import Path

from jc1p.runtime.ownership import FileAccess, Trust, trust_of, user_name

MOST_LINKS = 40
"""As many as the kernel follows."""


def real_path(path: Path, trust: Trust | None = None) -> Path:
    """What a path comes to when all its links are followed, also when it doesn't exist yet.

    Raises:
        OSError: a link on the way is another user's in a folder where others can write, there are too many links, or a
            folder on the way can't be entered.
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
    """Whose a link is, None for what is not a link or isn't there. Raises OSError."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return FileAccess.of(found) if stat.S_ISLNK(found.st_mode) else None
