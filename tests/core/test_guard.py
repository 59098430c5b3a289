"""The guard: the numbers, the words, and that every exceeded limit is told at once."""

from dataclasses import replace

import pytest
from support.builders import account, group, person, plan_for, pushed, source, target

from jc1p.core.guard import LIMIT_KEYS, Limit, Limits, check_plan
from jc1p.core.models import PersonState
from jc1p.core.past_runs import Recent

NAMES = [f"p{number:02}" for number in range(40)]
EVERYONE = [account(name, linked=True) for name in NAMES]
OPEN = Limits(**{key: Limit(percent=100, floor=999) for key in LIMIT_KEYS})  # type: ignore[arg-type]


def leavers(count: int) -> object:
    people = [
        person(n, state=PersonState.SUSPENDED if i < count else PersonState.ACTIVATED) for i, n in enumerate(NAMES)
    ]
    return source(people, assigned=NAMES)


@pytest.mark.parametrize(("count", "allowed"), [(3, True), (4, True), (5, False)])
def test_suspensions_are_limited_to_a_tenth_of_the_owned(count: int, allowed: bool) -> None:
    verdict = check_plan(plan_for(leavers(count), target(EVERYONE)), Limits())  # type: ignore[arg-type]
    assert verdict.allowed is allowed


def test_refusal_says_what_how_many_of_what_which_limit_who_and_how_to_permit() -> None:
    verdict = check_plan(plan_for(leavers(7), target(EVERYONE)), Limits())  # type: ignore[arg-type]
    (finding,) = verdict.findings
    assert finding.message == (
        "suspends 7 of 40 active accounts that jc1p owns, and guard.suspensions allows 4: p00@example.com, "
        "p01@example.com, p02@example.com, p03@example.com, p04@example.com and 2 more. "
        "If this is right, permit this run with --allow suspensions=7"
    )
    allowed = check_plan(plan_for(leavers(7), target(EVERYONE)), Limits(), allow={"suspensions": 7})  # type: ignore[arg-type]
    assert allowed.allowed


def test_empty_source_is_refused_even_when_everything_else_is_allowed() -> None:
    plan = plan_for(source([]), target(EVERYONE))
    assert [finding.limit for finding in check_plan(plan, OPEN).findings] == ["empty_source"]
    assert [finding.limit for finding in check_plan(plan, Limits()).findings] == [
        "empty_source",
        "suspensions",
    ]


def test_creations_are_limited() -> None:
    plan = plan_for(source([person(name) for name in NAMES], assigned=NAMES), target())
    limits = Limits(creations=Limit(floor=39))
    assert [finding.planned for finding in check_plan(plan, limits).findings] == [40]


def test_removals_are_limited_per_group_and_in_all() -> None:
    have = source([person(name) for name in NAMES], [group("all", *NAMES), group("eng", *NAMES[:4]), group("ops")])
    actual = target(EVERYONE, [pushed("all", *NAMES), pushed("eng", *NAMES[:12]), pushed("ops", *NAMES[:9])])
    findings = check_plan(plan_for(have, actual), Limits()).findings
    assert [(finding.limit, finding.planned, finding.allowed) for finding in findings] == [
        ("member_removals", 17, 15),
        ("group_member_removals", 8, 6),
        ("group_member_removals", 9, 5),
    ]


def test_source_that_shrank_is_refused_by_net_numbers() -> None:
    plan = plan_for(source([person(name) for name in NAMES[:30]], assigned=NAMES[:30]), target(EVERYONE[:30]))
    assert check_plan(plan, OPEN, people_before=40).allowed
    limits = Limits(source_shrink=Limit(percent=20, floor=5))
    assert [f.allowed for f in check_plan(plan, limits, people_before=40).findings] == [8]
    assert check_plan(plan, limits, people_before=None).allowed


def test_percentages_round_down_exactly() -> None:
    assert [Limit(percent=10).allowed(base) for base in (0, 9, 10, 29, 30)] == [0, 0, 1, 2, 3]
    assert Limit(percent=0.5).allowed(1000) == 5
    assert Limit(percent=10, floor=3).allowed(20) == 3


def test_removals_of_the_last_day_count_towards_the_limits() -> None:
    plan = plan_for(leavers(2), target(EVERYONE))  # type: ignore[arg-type]
    assert check_plan(plan, Limits(), recent=Recent(suspensions=2)).allowed
    (finding,) = check_plan(plan, Limits(), recent=Recent(suspensions=3)).findings
    assert (finding.planned, finding.allowed) == (2, 1)
    assert "allows 4 in 24 hours, of which 3 are used" in finding.message
    assert check_plan(plan, Limits(), recent=Recent(suspensions=99), allow={"suspensions": 2}).allowed
    nothing = plan_for(leavers(0), target(EVERYONE))  # type: ignore[arg-type]
    assert check_plan(nothing, Limits(), recent=Recent(99, 99, {"eng": 99}, 99)).allowed


def test_verdict_does_not_depend_on_the_order_of_the_plan() -> None:
    have = source([person(name) for name in NAMES], [group("all", *NAMES[:20]), group("eng")])
    plan = plan_for(have, target(EVERYONE, [pushed("all", *NAMES), pushed("eng", *NAMES[:12])]))
    turned = replace(plan, changes=tuple(reversed(plan.changes)))
    verdicts = [check_plan(each, Limits(), people_before=60) for each in (plan, turned)]
    numbers = [sorted((f.limit, f.planned, f.allowed) for f in verdict.findings) for verdict in verdicts]
    assert numbers[0] == numbers[1]
    assert numbers[0]


def test_five_names_are_shown_without_a_remainder() -> None:
    (finding,) = check_plan(plan_for(leavers(5), target(EVERYONE)), Limits()).findings  # type: ignore[arg-type]
    assert "p04@example.com. If" in finding.message
