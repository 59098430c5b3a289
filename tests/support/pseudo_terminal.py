"""The installed `jc1p` on its own pseudo-terminal, used like a person does: wait for a question, answer it."""

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from support.installed import PROGRAM, surroundings

PATIENCE = 60.0
"""Seconds to wait for a question: not a measurement, only a limit."""
TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
"""Makes this the controlling terminal, so that Ctrl-C stops the process, then becomes the command."""
LOCAL_MODES = 3
"""The position of the echo flag in termios."""
CTRL_C, CTRL_D = "\x03", "\x04"


class TerminalSession:
    """One command. `seen` is everything that the terminal showed."""

    def __init__(self, *arguments: str | Path, cwd: Path, environment: Mapping[str, str] | None = None) -> None:
        self.words = [str(PROGRAM), *map(str, arguments)]
        self.cwd, self.environment = cwd, surroundings(cwd, {"TERM": "xterm", "COLUMNS": "200", **(environment or {})})
        self.seen = ""
        self.read_to = 0

    def __enter__(self) -> Self:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-ISc", TAKE_TERMINAL, *self.words],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True, cwd=self.cwd, env=self.environment,
        )  # fmt: skip
        os.close(slave)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)

    def wait_for(self, question: str) -> str:
        """Read until the text appears after the last match; returns the text up to it."""
        end = time.monotonic() + PATIENCE
        while question not in self.seen[self.read_to :]:
            assert time.monotonic() < end, f"no {question!r} in\n{self.seen[self.read_to :]}"
            assert self.read(end), f"ended without {question!r}:\n{self.seen[self.read_to :]}"
        start, self.read_to = self.read_to, self.seen.index(question, self.read_to) + len(question)
        return self.seen[start : self.read_to]

    def read(self, end: float) -> bool:
        """Read more output; False at the end."""
        if not select.select([self.master], [], [], max(0.0, end - time.monotonic()))[0]:
            return True
        try:
            part = os.read(self.master, 65536)
        except OSError:  # Linux raises this when the other side has closed
            return False
        self.seen += part.decode(errors="replace")
        return bool(part)

    def answer(self, question: str, typed: str) -> str:
        """Wait for a question and type a line; returns the text before the question."""
        came = self.wait_for(question)
        self.type(typed + "\n")
        return came

    def type(self, text: str) -> None:
        """Type keys, including Ctrl-C."""
        os.write(self.master, text.encode())

    def kill(self, number: signal.Signals) -> None:
        """Send a signal from outside."""
        self.process.send_signal(number)

    @property
    def echoes(self) -> bool:
        """Whether typed text is shown."""
        return bool(termios.tcgetattr(self.master)[LOCAL_MODES] & termios.ECHO)

    def end(self) -> int:
        """Read to the end; returns the exit code."""
        end = time.monotonic() + PATIENCE
        while self.read(end):
            assert time.monotonic() < end, self.seen
        return self.process.wait(PATIENCE)
