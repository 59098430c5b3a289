"""Matching by links and by names: contradicting links, and records of which only the link or the account is left."""

from support.builders import (
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
from jc1p.core.plan import Kind, user_key
from jc1p.core.planning.group_pairs import pair_by_evidence
from jc1p.core.policy import DEFAULT_TEMPLATES

EVERYBODY = source([person("ann"), person("bob"), person("cat", lastname="New")], assigned=["ann", "bob", "cat"])


def test_everybody_whom_a_link_claimed_twice_ties_together_is_left_alone_and_the_others_go_on() -> None:
    """ann is linked to two accounts, and one of them to bob: inviting bob would create a duplicate account."""
    first = account("a1")._replace(external_id=jc("ann"))
    second = account("a2")._replace(external_id=jc("bob"))
    actual = target([first, second, account("cat", linked=True)])
    plan = plan_for(EVERYBODY, actual, links=Links(users={jc("ann"): op("a2")}))
    assert story(plan) == ["update_user cat displayName=Cat New"]
    assert held(plan) == ["ambiguous_match link_user ann", "ambiguous_match link_user bob"]


def test_people_with_one_email_and_no_account_are_held_as_the_invitations_that_were_wanted() -> None:
    have = source([person("ann"), person("lee", email="ann@example.com")], assigned=["ann", "lee"])
    assert held(plan_for(have, target([]))) == ["ambiguous_match create_user ann"] * 2


def test_account_of_a_deleted_person_is_known_by_the_link_in_state_alone() -> None:
    links = Links(users={jc("zoe"): op("zoe"), jc("former"): "OPVANISHED"})
    plan = plan_for(source([person("ann")], assigned=["ann"]), target([account("ann", linked=True), account("zoe")]),
                    links=links)  # fmt: skip
    (change,) = plan.changes
    assert (change.key, change.jumpcloud_id, change.reason) == (
        user_key(None, op("zoe")), jc("zoe"), "deleted from JumpCloud",
    )  # fmt: skip


def test_account_at_the_user_name_that_is_wanted_is_found_as_well_as_one_at_the_email() -> None:
    policy = with_policy(templates={**DEFAULT_TEMPLATES, "userName": ("{username}@corp.example",)})
    have = source([person("ann"), person("bob")], assigned=["ann", "bob"])
    actual = target([account("ann", email="ann@corp.example"), account("bob")])
    assert [(change.kind, change.scim_id) for change in plan_for(have, actual, policy=policy).changes] == [
        (Kind.RENAME_USER, op("bob")), (Kind.LINK_USER, op("ann")),
    ]  # fmt: skip


def test_group_in_scope_is_shown_with_the_1password_group_of_its_name() -> None:
    have = source([person("ann")], [group("eng", "ann", id_=jc("a")), group("Eng", "ann", id_=jc("b"))])
    for in_scope in (jc("a"), jc("b")):
        here = situation(have._replace(read_groups=frozenset({in_scope})), target([], [pushed("eng")]))
        assert pair_by_evidence(here) == {in_scope: pushed("eng")}


def test_account_that_only_an_entangled_person_is_linked_to_is_left_alone_too() -> None:
    """Otherwise it would be suspended as an account without a user."""
    both, third = account("a1")._replace(external_id=jc("bob")), account("a3")._replace(external_id=jc("bob"))
    plan = plan_for(EVERYBODY, target([both, third, account("cat", linked=True)]),
                    links=Links(users={jc("ann"): op("a1")}))  # fmt: skip
    assert story(plan) == ["update_user cat displayName=Cat New"]
    assert held(plan) == ["ambiguous_match link_user ann", "ambiguous_match link_user bob"]


def test_account_of_somebody_linked_is_not_found_again_by_an_alias_when_others_are_entangled() -> None:
    have = source([person("ann"), person("dan"), person("zed")], assigned=["ann", "dan", "zed"])
    mine = account("ann", linked=True, email="boss@example.com")
    actual = target([mine, account("z1")._replace(external_id=jc("zed")), account("z2")])
    here = situation(
        have, actual, links=Links(users={jc("zed"): op("z2")}),
        policy=with_policy(aliases={"dan@example.com": "boss@example.com"}),
    )  # fmt: skip
    assert here.matches.by_person.keys() == {jc("ann")}
    assert here.matches.by_account[op("ann")].person_id == jc("ann")


def test_account_that_a_new_record_took_over_is_not_a_deleted_persons() -> None:
    rehired = account("ann")._replace(external_id=jc("former"))
    assert situation(source([person("ann")], assigned=["ann"]), target([rehired])).matches.gone == {}
    assert situation(source([]), target([rehired])).matches.gone == {op("ann"): jc("former")}


def test_invitation_does_not_wait_for_an_email_change_of_somebody_else() -> None:
    have = source(
        [person("ann"), person("lee"), person("zoe", email="zoe@new.example")], assigned=["ann", "lee", "zoe"]
    )
    actual = target([account("ann", linked=True, email="lee@example.com"), account("zoe", linked=True)])
    plan = plan_for(have, actual, policy=with_policy(protected=("lee@*",)))
    assert story(plan) == ["rename_user zoe userName=zoe@new.example"]
    assert held(plan) == ["protected rename_user ann", "ambiguous_match create_user lee"]
