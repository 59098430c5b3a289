"""Accounts and groups that get another owner: warned about first, for users and for groups."""

import pytest
from support.builders import (
    account,
    group,
    jc,
    op,
    person,
    plan_for,
    pushed,
    situation,
    source,
    story,
    suspended_by,
    target,
    with_policy,
)

from jc1p.core.matching import Links
from jc1p.core.models import PersonState
from jc1p.core.plan import TAKES_OVER, Plan, PlanWarning, group_key, user_key
from jc1p.core.policy import SuspendedBy
from jc1p.errors import UsageError
from jc1p.queries.import_candidates import compare, plan_links

PROTECTED = with_policy(protected=("ann@example.com",))
ANN = source([person("ann")], assigned=["ann"])


def taken(plan: Plan) -> list[PlanWarning]:
    return [warning for warning in plan.warnings if warning.code == TAKES_OVER]


def test_unlinked_protected_account_that_somebody_gets_by_its_address_is_the_first_warning() -> None:
    have = source([person("ann"), person("ghost", email=" ")], assigned=["ann", "ghost"])
    plan = plan_for(have, target([account("ann", email="ANN@example.com")]), policy=PROTECTED)
    assert story(plan) == ["link_user ann"]
    first = plan.warnings[0]
    assert (first.code, first.subject, first.key) == (TAKES_OVER, "ann@example.com", user_key(jc("ann"), None))
    assert first.message == (
        f"the 1Password account ANN@example.com ({op('ann')}), matched by email, is protected. It becomes the account "
        f"of the JumpCloud user ann@example.com ({jc('ann')}) and gets that user's name and groups"
    )
    assert len(plan.warnings) > 1


@pytest.mark.parametrize(
    ("why", "links", "linked"), [("state", Links(users={jc("ann"): op("ann")}), False), ("externalId", Links(), True)]
)
def test_protected_account_that_is_linked_already_is_not_taken_over(why: str, links: Links, *, linked: bool) -> None:
    plan = plan_for(
        ANN, target([account("ann", linked=linked, display_name="Old Name")]), policy=PROTECTED, links=links
    )
    assert story(plan) == ["update_user ann displayName=Ann Example"]
    assert taken(plan) == [], why


def test_account_that_is_not_protected_and_was_nobodys_is_linked_without_a_warning() -> None:
    assert taken(plan_for(ANN, target([account("ann")]))) == []


def test_protected_account_named_by_an_alias_is_told_too() -> None:
    policy = with_policy(PROTECTED, aliases={"lee@example.com": "ann@example.com"})
    plan = plan_for(source([person("lee")], assigned=["lee"]), target([account("ann")]), policy=policy)
    (warning,) = taken(plan)
    assert (warning.subject, "matched by alias" in warning.message) == ("lee@example.com", True)


@pytest.mark.parametrize("where", ["externalId", "state"])
def test_link_that_moves_to_another_record_is_told_with_the_record_it_was_linked_to(where: str) -> None:
    again = person("ann2", email="ann@example.com", firstname="Ann")
    links = Links(users={jc("ann"): op("ann")} if where == "state" else {})
    plan = plan_for(
        source([again], assigned=["ann2"]), target([account("ann", linked=where == "externalId")]), links=links
    )
    assert story(plan) == ["link_user ann"]
    (warning,) = taken(plan)
    assert plan.warnings[0] is warning
    assert f"was linked to the JumpCloud user {jc('ann')}, which was deleted" in warning.message
    assert plan.presumed_gone_users == {jc("ann")}


def test_account_whose_return_is_due_is_told_once_although_two_changes_bring_it_back() -> None:
    again = person("ann2", email="ann@new.example", firstname="Ann")
    policy = with_policy(aliases={"ann@new.example": "ann@example.com"})
    plan = plan_for(source([again], assigned=["ann2"]), target([account("ann", active=False, linked=True)]),
                    policy=policy, memory=suspended_by(SuspendedBy.JC1P, "ann"))  # fmt: skip
    assert story(plan) == ["reactivate_user ann"]
    assert len(taken(plan)) == 1


@pytest.mark.parametrize(
    ("state", "active"), [(PersonState.SUSPENDED, True), (PersonState.ACTIVATED, False), (PersonState.STAGED, True)]
)
def test_account_that_nothing_is_planned_for_is_not_taken_over(state: PersonState, *, active: bool) -> None:
    """No change records its owner: the warning would be repeated, and notified, in every run."""
    have = source([person("ann", state=state)], assigned=["ann"])
    plan = plan_for(have, target([account("ann", active=active)]), policy=PROTECTED)
    assert plan.is_empty
    assert taken(plan) == []


def test_somebody_who_only_resembles_a_protected_account_gets_nothing_of_it() -> None:
    """The same name and local part, an alternate address, similar-looking letters: none of these is a match."""
    policy = with_policy(protected=("ann@corp.example",))
    actual = target([account("boss", email="ann@corp.example", display_name="Ann Example")])
    for extra in (person("ann"), person("ann")._replace(other_emails=("ann@corp.example",))):
        plan = plan_for(source([extra], assigned=["ann"]), actual, policy=policy)
        assert plan.is_empty
        assert taken(plan) == []


def test_groups_and_people_share_the_warning_and_people_come_first() -> None:
    have = source([person("ann")], [group("eng", "ann")])
    plan = plan_for(have, target([account("ann")], [pushed("eng", "ann")]), policy=PROTECTED)
    assert [(each.subject, each.key) for each in plan.warnings[:2]] == [
        ("ann@example.com", user_key(jc("ann"), None)), ("eng", group_key(jc("geng"))),
    ]  # fmt: skip


# --- import -------------------------------------------------------------------------------------------------


def test_import_shows_what_its_links_take_over() -> None:
    whole = situation(ANN, target([account("ann")]), policy=PROTECTED)
    assert [each.key for each in taken(plan_links(whole, compare(whole), frozenset()))] == [user_key(jc("ann"), None)]


def test_import_accepts_no_likeness_for_a_protected_account() -> None:
    actual = target([account("boss", email="ann@corp.example", display_name="Ann Example")])
    whole = situation(ANN, actual, policy=with_policy(protected=("*@corp.example",)))
    with pytest.raises(UsageError, match=r"ann@corp\.example is in users\.protected") as raised:
        plan_links(whole, compare(whole), frozenset({"ann@example.com"}))
    assert "users.aliases" in (raised.value.hint or "")


def test_import_tells_of_an_accepted_account_that_was_linked_to_somebody_deleted() -> None:
    old = account("old", email="ann@corp.example", display_name="Ann Example")._replace(external_id=jc("former"))
    whole = situation(ANN, target([old]))
    plan = plan_links(whole, compare(whole), frozenset({"ann@example.com"}))
    (warning,) = taken(plan)
    assert f"was linked to the JumpCloud user {jc('former')}" in warning.message
    assert plan.presumed_gone_users == {jc("former")}
