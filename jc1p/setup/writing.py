"""The files of a set-up: all of them or none, never over another, each its owner's alone."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from jc1p.errors import ConfigError
from jc1p.runtime.atomic_write import why_unwritable, write_whole_new
from jc1p.runtime.signals import SIGNALS

MOVE = "Move it away first, or name another file with --config."


def refuse_existing(path: Path) -> None:
    """Before any question. Raises ConfigError for a file that is there, or can't be written."""
    if os.path.lexists(path):
        raise ConfigError(f"{path} already exists; nothing was written", hint=MOVE)
    if why := why_unwritable(path):
        raise ConfigError(f"{path} can't be written: {why}", hint="Name another file with --config.")


def write_files(files: Mapping[Path, str]) -> None:
    """Write every file, the last one last; where one can't be written, those before it go again.

    A signal waits meanwhile, so that nobody finds half of it. Raises ConfigError.
    """
    made: list[Path] = []
    with signals_waiting():
        for path, text in files.items():
            try:
                write_whole_new(path, text)
            except OSError as error:
                for each in made:
                    with suppress(OSError):
                        each.unlink()
                why = "the file already exists" if isinstance(error, FileExistsError) else error.strerror or str(error)
                raise ConfigError(f"cannot write {path}: {why}; nothing was written", hint=MOVE) from None
            made.append(path)


@contextmanager
def signals_waiting() -> Iterator[None]:
    """Ctrl-C and the like come after the block."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
