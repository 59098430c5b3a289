"""Users found in sync by comparing texts letter by letter are in sync by the long way too; so is the rest of a plan."""

from collections.abc import Sequence
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st
from support.builders import account, group, jc, op, person, pushed, situation, source, target, with_policy
from support.strategies import NAMES, policies, subsets

from jc1p.core.attributes import LANGUAGE, WantedAccounts
from jc1p.core.folding import fold
from jc1p.core.matching import Links, linked_person, shown_ids
from jc1p.core.models import Account, Person, PersonState
from jc1p.core.plan import Plan
from jc1p.core.planning import Situation, build_plan
from jc1p.core.planning.in_sync import find_in_sync
from jc1p.core.policy import DEFAULT_TEMPLATES

Each = TypeVar("Each")

OTHER_TEMPLATES = [
    {**DEFAULT_TEMPLATES, "userName": ("{email}", "{username}@example.com")},
    {**DEFAULT_TEMPLATES, LANGUAGE: ("{username}",)},
]

SHOWN = ["", " ", "\x00", "Ann Lee", "ann lee", "Ann  Lee", " Ann Lee", "Ann\u00a0Lee", "A\u0301nn", "\u00c1nn", "-"]
ADDRESSES = ["", " ", "\x00", "ANN@example.com", "ann@example.com ", "bob@example.com", "a\u0301@example.com"]


def mostly(usual: Each, others: Sequence[Each]) -> st.SearchStrategy[Each]:
    return st.sampled_from([usual] * 2 * len(others) + list(others))


@st.composite
def people(draw: st.DrawFn) -> list[Person]:
    return [
        person(name, state=draw(mostly(PersonState.ACTIVATED, list(PersonState))),
               password_expired=draw(mostly(False, [None, True])),
               displayname=draw(mostly(f"{name} Lee", SHOWN)),
               )._replace(email=draw(mostly(f"{name}@example.com", ADDRESSES)))
        for name in NAMES[:4]
    ]  # fmt: skip


@st.composite
def accounts_like(draw: st.DrawFn, everybody: list[Person]) -> list[Account]:
    """Accounts that show what JumpCloud says of people, most of them, or something near it."""
    return [
        account(name, active=draw(mostly(True, [False])))._replace(
            user_name=draw(mostly(each.email, ADDRESSES)),
            display_name=draw(mostly(each.displayname, SHOWN)),
            external_id=draw(mostly(each.id, ["", each.id.upper(), jc("bob")])),
        )
        for name, each in zip(NAMES, everybody, strict=False)
    ]


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    everybody = draw(people())
    accounts, ids = draw(accounts_like(everybody)), {each.id for each in everybody}
    eng = group("eng", *draw(subsets))
    have = source(everybody, [eng._replace(members=eng.members & ids)], assigned=draw(mostly(NAMES[:4], [["ann"]])))
    groups = [pushed("eng", *(name for name in draw(subsets) if name in NAMES[:4]))]
    aliases = draw(mostly({}, [{"ann@example.com": "bob@example.com"}]))
    templates = draw(mostly(DEFAULT_TEMPLATES, OTHER_TEMPLATES))
    policy = with_policy(draw(policies), aliases=aliases, templates=templates)
    links = Links({jc(name): op(name) for name in draw(subsets)})
    return situation(have, target(accounts, groups), policy=policy, links=links)


def the_long_way(here: Situation) -> Situation:
    """With templates that fill in the same, and are no field that could be compared unfilled."""
    templates = {name: tuple(f" {each}" for each in best) for name, best in here.policy.users.templates.items()}
    policy = with_policy(here.policy, templates=templates)
    return situation(here.source, here.actual, policy=policy, links=here.links)


def in_no_order(plan: Plan) -> Plan:
    return plan._replace(unchanged=tuple(sorted(plan.unchanged)))


@given(here=situations())
def test_a_plan_is_the_same_with_and_without_the_short_way(here: Situation) -> None:
    other = the_long_way(here)
    assert find_in_sync(other) == {}
    assert in_no_order(build_plan(here)) == in_no_order(build_plan(other))


@given(here=situations())
def test_nobody_found_in_sync_is_changed_by_a_plan(here: Situation) -> None:
    found, plan = find_in_sync(here), build_plan(here)
    assert set(plan.unchanged) >= set(found.values())
    assert found.keys().isdisjoint(change.jumpcloud_id for change in plan.changes)


def test_everybody_shown_alike_is_found() -> None:
    everybody = [person(name, displayname=f"{name} Lee") for name in NAMES]
    accounts = [account(name, linked=True, display_name=f"{name} Lee") for name in NAMES]
    found = find_in_sync(situation(source(everybody, assigned=NAMES), target(accounts)))
    assert found == {jc(name): op(name) for name in NAMES}


def test_an_empty_field_is_not_found_where_another_template_would_be_filled() -> None:
    ann = person("ann", displayname="Ann Lee")._replace(email=" ")
    hers = account("ann", linked=True, display_name="Ann Lee")._replace(user_name=" ")
    policy = with_policy(templates=OTHER_TEMPLATES[0])
    assert find_in_sync(situation(source([ann], assigned=["ann"]), target([hers]), policy=policy)) == {}


@given(here=situations())
def test_protected_accounts_are_the_same_together_as_one_by_one(here: Situation) -> None:
    assert here.protected_accounts == {
        id_ for id_, each in here.actual.accounts.items()
        if here.is_protected_address(each.user_name) or here.is_protected_address(here.email_of(each))
    }  # fmt: skip


@given(here=situations())
def test_wanted_addresses_are_the_same_together_as_one_by_one(here: Situation) -> None:
    people, users = here.source.people, here.policy.users
    wanted = WantedAccounts(people, users.templates, users.aliases)
    emails = [fold(each.email) for each in people.values()]
    assert wanted.addresses(emails) == [fold(here.wanted[id_].user_name) for id_ in people]


@given(here=situations())
def test_links_match_the_same_where_others_contradict_each_other(here: Situation) -> None:
    """Two accounts with one link make all links take the long way; only their user is set aside."""
    zed = person("zed", email="zed@elsewhere.example")
    rivals = [
        account(name)._replace(user_name=f"{name}@elsewhere.example", external_id=zed.id) for name in ("z1", "z2")
    ]
    have = here.source._replace(people={**here.source.people, zed.id: zed})
    shown = here.actual._replace(accounts={**here.actual.accounts, **{each.id: each for each in rivals}})
    other = situation(have, shown, policy=here.policy, links=here.links)
    assert zed.id in other.matches.ambiguous_people
    assert other.matches.by_person == here.matches.by_person
    assert other.matches.by_account == here.matches.by_account


def test_an_account_that_state_and_external_id_give_to_two_users_is_neither_ones() -> None:
    everybody, hers = [person("ann"), person("bob")], account("ann")._replace(external_id=jc("bob"))
    here = situation(source(everybody, assigned=NAMES[:2]), target([hers]), links=Links({jc("ann"): op("ann")}))
    assert here.matches.by_person == {}
    assert here.matches.ambiguous_people.keys() == {jc("ann"), jc("bob")}


EXTERNAL_IDS = [
    jc("ann"),
    jc("ann").upper(),
    "",
    "x" * 24,
    "0" * 23,
    "0" * 25,
    "\ud800" * 24,
    "\uff10" * 24,
    "employee-1",
]


@given(ids=st.lists(mostly(jc("bob"), EXTERNAL_IDS)))
def test_external_ids_are_the_same_together_as_one_by_one(ids: list[str]) -> None:
    accounts = {f"A{n}": account("ann")._replace(id=f"A{n}", external_id=each) for n, each in enumerate(ids)}
    one_by_one = {id_: linked_person(each.external_id) for id_, each in accounts.items()}
    assert shown_ids(accounts) == {id_: found for id_, found in one_by_one.items() if found}
