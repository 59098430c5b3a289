"""Which 1Password group's link moves to which JumpCloud group, by name."""

import pytest
from support.builders import group, jc, op, person, pushed, situation, source, target

from jc1p.core.matching import Links
from jc1p.core.planning import Situation
from jc1p.core.policy import GroupPolicy, Policy
from jc1p.errors import IncompleteRead, Jc1pError, NotFoundInDirectory
from jc1p.queries.group_moves import GroupMove, group_moves

ANN = [person("ann")]


def here(*actual: str, links: dict[str, str] | None = None, names: tuple[str, ...] = ("eng", "ops")) -> Situation:
    have = source(ANN, [group(name, "ann") for name in names])
    groups = [pushed(name)._replace(id=op(f"g{number}")) for number, name in enumerate(actual)]
    return situation(have, target([], groups), links=Links(groups=links or {}))


def test_link_moves_from_a_deleted_group_and_from_one_that_exists() -> None:
    for former, name in (("gone", ""), ("gops", "ops")):
        (move,) = group_moves(here("Eng", links={jc(former): op("g0")}), ["ENG"])
        assert (move.pushed.id, move.wanted.id) == (op("g0"), jc("geng"))
        assert (move.former_id, move.former_name, move.is_done) == (jc(former), name, False)


def test_group_without_a_link_gets_one_and_a_right_link_stays() -> None:
    (move,) = group_moves(here("eng"), ["eng", " eng "])
    assert move.former_id == ""
    (move,) = group_moves(here("eng", links={jc("geng"): op("g0")}), ["eng"])
    assert move.is_done


@pytest.mark.parametrize(
    ("name", "actual", "links", "said"),
    [
        ("emg", ("eng",), {}, "no group in 1Password has this name"),
        ("sales", ("sales",), {}, "no group in scope in JumpCloud has this name"),
        ("eng", ("eng", "ENG"), {}, "several 1Password groups have this name"),
        ("eng", ("eng", "old"), {jc("geng"): op("g1")}, "linked to another 1Password group, old"),
    ],
)
def test_what_does_not_decide_is_refused(name: str, actual: tuple[str, ...], links: dict[str, str], said: str) -> None:
    with pytest.raises(Jc1pError, match=said):
        group_moves(here(*actual, links=links), [name])


def test_two_jumpcloud_groups_of_one_name_and_a_protected_one_are_refused() -> None:
    with pytest.raises(Jc1pError, match="several JumpCloud groups have this name"):
        group_moves(here("eng", names=("eng", "ENG")), ["eng"])
    base = here("eng")
    kept = situation(base.source, base.actual, policy=Policy(groups=GroupPolicy(protected=("eng",))))
    with pytest.raises(Jc1pError, match=r"groups\.protected"):
        group_moves(kept, ["eng"])


def test_incomplete_list_may_hide_a_namesake_and_moves_nothing() -> None:
    base = here("eng")
    with pytest.raises(IncompleteRead, match="another group may have this name"):
        group_moves(situation(base.source, base.actual._replace(groups_complete=False)), ["eng"])


def test_similar_names_are_suggested() -> None:
    with pytest.raises(NotFoundInDirectory) as caught:
        group_moves(here("engineering"), ["enginering"])
    assert caught.value.hint == "Did you mean engineering?"
    assert isinstance(group_moves(here("eng"), ["eng"])[0], GroupMove)
