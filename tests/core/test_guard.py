"""The guard: numbers, messages, and that all exceeded limits are reported at once."""

import pytest
from support.builders import account, group, jc, person, plan_for, pushed, source, target

from jc1p.core.guard import LIMIT_KEYS, Limit, Limits, check_plan
from jc1p.core.models import PersonState
from jc1p.core.past_runs import Recent
from jc1p.core.plan import Kind, Plan
from jc1p.core.policy import GroupPolicy, Policy, WhenRemoved

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


def test_refusal_says_what_how_many_of_what_which_limit_who_and_how_to_allow() -> None:
    verdict = check_plan(plan_for(leavers(7), target(EVERYONE)), Limits())  # type: ignore[arg-type]
    (finding,) = verdict.findings
    assert finding.message == (
        "this run would suspend 7 accounts, and the limit is 4 "
        "(10 % of 40 active managed accounts, at least 3, at most 50).\n"
        "Planned: p00@example.com, p01@example.com, p02@example.com, p03@example.com, p04@example.com and 2 more"
    )
    allowed = check_plan(plan_for(leavers(7), target(EVERYONE)), Limits(), allow={"suspensions": 7})  # type: ignore[arg-type]
    assert (verdict.allow_options, allowed.allowed) == ("--allow suspensions=7", True)


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


def test_group_is_measured_by_its_own_members_even_if_another_group_has_the_name_it_wants() -> None:
    have = source([person(name) for name in NAMES], [group("eng")], assigned=NAMES)
    actual = target(EVERYONE, [pushed("ops", *NAMES[:6], external_id=jc("geng")),
                               pushed("eng", *NAMES[6:], external_id=jc("gone"))])  # fmt: skip
    plan = plan_for(have, actual, policy=Policy(groups=GroupPolicy(when_removed=WhenRemoved.EMPTY)))
    limits = OPEN._replace(group_member_removals=Limit(percent=50, floor=1))
    assert [(f.planned, f.allowed) for f in check_plan(plan, limits).findings] == [(6, 3), (34, 17)]


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


def earlier(limit: str, *names: str) -> Recent:
    """Changes of the last 24 hours to others than those in this plan."""
    return Recent({limit: {f"earlier {name}": name for name in names}})


def test_removals_of_the_last_day_count_towards_the_limits() -> None:
    plan = plan_for(leavers(2), target(EVERYONE))  # type: ignore[arg-type]
    assert check_plan(plan, Limits(), recent=earlier("suspensions", "x", "y")).allowed
    (finding,) = check_plan(plan, Limits(), recent=earlier("suspensions", "x", "y", "z")).findings
    assert (finding.planned, finding.allowed) == (2, 1)
    nothing = plan_for(leavers(0), target(EVERYONE))  # type: ignore[arg-type]
    assert check_plan(nothing, Limits(), recent=earlier("suspensions", *NAMES)).allowed


def test_allowance_is_the_limit_of_this_run_and_the_last_day_together() -> None:
    plan = plan_for(leavers(3), target(EVERYONE[:37]))  # type: ignore[arg-type]
    yesterday = earlier("suspensions", "zoe@example.com")
    verdict = check_plan(plan, Limits(suspensions=Limit(percent=10, floor=3)), recent=yesterday)
    assert verdict.findings[0].message == (
        "this run would suspend 3 accounts. 1 was suspended in the last 24 hours: 4 in total, "
        "and the limit is 3 (10 % of 38 active managed accounts, including 1 suspended in the last 24 hours, "
        "at least 3).\n"
        "Planned: p00@example.com, p01@example.com, p02@example.com\n"
        "Suspended earlier: zoe@example.com"
    )
    assert verdict.allow_options == "--allow suspensions=4"
    assert check_plan(plan, Limits(), recent=yesterday, allow={"suspensions": 4}).allowed
    (still,) = check_plan(plan, Limits(suspensions=Limit()), recent=yesterday, allow={"suspensions": 3}).findings
    assert "4 in total, and the limit is 3 (--allow suspensions=3)" in still.message


def test_empty_source_is_allowed_by_no_option() -> None:
    assert check_plan(plan_for(source([]), target(EVERYONE)), Limits()).allow_options == ""


def test_suspensions_that_were_allowed_and_failed_use_up_nothing() -> None:
    plan = plan_for(leavers(5), target(EVERYONE))  # type: ignore[arg-type]
    stuck = frozenset((change.kind, change.key) for change in plan.of_kind(Kind.SUSPEND_USER)[:3])
    assert not check_plan(plan, Limits()).allowed
    assert check_plan(plan, Limits(), failed_before=stuck).allowed
    (finding,) = check_plan(plan, Limits(suspensions=Limit(floor=1)), failed_before=stuck).findings
    assert (finding.planned, "p03@example.com, p04@example.com" in finding.message) == (2, True)


def test_verdict_does_not_depend_on_the_order_of_the_plan() -> None:
    have = source([person(name) for name in NAMES], [group("all", *NAMES[:20]), group("eng")])
    plan = plan_for(have, target(EVERYONE, [pushed("all", *NAMES), pushed("eng", *NAMES[:12])]))
    turned = plan._replace(changes=tuple(reversed(plan.changes)))
    verdicts = [check_plan(each, Limits(), people_before=60) for each in (plan, turned)]
    numbers = [sorted((f.limit, f.planned, f.allowed) for f in verdict.findings) for verdict in verdicts]
    assert numbers[0] == numbers[1]
    assert numbers[0]


def test_five_names_are_shown_without_a_remainder() -> None:
    (finding,) = check_plan(plan_for(leavers(5), target(EVERYONE)), Limits()).findings  # type: ignore[arg-type]
    assert finding.message.endswith("p04@example.com")


def moved(count: int, domain: str = "exmaple.com") -> Plan:
    people = [person(n, email=f"{n}@{domain}" if i < count else "") for i, n in enumerate(NAMES)]
    return plan_for(source(people, assigned=NAMES), target(EVERYONE))


def test_email_changes_are_limited_and_name_the_domains() -> None:
    assert check_plan(moved(5), Limits()).allowed
    (finding,) = check_plan(moved(40), Limits()).findings
    assert (finding.limit, finding.planned, finding.allowed) == ("renames", 40, 5)
    assert finding.message.startswith(
        "this run would change the email of 40 users from example.com to exmaple.com, and the limit is 5 "
        "(10 % of 40 users in scope, at least 5, at most 50)."
    )
    assert check_plan(moved(40), Limits(), allow={"renames": 40}).allowed


def test_email_changes_within_a_domain_or_between_several_name_none() -> None:
    people = [person(n, email=f"{n}.x@example.com") for n in NAMES]
    (finding,) = check_plan(plan_for(source(people, assigned=NAMES), target(EVERYONE)), Limits()).findings
    assert finding.message.startswith("this run would change the email of 40 users, and")


def test_email_changes_of_the_last_day_count() -> None:
    assert check_plan(moved(2), Limits(), recent=earlier("renames", "x", "y", "z")).allowed
    (finding,) = check_plan(moved(2), Limits(), recent=earlier("renames", "w", "x", "y", "z")).findings
    assert (finding.planned, finding.recent, finding.allowed) == (2, 4, 1)


def new_groups(count: int, *, linked: bool) -> Plan:
    made = [group(f"g{number}", "p00") for number in range(count)]
    kept = [pushed("kept", "p00", external_id=jc("gkept"))] if linked else []
    return plan_for(source([person("p00")], [*made, group("kept", "p00")]), target(EVERYONE[:1], kept))


def test_new_groups_are_limited_but_for_a_first_run() -> None:
    assert check_plan(new_groups(30, linked=False), Limits()).allowed
    (finding,) = check_plan(new_groups(30, linked=True), Limits()).findings
    assert (finding.limit, finding.planned, finding.allowed) == ("group_creations", 30, 15)


def test_cap_bounds_what_a_share_of_many_allows() -> None:
    assert [Limit(percent=10, floor=3, cap=50).allowed(base) for base in (10, 400, 10_000)] == [3, 40, 50]
    assert Limits().suspensions.allowed(10_000) == 50


def test_refusal_names_the_part_that_would_pass() -> None:
    people = [person(n, state=PersonState.SUSPENDED if i < 9 else PersonState.ACTIVATED) for i, n in enumerate(NAMES)]
    have = source([*people, person("new"), person("neo")], assigned=[*NAMES, "new", "neo"])
    verdict = check_plan(plan_for(have, target(EVERYONE)), Limits())
    assert verdict.hint == (
        "The other 2 changes can go ahead: jc1p sync --no-removals. To suspend one user: jc1p sync --user EMAIL"
    )
    assert check_plan(plan_for(have, target(EVERYONE)), Limits(creations=Limit(floor=1))).hint == ""
    assert check_plan(plan_for(leavers(9), target(EVERYONE)), Limits()).hint == ""  # type: ignore[arg-type]
    assert check_plan(plan_for(leavers(1), target(EVERYONE)), Limits()).hint == ""  # type: ignore[arg-type]


def test_part_that_would_pass_may_be_one_change_under_a_raised_limit() -> None:
    people = [person(n, state=PersonState.SUSPENDED if i < 9 else PersonState.ACTIVATED) for i, n in enumerate(NAMES)]
    plan = plan_for(source([*people, person("new")], assigned=[*NAMES, "new"]), target(EVERYONE))
    limits = Limits(creations=Limit(floor=0))
    assert check_plan(plan, limits).hint == ""
    assert check_plan(plan, limits, allow={"creations": 1}).hint.startswith("The other change can go ahead")
