"""A set of ids in a sorted tuple, for the members of thousands of groups: a frozenset takes four to eight times more.

It is slower to search. Code that looks up many ids in one group makes a frozenset of it first.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import filterfalse


class IdSet(AbstractSet[str]):
    """Equal to any set of the same ids; what is computed from it is a frozenset."""

    __slots__ = ("_ids",)

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self._ids = tuple(sorted(frozenset(ids)))

    @classmethod
    def of(cls, ids: Iterable[str]) -> "IdSet":
        """These ids; the same object if it is such a set already."""
        return ids if isinstance(ids, IdSet) else cls(ids)

    @classmethod
    def _from_iterable(cls, it: Iterable[str]) -> frozenset[str]:  # type: ignore[override]
        return frozenset(it)

    def __contains__(self, id_: object) -> bool:
        if not isinstance(id_, str):
            return False
        position = bisect_left(self._ids, id_)
        return position < len(self._ids) and self._ids[position] == id_

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __hash__(self) -> int:
        return hash(frozenset(self._ids))

    def __eq__(self, other: object) -> bool:
        return frozenset(self._ids) == other if isinstance(other, AbstractSet) else NotImplemented

    def __le__(self, other: AbstractSet[object]) -> bool:
        return len(self._ids) <= len(other) and all(map(other.__contains__, self._ids))

    def __ge__(self, other: AbstractSet[object]) -> bool:
        return len(self._ids) >= len(other) and frozenset(self._ids).issuperset(other)

    def __and__(self, other: AbstractSet[object]) -> frozenset[str]:
        return frozenset(filter(other.__contains__, self._ids))

    __rand__ = __and__

    def __sub__(self, other: AbstractSet[object]) -> frozenset[str]:
        return frozenset(filterfalse(other.__contains__, self._ids))

    def __rsub__(self, other: AbstractSet[str]) -> frozenset[str]:
        return frozenset(other).difference(self._ids)

    def isdisjoint(self, other: Iterable[object]) -> bool:
        """Whether none of its ids is among these."""
        return frozenset(self._ids).isdisjoint(other)
