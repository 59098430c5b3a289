"""Files that others read while they are written: whole or as they were, never half."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Put a text in the place of a file at once, through another name in the same folder; what a link names is written.

    Raises:
        OSError: it can't be written, or is something other than a file; what was there is untouched.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise OSError("it is something other than a file")
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
