"""Which forms a bridge refuses, and simpler ones for the same change; learned anew in each run."""

from collections.abc import Iterator, Mapping
from itertools import chain, combinations

OPTIONAL = ("externalId", "preferredLanguage", "displayName")
"""Attributes that some servers refuse: the link can be kept in state, the name sent in parts, the language not sent."""

Attributes = Mapping[str, str | bool]


class Dialect:
    """`refused` are the attributes of OPTIONAL that the bridge refused while it accepted the others."""

    def __init__(self) -> None:
        self.refused: set[str] = set()

    def forms(self, attributes: Attributes) -> Iterator[tuple[Attributes, frozenset[str]]]:
        """Forms of writing these attributes, the fullest first, each with the attributes that the bridge refused."""
        known = self.refused & attributes.keys()
        doubtful = [name for name in OPTIONAL if name in attributes and name not in known]
        for more in chain.from_iterable(combinations(doubtful, size) for size in range(len(doubtful) + 1)):
            without = frozenset(known.union(more))
            yield plainer(attributes, without), without


def plainer(attributes: Attributes, without: frozenset[str]) -> dict[str, str | bool]:
    """The attributes without those in `without`; the name is sent in parts instead."""
    plain = {name: value for name, value in attributes.items() if name not in without}
    return plain | (name_parts(str(attributes["displayName"])) if "displayName" in without else {})


def name_parts(display_name: str) -> dict[str, str | bool]:
    """A display name in the two parts that every server has; joined by a space they are the name again."""
    given, _, family = display_name.rpartition(" ")
    return {"name.givenName": given or family, "name.familyName": family}
