"""Plans for groups: a pushed group keeps its id, and only members that jc1p manages are removed."""

from collections.abc import Callable

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
    source,
    story,
    suspended_by,
    target,
    with_policy,
)  # fmt: skip

from jc1p.core.matching import Links
from jc1p.core.models import Group, MembershipView, PersonState
from jc1p.core.plan import Kind, Plan, group_key
from jc1p.core.policy import GroupPolicy, Memory, Policy, Request, SuspendedBy, WhenRemoved, group_attribute

ANN, BOB = person("ann"), person("bob")
ACCOUNTS = [account("ann", linked=True), account("bob", linked=True)]


def groups_policy(**options: object) -> Policy:
    return Policy(groups=GroupPolicy(**options))  # type: ignore[arg-type]


def test_missing_member_is_added_and_a_mover_removed() -> None:
    have = source([ANN, BOB], [group("eng", "ann"), group("ops", "bob")])
    plan = plan_for(have, target(ACCOUNTS, [pushed("eng", "bob"), pushed("ops", "bob")]))
    assert story(plan) == ["add_members eng ann", "remove_members eng bob"]
    assert plan.changes[1].reason == "no longer in the JumpCloud group eng"


def test_member_is_added_beside_one_who_stays() -> None:
    have = source([ANN, BOB], [group("eng", "ann", "bob")])
    assert story(plan_for(have, target(ACCOUNTS, [pushed("eng", "bob")]))) == ["add_members eng ann"]


def test_group_that_is_right_is_unchanged() -> None:
    plan = plan_for(source([ANN], [group("eng", "ann")]), target(ACCOUNTS[:1], [pushed("eng", "ann")]))
    assert plan.is_empty
    assert plan.unchanged_groups == 1


def test_group_is_found_by_name_without_case_and_outer_blanks_and_renamed_in_place() -> None:
    plan = plan_for(source([ANN], [group("Eng ", "ann")]), target(ACCOUNTS[:1], [pushed("eng", "ann")]))
    assert story(plan) == ["rename_group Eng displayName=Eng"]
    assert plan.changes[0].scim_id == op("geng")


def test_renamed_group_keeps_its_id_by_link() -> None:
    have = source([ANN], [group("platform", "ann", id_=jc("geng"))])
    links = Links(groups={jc("geng"): op("geng")})
    plan = plan_for(have, target(ACCOUNTS[:1], [pushed("eng", "ann")]), links=links)
    assert story(plan) == ["rename_group platform displayName=platform"]


def test_renamed_group_keeps_its_id_by_external_id_when_state_is_lost() -> None:
    have = source([ANN], [group("platform", "ann", id_=jc("geng"))])
    plan = plan_for(have, target(ACCOUNTS[:1], [pushed("eng", "ann", external_id=jc("geng"))]))
    assert story(plan) == ["rename_group platform displayName=platform"]


def test_groups_that_exchange_names_are_held() -> None:
    have = source([ANN], [group("ops", "ann", id_=jc("geng")), group("eng", "ann", id_=jc("gops"))])
    links = Links(groups={jc("geng"): op("geng"), jc("gops"): op("gops")})
    plan = plan_for(have, target(ACCOUNTS[:1], [pushed("eng", "ann"), pushed("ops", "ann")]), links=links)
    assert sorted(held(plan)) == ["ambiguous_match rename_group eng", "ambiguous_match rename_group ops"]
    assert not any(change.kind is Kind.RENAME_GROUP for change in plan.changes)
    assert "swap names" in plan.held[0].reason


def test_rename_that_frees_a_name_goes_before_the_create_that_takes_it() -> None:
    have = source([ANN], [group("platform", "ann", id_=jc("geng")), group("eng", "ann", id_=jc("gnew"))])
    links = Links(groups={jc("geng"): op("geng")})
    plan = plan_for(have, target(ACCOUNTS[:1], [pushed("eng", "ann")]), links=links)
    assert story(plan) == [
        "rename_group platform displayName=platform", "create_group eng", "add_members eng ann",
    ]  # fmt: skip


ENG_NEW = group("eng", "bob", id_=jc("gnew"))
"""A new JumpCloud group that takes the name of a renamed one."""


def handed_on(*pushed_groups: Group, now: str = "platform", **options: object) -> Plan:
    """`eng` has another name now, and a new group takes its old one."""
    have = source([ANN, BOB], [group(now, "ann", id_=jc("geng")), ENG_NEW])
    actual = target(ACCOUNTS, [pushed("eng", "ann"), *pushed_groups])
    return plan_for(have, actual, links=Links(groups={jc("geng"): op("geng")}), **options)


def test_name_that_is_handed_on_waits_for_the_rename() -> None:
    plan = handed_on()
    assert story(plan) == ["rename_group platform displayName=platform", "create_group eng", "add_members eng bob"]
    assert [change.after for change in plan.changes] == [None, group_key(jc("geng")), None]


@pytest.mark.parametrize(
    ("why", "plan"),
    [
        ("another group has the new name", lambda: handed_on(pushed("platform", id_="OPOTHER"))),
        ("the new name is protected", lambda: handed_on(now="Owners")),
        ("1Password doesn't keep the new name", lambda: handed_on(
            memory=Memory(requests={(op("geng"), group_attribute("displayName")): Request("platform", NOW, runs=2)}))),
        ("the group has no new name", lambda: handed_on(now="\u00a0 ")),
    ],
)  # fmt: skip
def test_name_that_its_bearer_keeps_is_not_taken(why: str, plan: Callable[[], Plan]) -> None:
    made = plan()
    assert "ambiguous_match create_group eng" in held(made), why
    assert not any(change.key == group_key(jc("gnew")) for change in made.changes)
    reason = next(each.reason for each in made.held if each.kind is Kind.CREATE_GROUP)
    assert op("geng") in reason
    assert jc("geng") in reason


def test_name_of_a_group_that_left_the_scope_is_not_taken() -> None:
    have = source([ANN, BOB], [group("eng", "ann"), ENG_NEW])
    have = have._replace(read_groups=frozenset({jc("gnew")}))
    actual = target(ACCOUNTS, [pushed("eng", "ann")])
    plan = plan_for(have, actual, links=Links(groups={jc("geng"): op("geng")}))
    assert held(plan) == ["ambiguous_match create_group eng"]
    assert "out of scope" in plan.held[0].reason
    assert not any(change.group for change in plan.changes)


def test_name_of_a_group_that_is_gone_from_jumpcloud_is_taken_over_with_a_warning() -> None:
    actual = target(ACCOUNTS, [pushed("eng", "ann")])
    plan = plan_for(
        source([ANN, BOB], [ENG_NEW], assigned=["ann"]), actual, links=Links(groups={jc("geng"): op("geng")})
    )
    assert story(plan) == ["add_members eng bob", "remove_members eng ann"]
    assert (plan.warnings[0].code, plan.warnings[0].subject) == ("takes_over", "eng")
    assert jc("geng") in plan.warnings[0].message


def test_chain_that_is_blocked_at_its_end_takes_nothing() -> None:
    have = source(
        [ANN, BOB],
        [group("b", "ann", id_=jc("ga")), group("c", "ann", id_=jc("gb")), group("a", "bob", id_=jc("gnew"))],
    )
    links = Links(groups={jc("ga"): op("ga"), jc("gb"): op("gb")})
    blocked = target(ACCOUNTS, [pushed("a", "ann"), pushed("b", "ann"), pushed("c", id_="OPOTHER")])
    assert sorted(held(plan_for(have, blocked, links=links))) == [
        "ambiguous_match create_group a", "ambiguous_match rename_group b", "ambiguous_match rename_group c",
    ]  # fmt: skip
    free = target(ACCOUNTS, [pushed("a", "ann"), pushed("b", "ann")])
    plan = plan_for(have, free, links=links)
    assert story(plan) == [
        "rename_group c displayName=c", "rename_group b displayName=b", "create_group a", "add_members a bob",
    ]  # fmt: skip
    assert [change.after for change in plan.changes[:3]] == [None, group_key(jc("gb")), group_key(jc("ga"))]


def test_group_named_by_blanks_alone_has_no_name() -> None:
    plan = plan_for(source([ANN], [group(" \u00a0", "ann", id_=jc("gx"))]), target(ACCOUNTS[:1]))
    assert plan.is_empty
    assert [(each.group, each.code) for each in plan.held] == [(jc("gx"), "ambiguous_match")]


def test_group_that_only_looks_like_another_is_another() -> None:
    have = source([ANN], [group("Buße", "ann")])
    plan = plan_for(have, target(ACCOUNTS[:1], [pushed("Busse", "ann")]))
    assert story(plan) == ["create_group Buße", "add_members Buße ann"]
    assert ("lookalike_group", "Buße") in [(each.code, each.subject) for each in plan.warnings]


def test_name_that_could_pass_for_words_of_a_reason_is_in_quotes_in_it() -> None:
    name = "eng; nothing to do (really)"
    protected = groups_policy(protected=(name,))
    two = [group(name, "ann", id_=jc("g1")), group(name.upper(), "bob", id_=jc("g2"))]
    plans = [
        plan_for(source([ANN, BOB], two), target(ACCOUNTS, [pushed("old", external_id=jc("g1"))])),
        plan_for(source([ANN, BOB], two[:1]), target(ACCOUNTS), policy=protected),
        plan_for(source([ANN, BOB], two[:1]), target(ACCOUNTS, [pushed(name), pushed(name, id_="OPG2")])),
    ]
    reasons = [each.reason for plan in plans for each in plan.held]
    assert len(reasons) >= len(plans)
    assert [reason for reason in reasons if f'"{name}"'.lower() not in reason.lower()] == []


def test_new_groups_that_only_look_like_each_other_are_two_groups() -> None:
    have = source([ANN], [group("Buße", "ann"), group("Busse", "ann"), group("Bus\u200bse", "ann")])
    plan = plan_for(have, target(ACCOUNTS[:1]))
    warned = {each.subject: each.message for each in plan.warnings if each.code == "lookalike_group"}
    assert set(warned) == {"Bus\u200bse", "Buße"}
    assert set(warned.values()) == {
        "the name looks like the new group Busse but has different letters; these are two groups"
    }


def test_adopted_group_with_members_is_the_first_warning() -> None:
    plan = plan_for(source([ANN], [group("eng", "ann")]), target(ACCOUNTS, [pushed("eng", "ann", "bob")]))
    assert plan.warnings[0].code == "takes_over"
    assert "2 members" in plan.warnings[0].message
    empty = plan_for(source([ANN], [group("eng", "ann")]), target(ACCOUNTS, [pushed("eng")]))
    assert "takes_over" not in [warning.code for warning in empty.warnings]


def vanished(**options: object) -> Plan:
    have = source([ANN], [group("eng", "ann")])
    links = Links(groups={jc("geng"): "OPOLD"})
    return plan_for(have, target(ACCOUNTS[:1]), links=links, vanished=frozenset({jc("geng")}), **options)


def test_linked_group_that_vanished_is_held_until_somebody_says_recreate() -> None:
    plan = vanished()
    assert plan.is_empty
    assert plan.is_incomplete
    assert held(plan) == ["group_vanished create_group eng"]
    assert "`jc1p sync --recreate eng`" in plan.held[0].reason
    assert story(vanished(recreate=frozenset({"eng"}))) == ["create_group eng", "add_members eng ann"]


def test_vanished_group_without_members_is_not_missed() -> None:
    have = source([ANN], [group("eng")], assigned=["ann"])
    plan = plan_for(
        have, target(ACCOUNTS[:1]), links=Links(groups={jc("geng"): "OPOLD"}), vanished=frozenset({jc("geng")})
    )
    assert (plan.is_empty, plan.held) == (True, ())


def test_several_1password_groups_of_one_name_are_held_with_their_ids() -> None:
    twins = [pushed("eng", id_="a1"), pushed("eng", id_="a2")]
    plan = plan_for(source([ANN], [group("eng", "ann")]), target(ACCOUNTS[:1], twins))
    assert plan.is_empty
    assert held(plan) == ["ambiguous_match add_members eng"]
    assert "a1, a2" in plan.held[0].reason


def test_jumpcloud_groups_that_want_one_name_leave_it_to_the_linked_one() -> None:
    have = source([ANN, BOB], [group("eng", "ann"), group("ENG", "bob", id_=jc("other"))])
    actual = target(ACCOUNTS, [pushed("eng", "ann")])
    plan = plan_for(have, actual, links=Links(groups={jc("geng"): op("geng")}))
    assert plan.is_empty
    assert held(plan) == ["ambiguous_match create_group ENG"]


def test_rename_onto_the_name_of_another_group_is_held_and_memberships_go_on() -> None:
    have = source([ANN], [group("ops", "ann", id_=jc("geng"))])
    links = Links(groups={jc("geng"): op("geng")})
    plan = plan_for(have, target(ACCOUNTS[:1], [pushed("eng"), pushed("Ops")]), links=links)
    assert story(plan) == ["add_members ops ann"]
    assert plan.changes[0].scim_id == op("geng")
    assert held(plan) == ["ambiguous_match rename_group ops"]


def test_of_two_linked_groups_with_one_name_the_one_that_bears_it_goes_on() -> None:
    have = source([ANN, BOB], [group("eng", "ann"), group("Eng", "bob", id_=jc("gops"))])
    links = Links(groups={jc("geng"): op("geng"), jc("gops"): op("gops")})
    plan = plan_for(have, target(ACCOUNTS, [pushed("eng"), pushed("ops", "bob")]), links=links)
    assert story(plan) == ["add_members eng ann"]
    assert held(plan) == ["ambiguous_match rename_group Eng"]


def test_empty_group_is_skipped_unless_policy_creates_it() -> None:
    have = source([ANN], [group("eng")], assigned=["ann"])
    assert plan_for(have, target(ACCOUNTS[:1])).is_empty
    assert story(plan_for(have, target(ACCOUNTS[:1]), policy=groups_policy(create_empty=True))) == ["create_group eng"]


def test_last_member_leaving_empties_the_group_but_keeps_it() -> None:
    plan = plan_for(source([ANN], [group("eng")], assigned=["ann"]), target(ACCOUNTS[:1], [pushed("eng", "ann")]))
    assert story(plan) == ["remove_members eng ann"]


def test_foreign_member_stays_unless_policy_removes() -> None:
    have = source([ANN], [group("eng", "ann")])
    actual = target([ACCOUNTS[0], account("guest")], [pushed("eng", "ann", "guest")])
    assert plan_for(have, actual).is_empty
    assert story(plan_for(have, actual, policy=groups_policy(remove_foreign_members=True))) == [
        "remove_members eng guest"
    ]


def test_protected_member_is_never_removed() -> None:
    policy = with_policy(groups_policy(remove_foreign_members=True), protected=("bob@example.com", "guest@*"))
    have = source([ANN, BOB], [group("eng", "ann"), group("ops", "bob")])
    actual = target([*ACCOUNTS, account("guest")], [pushed("eng", "ann", "bob", "guest"), pushed("ops", "bob")])
    plan = plan_for(have, actual, policy=policy)
    assert plan.is_empty
    assert held(plan) == ["protected remove_members bob"]


def test_accounts_of_ambiguous_people_are_no_foreign_members() -> None:
    policy = with_policy(
        groups_policy(remove_foreign_members=True), aliases={"ann@example.com": "a.lee@corp.example"}
    )  # fmt: skip
    have = source([ANN, BOB], [group("eng", "bob")], assigned=["ann"])
    both = [account("ann"), account("lee", email="a.lee@corp.example")]
    actual = target([*both, ACCOUNTS[1], account("guest")], [pushed("eng", "ann", "lee", "bob", "guest")])
    plan = plan_for(have, actual, policy=policy)
    assert story(plan) == ["remove_members eng guest"]
    assert held(plan) == ["ambiguous_match link_user ann"]


def test_suspended_people_keep_their_memberships() -> None:
    off = person("bob", state=PersonState.SUSPENDED)
    have = source([ANN, off], [group("eng", "ann"), group("ops", "bob")])
    actual = target(ACCOUNTS, [pushed("eng", "ann", "bob"), pushed("ops", "bob")])
    assert story(plan_for(have, actual)) == ["suspend_user bob"]


def test_unassigned_person_is_suspended_without_losing_memberships() -> None:
    actual = target(ACCOUNTS, [pushed("eng", "ann", "bob")])
    assert story(plan_for(source([ANN, BOB], [group("eng", "ann")]), actual)) == ["suspend_user bob"]


def test_staged_member_is_left_where_they_are() -> None:
    staged = person("bob", state=PersonState.STAGED)
    have = source([ANN, staged], [group("eng", "ann", "bob"), group("ops", "bob")])
    actual = target(ACCOUNTS, [pushed("eng", "ann"), pushed("ops", "bob")])
    assert plan_for(have, actual).is_empty


def test_incomplete_reading_holds_removals_and_allows_additions() -> None:
    have = source([ANN, BOB], [group("eng", "ann"), group("ops", "bob")])
    actual = target(ACCOUNTS, [pushed("eng", "bob"), pushed("ops", "bob")], complete=False)
    plan = plan_for(have, actual)
    assert story(plan) == ["add_members eng ann"]
    assert held(plan) == ["incomplete_read remove_members eng"]


def test_built_in_group_names_are_refused_unless_unprotected() -> None:
    have = source([ANN], [group("owners", "ann")])
    plan = plan_for(have, target(ACCOUNTS[:1]))
    assert plan.is_empty
    assert held(plan) == ["protected create_group owners"]
    assert "create_group owners" in story(plan_for(have, target(ACCOUNTS[:1]), policy=groups_policy(protected=())))


@pytest.mark.parametrize("names", [{"ops": "Eng"}, {"ops": "All", "eng": "All"}])
def test_linked_group_whose_name_another_group_wants_too_still_loses_its_leavers(names: dict[str, str]) -> None:
    have = source([ANN, BOB], [group("eng", "ann"), group("ops", "ann")], assigned=["bob"])
    there = [pushed(name, "ann", "bob", external_id=jc("g" + name)) for name in ("eng", "ops")]
    plan = plan_for(have, target([account("ann", linked=True), account("bob", linked=True)], there),
                    policy=groups_policy(names=names))  # fmt: skip
    left = [f"{change.kind} {change.group}" for change in plan.changes if change.members]
    assert [each.lower() for each in left] == ["remove_members eng", "remove_members ops"]
    kept = ["ops"] if "eng" not in names else ["eng", "ops"]
    assert held(plan) == [f"ambiguous_match rename_group {name}" for name in kept]
    assert all(f"{each.group} keeps its name until then" in each.reason for each in plan.held)


def test_patterns_protect_groups() -> None:
    have = source([ANN], [group("Vault Admins", "ann"), group("eng", "ann")])
    actual = target(ACCOUNTS[:1], [pushed("Vault Admins"), pushed("eng")])
    plan = plan_for(have, actual, policy=groups_policy(protected=("vault *",)))
    assert [change.group for change in plan.changes if change.group] == ["eng"]
    assert held(plan) == ["protected create_group Vault Admins"]


@pytest.mark.parametrize(("name", "shown"), [("eng", "owners"), ("owners", "eng"), ("Owners", "Owners")])
def test_linked_group_with_a_protected_name_keeps_its_name_and_its_members(name: str, shown: str) -> None:
    have = source([ANN, BOB], [group(name, "ann", id_=jc("geng"))], assigned=["bob"])
    actual = target(ACCOUNTS, [pushed(shown, "bob", id_=op("geng"))])
    links = Links(groups={jc("geng"): op("geng")})
    plan = plan_for(have, actual, links=links)
    assert plan.is_empty
    assert held(plan) == [f"protected rename_group {name}"]
    unprotected = plan_for(have, actual, links=links, policy=groups_policy(protected=()))
    assert {change.kind for change in unprotected.changes} >= {"add_members", "remove_members"}


def test_group_that_left_the_scope_is_kept_emptied_or_deleted() -> None:
    have = source([ANN, BOB], [], assigned=["ann", "bob"])
    actual = target([*ACCOUNTS, account("guest")], [pushed("eng", "ann", "guest", external_id=jc("geng"))])
    assert plan_for(have, actual).is_empty
    emptied = plan_for(have, actual, policy=groups_policy(when_removed=WhenRemoved.EMPTY))
    assert story(emptied) == ["remove_members eng ann"]
    deleted = plan_for(have, actual, policy=groups_policy(when_removed=WhenRemoved.DELETE))
    assert story(deleted) == ["delete_group eng"]
    assert "2 members would lose the vaults" in deleted.changes[0].reason


@pytest.mark.parametrize(
    ("policy", "kind"), [(WhenRemoved.EMPTY, Kind.REMOVE_MEMBERS), (WhenRemoved.DELETE, Kind.DELETE_GROUP)]
)
@pytest.mark.parametrize(
    ("wanting", "there"),
    [
        ([group("eng", "ann", id_=jc("new")), group("ENG", "ann", id_=jc("newer"))], []),
        ([group("eng", "ann", id_=jc("new"))], [pushed("eng ", id_="OPSECOND")]),
    ],
    ids=["two groups in JumpCloud", "two groups in 1Password"],
)
def test_group_that_a_held_group_may_take_over_by_its_name_loses_nothing(
    policy: WhenRemoved, kind: Kind, wanting: list[Group], there: list[Group]
) -> None:
    have = source([ANN, BOB], wanting, assigned=["bob"])
    actual = target(ACCOUNTS, [pushed("eng", "ann", "bob", external_id=jc("gone")), *there])
    plan = plan_for(have, actual, policy=groups_policy(when_removed=policy))
    assert plan.is_empty
    assert f"ambiguous_match {kind} eng" in held(plan)


def test_groups_jc1p_never_pushed_are_not_touched() -> None:
    have = source([ANN], [], assigned=["ann"])
    actual = target(ACCOUNTS[:1], [pushed("private", "ann")])
    assert plan_for(have, actual, policy=groups_policy(when_removed=WhenRemoved.DELETE)).is_empty


def test_push_off_plans_no_groups() -> None:
    assert plan_for(
        source([ANN], [group("eng", "ann")]), target(ACCOUNTS[:1]), policy=groups_policy(push=False)
    ).is_empty


def test_explicit_names_and_templates_give_the_1password_name() -> None:
    policy = groups_policy(name="JC {name}", names={"eng": "Engineering"})
    have = source([ANN], [group("eng", "ann"), group("ops", "ann")])
    plan = plan_for(have, target(ACCOUNTS[:1]), policy=policy)
    assert [change.group for change in plan.changes if change.kind == "create_group"] == [
        "Engineering",
        "JC ops",
    ]


def test_invisible_memberships_add_once_and_remove_only_what_was_added() -> None:
    have = source([ANN, BOB], [group("eng", "ann"), group("ops", "bob")])
    actual = target(ACCOUNTS, [pushed("eng"), pushed("ops")], view=MembershipView.NONE)
    assert story(plan_for(have, actual)) == ["add_members eng ann", "add_members ops bob"]
    memory = Memory(added={op("geng"): frozenset({op("ann"), op("bob")}), op("gops"): frozenset({op("bob")})})
    assert story(plan_for(have, actual, memory=memory)) == ["remove_members eng bob"]


def test_namesake_warning_comes_once_for_all_new_groups() -> None:
    have = source([ANN], [group("eng", "ann"), group("ops", "ann")])
    plan = plan_for(have, target(ACCOUNTS[:1]))
    assert [warning.code for warning in plan.warnings].count("unmanaged_namesake") == 1


def test_order_is_give_first_take_last() -> None:
    cat = person("cat")._replace(state=PersonState.SUSPENDED)
    have = source([ANN, BOB, cat], [group("eng", "ann", "bob"), group("new", "ann")], assigned=["cat"])
    actual = target(
        [account("ann", linked=True, active=False), account("cat", linked=True), account("dan", linked=True)],
        [pushed("eng", "dan")],
    )
    memory = suspended_by(SuspendedBy.JC1P, "ann")
    assert [change.kind for change in plan_for(have, actual, memory=memory).changes] == [
        "create_user", "reactivate_user", "create_group", "add_members", "add_members", "suspend_user", "suspend_user",
    ]  # fmt: skip
