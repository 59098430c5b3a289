"""Managed accounts: the guard's bases, memberships that may be removed, and users that a plan names."""

import pytest
from support.builders import (
    NOW,
    account,
    group,
    held,
    jc,
    op,
    person,
    plan_for,
    pushed,
    situation,
    source,
    story,
    target,
    with_policy,
)

from jc1p.core.matching import Links
from jc1p.core.models import Person, PersonState, TargetDirectory
from jc1p.core.plan import Kind, Plan, user_key
from jc1p.core.planning.group_members import is_undone
from jc1p.core.policy import GroupPolicy, Memory, Policy, Request, WhenRemoved, group_attribute
from jc1p.core.scope import Scope

LINKED = [account(name, linked=True) for name in ("ann", "bob", "cat")]
FOREIGNERS_OUT = Policy(groups=GroupPolicy(remove_foreign_members=True))


def test_guard_measures_against_owned_accounts_that_are_active_and_not_protected() -> None:
    have = source([person("ann"), person("bob"), person("cat"), person("dan")], assigned=["ann", "bob"])
    actual = target([*LINKED, account("dan", linked=True, active=False), account("stranger")])
    plan = plan_for(have, actual, policy=with_policy(protected=("bob@*",)))
    assert plan.bases.owned_accounts == 2
    nobody_in_scope = plan_for(have._replace(assigned_people=frozenset()), actual, policy=with_policy(protected=("*",)))
    assert nobody_in_scope.bases.owned_accounts == 0


def test_accounts_that_are_not_jc1ps_are_counted() -> None:
    have = source([person("ann"), person("ex"), person("un")], assigned=["ann"])
    actual = target([*LINKED, account("ex", linked=True), account("un"), account("stranger")])
    plan = plan_for(have, actual, scope=Scope(exclude_users=("ex@*",)))
    assert plan.unowned == {op("un"), op("stranger")}
    assert plan.excluded == {op("ex")}


def excluded(*people: Person, actual: TargetDirectory | None = None, assigned: tuple[str, ...] = ()) -> Plan:
    scope = Scope(exclude_users=("ex@*",))
    return plan_for(source(people, assigned=assigned), actual or target([account("ex", linked=True)]), scope=scope)


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (excluded(person("ex", state=PersonState.SUSPENDED), assigned=("ex",)), "suspended in JumpCloud"),
        (excluded(person("ex")), "no longer assigned"),
        (excluded(), "deleted from JumpCloud"),
    ],
)
def test_excluded_user_who_leaves_is_left_alone_and_named(plan: Plan, why: str) -> None:
    assert plan.is_empty
    assert plan.excluded == {op("ex")}
    (warning,) = [each for each in plan.warnings if each.code == "excluded_leaver"]
    assert warning.subject == "ex@example.com"
    assert why in warning.message


@pytest.mark.parametrize(
    "plan",
    [
        excluded(person("ex"), assigned=("ex",)),
        excluded(person("ex"), actual=target([account("ex", linked=True, active=False)])),
        excluded(person("ex"), actual=target([account("ex")])),
    ],
)
def test_excluded_user_who_stays_is_suspended_or_was_never_owned_is_no_leaver(plan: Plan) -> None:
    assert "excluded_leaver" not in [each.code for each in plan.warnings]


def test_excluded_account_of_somebody_gone_is_no_foreign_member() -> None:
    actual = target([account("ann", linked=True), account("ex")], [pushed("eng", "ann", "ex")])
    plan = plan_for(
        source([person("ann")], [group("eng", "ann")]), actual, policy=FOREIGNERS_OUT,
        scope=Scope(exclude_users=("ex@*",)),
    )  # fmt: skip
    assert plan.is_empty


def test_group_that_left_the_scope_with_members_is_named_in_each_plan() -> None:
    have = source([person("ann")], [group("eng", "ann")], assigned=["ann"])._replace(read_groups=frozenset())
    actual = target([account("ann", linked=True)], [pushed("eng", "ann", external_id=jc("geng"))])
    (warning,) = [each for each in plan_for(have, actual).warnings if each.code == "group_left_scope"]
    assert (warning.subject, "1 member still" in warning.message) == ("eng", True)
    empty = target([account("ann", linked=True)], [pushed("eng", external_id=jc("geng"))])
    assert "group_left_scope" not in [each.code for each in plan_for(have, empty).warnings]


def test_people_in_scope_who_are_suspended_already_are_unchanged() -> None:
    asleep = [person(name, state=PersonState.SUSPENDED) for name in ("ann", "bob")]
    actual = target([account("ann", linked=True, active=False), account("bob", linked=True, active=False),
                     account("cat", linked=True, active=False)])  # fmt: skip
    assert plan_for(source(asleep, assigned=["ann", "bob"]), actual).unchanged_users == 2


def test_why_nothing_is_planned_is_said_of_the_person() -> None:
    staged = source(
        [person("ann", state=PersonState.STAGED), person("bob", state=PersonState.STAGED)], assigned=["ann"]
    )
    plan = plan_for(staged, target(LINKED[:2]))
    why = "staged in JumpCloud, and users.staged is ignore: not provisioned until activated"
    assert plan.left_alone == {user_key(jc("ann"), None): why, user_key(jc("bob"), None): why}


def test_unassigned_person_whose_loss_is_ignored_still_leaves_the_groups() -> None:
    have = source([person("ann"), person("bob")], [group("eng", "ann")])
    actual = target(LINKED[:2], [pushed("eng", "ann", "bob")])
    plan = plan_for(have, actual, policy=with_policy(suspend_unassigned=False))
    assert story(plan) == ["remove_members eng bob"]


def test_excluded_person_is_no_foreign_member() -> None:
    have = source([person("ann"), person("bob")], [group("eng", "ann")])
    actual = target([account("ann", linked=True), account("bob"), account("cat")], [pushed("eng", "ann", "bob", "cat")])
    plan = plan_for(have, actual, policy=FOREIGNERS_OUT, scope=Scope(exclude_users=("bob@*",)))
    assert story(plan) == ["remove_members eng cat"]


def test_link_to_an_earlier_record_is_shown_as_what_it_was() -> None:
    old = jc("former")
    plan = plan_for(source([person("ann")], assigned=["ann"]), target([account("ann")._replace(external_id=old)]))
    (change,) = plan.changes
    assert (change.kind, change.key) == (Kind.LINK_USER, user_key(jc("ann"), None))
    assert (change.attributes["externalId"].before, change.attributes["externalId"].after) == (old, jc("ann"))


def test_of_two_groups_that_want_one_name_the_linked_one_goes_on_whatever_it_is_called_now() -> None:
    have = source([person("ann")], [group("eng", "ann"), group("Eng", "ann", id_=jc("other"))])
    plan = plan_for(have, target(LINKED[:1], [pushed("wrong", "ann", external_id=jc("geng"))]))
    assert story(plan) == ["rename_group eng displayName=eng"]
    assert held(plan) == ["ambiguous_match create_group Eng"]


def test_deleted_group_is_named_by_the_ids_of_both_sides() -> None:
    have, actual = (
        source([person("ann")], assigned=["ann"]),
        target(LINKED[:1], [pushed("old", external_id=jc("gold"))]),
    )
    (change,) = plan_for(have, actual, policy=Policy(groups=GroupPolicy(when_removed=WhenRemoved.DELETE))).changes
    assert (change.kind, change.jumpcloud_id, change.scim_id) == (Kind.DELETE_GROUP, jc("gold"), op("gold"))


def test_change_of_members_is_undone_while_the_group_shows_the_opposite_of_what_is_wanted() -> None:
    have = source([person("ann"), person("bob"), person("cat")], [group("eng", "ann", "bob")], assigned=["cat"])
    actual = target([*LINKED, account("zoe")], [pushed("eng", "ann", "zoe"), pushed("other")])
    here = situation(have, actual, links=Links(groups={jc("geng"): op("geng")}))

    def undone(direction: str) -> set[str]:
        return {name for name in ("ann", "bob", "cat", "zoe") if is_undone(here, op("geng"), op(name), direction)}

    assert (undone("added"), undone("removed")) == ({"bob"}, {"zoe"})
    assert not is_undone(here, op("gother"), op("bob"), "added")
    assert not is_undone(here, "gone", op("bob"), "added")


def test_people_for_whom_there_is_nothing_to_do_are_counted() -> None:
    staged = [person(name, state=PersonState.STAGED) for name in ("dan", "eve")]
    have = source([person("ann"), person("bob"), *staged], assigned=["ann", "bob", "dan", "eve"])
    plan = plan_for(have, target([*LINKED[:2], account("dan", linked=True), account("eve", linked=True)]))
    assert (plan.is_empty, plan.unchanged_users) == (True, 4)


def test_group_that_is_emptied_is_named_by_the_ids_of_both_sides() -> None:
    have = source([person("ann")], assigned=["ann"])
    actual = target(LINKED[:1], [pushed("old", "ann", external_id=jc("gold"))])
    (change,) = plan_for(have, actual, policy=Policy(groups=GroupPolicy(when_removed=WhenRemoved.EMPTY))).changes
    assert (change.kind, change.jumpcloud_id, change.scim_id) == (Kind.REMOVE_MEMBERS, jc("gold"), op("gold"))


def test_name_of_a_group_that_was_not_kept_once_is_sent_again() -> None:
    have = source([person("ann")], [group("eng", "ann")])
    actual = target(LINKED[:1], [pushed("wrong", "ann", external_id=jc("geng"))])
    name = op("gwrong"), group_attribute("displayName")
    sent = {runs: Memory(requests={name: Request("eng", NOW, runs)}) for runs in (1, 2)}
    assert story(plan_for(have, actual, memory=sent[1])) == ["rename_group eng displayName=eng"]
    assert story(plan_for(have, actual, memory=sent[2])) == []


def test_protected_member_stays_in_a_group_that_is_emptied_and_is_told() -> None:
    have = source([person("ann"), person("bob")], assigned=["ann", "bob"])
    actual = target(LINKED[:2], [pushed("old", "ann", "bob", external_id=jc("gold"))])
    policy = with_policy(Policy(groups=GroupPolicy(when_removed=WhenRemoved.EMPTY)), protected=("bob@*",))
    plan = plan_for(have, actual, policy=policy)
    assert story(plan) == ["remove_members old ann"]
    assert held(plan) == ["protected remove_members bob"]
