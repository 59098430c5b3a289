"""IdSet is a set like any other, and a small one."""

import gc
import sys
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from operator import and_, eq, ge, gt, le, lt, ne, or_, sub, xor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jc1p.core.id_set import IdSet

IDS = st.frozensets(st.sampled_from("abcdefgh"))
OPERATIONS = (and_, or_, sub, xor, le, lt, ge, gt, eq, ne)


@pytest.mark.parametrize("operation", OPERATIONS)
@given(one=IDS, other=IDS)
def test_every_operation_is_that_of_a_set(operation: Callable[[Any, Any], object], one: Any, other: Any) -> None:
    wanted = operation(one, other)
    kinds: tuple[Callable[[AbstractSet[str]], AbstractSet[str]], ...] = (set, frozenset, IdSet, keys)
    for kind in kinds:
        assert operation(IdSet(one), kind(other)) == wanted
        assert operation(kind(one), IdSet(other)) == wanted


@given(one=IDS, other=IDS)
def test_it_contains_and_lists_its_ids(one: frozenset[str], other: frozenset[str]) -> None:
    here = IdSet(one)
    assert (len(here), list(here), bool(here)) == (len(one), sorted(one), bool(one))
    assert {id_ for id_ in other if id_ in here} == one & other
    assert here.isdisjoint(other) is one.isdisjoint(other)
    assert frozenset().union(here, other) == one | other
    assert hash(here) == hash(one)
    assert None not in here


def test_it_takes_less_than_half_of_a_frozenset() -> None:
    ids = [f"{number:024x}" for number in range(120)]
    here = IdSet(ids)
    parts = [here, *(each for each in gc.get_referents(here) if isinstance(each, tuple))]
    assert len(parts) > 1
    assert 2 * sum(map(sys.getsizeof, parts)) < sys.getsizeof(frozenset(set(ids)))


def keys(ids: AbstractSet[str]) -> AbstractSet[str]:
    return dict.fromkeys(ids).keys()
