"""Command lines in fenced blocks, the output shown below each, and the arguments of jc1p."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from tools.docs.pages import Block

SESSION = "console"
"""The language of blocks with a session: `$ ` before typed commands, output below them."""

SHELLS = frozenset({SESSION, "sh", "bash", "shell", "zsh"})


@dataclass(frozen=True)
class Typed:
    """One line that a reader types, and the output below it in the page."""

    line: int
    text: str
    shown: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Call:
    """One program in a typed line."""

    words: tuple[str, ...]
    variables: dict[str, str]
    is_plain: bool
    """Alone in its line, without redirection."""

    @property
    def program(self) -> str:
        """The program's name, without its folder."""
        return self.words[0].rpartition("/")[2] if self.words else ""


def typed_lines(block: Block) -> list[Typed]:
    """The typed lines, in order."""
    lines = block.text.replace("\\\n", " ").splitlines()
    has_prompts = block.language == SESSION and any(line.startswith("$ ") for line in lines)
    found: list[Typed] = []
    for number, line in enumerate(lines, block.line + 1):
        if has_prompts and not line.startswith("$ "):
            if found:
                found[-1].shown.append(line.rstrip())
        elif line.strip():
            found.append(Typed(number, line.removeprefix("$ ").strip()))
    return found


def calls(text: str) -> Iterator[Call]:
    """The programs in a line. Raises ValueError if a shell couldn't parse it."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    parts: list[list[str]] = [[]]
    is_plain, skip = True, False
    for word in lexer:
        if re.fullmatch(r"[|&;]+", word):
            parts.append([])
            is_plain = is_plain and word in {"&&", ";"}
        elif re.fullmatch(r"[<>&|]+", word):
            skip, is_plain = True, False
            if parts[-1] and parts[-1][-1] in {"1", "2"}:
                parts[-1].pop()
        elif skip:
            skip = False
        else:
            parts[-1].append(word)
    for words in parts:
        variables = {}
        while words and (found := re.fullmatch(r"(?:\+?)([A-Z_][A-Z0-9_]*)=(.*)", words[0], re.DOTALL)):
            variables[found[1]] = found[2]
            words.pop(0)
        if words or variables:
            yield Call(tuple(words), variables, is_plain)
