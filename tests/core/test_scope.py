"""Scope: which groups and people it matches, and clear messages for names that don't exist."""

import pytest
from support.builders import group, jc, person, source

from jc1p.core.folding import matches_any
from jc1p.core.models import Group, SourceGroups
from jc1p.core.scope import Scope, choose_groups, select
from jc1p.errors import GroupNotFound

GROUPS = [Group(f"{n:024x}", name) for n, name in enumerate(
    ["Engineering", "Sales, EMEA", "[red] team", "Marketing ", "eng-web", "eng-api", "OPS", "ops"])]  # fmt: skip
AVAILABLE = SourceGroups({each.id: each for each in GROUPS}, assigned=frozenset({GROUPS[0].id, GROUPS[1].id}))


def chosen(*entries: str, exclude: tuple[str, ...] = ()) -> list[str]:
    ids = choose_groups(SourceGroups(AVAILABLE.groups), Scope(groups=entries, exclude_groups=exclude))
    return sorted(AVAILABLE.groups[id_].name for id_ in ids)


@pytest.mark.parametrize(
    ("entry", "names"),
    [
        ("Sales, EMEA", ["Sales, EMEA"]),
        ("[red] team", ["[red] team"]),
        ("Marketing", ["Marketing "]),
        ("ENGINEERING", ["Engineering"]),
        ("ops", ["ops"]),
        ("Ops", ["OPS", "ops"]),
        ("eng-*", ["eng-api", "eng-web"]),
        (GROUPS[1].id, ["Sales, EMEA"]),
        ("zzz*", []),
    ],
)
def test_an_entry_is_a_name_first_then_a_glob_then_an_id(entry: str, names: list[str]) -> None:
    assert chosen(entry) == names


def test_excludes_take_assigned_groups_out() -> None:
    ids = choose_groups(AVAILABLE, Scope(application="x", groups=("OPS",), exclude_groups=("Sales*",)))
    assert sorted(AVAILABLE.groups[id_].name for id_ in ids) == ["Engineering", "OPS"]


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(GroupNotFound, match=r'no user group "Enginering".*"Engineering"') as refused:
        chosen("Enginering")
    assert refused.value.hint == (
        "Correct scope.groups or scope.exclude_groups, or use the group's id, which never changes."
    )
    with pytest.raises(GroupNotFound):
        chosen("OPS", exclude=("Sale",))


def test_select_keeps_people_of_groups_and_direct_ones_and_leaves_the_excluded_out() -> None:
    have = source(
        [person("ann"), person("bob"), person("cat"), person("dan")], [group("eng", "ann", "bob")], assigned=["cat"]
    )
    desired = select(have, Scope(exclude_users=("bob@*",)))
    assert desired.people.keys() == {jc("ann"), jc("cat")}
    assert desired.through == {jc("ann"): ("eng",)}
    assert desired.excluded == {jc("bob")}
    assert next(iter(desired.groups.values())).members == {jc("ann")}


def test_globs_that_fit_nothing_are_named() -> None:
    assert select(source([], [group("eng")]), Scope(groups=("eng", "e*", "x*"))).unmatched_globs == ("x*",)


def test_emails_are_compared_without_case_and_as_globs() -> None:
    assert matches_any("Ann@Example.com", ["ann@example.COM"])
    assert matches_any("ann@example.com", ["*@Example.com"])
    assert not matches_any("ann@example.com", ["nn@example.com", "a[b]n@*"])


ODD = [Group(f"{n:024x}", name) for n, name in enumerate(
    ["E Team, EU", "Team E", "Équipe Réseau", "a  b", "Straße", "Strasse", "Team [EU] West"])]  # fmt: skip


def chosen_odd(entry: str) -> list[str]:
    ids = choose_groups(SourceGroups({each.id: each for each in ODD}), Scope(groups=(entry,)))
    return sorted(group.name for group in ODD if group.id in ids)


@pytest.mark.parametrize(
    ("entry", "names"),
    [
        ("E\u0301quipe Re\u0301seau", ["Équipe Réseau"]),
        ("équipe\u00a0 réseau", ["Équipe Réseau"]),
        ("É*", ["Équipe Réseau"]),
        ("e\u0301quipe\u00a0*", ["Équipe Réseau"]),
        ("A B", ["a  b"]),
        ("straße", ["Straße"]),
        ("STRASSE", ["Strasse"]),
        ("team [eu]*", ["Team [EU] West"]),
        ("team ?", ["Team E"]),
    ],
)
def test_names_are_the_same_however_they_are_typed(entry: str, names: list[str]) -> None:
    assert chosen_odd(entry) == names


def test_entry_with_brackets_never_becomes_a_pattern() -> None:
    with pytest.raises(GroupNotFound, match=r"was a pattern that matched Team E. Brackets are ordinary letters now"):
        chosen_odd("Team [EU]")
    with pytest.raises(GroupNotFound, match="no user group"):
        chosen_odd("[Ops] Team, EU")
    with pytest.raises(GroupNotFound, match="was a pattern"):
        chosen_odd("Team [A-F]*")


@pytest.mark.parametrize(
    ("text", "entries", "fits"),
    [
        ("Ann@Example.com", ("ann@*",), True),
        ("ann@example.com", ("[ab]nn@example.com",), False),
        ("[ab]nn@example.com", ("[ab]nn@example.com",), True),
        ("weiß@example.com", ("weiss@example.com", "wei?@example.com"), True),
        ("weiß@example.com", ("weiss@*",), False),
        ("rene\u0301@example.com", ("REN\u00c9@example.com",), True),
    ],
)
def test_entries_for_people_read_brackets_as_letters(text: str, entries: tuple[str, ...], *, fits: bool) -> None:
    assert matches_any(text, entries) is fits
