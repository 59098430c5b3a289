"""jc1p's own subfolder of the state, which only this user may write: planted files could give accounts to other users.

Only this subfolder is checked; the folder that `state.path` names may be shared, for example as a Kubernetes volume.
"""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from jc1p.errors import StateUnavailable
from jc1p.runtime.atomic_write import OWNERS_ALONE_FOLDER, check_writable, make_folder
from jc1p.runtime.links import real_path
from jc1p.runtime.ownership import OTHERS_MAY, OTHERS_MAY_WRITE, ROOT, user_name

UNUSABLE = "Make the folder writable for this user, or set state.path; nothing was read or changed."
FULL = "Free space on the disk, or set state.path; nothing was read or changed."
HELD = "Close the other program that has it open, then run again; nothing was read or changed."
NO_LOCKS = "its file system has no locks"
LOCKLESS = (
    "Start the lock service of the network drive, or set state.path to a local folder; nothing was read or changed."
)
HINTS = {
    **{os.strerror(number): FULL for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)},
    **{os.strerror(number): LOCKLESS for number in (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP)},
    NO_LOCKS: LOCKLESS,
    "database or disk is full": FULL,
    "database is locked": HELD,
}
"""What to do, by the error of the system or of SQLite."""

OPEN = "others could write to it"
PLANTED = "Check it and delete it, or set state.path to another folder; nothing was read or changed."


def unavailable(path: Path, why: str, hint: str = "") -> StateUnavailable:
    """The error for unusable state; if no hint is given, the one that fits the cause."""
    hint = hint or HINTS.get(why) or of_another_user(path) or UNUSABLE
    return StateUnavailable(f"cannot use the state folder {path}: {why}", hint=hint)


def of_another_user(path: Path) -> str:
    """The hint for a file of another user, such as one of a run with sudo; "" if it is ours, or not known."""
    try:
        owner = path.stat().st_uid
    except OSError:
        return ""
    if owner == os.geteuid() or not path.is_file():
        return ""
    return f"It belongs to another user ({user_name(owner)}): change its owner (`chown`), and run jc1p as one user."


def refuse_others(folder: Path) -> None:
    """Raises StateUnavailable for a folder that belongs to another user, or in which others could plant files."""
    if why := why_not_ours(folder):
        raise unavailable(folder, why, PLANTED if why.startswith(OPEN) else UNUSABLE)


def claim_folder(folder: Path) -> None:
    """Make sure of the folder: created, checked, private, and tested for writing. Raises StateUnavailable."""
    refuse_others(folder)
    try:
        make_folder(folder)
        close_to_others(folder)
        check_writable(folder)
    except OSError as error:
        raise unavailable(folder, error.strerror or str(error)) from None


def close_to_others(folder: Path) -> None:
    """Set an open folder to 0700. Raises OSError, and StateUnavailable for files that others planted just before."""
    before = folder.stat().st_mode
    if not before & OTHERS_MAY:
        return
    folder.chmod(OWNERS_ALONE_FOLDER)
    if planted := next(planted_in(folder), "") if before & OTHERS_MAY_WRITE else "":
        folder.chmod(stat.S_IMODE(before))  # so that the next run refuses it too
        raise unavailable(folder, planted, PLANTED)


def why_not_ours(folder: Path) -> str:
    """Why a state folder must not be used, "" if it may be used or doesn't exist yet."""
    try:
        found = real_path(folder).stat()
    except FileNotFoundError:
        return ""
    except OSError as error:
        return error.strerror or str(error)
    if found.st_uid != os.geteuid():
        return f"it belongs to another user ({user_name(found.st_uid)})"
    return next(planted_in(folder), "") if found.st_mode & OTHERS_MAY_WRITE else ""


def planted_in(folder: Path) -> Iterator[str]:
    """What others may have put into a folder that they could write to: links, and files that they own."""
    for above, folders, files in os.walk(folder):
        for path in (Path(above, name) for name in (*folders, *files)):
            if said := why_planted(path.lstat()):
                yield f"{OPEN}, and {path.relative_to(folder)} in it {said}"


def why_planted(found: os.stat_result) -> str:
    if stat.S_ISLNK(found.st_mode):
        return "is a symbolic link"
    return "" if found.st_uid in {os.geteuid(), ROOT} else f"belongs to another user ({user_name(found.st_uid)})"
