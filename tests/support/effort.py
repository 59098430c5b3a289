"""How much is tried: a covering choice of the rows of a product by default, and examples by the profile that runs."""

from collections.abc import Callable, Collection, Hashable, Sequence
from itertools import combinations
from typing import TypeVar

import pytest
from _pytest.mark.structures import ParameterSet
from hypothesis import settings

Row = TypeVar("Row")


def times(factor: int) -> settings:
    """So many times the examples of the profile, for what is cheap to try: fuzz."""
    return settings(max_examples=settings().max_examples * factor)


def covering(rows: Sequence[Row], traits: Callable[[Row], Collection[Hashable]]) -> list[Row]:
    """A few rows that have every trait of all rows between them: always the one that adds most, the first of equals."""
    left = [(row, set(traits(row))) for row in rows]
    missing = set[Hashable]().union(*(found for _, found in left))
    chosen = []
    while missing:
        row, found = max(left, key=lambda each: len(each[1] & missing))
        chosen.append(row)
        missing -= found
    return chosen


def pairs(values: Sequence[Hashable]) -> Collection[Hashable]:
    """Every two values of a row, each with its place: a choice that covers them meets each fault of two knobs."""
    return list(combinations(enumerate(values), 2))


def product_of(rows: Sequence[Row], traits: Callable[[Row], Collection[Hashable]]) -> list[ParameterSet]:
    """All rows as parameters; the mark `matrix` on those that aren't needed for one of each kind."""
    chosen = {id(row) for row in covering(rows, traits)}
    return [pytest.param(row, marks=() if id(row) in chosen else pytest.mark.matrix) for row in rows]
