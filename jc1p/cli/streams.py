"""stdout and stderr as jc1p writes them: no secret shows, no character and no full disk ends in a traceback.

The one place where everything that leaves passes through: text, documents, CSV, logs, tracebacks. Files that hold
a result are written with `masked` text.
"""

import codecs
import os
import sys
import unicodedata
from io import TextIOWrapper
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from pydantic import SecretStr


class OutputLost(Exception):
    """stdout can't be written, so that the result of the command reaches nobody."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror or str(error))
        self.reason = error.strerror or str(error)
        self.reader_left = isinstance(error, BrokenPipeError)


class Stream(TextIOWrapper):
    """A standard stream. Losing stdout raises OutputLost; losing stderr is borne in silence, since it is only talk."""

    def __init__(self, stream: TextIOWrapper, *, holds_result: bool) -> None:
        # A name that the terminal's encoding lacks must not end a run.
        super().__init__(
            stream.buffer, encoding=stream.encoding, errors="backslashreplace",
            line_buffering=stream.line_buffering, write_through=stream.write_through,
        )  # fmt: skip
        self.replaced = stream
        """Kept, since it would close the file when nobody holds it."""
        self.hidden: list[SecretStr] = []
        self.holds_result = holds_result

    def write(self, text: str) -> int:
        """Write, with secrets masked."""
        try:
            super().write(self.masked(text))
        except OSError as error:
            self.lose(error)
        return len(text)

    def flush(self) -> None:
        """Write what waits."""
        try:
            super().flush()
        except OSError as error:
            self.lose(error)

    def masked(self, text: str) -> str:
        """The text without the secrets that are known by now."""
        if not self.hidden:
            return text
        from jc1p.runtime.redaction import mask

        return mask(text, self.hidden)

    def lose(self, error: OSError) -> None:
        """What waits, and what is still to come, goes nowhere: flushing at exit must not fail once more."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        if self.holds_result:
            raise OutputLost(error) from None


def take_over() -> bool:
    """Put ours in the place of the process's streams; False when stdout is closed.

    Closed ones are opened on nothing, so that no file that is opened later gets their number and their output.
    """
    is_open = sys.stdout is not None
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - open as long as the process
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    sys.stdout = ours(sys.stdout, holds_result=True)
    sys.stderr = ours(sys.stderr, holds_result=False)
    return is_open


def ours(stream: TextIO | None, *, holds_result: bool) -> TextIO:
    stream = stream or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - as above
    return Stream(stream, holds_result=holds_result) if isinstance(stream, TextIOWrapper) else stream


def hide(*secrets: "SecretStr") -> None:
    """From now on these show nowhere."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Stream):
            stream.hidden.extend(secrets)


def masked(text: str) -> str:
    """Text for a file, without the secrets that are known by now."""
    return sys.stdout.masked(text) if isinstance(sys.stdout, Stream) else text


def needs_ascii() -> bool:
    """True when stdout isn't UTF-8: JSON then has to say everything in ASCII."""
    return codecs.lookup(sys.stdout.encoding).name != "utf-8"


ACTORS = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Categories of characters that a terminal acts on: controls (C1 too), directions and other formats, line ends."""


def without_actors(document: str) -> str:
    """A JSON document that says the same, with all that a terminal acts on escaped but its own line ends."""
    if document.isascii() and "\x7f" not in document:
        return document
    return "".join(c if c == "\n" or unicodedata.category(c) not in ACTORS else json_escape(c) for c in document)


def json_escape(character: str) -> str:
    """One character as JSON escapes it, by its UTF-16."""
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def say(text: str) -> None:
    """A line on stdout."""
    sys.stdout.write(text + "\n")
