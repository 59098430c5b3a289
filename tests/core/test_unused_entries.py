"""Entries of the configuration that match nothing: warned about once, and only if everything was read."""

from support.builders import account, group, person, pushed, situation, source, target, with_policy

from jc1p.core.models import TargetDirectory
from jc1p.core.planning import build_plan
from jc1p.core.planning.unused_entries import find_unused_entries
from jc1p.core.policy import GroupPolicy, Policy
from jc1p.core.scope import Scope

HAVE = source([person("ann"), person("bob")], [group("Eng", "ann"), group("Ops")])
ACTUAL = target([account("ann"), account("boss", email="boss@corp.example")], [pushed("Eng"), pushed("Board")])


def unused(actual: TargetDirectory = ACTUAL, *, exclude: tuple[str, ...] = (), **policy: object) -> list[str]:
    names, protected = policy.pop("names", {}), policy.pop("group_names", ())
    groups = GroupPolicy(names=names, protected=(*GroupPolicy().protected, *protected))  # type: ignore[arg-type,misc]
    here = situation(
        HAVE, actual, policy=with_policy(Policy(groups=groups), **policy), scope=Scope(exclude_users=exclude)
    )  # fmt: skip
    return [f"{key}: {entry}" for key, entry in find_unused_entries(here)]


def test_entries_that_fit_somebody_or_something_are_silent() -> None:
    assert not unused(
        exclude=("ANN@example.com", "b*@example.com", "boss@corp.example"),
        aliases={"ann@example.com": "a@corp.example"}, protected=("boss@corp.example", "bob@*"),
        names={"  eng ": "Engineering"}, group_names=("board", "O*"),
    )  # fmt: skip


def test_entries_that_fit_nothing_are_named_with_their_key() -> None:
    assert unused(
        exclude=("anne@example.com", "[ab]*@example.com"), aliases={"ana@example.com": "a@corp.example"},
        protected=("bos@corp.example",), names={"Engg": "x"}, group_names=("Bord",),
    ) == [
        "scope.exclude_users: anne@example.com", "scope.exclude_users: [ab]*@example.com",
        "users.aliases: ana@example.com", "groups.names: Engg", "users.protected: bos@corp.example",
        "groups.protected: Bord",
    ]  # fmt: skip


def test_pattern_where_only_a_name_counts_is_named() -> None:
    assert unused(names={"E*": "Engineering"}, group_names=("E*",)) == ["groups.names: E*"]


def test_exclusion_by_the_1password_address_of_a_user_with_another_email_is_named() -> None:
    renamed = target([account("ann", linked=True, email="ann@old.example")])
    assert unused(renamed, exclude=("ann@old.example",)) == ["scope.exclude_users: ann@old.example"]
    assert unused(renamed, exclude=("*@old.example",)) == ["scope.exclude_users: *@old.example"]
    assert not unused(renamed, protected=("ann@old.example",))


def test_what_was_not_read_completely_is_not_judged() -> None:
    short = ACTUAL._replace(accounts_complete=False, groups_complete=False)
    assert not unused(short, protected=("bos@corp.example",), group_names=("Bord",))


def test_plan_warns_of_each_once() -> None:
    plan = build_plan(situation(HAVE, ACTUAL, scope=Scope(exclude_users=("anne@example.com",))))
    warned = [each.subject for each in plan.warnings if each.code == "unused_entry"]
    assert warned == ["scope.exclude_users: anne@example.com"]


def test_name_of_a_group_that_another_spelling_already_gives_is_named() -> None:
    assert unused(names={"eng": "A", "ENG": "B"}) == ["groups.names: eng"]
    assert unused(names={"Eng": "A", "ENG": "B"}) == ["groups.names: ENG"]
