"""Creates every file and folder of jc1p: completely or not at all, private, and never through another user's links.

Two kinds of files are written elsewhere, in folders that are created here: the journal, line by line, and the files of
the libraries for the state and its lock.
"""

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from jc1p.runtime.links import real_path

NOT_A_FILE = "it is not a regular file"
OWNERS_ALONE, OWNERS_ALONE_FOLDER = 0o600, 0o700
ROOM = 256 * 1024
"""Bytes that the state and the journal of the smallest run need."""


def why_unwritable(path: Path, *, may: Callable[[Path, int], bool] = os.access) -> str:
    """Why `write_whole` would fail, if that shows beforehand; "" if nothing is wrong.

    The folder decides, not the file in it: the file is replaced. `may` checks this user's permissions, as os.access
    does.
    """
    try:
        path = real_path(path)
        if path.exists() and not path.is_file():
            return NOT_A_FILE
        if not path.parent.is_dir():
            return f"the folder {path.parent} does not exist"
    except OSError as error:  # a name too long, a folder that can't be entered, links in a circle or of another user
        return error.strerror or str(error)
    if not may(path.parent, os.W_OK | os.X_OK):
        return f"this user cannot write to the folder {path.parent}"
    return ""


def write_whole(path: Path, text: str | Iterable[str], *, mode: int = OWNERS_ALONE) -> None:
    """Put a text in the place of a file at once, through another name in the same folder; what a link names is written.

    The text may come in pieces.

    Raises:
        OSError: it can't be written, is not a regular file, or a link on the way belongs to another user in a folder
            where others can write; the existing file is untouched.
    """
    path = real_path(path)
    if path.exists() and not path.is_file():
        raise OSError(NOT_A_FILE)
    handle, fresh = fresh_file(path)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            os.fchmod(file.fileno(), mode)
            file.writelines([text] if isinstance(text, str) else text)
        Path(fresh).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(fresh).unlink()
        raise


def write_new(path: Path, text: str) -> None:
    """Write a file that must not exist yet, through no link. Raises OSError, FileExistsError if it exists."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNERS_ALONE)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


def write_whole_new(path: Path, text: str) -> None:
    """Write a file that must not exist yet, completely or not at all; through no link.

    Raises:
        OSError: it can't be written, FileExistsError if the name is taken; then no file is left.
    """
    handle, fresh = fresh_file(path)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        take_name(Path(fresh), path)
    finally:
        with suppress(OSError):
            Path(fresh).unlink()


MUCH = 60
"""Characters of a file's name in its other name; with all of them, a long name would become too long."""


def fresh_file(path: Path) -> tuple[int, str]:
    """A new private file under another name in the same folder: its descriptor and its name. Raises OSError."""
    return tempfile.mkstemp(prefix=f".{path.name[:MUCH]}.", suffix=".new", dir=path.parent)


NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
"""The errors of file systems without hard links."""


def take_name(fresh: Path, path: Path) -> None:
    """Give a complete file a name that is free. Raises OSError."""
    try:
        os.link(fresh, path)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNERS_ALONE))
        fresh.replace(path)


def append_text(path: Path, text: str) -> None:
    """Append to another program's file, created if missing; a pipe is refused, since it may block. Raises OSError."""
    handle = os.open(real_path(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, OWNERS_ALONE)
    if stat.S_ISFIFO(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(NOT_A_FILE)
    with os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)


def make_private(path: Path) -> None:
    """Create an empty private file, or make an existing one of ours private, for a library to write.

    An existing file is not opened: closing it would release this process's locks on it. Raises OSError.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNERS_ALONE))
    except FileExistsError:
        found = path.stat()
        if found.st_uid == os.geteuid() and found.st_mode & ~OWNERS_ALONE & 0o777:
            path.chmod(found.st_mode & OWNERS_ALONE)


def make_folder(folder: Path) -> None:
    """Create a private folder and its missing parents, private too. Raises OSError.

    Several first runs may start at once, so a folder that another process creates at the same moment is not an error.
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
        folder.chmod(OWNERS_ALONE_FOLDER)  # whatever the umask is


def check_writable(folder: Path) -> None:
    """Write as much as the smallest run needs into a folder, as an unnamed file. Raises OSError."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(ROOM))
