"""What is said beside a result: errors with their hints, warnings, and which two sides it is about."""

from rich.console import Console
from rich.text import Text

from jc1p.core.run_record import RunRecord
from jc1p.errors import Jc1pError
from jc1p.reports.lines import print_lines
from jc1p.reports.phrases import printable


def print_sides(console: Console, record: RunRecord) -> None:
    """Which organization and which bridge, as far as they are known."""
    if said := " → ".join(f"{side} {printable(name)}" for side, name in record.sides):
        print_lines(console, [Text(said), Text()])


def print_error(console: Console, error: Jc1pError) -> None:
    """An error for people: what failed, then what to do next."""
    lines = [Text.assemble(("error: ", "bold red"), *(printable_lines(error.message)))]
    if error.hint:
        lines.append(Text.assemble(("hint: ", "bold"), *printable_lines(error.hint)))
    print_lines(console, lines)


def print_warning(console: Console, message: str) -> None:
    """One warning line for stderr."""
    print_lines(console, [Text.assemble(("warning: ", "bold yellow"), *printable_lines(message))])


def printable_lines(text: str) -> list[str]:
    """A message of ours may have several lines; what it quotes may not act."""
    return ["\n".join(printable(line) for line in text.split("\n"))]
