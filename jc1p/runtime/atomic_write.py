"""Every file and folder that jc1p makes: whole or as it was, its owner's alone, and through nobody else's links.

Two kinds of files are written elsewhere, in folders that are made here: the journal, line by line, and what the
libraries for the state and its lock write.
"""

import errno
import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from jc1p.runtime.links import real_path

NOT_A_FILE = "it is not a regular file"
OWNERS_ALONE, OWNERS_ALONE_FOLDER = 0o600, 0o700
ROOM = 256 * 1024
"""Bytes that the state and the journal of the smallest run need."""


def why_unwritable(path: Path, *, may: Callable[[Path, int], bool] = os.access) -> str:
    """Why `write_whole` would fail, as far as it shows beforehand; "" when nothing speaks against it.

    The folder decides, not the file in it: the file is replaced. `may` answers for this user, as os.access does.
    """
    try:
        path = real_path(path)
        if path.exists() and not path.is_file():
            return NOT_A_FILE
        if not path.parent.is_dir():
            return f"the folder {path.parent} does not exist"
    except OSError as error:  # too long a name, a folder that can't be entered, links in a circle or of another user
        return error.strerror or str(error)
    if not may(path.parent, os.W_OK | os.X_OK):
        return f"this user cannot write to the folder {path.parent}"
    return ""


def write_whole(path: Path, text: str, *, mode: int = OWNERS_ALONE) -> None:
    """Put a text in the place of a file at once, through another name in the same folder; what a link names is written.

    Raises:
        OSError: it can't be written, is something other than a file, or a link on the way is another user's in a folder
            where others can write; what was there is untouched.
    """
    path = real_path(path)
    if path.exists() and not path.is_file():
        raise OSError(NOT_A_FILE)
    handle, fresh = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
        Path(fresh).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(fresh).unlink()
        raise


def write_new(path: Path, text: str) -> None:
    """Write a file that must not be there yet, through no link. Raises OSError, FileExistsError where there is one."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNERS_ALONE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


def write_whole_new(path: Path, text: str) -> None:
    """Write a file that must not be there yet, so that it is there whole or not at all; through no link.

    Raises:
        OSError: it can't be written, FileExistsError where something has that name; nothing is left then.
    """
    handle, fresh = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        take_name(Path(fresh), path)
    finally:
        with suppress(OSError):
            Path(fresh).unlink()


NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
"""What file systems without hard links say."""


def take_name(fresh: Path, path: Path) -> None:
    """Give a whole file a name that nothing has. Raises OSError."""
    try:
        os.link(fresh, path)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNERS_ALONE))
        fresh.replace(path)


def append_text(path: Path, text: str) -> None:
    """Add to a file of another program's, made when missing; a pipe is refused, for it may wait. Raises OSError."""
    handle = os.open(real_path(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, OWNERS_ALONE)
    if stat.S_ISFIFO(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(NOT_A_FILE)
    with os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)


def make_private(path: Path) -> None:
    """An empty file of its owner's alone, or the one that is there and is ours made so, for a library to write.

    Not opened when it is there: closing it would free the locks that this process has on it. Raises OSError.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNERS_ALONE))
    except FileExistsError:
        found = path.stat()
        if found.st_uid == os.geteuid() and found.st_mode & ~OWNERS_ALONE & 0o777:
            path.chmod(found.st_mode & OWNERS_ALONE)


def make_folder(folder: Path) -> None:
    """A folder that is its owner's alone, and so are those above it that were missing. Raises OSError.

    Another process that makes it at the same moment is no error: several first runs may begin at once.
    """
    if folder.is_dir():
        return
    if not folder.parent.exists():
        make_folder(folder.parent)
    try:
        folder.mkdir(OWNERS_ALONE_FOLDER)
    except FileExistsError:
        if not folder.is_dir():
            raise
    else:
        folder.chmod(OWNERS_ALONE_FOLDER)  # whatever the umask


def check_writable(folder: Path) -> None:
    """Write what the smallest run needs into a folder, under no name. Raises OSError."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(ROOM))
