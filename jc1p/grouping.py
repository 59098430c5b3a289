"""Sorting things by a key: what matching and the search for duplicates are quick by."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")
Key = TypeVar("Key")


def group_by(items: Iterable[Item], key: Callable[[Item], Key | None]) -> dict[Key, list[Item]]:
    """Items by key, in their order; those whose key is None or empty are left out."""
    grouped: dict[Key, list[Item]] = defaultdict(list)
    for item in items:
        if found := key(item):
            grouped[found].append(item)
    return dict(grouped)
