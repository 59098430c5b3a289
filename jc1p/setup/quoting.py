"""Writes any text as a YAML scalar on one line that jc1p reads back as the same text."""

import re

import yaml

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.@+-]*(?: [A-Za-z0-9_.@+-]+)*")
"""Text that needs no quotes anywhere; words that YAML would convert are excluded below."""
ENDLESS = 1_000_000
"""Columns before a line is broken."""


def quoted(text: str) -> str:
    """A text in which ${ doesn't start a variable."""
    return flow(text.replace("${", "$${"))


def flow(text: str) -> str:
    """A text that may contain variables."""
    if PLAIN.fullmatch(text) and yaml.safe_load(text) == text:
        return text
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=ENDLESS).rstrip("\n")


def listed(texts: tuple[str, ...]) -> str:
    """Several texts as a list on one line."""
    return f"[{', '.join(quoted(text) for text in texts)}]"


def remark(text: str) -> str:
    """A text at the end of a comment, without line breaks."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
