"""Import: matched, probable, unmatched; links only for people in scope; plain, free usernames."""

import pytest
from support.builders import account, jc, op, person, situation, source, suspended_by, target

from jc1p.core.matching import Links
from jc1p.core.models import PersonState
from jc1p.core.planning import Situation
from jc1p.core.policy import SuspendedBy
from jc1p.errors import NotFoundInDirectory, UsageError
from jc1p.queries.import_candidates import MatchKind, compare, free_username, people_to_create, plan_links


@pytest.fixture
def company() -> Situation:
    """Ann is matched, Bob matched but out of scope, Cat probable, the guest unmatched, Dan suspended and unmatched."""
    have = source([person("ann"), person("bob"), person("cat")], assigned=["ann", "cat"])
    accounts = [
        account("ann"), account("bob"), account("old", email="cat@corp.example", display_name="Cat Example"),
        account("guest", email="g.uest+x@partner.example", display_name="Gina van Guest"),
        account("dan", active=False),
    ]  # fmt: skip
    return situation(have, target(accounts))


def test_every_account_is_matched_probable_or_unmatched_with_a_reason(company: Situation) -> None:
    found = [(each.finding, each.account.user_name, each.reason) for each in compare(company)]
    assert found == [
        (MatchKind.MATCHED, "ann@example.com", "by email"),
        (MatchKind.MATCHED, "bob@example.com", "by email"),
        (MatchKind.PROBABLE, "cat@corp.example", "has the same name and local part"),
        (MatchKind.UNMATCHED, "dan@example.com", "no matching JumpCloud user"),
        (MatchKind.UNMATCHED, "g.uest+x@partner.example", "no matching JumpCloud user"),
    ]


def test_match_known_from_state_alone_says_so() -> None:
    have = source([person("ann", email="new@example.com")], assigned=["ann"])
    here = situation(have, target([account("ann", email="old@example.com")]), links=Links({jc("ann"): op("ann")}))
    (found,) = compare(here)
    assert (found.finding, found.reason) == (MatchKind.MATCHED, "by a link in state")


def test_only_returns_in_scope_that_are_not_due_are_held() -> None:
    have = source(
        [person("ann"), person("bob"), person("cat", state=PersonState.SUSPENDED), person("dan"), person("eve")],
        assigned=["ann", "cat", "dan", "eve"],
    )
    actual = target([*(account(name, active=False) for name in ("ann", "bob", "cat", "eve")), account("dan")])
    here = situation(have, actual, memory=suspended_by(SuspendedBy.JC1P, "eve"))
    assert [each.account.user_name for each in compare(here) if each.held] == ["ann@example.com"]


def test_only_matched_people_in_scope_are_linked(company: Situation) -> None:
    plan = plan_links(company, compare(company), frozenset())
    assert [(change.kind, change.user, change.scim_id) for change in plan.changes] == [
        ("link_user", "ann@example.com", op("ann"))
    ]


def test_accepted_probable_match_is_linked(company: Situation) -> None:
    plan = plan_links(company, compare(company), frozenset({"CAT@example.com"}))
    assert [(change.id, change.user, change.scim_id) for change in plan.changes] == [
        (1, "ann@example.com", op("ann")), (2, "cat@example.com", op("old")),
    ]  # fmt: skip


def test_accepting_needs_one_probable_match_in_scope(company: Situation) -> None:
    with pytest.raises(NotFoundInDirectory, match="has a probable match"):
        plan_links(company, compare(company), frozenset({"ann@example.com"}))
    outside = situation(source([person("cat")]), company.actual)
    with pytest.raises(UsageError, match="not in scope"):
        plan_links(outside, compare(outside), frozenset({"cat@example.com"}))
    twins = [account(name, email=f"cat@{name}.example", display_name="Cat Example") for name in ("one", "two")]
    several = situation(source([person("cat")], assigned=["cat"]), target(twins))
    with pytest.raises(UsageError, match="several accounts are probable matches"):
        plan_links(several, compare(several), frozenset({"cat@example.com"}))


def test_what_is_linked_already_is_not_linked_again() -> None:
    whole = situation(source([person("ann")], assigned=["ann"]), target([account("ann", linked=True)]),
                      links=Links(users={jc("ann"): op("ann")}))  # fmt: skip
    assert plan_links(whole, compare(whole), frozenset()).is_empty


def test_active_unmatched_people_would_be_created_with_plain_names(company: Situation) -> None:
    (guest,) = people_to_create(company, compare(company), frozenset())
    person_ = guest.person
    assert (person_.username, person_.email) == ("g.uest", "g.uest+x@partner.example")
    assert (person_.firstname, person_.lastname, person_.displayname) == ("Gina van", "Guest", "Gina van Guest")
    assert guest.status == "planned"
    assert people_to_create(company, compare(company), frozenset({"g.uest+x@partner.example"})) == [guest]
    with pytest.raises(NotFoundInDirectory, match="no active, unmatched"):
        people_to_create(company, compare(company), frozenset({"dan@example.com"}))


def test_usernames_are_free_and_plain() -> None:
    assert free_username("Ann.Lee@example.com", frozenset()) == "ann.lee"
    assert free_username("ann.lee@example.com", frozenset({"ann.lee", "ann.lee2"})) == "ann.lee3"
    assert free_username("Zo\u00eb!@example.com", frozenset()) == "zo"
    assert free_username("\u6d4b\u8bd5@example.com", frozenset()) == "user"


def test_gone_links_are_unmatched_and_say_so() -> None:
    whole = situation(source([]), target([account("ann", linked=True)]))
    (found,) = compare(whole)
    assert found.reason == f"linked to JumpCloud id {jc('ann')}, which was deleted"


def test_two_people_cannot_be_accepted_for_one_account() -> None:
    twins = [person("ann", firstname="Chris"), person("bob", firstname="Chris")]
    have = source(twins, assigned=["ann", "bob"])
    whole = situation(have, target([account("x", email="chris@corp.example", display_name="Chris Example")]))
    with pytest.raises(UsageError, match="can't all be"):
        plan_links(whole, compare(whole), frozenset({"ann@example.com", "bob@example.com"}))
