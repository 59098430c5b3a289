"""Remote text in Markdown, as data that never acts.

Words of ASCII letters stand as they are; everything else stands in code spans, where mentions, references, links,
markup and pipes are plain characters, and every line is one line (`printable`).
"""

import re
import unicodedata
from collections.abc import Iterable

from jc1p.reports.phrases import printable

LONGEST_TEXT = 4_000
PLAIN = re.compile(r"\(?(?:[A-Za-z]+(?:['-][A-Za-z]+)*|\d{1,6}|1Password(?:'s)?|jc1p)[),.;:]{0,2}|%")
"""Words that no forge makes anything of: no mention, no reference, no address, no list and no emphasis."""


def code(text: str) -> str:
    """Remote text as a code span."""
    shown = printable(text) or '""'
    if len(shown) > LONGEST_TEXT:
        # Nothing of it, since half a secret would be masked by nobody.
        shown = f"({len(shown):,} characters)"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    span = f"{fence}{pad}{shown}{pad}{fence}"
    return f"\u2068{span}\u2069" if is_right_to_left(shown) else span


def is_right_to_left(text: str) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(c) in {"R", "AL", "AN"} for c in text)


def words(text: str) -> str:
    """A sentence of ours that may quote remote text: whatever isn't a plain word becomes code."""
    if len(text) > LONGEST_TEXT:
        return code(text)
    parts: list[str] = []
    special: list[str] = []
    for word in printable(text).split(" "):
        if PLAIN.fullmatch(word):
            parts += [*spans(special), word]
            special.clear()
        else:
            special.append(word)
    return " ".join([*parts, *spans(special)])


def spans(special: Iterable[str]) -> list[str]:
    """Code for words that stand together, with the punctuation of the sentence behind it."""
    joined = " ".join(special).strip()
    bare = joined.rstrip(",.;:)")
    return [code(bare) + joined[len(bare) :]] if bare else [code(joined)] if joined else []
