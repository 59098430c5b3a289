"""Reads files that users name or that others may have created: never blocks, and stops at a size limit.

A device may never end, and a pipe may never begin. Both are refused, except for a pipe from the shell.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

MB = 1_000_000
LARGEST_NOTE = MB // 10
"""Limit in bytes for a secret or jc1p's own notes."""
LARGEST_TEXT = 5 * MB
"""Limit in bytes for a configuration, certificates, or a list of names."""
LARGEST_DOCUMENT = 50 * MB
"""Limit in bytes for a plan or report."""

NO_FILE = "it is not a regular file"
PIPES_GIVEN = frozenset({Path("/dev/fd"), Path("/proc/self/fd")})
WITHOUT_WAITING = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


def read_bounded(path: Path, most: int) -> bytes:
    """A file's content, up to a limit in bytes. Raises OSError, whose strerror gives the reason in plain words."""
    with open_bounded(path) as file:
        refuse_large(file, most)
        content = file.read(most + 1)
    if len(content) > most:
        raise too_large(most)
    return content


def check_readable(path: Path, most: int) -> None:
    """Raises OSError if `read_bounded` would: for files that a library reads."""
    with open_bounded(path) as file:
        refuse_large(file, most)


def refuse_large(file: BinaryIO, most: int) -> None:
    """Raises OSError for a file that is known to be too large before it is read."""
    if os.fstat(file.fileno()).st_size > most:
        raise too_large(most)


@contextmanager
def open_bounded(path: Path) -> Iterator[BinaryIO]:
    """A file for reading, opened without blocking. Raises OSError for files that may never begin or end."""
    descriptor = os.open(path, WITHOUT_WAITING)
    with os.fdopen(descriptor, "rb") as file:
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(kind):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(kind) and not (stat.S_ISFIFO(kind) and is_given(path)):
            raise OSError(errno.EINVAL, NO_FILE)
        os.set_blocking(descriptor, True)
        yield file


def bounded_lines(file: BinaryIO, most: int) -> Iterator[bytes]:
    """Lines of a file; the part of a line beyond the limit is skipped."""
    while line := file.readline(most):
        yield line
        while line and not line.endswith(b"\n"):
            line = file.readline(most)


def is_given(path: Path) -> bool:
    """A pipe from the shell, as in `<(…)`: its writer exists."""
    return path.parent in PIPES_GIVEN or path == Path("/dev/stdin")


def too_large(most: int) -> OSError:
    return OSError(errno.EFBIG, f"it is larger than {most / MB:g} MB")
