"""Files that others read while they are written: whole or as they were, never half."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

NOT_A_FILE = "it is something other than a file"


def why_unwritable(path: Path, *, may: Callable[[Path, int], bool] = os.access) -> str:
    """Why `write_whole` would fail, as far as it shows beforehand; "" when nothing speaks against it.

    The folder decides, not the file in it: the file is replaced. `may` answers for this user, as os.access does.
    """
    try:
        path = path.resolve()
        if path.exists() and not path.is_file():
            return NOT_A_FILE
        if not path.parent.is_dir():
            return f"there is no folder {path.parent}"
    except (OSError, RuntimeError) as error:  # too long a name, a folder that can't be entered, links in a circle
        return getattr(error, "strerror", None) or str(error)
    if not may(path.parent, os.W_OK | os.X_OK):
        return f"the folder {path.parent} is not writable for this user"
    return ""


def write_whole(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Put a text in the place of a file at once, through another name in the same folder; what a link names is written.

    Raises:
        OSError: it can't be written, or is something other than a file; what was there is untouched.
    """
    path = path.resolve()
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
