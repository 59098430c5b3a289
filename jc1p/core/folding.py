"""Decides when two names, addresses or labels are the same, and when they only look alike. No other module does.

Two texts are the same if their tidy, lower-case forms are equal. If they are equal only after compatibility folding (ß
and ss, ligatures, full-width letters), they look alike: a reason to ask, never identity.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import cache

GLOB_CHARACTERS = frozenset("*?")
"""Brackets are ordinary characters: group names have them."""

SIGMAS = "\u03c3\u03c2"
"""The Greek letter within a word and at its end; both have one capital."""


def tidy(text: str) -> str:
    """NFC, without control characters, runs of white space folded into one space: the form in which names are sent."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split()) if "  " in text or text[:1] == " " or text[-1:] == " " else text
    printable = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text)
    return " ".join(unicodedata.normalize("NFC", printable).split())


def fold(text: str) -> str:
    """The form in which names, addresses and labels are compared: tidy and in lower case.

    The same object where the text has that form, as nearly all addresses do: both sides' are kept for lookups.
    """
    if text.isascii() and text.isprintable() and " " not in text:
        lowered = text.lower()
        return text if lowered == text else lowered
    tidied = tidy(text)
    return tidied.lower() if tidied.isascii() else unicodedata.normalize("NFC", tidied.lower())


FEW = 16
"""Texts that are folded one by one."""


def fold_all(texts: Sequence[str]) -> list[str]:
    """The folded texts, in their order. Plain ones are folded together: nearly all addresses are plain."""
    whole = "|".join(texts)
    if whole.isascii() and whole.isprintable() and " " not in whole:
        lowered = whole.lower()
        if lowered == whole:
            return list(texts)
        folded = lowered.split("|")
        if len(folded) == len(texts):
            return folded
    if len(texts) <= FEW:
        return list(map(fold, texts))
    half = len(texts) // 2
    return fold_all(texts[:half]) + fold_all(texts[half:])


def blur(text: str) -> str:
    """The form that shows which texts look alike: also folds compatibility characters, and drops invisible ones.

    Never used for identity.
    """
    if text.isascii():
        return fold(text)
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return fold("".join(c for c in plain if unicodedata.category(c) != "Cf"))


def is_glob(entry: str) -> bool:
    """True for an entry that can match several names: one with * or ?."""
    return bool(GLOB_CHARACTERS & set(entry))


def fits_glob(text: str, pattern: str) -> bool:
    """True when a text matches a pattern; * is any text, ? one character, and case doesn't matter."""
    return compiled(pattern).fullmatch(fold(text)) is not None


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    # The lower case of a sigma depends on the letters around it, of which a pattern has only some.
    parts = {"*": ".*", "?": ".", **dict.fromkeys(SIGMAS, f"[{SIGMAS}]")}
    return re.compile("".join(parts.get(c) or re.escape(c) for c in fold(pattern)), re.DOTALL)


def matches_any(text: str, entries: Iterable[str]) -> bool:
    """True when a text equals one of the entries or matches one as a glob."""
    if not entries:
        return False
    exact, globs = sorted_entries(tuple(entries))
    if not exact:
        return False
    folded = fold(text)
    return folded in exact or any(compiled(pattern).fullmatch(folded) for pattern in globs)


def all_matching(folded: AbstractSet[str], entries: Iterable[str]) -> AbstractSet[str]:
    """Those of many folded texts that equal one of the entries or match one as a glob."""
    exact, globs = sorted_entries(tuple(entries))
    return (exact & folded).union(*(filter(compiled(pattern).fullmatch, folded) for pattern in globs))


@cache
def sorted_entries(entries: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Split entries into folded texts and globs."""
    every = [fold(entry) for entry in entries]
    return frozenset(every), tuple(entry for entry in every if is_glob(entry))
