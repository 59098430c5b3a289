"""Any text as a scalar of YAML that jc1p reads back as the same text, on one line."""

import re

import yaml

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.@+-]*(?: [A-Za-z0-9_.@+-]+)*")
"""What needs no quotes in any place; whatever YAML would read as something else is left out below."""
ENDLESS = 1_000_000
"""Columns before a line is broken."""


def quoted(text: str) -> str:
    """A text; ${ in it begins no variable."""
    return flow(text.replace("${", "$${"))


def flow(text: str) -> str:
    """A text in which variables may stand."""
    if PLAIN.fullmatch(text) and yaml.safe_load(text) == text:
        return text
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=ENDLESS).rstrip("\n")


def listed(texts: tuple[str, ...]) -> str:
    """Several texts as a list in one line."""
    return f"[{', '.join(quoted(text) for text in texts)}]"


def remark(text: str) -> str:
    """A text as the end of a comment: nothing in it ends the line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
