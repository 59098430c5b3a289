"""A mapping whose values are made when they are asked for: tens of thousands that are hardly ever read take memory."""

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key")
Item = TypeVar("Item")
Value = TypeVar("Value")


class Derived(Mapping[Key, Value], Generic[Key, Item, Value]):
    """The keys of another mapping, each with what a function makes of its item."""

    __slots__ = ("_items", "_make")

    def __init__(self, items: Mapping[Key, Item], make: Callable[[Item], Value]) -> None:
        self._items, self._make = items, make

    def __getitem__(self, key: Key) -> Value:
        """Made anew each time."""
        return self._make(self._items[key])

    def __iter__(self) -> Iterator[Key]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)
