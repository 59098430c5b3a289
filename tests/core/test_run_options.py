"""--user, --group and --invite: which people and groups the names refer to, and that unknown ones are refused."""

import pytest
from support.builders import account, group, jc, op, person, pushed, situation, source, target

from jc1p.core.matching import Links
from jc1p.core.models import PersonState
from jc1p.core.plan import group_key, user_key
from jc1p.core.planning import Situation, build_plan
from jc1p.core.planning.filters import PlanFilter, narrow
from jc1p.core.policy import GroupPolicy, Policy
from jc1p.core.run_options import RunOptions, check_permitted, resolve_filter
from jc1p.errors import NotFoundInDirectory


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
