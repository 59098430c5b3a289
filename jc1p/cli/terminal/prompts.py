"""Questions with free answers, on stderr; hidden ones have no echo. Quoted text has no effect."""

import sys
from dataclasses import dataclass, field
from getpass import getpass

from rich.console import Console
from rich.text import Text

from jc1p.errors import Interrupted, Jc1pError
from jc1p.reports.lines import print_lines
from jc1p.reports.notices import print_error
from jc1p.reports.phrases import printable
from jc1p.sync.run_deadline import RunDeadline


@dataclass(frozen=True, slots=True)
class TerminalAsker:
    """Asks on the terminal; see jc1p.setup.questions.Asker."""

    console: Console
    deadline: RunDeadline = field(default_factory=RunDeadline)
    """The command's time limit; questions don't count."""

    def ask(self, question: str, *, default: str = "", hidden: bool = False) -> str:
        """A line, or the default if it is empty. Raises Interrupted at the end of input."""
        shown = f" [{printable(default)}]" if default else ""
        prompt = Text.assemble((printable(question), "bold"), f"{shown}: ")
        self.console.file.flush()
        try:
            # Without a real terminal, as in a rehearsal, there is no echo to turn off. Not rich's hidden input: it asks
            # before the echo is off, so early typing is shown and lost.
            with self.deadline.not_counting():
                if hidden and is_real():
                    answer = getpass(prompt.plain) + "\n"
                else:
                    answer = self.console.input(prompt, stream=sys.stdin)
        except EOFError:
            answer = ""
        if not answer:
            raise Interrupted("no answer")
        return answer.removesuffix("\n").removesuffix("\r") or default

    def tell(self, *lines: str) -> None:
        """Lines for the user."""
        print_lines(self.console, [Text("\n".join(printable(part) for part in line.split("\n"))) for line in lines])

    def complain(self, error: Jc1pError) -> None:
        """An error, before its question is asked again."""
        print_error(self.console, error)


def is_real() -> bool:
    """True if standard input is a real terminal."""
    try:
        return sys.stdin.isatty() and sys.stdin.fileno() >= 0
    except (OSError, ValueError):
        return False
