"""Filters: what a run leaves for another one is held with its reason, never lost."""

from support.builders import account, group, held, jc, person, plan_for, pushed, source, story, target

from jc1p.core.plan import Plan, group_key, user_key
from jc1p.core.planning.filters import Only, PlanFilter, narrow


def company() -> Plan:
    have = source(
        [person("ann"), person("bob"), person("cat", lastname="New"), person("dan")],
        [group("eng", "ann", "cat"), group("ops", "bob", "cat")],
    )
    actual = target([account("cat", linked=True), account("dan", linked=True)], [pushed("ops", "cat")])
    return plan_for(have, actual)


def test_everything_is_the_default() -> None:
    plan = company()
    assert narrow(plan, PlanFilter()) is plan


def test_only_users() -> None:
    part = narrow(company(), PlanFilter(only=Only.USERS))
    assert story(part) == [
        "create_user ann",
        "create_user bob",
        "update_user cat displayName=Cat New",
        "suspend_user dan",
    ]
    assert held(part) == ["narrowed create_group eng", "narrowed add_members eng", "narrowed add_members ops"]


def test_only_groups_skips_memberships_of_people_who_do_not_exist_yet() -> None:
    part = narrow(company(), PlanFilter(only=Only.GROUPS))
    assert story(part) == ["create_group eng", "add_members eng cat"]
    reasons = [item.reason for item in part.held if item.group == "eng"]
    assert reasons == ["no 1Password account yet: ann@example.com"]
    assert "narrowed add_members ops" in held(part)


def test_one_person_carries_their_memberships() -> None:
    part = narrow(company(), PlanFilter(users=frozenset({user_key(jc("bob"), None)})))
    assert story(part) == ["create_user bob", "add_members ops bob"]
    assert [change.id for change in part.changes] == [1, 2]


def test_one_person_whose_group_is_not_made_yet_is_invited_without_it() -> None:
    assert story(narrow(company(), PlanFilter(users=frozenset({user_key(jc("ann"), None)})))) == ["create_user ann"]


def test_one_person_moves_alone_whoever_moves_with_them() -> None:
    have = source([person("ann"), person("bob")], [group("eng", "ann", "bob"), group("ops")])
    actual = target(
        [account("ann", linked=True), account("bob", linked=True)], [pushed("eng"), pushed("ops", "ann", "bob")]
    )
    plan = plan_for(have, actual)
    assert story(plan) == ["add_members eng ann,bob", "remove_members ops ann,bob"]
    part = narrow(plan, PlanFilter(users=frozenset({user_key(jc("ann"), None)})))
    assert story(part) == ["add_members eng ann", "remove_members ops ann"]
    assert held(part) == ["narrowed add_members eng", "narrowed remove_members ops"]


def test_one_group_carries_its_memberships() -> None:
    assert story(narrow(company(), PlanFilter(groups=frozenset({group_key(jc("geng"))})))) == [
        "create_group eng",
        "add_members eng cat",
    ]


def test_no_removals() -> None:
    part = narrow(company(), PlanFilter(no_removals=True))
    assert held(part) == ["no_removals suspend_user dan"]
    assert not part.of_kind(company().changes[-1].kind)


def test_limit_cuts_invitations_and_their_memberships() -> None:
    part = narrow(company(), PlanFilter(limit=1))
    assert [line for line in story(part) if line.startswith("create_user")] == ["create_user ann"]
    assert "limit create_user bob" in held(part)
    assert "narrowed add_members ops" in held(part)
