"""stdout and stderr for jc1p: secrets are masked, and no character and no full disk causes a traceback.

The CI that reads them finds no commands in them.

All output passes through here: text, documents, CSV, logs, tracebacks. Files with results are written with `masked`
text.
"""

import codecs
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from pydantic import SecretStr


class OutputLost(Exception):
    """stdout can't be written, so the result of the command is lost."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror or str(error))
        self.reason = error.strerror or str(error)
        self.reader_left = isinstance(error, BrokenPipeError)


class Stream(TextIOWrapper):
    """A standard stream. Losing stdout raises OutputLost; losing stderr is ignored, since it has no results."""

    def __init__(self, stream: TextIOWrapper, *, holds_result: bool) -> None:
        # A name that the terminal's encoding lacks must not end a run.
        super().__init__(
            stream.buffer, encoding=stream.encoding, errors="backslashreplace",
            line_buffering=stream.line_buffering, write_through=stream.write_through,
        )  # fmt: skip
        self.replaced = stream
        """A reference that keeps it open: without one, it would close the file."""
        self.hidden: list[SecretStr] = []
        self.holds_result = holds_result

    def write(self, text: str) -> int:
        """Write, with secrets masked."""
        try:
            super().write(without_commands(self.masked(text)))
        except OSError as error:
            self.lose(error)
        return len(text)

    def flush(self) -> None:
        """Write buffered text."""
        try:
            super().flush()
        except OSError as error:
            self.lose(error)

    def masked(self, text: str) -> str:
        """The text without the secrets known so far."""
        if not self.hidden:
            return text
        from jc1p.runtime.redaction import mask

        return mask(text, self.hidden)

    def lose(self, error: OSError) -> None:
        """Discard buffered and later output, so that flushing at exit doesn't fail again."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        if self.holds_result:
            raise OutputLost(error) from None


def take_over() -> bool:
    """Replace the process's streams with ours; False when stdout is closed.

    Closed streams are opened on the null device, so that no other file gets their number and their output.
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
    """Mask these in all output from now on."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Stream):
            stream.hidden.extend(secrets)


def masked(text: str) -> str:
    """Text for a file, without the secrets known so far."""
    return sys.stdout.masked(text) if isinstance(sys.stdout, Stream) else text


def masked_pieces(text: str | Iterable[str]) -> Iterator[str]:
    """The same of a text that may come in pieces, as long as no piece ends within a secret."""
    return map(masked, [text] if isinstance(text, str) else text)


def needs_ascii() -> bool:
    """True when stdout isn't UTF-8: JSON then has to be ASCII."""
    return codecs.lookup(sys.stdout.encoding).name != "utf-8"


CI_COMMAND = re.compile(r"(##(?:vso)?)\[")
"""The start of a command of GitHub Actions or Azure Pipelines, which is obeyed anywhere in a line."""


def without_commands(text: str) -> str:
    """Text in which the bracket of such a command is escaped, as JSON does it: a document stays equivalent."""
    return CI_COMMAND.sub(r"\1\\u005b", text) if "##" in text else text


ACTORS = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Categories of characters that have an effect on a terminal: controls (C1 too), directions, formats, line ends."""


def without_actors(document: str) -> str:
    """An equivalent JSON document with all such characters escaped, except its own line ends."""
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
