"""Which known names a mistyped one was probably meant to be: only what is really alike, else nothing.

Addresses are compared by their parts: two of one company share the domain, which makes no two users alike. Pure.
"""

import difflib
import re
from collections.abc import Iterable

from jc1p.core.folding import fold

ALIKE = 0.75
"""The part of two texts that must agree: one wrong letter in four."""
MOST = 3
WORDS = re.compile(r"[._+\s-]+")
WORD_ALIKE = 0.6
"""The same for one of several words: a common surname makes no two users alike."""


def near_names(text: str, names: Iterable[str], addresses: Iterable[str] = ()) -> list[str]:
    """The names and addresses that a text was probably meant to be, the likeliest first."""
    wanted = fold(text)
    by_name = first_spelling(names)
    found = [(likeness(wanted, each), by_name[each]) for each in close(wanted, by_name)]
    by_address = first_spelling(addresses)
    found += [(alike, by_address[each]) for each, alike in near_addresses(wanted, by_address)]
    found.sort(key=lambda each: (-each[0], each[1]))
    return list(dict.fromkeys(name for _, name in found))[:MOST]


def first_spelling(names: Iterable[str]) -> dict[str, str]:
    """Folded name to how it is written where it comes first."""
    found: dict[str, str] = {}
    for name in names:
        if name:
            found.setdefault(fold(name), name)
    return found


def near_addresses(wanted: str, addresses: Iterable[str]) -> list[tuple[str, float]]:
    """The addresses whose both parts are alike; a text without a domain is a first part, or one word of it."""
    local, at, domain = wanted.rpartition("@")
    if not at:
        local, domain = wanted, ""
    parts = {each: each.rpartition("@") for each in addresses}
    firsts = {first for first, _, _ in parts.values()}
    locals_ = {*close(local, firsts), *(() if domain else [each for each in firsts if local in WORDS.split(each)])}
    domains = set(close(domain, {last for _, _, last in parts.values()})) if domain else set()
    return [
        (each, likeness(local, first) + (likeness(domain, last) if domain else 0.0))
        for each, (first, _, last) in parts.items()
        if first in locals_ and (not domain or first == local or last in domains)
    ]


def close(text: str, known: Iterable[str]) -> list[str]:
    """Those of many texts that are alike, quickly."""
    known = list(known)
    found = difflib.get_close_matches(text, known, n=max(1, len(known)), cutoff=ALIKE)
    return [each for each in found if all_words_alike(WORDS.split(text), WORDS.split(each))]


def all_words_alike(one: list[str], other: list[str]) -> bool:
    """False where one of as many words is another word; where their numbers differ nothing can be said."""
    return len(one) != len(other) or all(likeness(*pair) >= WORD_ALIKE for pair in zip(one, other, strict=True))


def likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()
