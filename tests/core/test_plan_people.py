"""Plans for people: invite, update, rename, reactivate, suspend, and everything that is left alone."""

import shlex
from datetime import timedelta

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
)

from jc1p.core.matching import Links
from jc1p.core.models import PersonState
from jc1p.core.plan import Hold, Kind, Plan
from jc1p.core.policy import DEFAULT_TEMPLATES, Memory, Ownership, Request, SuspendedBy
from jc1p.core.scope import Scope


def test_person_in_scope_without_account_is_invited() -> None:
    plan = plan_for(source([person("ann")], [group("eng", "ann")]), target())
    assert story(plan) == ["create_user ann", "create_group eng", "add_members eng ann"]
    assert plan.changes[0].reason == "in group eng, no 1Password account"
    assert plan.changes[0].attributes["displayName"].after == "Ann Example"


def test_person_out_of_scope_is_not_invited() -> None:
    plan = plan_for(
        source([person("ann"), person("bob")], [group("eng", "ann")]), target([account("ann", linked=True)])
    )
    assert not plan.of_kind(Kind.CREATE_USER)


def test_directly_assigned_person_is_invited() -> None:
    plan = plan_for(source([person("ann")], assigned=["ann"]), target())
    assert plan.changes[0].reason == "assigned directly, no 1Password account"


def test_account_found_by_email_in_other_case_is_linked_not_invited() -> None:
    plan = plan_for(source([person("ann", email="Ann@Example.com")], assigned=["ann"]), target([account("ann")]))
    assert story(plan) == ["link_user Ann"]
    assert not plan.has_drift


def test_linked_account_is_unchanged() -> None:
    plan = plan_for(source([person("ann")], assigned=["ann"]), target([account("ann", linked=True)]))
    assert plan.is_empty
    assert plan.unchanged_users == 1


def test_link_in_state_is_enough_when_bridge_drops_external_id() -> None:
    have = source([person("ann")], assigned=["ann"])
    assert plan_for(have, target([account("ann")]), links=Links(users={jc("ann"): op("ann")})).is_empty


def test_display_name_differing_in_blanks_and_normal_form_is_no_change() -> None:
    ann = person("ann", displayname="Zo\u00eb  Ann ")
    shown = account("ann", linked=True, display_name="Zoe\u0308 Ann")
    assert plan_for(source([ann], assigned=["ann"]), target([shown])).is_empty


def test_display_name_change_carries_the_missing_link_in_the_same_change() -> None:
    plan = plan_for(source([person("ann", lastname="Lee")], assigned=["ann"]), target([account("ann")]))
    assert story(plan) == [f"update_user ann displayName=Ann Lee externalId={jc('ann')}"]


def test_renamed_person_keeps_the_account() -> None:
    have = source([person("ann", email="lee@example.com")], assigned=["ann"])
    plan = plan_for(have, target([account("ann", linked=True)]))
    assert story(plan) == ["rename_user lee userName=lee@example.com"]
    assert plan.changes[0].attributes["userName"].before == "ann@example.com"


def test_pending_email_change_is_not_sent_again_nor_seen_as_joiner_or_leaver() -> None:
    have = source([person("ann", email="lee@example.com")], assigned=["ann"])
    memory = Memory(requests={(op("ann"), "userName"): Request("lee@example.com", NOW - timedelta(days=1))})
    plan = plan_for(have, target([account("ann", linked=True)]), memory=memory)
    assert plan.is_empty
    assert held(plan) == ["awaiting_confirmation rename_user lee"]
    assert "since 2026-11-23" in plan.held[0].reason


def test_create_waits_for_the_rename_that_frees_its_address() -> None:
    have = source(
        [person("old", email="new@example.com"), person("joiner", email="old@example.com")],
        assigned=["old", "joiner"],
    )
    plan = plan_for(have, target([account("old", linked=True)]))
    assert [change.kind for change in plan.changes] == [Kind.RENAME_USER, Kind.CREATE_USER]
    assert plan.changes[1].after == plan.changes[0].key


def test_create_is_held_while_the_address_waits_for_confirmation() -> None:
    have = source(
        [person("old", email="new@example.com"), person("joiner", email="old@example.com")],
        assigned=["old", "joiner"],
    )
    memory = Memory(requests={(op("old"), "userName"): Request("new@example.com", NOW)})
    plan = plan_for(have, target([account("old", linked=True)]), memory=memory)
    assert plan.is_empty
    assert held(plan) == ["awaiting_confirmation rename_user new", "awaiting_confirmation create_user old"]


def test_people_who_exchange_addresses_are_held() -> None:
    have = source(
        [person("ann", email="bob@example.com"), person("bob", email="ann@example.com")],
        assigned=["ann", "bob"],
    )
    plan = plan_for(have, target([account("ann", linked=True), account("bob", linked=True)]))
    assert plan.is_empty
    assert held(plan) == ["ambiguous_match rename_user ann", "ambiguous_match rename_user bob"]


def test_alias_finds_the_account_and_is_not_a_rename() -> None:
    policy = with_policy(aliases={"ann@example.com": "a.lee@corp.example"})
    have = source([person("ann")], assigned=["ann"])
    plan = plan_for(have, target([account("ann", email="a.lee@corp.example")]), policy=policy)
    assert story(plan) == ["link_user ann"]
    assert "alias" in plan.changes[0].reason


def test_accounts_at_the_email_and_at_the_alias_of_one_person_are_held_and_neither_is_touched() -> None:
    policy = with_policy(aliases={"ann@example.com": "a.lee@corp.example"}, ownership=Ownership.ALL)
    both = [account("ann"), account("lee", email="a.lee@corp.example")]
    plan = plan_for(source([person("ann", lastname="New")], assigned=["ann"]), target(both), policy=policy)
    assert plan.is_empty
    assert held(plan) == ["ambiguous_match link_user ann"]
    assert op("ann") in plan.held[0].reason
    assert op("lee") in plan.held[0].reason


BACK = (source([person("ann")], assigned=["ann"]), target([account("ann", active=False, linked=True)]))
"""Ann is active in JumpCloud, and suspended in 1Password."""


@pytest.mark.parametrize("by", [SuspendedBy.JC1P, SuspendedBy.JUMPCLOUD])
def test_suspended_account_comes_back_when_its_return_is_due(by: SuspendedBy) -> None:
    assert story(plan_for(*BACK, memory=suspended_by(by, "ann"))) == ["reactivate_user ann"]


@pytest.mark.parametrize("memory", [Memory(), suspended_by(SuspendedBy.SOMEBODY_ELSE, "ann")])
def test_account_that_somebody_else_suspended_stays_so_until_an_admin_says_otherwise(memory: Memory) -> None:
    plan = plan_for(*BACK, memory=memory)
    assert (story(plan), held(plan)) == ([], ["suspended_elsewhere reactivate_user ann"])
    assert "jc1p sync --reactivate ann@example.com" in plan.held[0].reason
    for options in ({"reactivate": ("*@EXAMPLE.com",)}, {"policy": with_policy(reactivate_elsewhere=True)}):
        assert story(plan_for(*BACK, memory=memory, **options)) == ["reactivate_user ann"]
    assert story(plan_for(*BACK, memory=memory, reactivate=("bob@example.com",))) == []


def test_memberships_of_somebody_who_stays_suspended_are_left_alone() -> None:
    have = source([person("ann")], [group("eng", "ann"), group("ops")], assigned=["ann"])
    actual = target([account("ann", active=False, linked=True)], [pushed("eng"), pushed("ops", "ann")])
    plan = plan_for(have, actual)
    assert (story(plan), held(plan)) == ([], ["suspended_elsewhere reactivate_user ann"])
    back = plan_for(have, actual, memory=suspended_by(SuspendedBy.JC1P, "ann"))
    assert story(back) == ["reactivate_user ann", "add_members eng ann", "remove_members ops ann"]


def test_person_suspended_in_jumpcloud_is_suspended_even_on_the_first_run() -> None:
    plan = plan_for(source([person("ann", state=PersonState.SUSPENDED)], assigned=["ann"]), target([account("ann")]))
    assert story(plan) == ["suspend_user ann"]
    assert plan.changes[0].reason == "suspended in JumpCloud"


def test_unassigned_person_is_suspended_when_linked() -> None:
    plan = plan_for(source([person("ann")]), target([account("ann", linked=True)]))
    assert story(plan) == ["suspend_user ann"]
    assert "no longer assigned" in plan.changes[0].reason


def test_unassigned_person_without_link_is_unowned() -> None:
    plan = plan_for(source([person("ann")]), target([account("ann")]))
    assert plan.is_empty
    assert plan.unowned_users == 1


def test_ownership_directory_also_suspends_by_email() -> None:
    plan = plan_for(
        source([person("ann")]),
        target([account("ann"), account("guest")]),
        policy=with_policy(ownership=Ownership.DIRECTORY),
    )
    assert story(plan) == ["suspend_user ann"]


def test_ownership_all_suspends_strangers_but_not_the_protected() -> None:
    policy = with_policy(ownership=Ownership.ALL, protected=("boss@*",))
    plan = plan_for(source([]), target([account("boss"), account("guest")]), policy=policy)
    assert story(plan) == ["suspend_user guest"]
    assert held(plan) == ["protected suspend_user boss"]


def test_deleted_person_is_suspended_by_external_id_alone() -> None:
    plan = plan_for(source([]), target([account("ann", linked=True)]))
    assert story(plan) == ["suspend_user ann"]
    assert plan.changes[0].reason == "deleted from JumpCloud"
    assert plan.changes[0].jumpcloud_id == jc("ann")


def test_losses_can_be_ignored_by_policy() -> None:
    policy = with_policy(suspend_unassigned=False, suspend_deleted=False, suspend_suspended=False)
    have = source([person("ann"), person("cat", state=PersonState.SUSPENDED)], assigned=["cat"])
    everyone = [account(name, linked=True) for name in ("ann", "bob", "cat")]
    assert plan_for(have, target(everyone), policy=policy).is_empty


def test_staged_person_is_neither_invited_nor_suspended() -> None:
    staged = [person("ann", state=PersonState.STAGED), person("bob", state=PersonState.STAGED)]
    plan = plan_for(source(staged, assigned=["ann", "bob"]), target([account("bob", linked=True)]))
    assert (plan.is_empty, plan.unchanged) == (True, (op("bob"),))


def test_staged_person_can_be_provisioned_by_policy() -> None:
    have = source([person("ann", state=PersonState.STAGED)], assigned=["ann"])
    assert story(plan_for(have, target(), policy=with_policy(provision_staged=True))) == ["create_user ann"]


def test_password_pending_person_is_invited_unless_policy_waits() -> None:
    have = source([person("ann", state=PersonState.PASSWORD_PENDING)], assigned=["ann"])
    assert story(plan_for(have, target())) == ["create_user ann"]
    assert plan_for(have, target(), policy=with_policy(provision_password_pending=False)).is_empty


def test_protected_account_is_never_suspended_nor_renamed() -> None:
    policy = with_policy(protected=("*@example.com",))
    have = source(
        [person("ann", state=PersonState.SUSPENDED), person("bob", email="new@example.com")],
        assigned=["ann", "bob"],
    )
    plan = plan_for(have, target([account("ann", linked=True), account("bob", linked=True)]), policy=policy)
    assert plan.is_empty
    assert held(plan) == ["protected suspend_user ann", "protected rename_user new"]


def test_account_is_protected_by_its_own_address_also_when_jumpcloud_has_another() -> None:
    policy = with_policy(protected=("ann@example.com", "bob@example.com"))
    have = source(
        [person("ann", email="lee@corp.example", state=PersonState.SUSPENDED), person("bob", email="ray@corp.example")],
        [group("eng"), group("ops", "ann", "bob")],
    )
    actual = target(
        [account("ann", linked=True), account("bob", linked=True)],
        [pushed("eng", "ann", "bob"), pushed("ops", "ann", "bob")],
    )
    plan = plan_for(have, actual, policy=policy)
    assert plan.is_empty
    assert held(plan) == [
        "protected suspend_user lee",
        "protected rename_user ray",
        "protected remove_members lee",
        "protected remove_members ray",
    ]


def test_incomplete_list_of_accounts_holds_suspensions_and_allows_invitations() -> None:
    have = source([person("ann"), person("bob", state=PersonState.SUSPENDED)], assigned=["ann", "bob"])
    plan = plan_for(have, target([account("bob", linked=True)], complete=False))
    assert story(plan) == ["create_user ann"]
    assert held(plan) == ["incomplete_read suspend_user bob"]


def test_excluded_person_is_left_alone() -> None:
    plan = plan_for(
        source([person("ann"), person("bob")], assigned=["ann", "bob"]),
        target([account("bob", linked=True)]),
        scope=Scope(exclude_users=("BOB@*", "ann@example.com")),
    )
    assert plan.is_empty
    assert (plan.unowned_users, plan.excluded_users) == (0, 1)


def test_grace_period_delays_the_unassigned_but_not_the_suspended() -> None:
    policy = with_policy(grace_period=timedelta(hours=12))
    have = source([person("ann"), person("bob", state=PersonState.SUSPENDED)], assigned=["bob"])
    actual = target([account("ann", linked=True), account("bob", linked=True)])
    first = plan_for(have, actual, policy=policy)
    assert story(first) == ["suspend_user bob"]
    assert held(first) == ["grace_period suspend_user ann"]
    assert first.absent == {op("ann")}
    later = Memory(absent_since={op("ann"): NOW - timedelta(hours=12)})
    assert "suspend_user ann" in story(plan_for(have, actual, policy=policy, memory=later))


def test_rehire_under_a_new_record_takes_the_account_over() -> None:
    returned = person("ann2", email="ann@example.com", firstname="Ann")
    plan = plan_for(source([returned], assigned=["ann2"]), target([account("ann", active=False, linked=True)]),
                    memory=suspended_by(SuspendedBy.JC1P, "ann"))  # fmt: skip
    assert story(plan) == ["reactivate_user ann"]
    assert plan.changes[0].attributes["externalId"].after == jc("ann2")


def test_account_stays_owned_when_its_person_is_back_under_a_record_out_of_scope() -> None:
    returned = person("again", email="ann@example.com", firstname="Ann")
    plan = plan_for(source([returned]), target([account("ann", linked=True)]))
    assert story(plan) == ["suspend_user ann"]


def test_two_people_with_one_email_are_held_and_named() -> None:
    twins = [person("ann", email="x@example.com"), person("bob", email="X@example.com")]
    plan = plan_for(source(twins, assigned=["ann", "bob"]), target([account("x")]))
    assert plan.is_empty
    assert held(plan) == ["ambiguous_match link_user x", "ambiguous_match link_user X"]
    assert jc("ann") in plan.held[0].reason
    assert jc("bob") in plan.held[0].reason


def test_link_claimed_twice_touches_neither_account() -> None:
    both = [account("ann", linked=True), account("bob")]
    plan = plan_for(source([person("ann")], assigned=["ann"]), target(both), links=Links(users={jc("ann"): op("bob")}))
    assert plan.is_empty
    assert held(plan) == ["ambiguous_match link_user ann"]


def test_write_that_is_not_kept_is_held_after_two_runs() -> None:
    have = source([person("ann", lastname="Lee")], assigned=["ann"])
    actual = target([account("ann", linked=True)])
    once = Memory(requests={(op("ann"), "displayName"): Request("Ann Lee", NOW, runs=1)})
    assert story(plan_for(have, actual, memory=once)) == ["update_user ann displayName=Ann Lee"]
    twice = Memory(requests={(op("ann"), "displayName"): Request("Ann Lee", NOW, runs=2)})
    plan = plan_for(have, actual, memory=twice)
    assert plan.is_empty
    assert held(plan) == ["not_kept_by_target update_user ann"]


def test_person_without_email_is_warned_about() -> None:
    nameless = person("ann")
    plan = plan_for(source([type(nameless)(id=jc("ann"), email="", username="ann")], assigned=["ann"]), target())
    assert plan.is_empty
    assert [warning.code for warning in plan.warnings] == ["owners_unprotected", "no_email"]


def resembling(*, email: str = "ann@example.com", name: str = "Ann", **person_fields: object) -> Plan:
    """A new user Ann beside an account without a user."""
    have = source([person("ann", firstname=name, email=email, **person_fields)], assigned=["ann"])  # type: ignore[arg-type]
    return plan_for(have, target([account("x", email="a.nn+old@corp.example", display_name="Ann Example")]))


def test_same_name_and_local_part_holds_the_invitation_and_names_both() -> None:
    plan = resembling()
    assert plan.is_empty
    assert held(plan) == ["probable_duplicate create_user ann"]
    assert "a.nn+old@corp.example" in plan.held[0].reason
    assert "--invite ann@example.com" in plan.held[0].reason
    assert [(w.code, w.subject) for w in plan.warnings if w.code == "probable_duplicate"] == [
        ("probable_duplicate", "ann@example.com")
    ]


def test_alternate_email_holds_the_invitation() -> None:
    plan = resembling(email="lee@example.com", name="Lee", other_emails=("A.nn+old@Corp.example",))
    assert held(plan) == ["probable_duplicate create_user lee"]


def test_same_local_part_alone_warns_and_invites() -> None:
    plan = resembling(email="ann@example.com", name="Lee")
    assert [change.kind for change in plan.changes] == [Kind.CREATE_USER]
    assert "probable_duplicate" in [warning.code for warning in plan.warnings]


def test_full_name_that_only_these_two_bear_holds_the_invitation() -> None:
    plan = resembling(email="lee@example.com", name="Ann")
    assert held(plan) == ["probable_duplicate create_user lee"]
    assert "the same full name, and no other user has it" in plan.held[0].reason


@pytest.mark.parametrize("side", ["JumpCloud", "1Password"])
def test_full_name_that_several_bear_warns_and_invites(side: str) -> None:
    joiner, namesake = person("ann", email="lee@example.com"), person("ann2", firstname="Ann")
    people = [joiner, namesake] if side == "JumpCloud" else [joiner]
    accounts = [account("x", email="private@home.example", display_name="Ann Example")]
    if side == "1Password":
        accounts.append(account("y", email="other@home.example", display_name="ann  EXAMPLE"))
    plan = plan_for(source(people, assigned=["ann"]), target(accounts))
    assert story(plan) == ["create_user lee"]
    assert "probable_duplicate" in [warning.code for warning in plan.warnings]


def test_name_of_one_word_is_no_full_name() -> None:
    have = source([person("ann", displayname="Info")], assigned=["ann"])
    plan = plan_for(have, target([account("x", email="desk@home.example", display_name="Info")]))
    assert story(plan) == ["create_user ann"]


def test_alternate_address_of_many_holds_none_of_them() -> None:
    shared = ("office@home.example",)
    names = ["ann", "bob", "cat"]
    have = source([person(name, other_emails=shared) for name in names], assigned=names)  # type: ignore[arg-type]
    plan = plan_for(have, target([account("x", email="office@home.example", display_name="Front Office")]))
    assert story(plan) == ["create_user ann", "create_user bob", "create_user cat"]
    assert [w.code for w in plan.warnings].count("probable_duplicate") == 3


@pytest.mark.parametrize(
    ("joiner", "holder"), [("weiß", "weiss"), ("bo\u017fs", "boss"), ("ﬁnn", "finn"), ("\uff41nn", "ann")]
)
def test_address_that_only_looks_the_same_is_another_persons(joiner: str, holder: str) -> None:
    people = [person("one", email=f"{joiner}@example.com"), person("two", email=f"{holder}@example.com")]
    theirs = account("two", email=f"{holder}@example.com", linked=True)
    plan = plan_for(source(people, assigned=["one", "two"]), target([theirs]))
    assert [(change.kind, change.user) for change in plan.changes if change.user != theirs.user_name] == [
        (Kind.CREATE_USER, f"{joiner}@example.com")
    ]
    alone = plan_for(
        source(people[:1], assigned=["one"]), target([theirs._replace(external_id="", display_name="Somebody")])
    )
    assert [each.code for each in alone.held] == [Hold.PROBABLE_DUPLICATE]
    assert "look like" in alone.held[0].reason


def test_no_resemblance_is_silent() -> None:
    assert "probable_duplicate" not in [w.code for w in resembling(email="lee@example.com", name="Lee").warnings]


def test_invite_overrides_the_hold() -> None:
    have = source([person("ann")], assigned=["ann"])
    actual = target([account("x", email="ann@corp.example", display_name="Ann Example")])
    plan = plan_for(have, actual, invite=frozenset({"ann@example.com"}))
    assert story(plan) == ["create_user ann"]


def test_account_of_somebody_else_is_no_duplicate() -> None:
    namesake = person("ann2", email="ann@corp.example", firstname="Ann")
    have = source([person("ann"), namesake], assigned=["ann", "ann2"])
    plan = plan_for(have, target([account("ann2", email="ann@corp.example", display_name="Ann Example", linked=True)]))
    assert story(plan) == ["create_user ann"]


def test_return_under_a_new_record_and_a_new_address_is_held_not_invited() -> None:
    plan = plan_for(
        source([person("ann2", email="ann@new.example.com", firstname="Ann")], assigned=["ann2"]),
        target([account("ann", active=False, linked=True)]),
    )
    assert held(plan) == ["probable_duplicate create_user ann"]


def test_thousands_of_people_and_accounts_are_compared_by_index() -> None:
    people = [person(f"p{number}", email=f"p{number}@example.com") for number in range(3000)]
    accounts = [account(f"q{number}", email=f"p{number}@old.example", display_name="x") for number in range(3000)]
    plan = plan_for(source(people, assigned=[f"p{number}" for number in range(3000)]), target(accounts))
    assert len([w for w in plan.warnings if w.code == "probable_duplicate"]) == 3000


def test_external_id_in_upper_case_is_the_same_link() -> None:
    shouted = account("ann", linked=True)._replace(external_id=jc("ann").upper())
    assert plan_for(source([person("ann")], assigned=["ann"]), target([shouted])).is_empty


def test_missing_external_id_is_written_again_once_where_the_bridge_keeps_it() -> None:
    have = source([person("ann"), person("bob")], assigned=["ann", "bob"])
    actual = target([account("ann"), account("bob", linked=True)])
    links = Links(users={jc("ann"): op("ann")})
    assert story(plan_for(have, actual, links=links)) == ["link_user ann"]
    sent = Memory(requests={(op("ann"), "externalId"): Request(jc("ann"), NOW)})
    assert plan_for(have, actual, links=links, memory=sent).is_empty


def test_link_is_only_recorded_where_the_bridge_drops_external_ids() -> None:
    have = source([person("ann"), person("bob")], assigned=["ann", "bob"])
    plan = plan_for(have, target([account("ann"), account("bob")]), links=Links(users={jc("bob"): op("bob")}))
    assert story(plan) == ["link_user ann"]
    assert plan.changes[0].attributes == {}


def test_reactivation_that_is_not_kept_is_held_after_two_runs() -> None:
    have = source([person("ann")], assigned=["ann"])
    due = suspended_by(SuspendedBy.JC1P, "ann")
    memory = due._replace(requests={(op("ann"), "active"): Request("true", NOW, runs=2)})
    plan = plan_for(have, target([account("ann", active=False, linked=True)]), memory=memory)
    assert plan.is_empty
    assert held(plan) == ["not_kept_by_target reactivate_user ann"]


def test_thousands_of_namesakes_are_told_a_few_at_a_time() -> None:
    accounts = [account(f"q{number}", email=f"q{number}@old.example", display_name="Info Desk") for number in range(99)]
    have = source([person("ann", displayname="Info Desk")], assigned=["ann"])
    plan = plan_for(have, target(accounts))
    assert len([w for w in plan.warnings if w.code == "probable_duplicate"]) == 5


def test_chain_of_freed_addresses_runs_from_its_end() -> None:
    names = ["dan", "ann", "cat", "bob"]
    emails = {"dan": "ann", "ann": "cat", "cat": "bob", "bob": "new"}
    have = source([person(name, email=f"{emails[name]}@example.com") for name in names], assigned=names)
    plan = plan_for(have, target([account(name, linked=True) for name in names]))
    assert [change.user for change in plan.changes] == [
        "new@example.com", "bob@example.com", "cat@example.com", "ann@example.com",
    ]  # fmt: skip


def test_user_name_that_is_no_address_is_warned_about_and_left_alone() -> None:
    policy = with_policy(templates={**DEFAULT_TEMPLATES, "userName": ("{username}",)})
    have = source([person("ann"), person("bob")], assigned=["ann", "bob"])
    plan = plan_for(have, target([account("ann", linked=True)]), policy=policy)
    assert plan.is_empty
    assert [(w.code, w.subject) for w in plan.warnings[1:]] == [
        ("not_an_email", "ann@example.com"), ("not_an_email", "bob@example.com"),
    ]  # fmt: skip


@pytest.mark.parametrize("state", [PersonState.ACTIVATED, PersonState.SUSPENDED])
def test_rehire_while_the_old_record_exists_is_held_and_both_records_are_named(state: PersonState) -> None:
    old = person("ann", email="ann.left@example.com", state=state)
    new = person("rehired", email="ann@example.com")
    there = target([account("ann", linked=True, active=state is PersonState.ACTIVATED)])
    plan = plan_for(source([old, new], assigned=["rehired"]), there)
    (item,) = [each for each in plan.held if each.user == "ann@example.com"]
    assert item.code == "ambiguous_match"
    for said in (jc("ann"), jc("rehired"), "ann.left@example.com", op("ann"), "delete the older one"):
        assert said in item.reason
    assert not [change for change in plan.changes if change.user == "ann@example.com"]


def test_rehire_takes_the_account_over_when_the_old_record_is_deleted() -> None:
    new = person("rehired", email="ann@example.com", firstname="Ann")
    plan = plan_for(source([new], assigned=["rehired"]), target([account("ann", linked=True)]))
    assert [(change.kind, change.jumpcloud_id, change.scim_id) for change in plan.changes] == [
        ("link_user", jc("rehired"), op("ann"))
    ]


def test_command_for_a_user_whose_email_is_a_pattern_brings_back_that_user_alone() -> None:
    """Only who can write in JumpCloud names a user so, and an admin may paste the suggested command."""
    have = source([person("ann", email="*@example.com"), person("bob")], assigned=["ann", "bob"])
    actual = target([account(name, linked=True, active=False) for name in ("ann", "bob")])
    reason = next(each.reason for each in plan_for(have, actual).held if each.user == "*@example.com")
    words = shlex.split(reason.rpartition(": ")[2])
    assert words[:3] == ["jc1p", "sync", "--reactivate"]
    assert story(plan_for(have, actual, reactivate=(words[3],))) == [
        "reactivate_user *",
        "rename_user * userName=*@example.com",
    ]
    assert len(plan_for(have, actual, reactivate=("b*",)).changes) == 1


def test_suggested_invitation_can_be_pasted() -> None:
    have = source([person("pat", email="pat.o'brien@example.com")], assigned=["pat"])
    plan = plan_for(have, target([account("pat", email="pat.o'brien@corp.example")]))
    command = plan.held[0].reason.rpartition(": ")[2]
    assert shlex.split(command) == ["jc1p", "sync", "--invite", "pat.o'brien@example.com"]


@pytest.mark.parametrize(
    ("email", "there"),
    [("ann@exämple.com", "ann@xn--exmple-cua.com"), ("ann@xn--exmple-cua.com", "ann@EXÄMPLE.com"),
     ("ann@example.com", "ann\u200b@example.com")],
)  # fmt: skip
def test_address_in_another_spelling_of_the_same_is_a_probable_duplicate(email: str, there: str) -> None:
    have = source([person("ann", email=email)], assigned=["ann"])
    plan = plan_for(have, target([account("x", email=there, display_name="A. E.")]))
    assert (story(plan), held(plan)) == ([], ["probable_duplicate create_user ann"])
