"""Lines on a console: on a terminal words wrap with a hanging indent, in a pipe each line stays whole."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

LINES_AT_ONCE = 200
NARROWEST = 20
"""Columns below which wrapping would break more than it helps."""

HANG = 2
LEAD = re.compile(r" *(?:(?:JumpCloud |1Password |[-+~=!x.?→]|warn|info|ok|FAIL|hint:|error:|warning:) +)?")
"""What stands before the words of a line; what follows it hangs below."""

WORD = re.compile(r"\S+")


def print_lines(console: Console, lines: Iterable[Text]) -> None:
    """Many lines at once; where no style can show, without laying them out, which takes a millisecond a line."""
    waiting = iter(lines)
    while some := list(islice(waiting, LINES_AT_ONCE)):
        if console.is_terminal or console.color_system:
            shown = [part for line in some for part in fitted(line, console)]
            console.print(Text("\n").join(shown), soft_wrap=True)
        else:
            console.file.write("".join(f"{line.plain}\n" for line in some))
    # Whoever goes on after this relies on it having been shown: a full disk must be known by now.
    console.file.flush()


def fitted(line: Text, console: Console) -> Iterator[Text]:
    """A line as it fits a terminal's width, whole elsewhere."""
    if not console.is_terminal or console.width < NARROWEST:
        yield line
        return
    for each in line.split("\n", allow_blank=True):
        yield from hanging(each, console.width)


def hanging(line: Text, width: int) -> Iterator[Text]:
    """Parts of at most `width` columns that break between words; a longer word stands whole on its own line."""
    plain = line.plain
    if cell_len(plain) <= width:
        yield line
        return
    lead = LEAD.match(plain)
    hang = min((lead.end() if lead else 0) or HANG, width // 2)
    start, end, indent = 0, 0, 0
    for word in WORD.finditer(plain):
        # The lead itself never stands alone.
        if word.start() > max(start, hang) and indent + cell_len(plain[start : word.end()]) > width:
            yield Text(" " * indent).append_text(line[start:end])
            start, indent = word.start(), hang
        end = word.end()
    yield Text(" " * indent).append_text(line[start:])
