"""How much is tested: a covering selection of product rows by default, and examples according to the profile."""

from collections.abc import Callable, Collection, Hashable, Sequence
from itertools import combinations
from typing import TypeVar

import pytest
from _pytest.mark.structures import ParameterSet
from hypothesis import settings

Row = TypeVar("Row")


def times(factor: int) -> settings:
    """This many times the profile's examples, for quick tests: fuzz."""
    return settings(max_examples=settings().max_examples * factor)


def covering(rows: Sequence[Row], traits: Callable[[Row], Collection[Hashable]]) -> list[Row]:
    """A few rows that together have every trait of all rows: each time the one that adds most, the first of equals."""
    left = [(row, set(traits(row))) for row in rows]
    missing = set[Hashable]().union(*(found for _, found in left))
    chosen = []
    while missing:
        row, found = max(left, key=lambda each: len(each[1] & missing))
        chosen.append(row)
        missing -= found
    return chosen


def pairs(values: Sequence[Hashable]) -> Collection[Hashable]:
    """Every two values of a row with their places: a selection that covers them finds each fault of two knobs."""
    return list(combinations(enumerate(values), 2))


def product_of(rows: Sequence[Row], traits: Callable[[Row], Collection[Hashable]]) -> list[ParameterSet]:
    """All rows as parameters; those that aren't needed for coverage have the mark `matrix`."""
    chosen = {id(row) for row in covering(rows, traits)}
    return [pytest.param(row, marks=() if id(row) in chosen else pytest.mark.matrix) for row in rows]
