"""Writes the files of a setup: all or none, never over another, each readable only by its owner."""

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
    """Before any question. Raises ConfigError for a file that exists or can't be written."""
    if os.path.lexists(path):
        raise ConfigError(f"{path} already exists; nothing was written", hint=MOVE)
    if why := why_unwritable(path):
        raise ConfigError(f"{path} can't be written: {why}", hint="Name another file with --config.")


def write_files(files: Mapping[Path, str]) -> None:
    """Write all files in order; if one can't be written, the earlier ones are deleted again.

    Signals are delayed meanwhile, so that no half-written setup is left. Raises ConfigError.
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
    """Delay Ctrl-C and similar signals until after the block."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
