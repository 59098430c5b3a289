"""Why: the five steps agree with the plan, for users and groups on either side or on neither."""

import pytest
from hypothesis import given
from support.builders import account, group, jc, op, person, pushed, situation, source, target, with_policy
from support.strategies import policies, sources, targets

from jc1p.core.matching import Links
from jc1p.core.models import PersonState, SourceDirectory, TargetDirectory
from jc1p.core.planning import Situation, build_plan
from jc1p.core.policy import GroupPolicy, Policy
from jc1p.core.scope import Scope
from jc1p.errors import NotFoundInDirectory
from jc1p.queries.why import Trace, find_subject, trace

APP = Scope(application="1Password Business")


def why(whole: Situation, subject: str, scope: Scope = APP) -> Trace:
    return trace(whole, scope, build_plan(whole), find_subject(whole, subject), groups=["eng"])


def steps(found: Trace) -> dict[str, tuple[str, str]]:
    return {step.name: (step.saw, step.rule) for step in found.steps}


def test_newcomer_from_the_directory_to_the_invitation() -> None:
    found = why(situation(source([person("ann")], [group("eng", "ann")]), target()), "ANN@example.com")
    said = steps(found)
    assert list(said) == ["jumpcloud", "scope", "match", "attributes", "change"]
    assert said["jumpcloud"] == (
        f'"Ann Example", ann@example.com, JumpCloud id {jc("ann")}; in groups eng',
        "activated",
    )
    assert said["scope"] == ("in scope through eng", "eng is assigned to the application 1Password Business")
    assert said["match"][0] == "no 1Password account"
    assert [change.kind for change in found.changes] == ["create_user", "add_members"]
    assert said["change"] == ("2 planned", "the next sync does it")


@pytest.mark.parametrize(
    ("account_email", "linked", "links", "rule"),
    [
        ("old@example.com", False, Links(users={jc("ann"): op("ann")}), "a link in state"),
        ("old@example.com", True, Links(), "the account's externalId is this user's JumpCloud id"),
        ("Ann@Example.com", False, Links(), "the same email, ignoring case"),
        ("a.lee@corp.example", False, Links(), "users.aliases"),
    ],
)
def test_every_way_of_matching_is_named(account_email: str, linked: bool, links: Links, rule: str) -> None:
    policy = with_policy(aliases={"ann@example.com": "a.lee@corp.example"} if "corp" in account_email else {})
    actual = target([account("ann", email=account_email, linked=linked)])
    found = why(
        situation(source([person("ann")], assigned=["ann"]), actual, links=links, policy=policy), "ann@example.com"
    )
    assert steps(found)["match"][1] == rule
    assert steps(found)["scope"] == ("in scope directly", "assigned to the application 1Password Business directly")


def test_differences_are_shown_value_by_value() -> None:
    whole = situation(source([person("ann", lastname="Lee")], assigned=["ann"]), target([account("ann", linked=True)]))
    (step,) = [step for step in why(whole, "ann@example.com").steps if step.name == "attributes"]
    assert step.saw == "they differ"
    assert step.details[1] == 'displayName: "Ann Example" in 1Password, "Ann Lee" wanted'


@pytest.mark.parametrize(
    ("state", "there", "reason"),
    [
        (PersonState.STAGED, False, "users.staged is ignore"),
        (PersonState.SUSPENDED, False, "suspended in JumpCloud: not invited"),
        (PersonState.SUSPENDED, True, "already suspended"),
        (PersonState.ACTIVATED, None, "everything is in sync with JumpCloud"),
    ],
)
def test_reason_for_no_change(state: PersonState, there: bool | None, reason: str) -> None:
    accounts = [] if there is False else [account("ann", linked=True, active=there is None)]
    whole = situation(source([person("ann", state=state)], assigned=["ann"]), target(accounts))
    assert reason in steps(why(whole, "ann@example.com"))["change"][1]


def test_account_that_nobody_in_jumpcloud_has() -> None:
    whole = situation(source([]), target([account("guest"), account("left", linked=True)]))
    assert "jc1p does not manage it" in steps(why(whole, "guest@example.com"))["change"][1]
    left = steps(why(whole, op("left")))
    assert left["jumpcloud"] == (
        f"JumpCloud id {jc('left')}, which is no longer in the user list",
        "deleted from JumpCloud",
    )
    assert left["change"][0] == "1 planned"


def test_held_invitation_names_the_account_that_is_alike() -> None:
    actual = target([account("x", email="ann@corp.example", display_name="Ann Example")])
    found = why(situation(source([person("ann")], assigned=["ann"]), actual), "ann@example.com")
    (step,) = [step for step in found.steps if step.name == "match"]
    assert step.details == (f"ann@corp.example ({op('x')}) has the same name and local part: holds",)
    assert [item.code for item in found.held] == ["probable_duplicate"]


def test_out_of_scope_and_excluded_people_are_told_by_which_rule() -> None:
    have = source([person("ann"), person("bob")])
    whole = situation(have, target(), scope=Scope(exclude_users=("bob@*",)))
    assert "out of scope" in steps(why(whole, "ann@example.com"))["scope"][0]
    scope = Scope(groups=("eng",), exclude_users=("bob@*",))
    assert steps(why(whole, "bob@example.com", scope))["scope"] == (
        "excluded: jc1p does not change this user",
        "scope.exclude_users: bob@*",
    )


def test_name_from_the_configuration_is_told_in_whatever_spelling_it_is_written() -> None:
    policy = Policy(groups=GroupPolicy(names={" ENG": "Engineers"}))
    found = why(situation(source([], [group("eng")]), target(), policy=policy), "eng")
    assert steps(found)["match"] == (
        'no 1Password group; its name would be "Engineers"',
        "no link, and no group with this name (groups.names)",
    )


def test_group_step_by_step() -> None:
    have = source([person("ann"), person("bob", state=PersonState.STAGED)], [group("eng", "ann", "bob")])
    actual = target([account("ann", linked=True), account("guest")], [pushed("Eng", "guest")])
    found = why(situation(have, actual), "ENG")
    said = steps(found)
    assert said["match"] == (f'"Eng", id {op("gEng")}, 1 members', 'the same name, "eng" (groups.name)')
    (members,) = [step.details for step in found.steps if step.name == "attributes"]
    assert members == (
        "ann@example.com: missing in 1Password; activated, has an account: the next sync adds this member",
        "bob@example.com: missing in 1Password; staged, has no account: staged in JumpCloud, and "
        "users.staged is ignore: not provisioned until activated",
        "guest@example.com: only in 1Password; active: kept, because the account is unmanaged "
        "(users.ownership, groups.foreign_members)",
    )
    assert [change.kind for change in found.changes] == ["rename_group", "add_members"]


def test_group_out_of_scope_or_of_1password_alone() -> None:
    have = source([person("ann")], [group("eng", "ann")])
    whole = situation(
        have._replace(assigned_groups=frozenset(), read_groups=frozenset()), target([], [pushed("board")])
    )
    assert steps(why(whole, "eng"))["scope"][0] == "out of scope"
    assert steps(why(whole, "board"))["change"][1] == "jc1p did not create or sync this group"


def test_mistyped_names_are_told_with_the_nearest() -> None:
    whole = situation(source([person("ann")], [group("engineering", "ann")]), target())
    for typed, meant in (("an@example.com", "ann@example.com"), ("enginering", "engineering")):
        with pytest.raises(NotFoundInDirectory) as caught:
            find_subject(whole, typed)
        assert caught.value.hint == f"Did you mean {meant}?"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("nobody@example.com", "No name is similar. `jc1p users list` lists all users and accounts."),
        ("paula.lovelace@example.com", "No name is similar. `jc1p users list` lists all users and accounts."),
        ("Zebra", "No name is similar. `jc1p users list` and `jc1p groups list` list all of them."),
        ("ada.lovelace@exmaple.com", "Did you mean ada.lovelace@example.com?"),
        ("ada.lovelace@other.example", "Did you mean ada.lovelace@example.com?"),
        ("ada.lovlace", "Did you mean ada.lovelace@example.com?"),
        ("Enginering", "Did you mean Engineering?"),
        ("Ada", "Did you mean ada.lovelace@example.com?"),
    ],
)
def test_only_what_is_really_alike_is_suggested(typed: str, said: str) -> None:
    people = [person("noah"), person("bob"), person("ada", email="ada.lovelace@example.com")]
    groups, shown = [group("Engineering", "noah")], [pushed("engineering")]
    with pytest.raises(NotFoundInDirectory) as caught:
        find_subject(situation(source(people, groups), target([], shown)), typed)
    assert caught.value.hint == said


@given(have=sources(), actual=targets(), policy=policies)
def test_everybody_and_every_group_can_be_explained(
    have: SourceDirectory, actual: TargetDirectory, policy: Policy
) -> None:
    whole = situation(have, actual, policy=policy)
    plan = build_plan(whole)
    subjects = {*have.people, *have.groups, *actual.accounts, *actual.groups}
    explained = [trace(whole, APP, plan, find_subject(whole, subject)) for subject in sorted(subjects)]
    assert {change.id for found in explained for change in found.changes} == {change.id for change in plan.changes}
    for found in explained:
        said = {step.name: step for step in found.steps}
        assert not (found.is_group and said["attributes"].details and "in sync with JumpCloud" in said["change"].rule)
    assert all(len(found.steps) == 5 and all(step.saw and step.rule for step in found.steps) for found in explained)
