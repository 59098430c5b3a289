"""Lines on a console: on a terminal they wrap with a hanging indent, in a pipe each line stays whole."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

LINES_AT_ONCE = 200
NARROWEST = 20
"""With fewer columns, wrapping would do more harm than good."""

HANG = 2
LEAD = re.compile(r" *(?:(?:JumpCloud |1Password |[-+~=!x.?→]|warn|info|ok|FAIL|hint:|error:|warning:) +)?")
"""The start of a line before its words; wrapped lines are indented by it."""

WORD = re.compile(r"\S+")


def print_lines(console: Console, lines: Iterable[Text]) -> None:
    """Print many lines at once. Without styles they skip the layout, which takes a millisecond per line."""
    waiting = iter(lines)
    while some := list(islice(waiting, LINES_AT_ONCE)):
        if console.is_terminal or console.color_system:
            shown = [part for line in some for part in fitted(line, console)]
            console.print(Text("\n").join(shown), soft_wrap=True)
        else:
            console.file.write("".join(f"{line.plain}\n" for line in some))
    # Callers rely on the output being written: a full disk must raise here.
    console.file.flush()


def fitted(line: Text, console: Console) -> Iterator[Text]:
    """A line wrapped to a terminal's width; unchanged elsewhere."""
    if not console.is_terminal or console.width < NARROWEST:
        yield line
        return
    for each in line.split("\n", allow_blank=True):
        yield from hanging(each, console.width)


def hanging(line: Text, width: int) -> Iterator[Text]:
    """Parts of at most `width` columns, broken between words; a longer word gets its own line."""
    plain = line.plain
    if cell_len(plain) <= width:
        yield line
        return
    lead = LEAD.match(plain)
    hang = min((lead.end() if lead else 0) or HANG, width // 2)
    start, end, indent = 0, 0, 0
    for word in WORD.finditer(plain):
        # The lead never gets a line of its own.
        if word.start() > max(start, hang) and indent + cell_len(plain[start : word.end()]) > width:
            yield Text(" " * indent).append_text(line[start:end])
            start, indent = word.start(), hang
        end = word.end()
    yield Text(" " * indent).append_text(line[start:])
