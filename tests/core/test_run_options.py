"""--user, --group and --invite: which people and groups the names refer to, and that unknown ones are refused."""

import pytest
from support.builders import account, group, jc, op, person, pushed, situation, source, target

from jc1p.core.matching import Links
from jc1p.core.models import PersonState
from jc1p.core.plan import Kind, group_key, user_key
from jc1p.core.planning import Situation, build_plan
from jc1p.core.planning.filters import PlanFilter, narrow
from jc1p.core.policy import GroupPolicy, Policy
from jc1p.core.run_options import RunOptions, check_permitted, resolve_filter
from jc1p.errors import NotFoundInDirectory
from jc1p.queries.overview import group_rows, user_rows
from jc1p.queries.why import Subject, find_subject, trace


def today(**options: object) -> Situation:
    """1Password knows ann by an older address; `eng` is named Engineers there, and `old` exists only there."""
    have = source(
        [person("ann", email="ann@new.example"), person("bob")],
        [group("eng", "ann"), group("ops", "bob"), group("hr", "ann")], assigned=["ann", "bob"],
    )  # fmt: skip
    actual = target(
        [account("ann", linked=True), account("cat")],
        [pushed("Engineers", external_id=jc("geng")), pushed("JC ops"), pushed("old")],
    )
    policy = Policy(groups=GroupPolicy(name="JC {name}"))
    return situation(have, actual, policy=policy, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("bob@example.com", user_key(jc("bob"), None)),
        (" BOB@example.com", user_key(jc("bob"), None)),
        ("ann@new.example", user_key(jc("ann"), None)),
        ("Ann@example.com", user_key(jc("ann"), None)),
        ("cat@example.com", user_key(None, op("cat"))),
    ],
)
def test_user_is_found_by_the_email_of_either_side(given: str, meant: str) -> None:
    asked = RunOptions(users=(given,), no_removals=True)
    assert resolve_filter(today(), asked) == PlanFilter(users=frozenset({meant}), no_removals=True)


def test_user_who_is_found_by_the_account_is_meant_alone_even_if_jumpcloud_has_no_email_for_several() -> None:
    nameless = [person(name, state=PersonState.SUSPENDED)._replace(email="") for name in ("ann", "bob")]
    here = situation(source(nameless), target([account("ann", linked=True), account("bob", linked=True)]))
    chosen = resolve_filter(here, RunOptions(users=("ann@example.com",)))
    assert [change.scim_id for change in narrow(build_plan(here), chosen).changes] == [op("ann")]
    with pytest.raises(NotFoundInDirectory):
        resolve_filter(here, RunOptions(users=("",)))


def test_account_that_nobody_has_is_meant_beside_the_user_with_its_address() -> None:
    have = source([person("ann", email="gone@example.com")])
    here = situation(have, target([account("ann", linked=True), account("gone", linked=True)]))
    found = resolve_filter(here, RunOptions(users=("gone@example.com",))).users
    assert found == {user_key(jc("ann"), None), user_key(None, op("gone"))}


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("eng", jc("geng")), (" ENG ", jc("geng")), ("JC eng", jc("geng")), ("engineers", jc("geng")),
        (jc("geng"), jc("geng")), ("ops", jc("gops")), ("hr", jc("ghr")), ("JC hr", jc("ghr")), ("old", op("gold")),
    ],
)  # fmt: skip
def test_group_is_found_by_its_name_on_either_side_or_its_id(name: str, id_: str) -> None:
    found = resolve_filter(today(), RunOptions(groups=(name,)))
    assert found.groups == {group_key(id_)}


def test_group_that_is_found_by_its_name_is_meant_by_that_name() -> None:
    assert group_key(jc("gops")) in resolve_filter(today(), RunOptions(groups=("JC ops",))).groups


def test_group_whose_jumpcloud_group_is_gone_is_meant_by_the_link() -> None:
    here = today(links=Links(groups={jc("gformer"): op("gold")}))
    assert resolve_filter(here, RunOptions(groups=("old",))).groups == {group_key(jc("gformer"))}


def test_name_of_two_groups_means_both() -> None:
    have = source([person("ann")], [group("eng", "ann"), group("Eng", "ann", id_=jc("second"))])
    found = resolve_filter(situation(have, target()), RunOptions(groups=("eng",)))
    assert found.groups == {group_key(jc("geng")), group_key(jc("second"))}


def swapped(**options: object) -> Situation:
    """Three groups: `a` is pushed as "b" and `b` as "c"; the third has the id of `a` as its name."""
    have = source(
        [person("ann", email="old@example.com"), person("bob")],
        [group("a", "ann"), group("b", "bob"), group(jc("ga"), "ann", id_=jc("third"))], assigned=["ann", "bob"],
    )  # fmt: skip
    policy = Policy(groups=GroupPolicy(names={"a": "b", "b": "c"}))
    actual = target([account("ann", linked=True), account("bob", linked=True)])
    return situation(have, actual, policy=policy, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "id_"), [("a", jc("ga")), ("b", jc("ga")), ("C", jc("gb")), (jc("ga"), jc("third")), (jc("gb"), jc("gb"))]
)
def test_word_for_a_group_means_the_name_in_the_plan_before_other_names_and_ids(word: str, id_: str) -> None:
    assert resolve_filter(swapped(), RunOptions(groups=(word,))).groups == {group_key(id_)}
    found = find_subject(swapped(), word).group
    assert found is not None
    assert found.id == id_


@pytest.mark.parametrize(("word", "made"), [("a", "b"), ("b", "b"), ("c", "c")])
def test_word_for_a_vanished_group_never_creates_another_one_again(word: str, made: str) -> None:
    vanished = frozenset({jc("ga"), jc("gb")})
    links = Links(groups={id_: id_ for id_ in vanished})
    here = swapped(vanished=vanished, links=links, recreate=frozenset({word}))
    created = [change.group for change in build_plan(here).of_kind(Kind.CREATE_GROUP)]
    assert [name for name in created if name in {"b", "c"}] == [made]


def test_address_of_a_user_that_anothers_account_still_has_reactivates_only_the_first() -> None:
    people = [person("ann", email="ann@new.example"), person("bob", email="ann@example.com")]
    have = source(people, assigned=["ann", "bob"])
    ann = account("ann", linked=True, active=False)
    bob = account("bob", email="b@old.example", linked=True, active=False)
    for word, expected in (("ann@example.com", "bob"), ("ann@new.example", "ann"), ("B@old.example", "bob")):
        plan = build_plan(situation(have, target([ann, bob]), reactivate=(word,)))
        assert [change.scim_id for change in plan.of_kind(Kind.REACTIVATE_USER)] == [op(expected)]


def test_held_item_of_one_is_not_shown_for_another_of_the_same_name() -> None:
    nameless = [person(name)._replace(email="") for name in ("ann", "bob")]
    have = source(nameless, [group("eng", "ann"), group("Eng", "ann", id_=jc("second"))], assigned=["ann", "bob"])
    there = target(
        [account("ann", linked=True, active=False), account("bob", linked=True)],
        [pushed("eng", external_id=jc("geng"))],
    )
    here = situation(have, there)
    plan = build_plan(here)
    users = {row.jumpcloud_id: row.held for row in user_rows(here, plan)}
    assert users == {jc("ann"): ("suspended_elsewhere",), jc("bob"): ()}
    groups = {row.jumpcloud_id: row.held for row in group_rows(here, plan)}
    assert groups == {jc("geng"): (), jc("second"): ("ambiguous_match",)}
    bob, eng = Subject(person=have.people[jc("bob")]), Subject(group=have.groups[jc("geng")])
    assert [trace(here, here.desired.scope, plan, each, groups=()).held for each in (bob, eng)] == [(), ()]


def test_empty_word_means_no_group_even_if_one_has_no_name() -> None:
    nameless = group("x", "ann", id_=jc("gx"))._replace(name=jc("gx"))
    with pytest.raises(NotFoundInDirectory):
        resolve_filter(situation(source([person("ann")], [nameless]), target()), RunOptions(groups=("",)))


def test_group_that_has_the_name_of_a_users_email_can_be_shown() -> None:
    here = situation(source([person("ann")], [group("ann@example.com", "ann", id_=jc("gann"))]), target())
    assert not find_subject(here, "ann@example.com").is_group
    assert find_subject(here, "ann@example.com", group_first=True).is_group


def refusal(asked: RunOptions) -> tuple[str, str | None]:
    with pytest.raises(NotFoundInDirectory) as refused:
        resolve_filter(today(), asked)
    return str(refused.value), refused.value.hint


def test_names_that_neither_side_has_are_refused() -> None:
    assert refusal(RunOptions(users=("ann@new.example", "zoe@example.com"))) == (
        "--user zoe@example.com: no user or account with this email in JumpCloud or 1Password",
        "`jc1p users list` lists all users.",
    )
    assert refusal(RunOptions(groups=("eng", "eggs"))) == (
        "--group eggs: no group with this name in JumpCloud or 1Password",
        "`jc1p groups list` lists all groups.",
    )
    assert refusal(RunOptions(users=("ann@exmaple.com",)))[1] == "Did you mean ann@example.com, ann@new.example?"
    assert refusal(RunOptions(groups=("egn",)))[1] == "`jc1p groups list` lists all groups."


def permitted(*, invite: tuple[str, ...] = (), recreate: tuple[str, ...] = ()) -> None:
    """bob's invitation is held, and the 1Password group of ops vanished."""
    have = source([person("ann"), person("bob")], [group("ops", "ann")], assigned=["bob"])
    actual = target([account("ann", linked=True), account("x", email="b.ob@old.example", display_name="Bob Example")])
    here = situation(
        have, actual, policy=Policy(groups=GroupPolicy(name="JC {name}")), links=Links(groups={jc("gops"): "OPOLD"}),
        vanished=frozenset({jc("gops")}),
    )  # fmt: skip
    check_permitted(RunOptions(invite=tuple(invite), recreate=tuple(recreate)), here, build_plan(here))


@pytest.mark.parametrize("name", ["ops", "jc ops"])
def test_what_is_held_may_be_permitted_by_either_name(name: str) -> None:
    permitted(invite=("bob@example.com",), recreate=(name,))


def test_what_is_not_held_cannot_be_permitted() -> None:
    with pytest.raises(NotFoundInDirectory, match=r"--invite ann@example.com: no invitation") as refused:
        permitted(invite=("ann@example.com", "bob@example.com"))
    assert refused.value.hint == "`jc1p plan` lists held invitations. If there are none, leave --invite out."
    with pytest.raises(NotFoundInDirectory, match="--recreate Eng: no group with this name is held"):
        permitted(recreate=("Eng", "ops"))
