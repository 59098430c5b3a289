"""Lines on a console: on a terminal they wrap with a hanging indent, in a pipe each line stays whole."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from jc1p.runtime.command_lines import config_words, places

LINES_AT_ONCE = 200
NARROWEST = 20
"""With fewer columns, wrapping would do more harm than good."""

HANG = 2
LEAD = re.compile(r" *(?:(?:JumpCloud |1Password |[-+~=!x.?→]|warn|info|ok|FAIL|hint:|error:|warning:) +)?")
"""The start of a line before its words; wrapped lines are indented by it."""

WORD = re.compile(r"\S+")


class Screen(Console):
    """A console that shows suggested commands as this command line needs them: with `config` if it named one."""

    config = ""


def print_lines(console: Console, lines: Iterable[Text]) -> None:
    """Print many lines at once. Without styles they skip the layout, which takes a millisecond per line."""
    waiting = typed_lines(lines, config_of(console))
    while some := list(islice(waiting, LINES_AT_ONCE)):
        if console.is_terminal or console.color_system:
            shown = [part for line in some for part in fitted(line, console)]
            console.print(Text("\n").join(shown), soft_wrap=True)
        else:
            console.file.write("".join(f"{line.plain}\n" for line in some))
    # Callers rely on the output being written: a full disk must raise here.
    console.file.flush()


def config_of(console: Console) -> str:
    """The configuration that the command line names, "" if none."""
    return console.config if isinstance(console, Screen) else ""


def typed_lines(lines: Iterable[Text], config: str) -> Iterator[Text]:
    """Lines in which each suggested command names the configuration too."""
    for line in lines:
        yield typed_line(line, config) if config and "jc1p " in line.plain else line


def typed_line(line: Text, config: str) -> Text:
    for at in reversed(places(line.plain)):
        line = line[:at].append(config_words(config)).append_text(line[at:])
    return line


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
