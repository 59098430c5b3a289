"""Remote text in Markdown, as data without any effect.

Words of ASCII letters stay as they are. Everything else goes into code spans, where mentions, references, links, markup
and pipes are plain characters, and everything stays on one line (`printable`).
"""

import re
import unicodedata
from collections.abc import Iterable

from jc1p.reports.phrases import printable, with_commands_marked

LONGEST_TEXT = 4_000
PLAIN = re.compile(
    r"\(?(?:[A-Za-z]+(?:['-][A-Za-z]+)*|\d{1,6}|\d{1,3}(?:,\d{3})+|1Password(?:'s)?|jc1p(?:'s)?|%)[),.;:]{0,2}"
)
"""Words without a meaning for any forge: no mention, no reference, no address, no list and no emphasis."""
LIST_NUMBER = re.compile(r"\d+[.)]")
"""At the start of a line it would begin a list."""
BETWEEN = frozenset({">", "→"})
"""Characters that are plain after a word, and only there."""
UNIT = re.compile(r"""(\(?)(`[^`]+`|"[^"]*")([),.;:]*)(?= |$)|\S+""")
"""A command in backticks or a quoted name, which stay together, with the punctuation around it; or a word."""


def code(text: str) -> str:
    """Remote text as a code span."""
    shown = printable(text) or '""'
    if len(shown) > LONGEST_TEXT:
        # Show nothing of it: half a secret could not be masked.
        shown = f"({len(shown):,} characters)"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    span = f"{fence}{pad}{shown}{pad}{fence}"
    return f"\u2068{span}\u2069" if is_right_to_left(shown) else span


def is_right_to_left(text: str) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(c) in {"R", "AL", "AN"} for c in text)


def words(text: str) -> str:
    """One of our sentences, which may quote remote text: everything but plain words becomes code."""
    if len(text) > LONGEST_TEXT:
        return code(text)
    parts: list[str] = []
    special: list[str] = []
    for found in UNIT.finditer(printable(with_commands_marked(text))):
        before, together, after = found[1], found[2], found[3]
        is_first = not special and not parts
        is_number = is_first and LIST_NUMBER.fullmatch(found[0])
        is_plain = (PLAIN.fullmatch(found[0]) and not is_number) or (found[0] in BETWEEN and not special and parts)
        if together or is_plain:
            parts += [*spans(special), f"{before}{code(unquoted(together))}{after}" if together else found[0]]
            special.clear()
        else:
            special.append(found[0])
        if special and found[0].endswith((",", ";")):
            # The next name is another one.
            parts += spans(special)
            special.clear()
    return " ".join([*parts, *spans(special)])


def unquoted(together: str) -> str:
    """A command without its backticks; a quoted name as it is."""
    return together[1:-1] if together.startswith("`") else together


def spans(special: Iterable[str]) -> list[str]:
    """Code for consecutive words, followed by the punctuation of the sentence."""
    joined = " ".join(special).strip()
    before = "(" if joined.startswith("(") else ""
    bare = joined[len(before) :].rstrip(",.;:)")
    if bare.count("(") > bare.count(")"):
        bare = joined[len(before) : len(before) + len(bare) + 1]
    return [f"{before}{code(bare)}{joined[len(before) + len(bare) :]}"] if bare else [code(joined)] if joined else []
