"""The ids that a plan knows, without a copy of their keys."""

import pytest
from support.builders import account, jc, op, person, situation, source, target

from jc1p.core.derived import Derived
from jc1p.core.plan import Plan, user_key
from jc1p.core.planning import Situation, build_plan
from jc1p.core.planning.known_ids import KnownIds


def here() -> Situation:
    """Ann and bob have accounts, cy has none; dan is in 1Password only."""
    people = [person(name) for name in ("ann", "bob", "cy")]
    return situation(
        source(people, assigned=["ann", "bob", "cy"]), target([account(name) for name in ("ann", "bob", "dan")])
    )


def test_every_account_is_known_by_its_key_in_the_plan() -> None:
    known = KnownIds(here(), {"group:g": "g1"})
    wanted = {
        user_key(jc("ann"), op("ann")): op("ann"), user_key(jc("bob"), op("bob")): op("bob"),
        user_key(None, op("dan")): op("dan"), "group:g": "g1",
    }  # fmt: skip
    assert (dict(known), len(known)) == (wanted, len(wanted))


@pytest.mark.parametrize(
    "key",
    [
        user_key(jc("cy"), None),
        user_key(None, op("ann")),
        user_key(None, "x"),
        op("dan"),
        "group:" + op("dan"),
        "user:",
        "",
    ],
)
def test_other_keys_are_not_known(key: str) -> None:
    known = KnownIds(here())
    assert key not in known
    assert known.get(key) is None


def test_a_plan_has_no_copy_of_the_keys() -> None:
    plan: Plan = build_plan(here())
    assert isinstance(plan.ids, KnownIds)


def test_derived_values_are_made_when_asked_for() -> None:
    made: list[int] = []

    def double(item: int) -> int:
        made.append(item)
        return 2 * item

    found = Derived({"a": 1, "b": 2}, double)
    assert (list(found), len(found), made) == (["a", "b"], 2, [])
    assert (found["b"], found.get("c"), made) == (4, None, [2])
