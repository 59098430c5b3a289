"""The command line in this process: it saves the interpreter's start, and otherwise works like `installed`.

Everything that a command changes in its process is restored. It replaces standard streams, environment and folder, so
only one command at a time can run, and none in a thread. Tests that need a separate process use `support.installed`.
"""

import gc
import logging
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from io import BytesIO, TextIOWrapper
from pathlib import Path

from jc1p.cli import run_to_the_end
from jc1p.cli.terminal.streams import take_over
from jc1p.clients.http.tls import no_tls_context, tls_context
from jc1p.runtime.signals import SIGNALS, hold_back
from support.installed import Done, surroundings


class Screen(BytesIO):
    """Bytes that claim to be a terminal; jc1p puts its own text stream around them."""

    def isatty(self) -> bool:
        return True


def jc1p(
    *arguments: str | Path, cwd: Path | None = None, environment: Mapping[str, str] | None = None, columns: int = 0
) -> Done:
    """Run a command line in an environment with only the given variables; on a terminal if it has `columns`."""
    if columns:
        environment = {"COLUMNS": str(columns), "TERM": "xterm", "NO_COLOR": "1", **(environment or {})}
    out, err = Screen() if columns else BytesIO(), BytesIO()
    with (
        same_signals(), same_logging(), same_collector(), chdir(cwd or "."),
        environment_of(surroundings(cwd, environment)),
        standard_streams(out, err),
    ):  # fmt: skip
        hold_back()
        code = run_to_the_end([str(argument) for argument in arguments], stdout_is_open=take_over())
        sys.stderr.flush()
        return Done(code, text_of(out), text_of(err))


def text_of(stream: BytesIO) -> str:
    """The output, with the same line ends as `subprocess`."""
    return TextIOWrapper(BytesIO(stream.getvalue()), encoding="utf-8").read()


@contextmanager
def environment_of(variables: Mapping[str, str]) -> Iterator[None]:
    """An environment with only these variables. jc1p caches TLS contexts from it: SSL_CERT_FILE."""
    before = dict(os.environ)
    replace_environment(variables)
    tls_context.cache_clear()
    no_tls_context.cache_clear()
    try:
        yield
    finally:
        replace_environment(before)
        tls_context.cache_clear()


def replace_environment(variables: Mapping[str, str]) -> None:
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)


@contextmanager
def standard_streams(out: BytesIO, err: BytesIO) -> Iterator[None]:
    """An empty input and two outputs, like pipes."""
    before = sys.stdin, sys.stdout, sys.stderr
    with open(os.devnull, encoding="utf-8") as nothing:  # noqa: PTH123 - no folder, no file
        sys.stdin = nothing
        sys.stdout = TextIOWrapper(out, encoding="utf-8")
        sys.stderr = TextIOWrapper(err, encoding="utf-8", line_buffering=True)
        try:
            yield
        finally:
            sys.stdin, sys.stdout, sys.stderr = before


@contextmanager
def same_signals() -> Iterator[None]:
    """Restore signal handlers and delayed signals."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextmanager
def same_logging() -> Iterator[None]:
    """Restore the listeners to jc1p's logs."""
    logger = logging.getLogger("jc1p")
    handlers, level, propagate = list(logger.handlers), logger.level, logger.propagate
    try:
        yield
    finally:
        logger.handlers[:] = handlers
        logger.setLevel(level)
        logger.propagate = propagate


@contextmanager
def same_collector() -> Iterator[None]:
    """Restore garbage collection: commands collect rarely, and not objects from before their start."""
    thresholds = gc.get_threshold()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
