"""Scope by field: which users are in scope or excluded, and what happens to those who no longer fit."""

from datetime import timedelta

import pytest
from support.builders import (
    account,
    group,
    held,
    jc,
    person,
    plan_for,
    pushed,
    situation,
    source,
    story,
    target,
    with_policy,
)

from jc1p.core.models import PersonState, SourceDirectory
from jc1p.core.people_filter import PeopleEntry, first_fit, fits, has_lost_a_field
from jc1p.core.planning.emptied_fields import filled_fields, find_emptied_fields
from jc1p.core.planning.unused_entries import find_unused_entries
from jc1p.core.policy import GroupPolicy, Policy, WhenRemoved
from jc1p.core.scope import Scope, check_fields, select
from jc1p.errors import IncompleteRead


def entry(**keys: str | tuple[str, ...]) -> PeopleEntry:
    return PeopleEntry(
        tuple(
            (key.replace("__", "."), (values,) if isinstance(values, str) else values) for key, values in keys.items()
        )
    )


SALES = entry(department="Sales")
ANN = person("ann", extra={"department": "Sales", "employeeType": "Full time"})
BOB = person("bob", extra={"department": "Ops", "employeeType": ""})
CAT = person("cat", extra={})


def company(*, ann: str = "Sales", bob: str = "Sales") -> SourceDirectory:
    people = [person("ann", extra={"department": ann}), person("bob", extra={"department": bob})]
    return source(people, [group("all", "ann", "bob")])


BOTH = target([account("ann", linked=True), account("bob", linked=True)], [pushed("all", "ann", "bob")])


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"department": "Sales"}, True),
        ({"department": " SALES "}, True),
        ({"department": ("Ops", "S*")}, True),
        ({"department": "Sale"}, False),
        ({"department": "Sales", "employeeType": "full TIME"}, True),
        ({"department": "Sales", "employeeType": "Contractor"}, False),
        ({"email_domain": "EXAMPLE.com"}, True),
        ({"email_domain": "ample.com"}, False),
        ({"email": "ann@*"}, True),
        ({"jobTitle": "*"}, False),
        ({"attributes__team": "*"}, False),
    ],
)
def test_every_key_of_an_entry_must_fit_and_empty_fits_nothing(
    keys: dict[str, str | tuple[str, ...]], *, expected: bool
) -> None:
    assert fits(ANN, entry(**keys)) is expected


def test_the_first_of_several_entries_that_fits_lets_in() -> None:
    ops = entry(department="Ops")
    assert first_fit(BOB, (SALES, ops)) == ops
    assert first_fit(CAT, (SALES, ops)) is None


def test_an_entry_reads_as_in_the_file() -> None:
    shown = str(entry(department=("Sales", "R*"), employeeType="Full time", attributes__team="a: b"))
    assert shown == '{department: [Sales, "R*"], employeeType: Full time, attributes.team: "a: b"}'


def test_people_who_do_not_fit_are_neither_invited_nor_in_groups() -> None:
    plan = plan_for(company(bob="Ops"), target(), scope=Scope(users=(SALES,)))
    assert story(plan) == ["create_user ann", "create_group all", "add_members all ann"]
    assert plan.bases.people_in_scope == 1


def test_who_leaves_the_filter_is_unassigned() -> None:
    scope = Scope(users=(SALES,))
    plan = plan_for(company(bob="Ops"), BOTH, scope=scope)
    assert story(plan) == ["suspend_user bob"]
    assert plan.changes[0].reason == "no longer in scope: scope.users does not match the user"
    waiting = plan_for(company(bob="Ops"), BOTH, scope=scope, policy=with_policy(grace_period=timedelta(days=1)))
    assert (story(waiting), held(waiting)) == ([], ["grace_period suspend_user bob"])
    ignoring = plan_for(company(bob="Ops"), BOTH, scope=scope, policy=with_policy(suspend_unassigned=False))
    assert story(ignoring) == ["remove_members all bob"]
    assert ignoring.changes[0].reason == "scope.users does not match this user"
    kept = with_policy(suspend_unassigned=False, protected=("bob@*",))
    protected = plan_for(company(bob="Ops"), BOTH, scope=scope, policy=kept)
    assert {each.reason for each in protected.held if each.group} == {"not matched by scope.users, but protected"}


def test_a_removal_says_who_left_by_the_filter_and_who_left_the_group() -> None:
    cat = person("cat", extra={"department": "Sales"})
    have = source([ANN, BOB._replace(extra={"department": "Ops"}), cat], [group("all", "ann", "bob")])
    there = target([account(name, linked=True) for name in ("ann", "bob", "cat")], [pushed("all", "ann", "bob", "cat")])
    plan = plan_for(have, there, scope=Scope(users=(SALES,)), policy=with_policy(suspend_unassigned=False))
    assert story(plan) == ["remove_members all bob,cat"]
    assert (
        plan.changes[0].reason == "no longer in the JumpCloud group all, or not matched by scope.users: bob@example.com"
    )


def test_an_account_that_never_was_in_the_filter_is_left_alone() -> None:
    plan = plan_for(company(bob="Ops"), target([account("bob")]), scope=Scope(users=(entry(department="HR"),)))
    assert story(plan) == []
    assert list(plan.left_alone.values()) == [
        "not matched by scope.users, and never linked; users.ownership is linked: jc1p does not manage it"
    ]


def test_an_exclusion_by_field_leaves_alone_in_both_directions() -> None:
    scope = Scope(exclude_entries=(entry(department="Ops"),))
    assert story(plan_for(company(bob="Ops"), target(), scope=scope)) == [
        "create_user ann", "create_group all", "add_members all ann",
    ]  # fmt: skip
    assert story(plan_for(company(bob="Ops"), BOTH, scope=scope)) == []
    left = source([BOB._replace(state=PersonState.SUSPENDED), ANN], [group("all", "ann", "bob")])
    plan = plan_for(left, BOTH, scope=scope)
    assert story(plan) == []
    assert [each.code for each in plan.warnings if each.subject == "bob@example.com"] == ["excluded_leaver"]


def test_exclusion_comes_before_the_filter() -> None:
    scope = Scope(users=(SALES,), exclude_entries=(entry(department="Ops"),))
    desired = select(company(bob="Ops"), scope)
    assert (desired.excluded, desired.kept_out) == (frozenset({jc("bob")}), frozenset())
    assert story(plan_for(company(bob="Ops"), BOTH, scope=scope)) == []


def test_the_account_of_a_deleted_person_is_excluded_by_what_its_address_shows() -> None:
    gone = source([ANN], [group("all", "ann")])
    by_domain = Scope(exclude_entries=(entry(email_domain="example.com"),))
    assert story(plan_for(gone, BOTH, scope=by_domain)) == []
    by_more = Scope(exclude_entries=(entry(email_domain="example.com", department="Ops"),))
    assert story(plan_for(gone, BOTH, scope=by_more)) == ["suspend_user bob"]


def test_a_field_in_no_record_is_unreadable_and_one_in_some_is_empty_for_the_others() -> None:
    scope = Scope(users=(entry(department="Sales", costCenter="7"),))
    have = source([ANN, CAT], [group("all", "ann", "cat")])
    with pytest.raises(IncompleteRead, match=r"no JumpCloud user has the field costCenter, which scope\.users"):
        select(have, scope)
    with pytest.raises(IncompleteRead, match=r"attributes\.vip, which scope\.exclude_users uses"):
        check_fields(have, Scope(exclude_entries=(entry(attributes__vip="yes"),)))
    assert select(have, Scope(users=(SALES,))).people.keys() == {jc("ann")}
    blank = source([ANN._replace(extra={"department": ""})], [group("all", "ann")])
    assert select(blank, Scope(users=(SALES,))).kept_out == {jc("ann")}
    check_fields(source([]), scope)


def test_a_second_reading_without_a_field_that_the_first_had_says_nothing() -> None:
    assert has_lost_a_field(ANN, ANN._replace(extra={}), (SALES,))
    assert not has_lost_a_field(ANN, ANN._replace(extra={"department": ""}), (SALES,))
    assert not has_lost_a_field(CAT, CAT, (SALES,))


def test_entries_that_fit_nobody_are_named() -> None:
    scope = Scope(users=(SALES, entry(department="Sails")), exclude_entries=(entry(email_domain="exampel.com"),))
    here = situation(company(), BOTH, scope=scope)
    assert [f"{key}: {each}" for key, each in find_unused_entries(here)] == [
        "scope.exclude_users: {email_domain: exampel.com}", "scope.users: {department: Sails}",
    ]  # fmt: skip


def test_a_group_that_left_the_scope_is_not_emptied_of_the_excluded() -> None:
    policy = Policy(groups=GroupPolicy(when_removed=WhenRemoved.EMPTY))
    have = company(bob="Ops")._replace(groups={}, read_groups=frozenset(), assigned_people=frozenset({jc("ann")}))
    actual = target(BOTH.accounts.values(), [pushed("all", "ann", "bob", external_id=jc("gall"))])
    plan = plan_for(have, actual, policy=policy, scope=Scope(exclude_entries=(entry(department="Ops"),)))
    assert story(plan) == ["remove_members all ann"]


def of_departments(*departments: str) -> SourceDirectory:
    people = [person(f"p{number:02}", extra={"department": each}) for number, each in enumerate(departments)]
    return source(people, assigned=[each.username for each in people])


def emptied(before: SourceDirectory, now: SourceDirectory, scope: Scope) -> list[str]:
    had = filled_fields(situation(before, target(), scope=scope))
    return [each.message for each in find_emptied_fields(situation(now, target(), scope=scope), had)]


def test_a_field_that_became_empty_for_more_than_a_twentieth_is_a_warning() -> None:
    scope = Scope(users=(entry(department="S*", email_domain="example.com"),))
    before = of_departments(*["Sales"] * 20, "Ops", "")
    assert emptied(before, of_departments(*["Sales"] * 19, "", "Ops", ""), scope) == []
    assert emptied(before, of_departments(*["Sales"] * 19, "", "", ""), scope) == [
        "scope.users uses this field. It is now empty for 2 of 21 users who had it in the last good run: "
        "p19@example.com, "
        "p20@example.com. Check why it is empty in JumpCloud"
    ]


def test_leavers_and_other_values_empty_no_field() -> None:
    scope = Scope(users=(SALES,))
    before = of_departments(*["Sales"] * 4)
    assert emptied(before, of_departments("Sales"), scope) == []
    assert emptied(before, of_departments("Ops", "Ops", "Ops", "Ops"), scope) == []
    assert emptied(before, of_departments("", "Sales", "Sales", "Sales"), Scope(users=(entry(email="*"),))) == []
