"""The command line in this process: quicker by the interpreter's start, and otherwise as `installed` runs it.

What a command changes of its process is put back. It takes the place of standard streams, environment and folder, so
one command at a time and none in a thread: what needs a process of its own is run by `support.installed`.
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
from jc1p.cli.streams import take_over
from jc1p.clients.http.tls import no_tls_context, tls_context
from jc1p.runtime.signals import SIGNALS, hold_back
from support.installed import Done, surroundings


class Screen(BytesIO):
    """Bytes that say they are a terminal; jc1p puts its own text stream around them."""

    def isatty(self) -> bool:
        return True


def jc1p(
    *arguments: str | Path, cwd: Path | None = None, environment: Mapping[str, str] | None = None, columns: int = 0
) -> Done:
    """Run a command line in an environment with nothing but what is given; on a terminal if it has `columns`."""
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
    """What was written, with the line ends that `subprocess` makes of it."""
    return TextIOWrapper(BytesIO(stream.getvalue()), encoding="utf-8").read()


@contextmanager
def environment_of(variables: Mapping[str, str]) -> Iterator[None]:
    """An environment with nothing else in it. What jc1p keeps of one are its TLS contexts: SSL_CERT_FILE."""
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
    """Nothing to read, and two places to write to, as pipes are."""
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
    """Signals are handled, and wait, as before."""
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
    """Whoever listens to jc1p's logs does so again."""
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
    """Garbage is looked for as before: commands do so rarely, and not in what was there when they began."""
    thresholds = gc.get_threshold()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
