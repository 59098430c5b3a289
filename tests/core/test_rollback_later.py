"""Rollback after other runs and other hands: what a later run made, or what is another user's by now, stays."""

import pytest
from support.builders import account, group, jc, op, person, pushed, situation, source, story, target
from support.syncing import NOW

from jc1p.core.past_runs import Entry, PastMember, PastRun, Status
from jc1p.core.plan import Bases, Difference, Kind, Plan, group_key, user_key
from jc1p.core.rollback import CANNOT_UNDO, invert

ANN, BOB = user_key(jc("ann"), None), user_key(jc("bob"), None)
ENG = group_key(jc("geng"))


def of_user(kind: Kind, name: str = "ann", *, status: Status = Status.APPLIED, existed: bool = False) -> Entry:
    return Entry(1, kind, user_key(jc(name), None), status, user="ann@example.com", jumpcloud_id=jc(name),
                 scim_id=op("ann"), existed=existed)  # fmt: skip


def renamed(before: str, after: str, *, status: Status = Status.APPLIED) -> Entry:
    return of_user(Kind.UPDATE_USER, status=status)._replace(attributes={"displayName": Difference(before, after)})


def moved(kind: Kind, *, key: str = ANN, status: Status = Status.APPLIED) -> Entry:
    members = (PastMember(key, "ann@example.com", op("ann")),)
    return Entry(1, kind, ENG, status, group="eng", jumpcloud_id=jc("geng"), scim_id=op("geng"), members=members)


def run(entry: Entry, number: int = 1) -> PastRun:
    return PastRun(f"run-{number}", "sync", NOW, 1, (entry,), ended=True)


def told(plan: Plan) -> list[str]:
    return [warning.message for warning in plan.warnings if warning.code == CANNOT_UNDO]


def undone(entry: Entry, *later: Entry, active: bool = True, name: str = "Ann Example", members: str = "ann") -> Plan:
    """The rollback of a run with one change, after later ones, with the account as it is now."""
    actual = target([account("ann", active=active, linked=True, display_name=name)], [pushed("eng", *members.split())])
    today = situation(source([person("ann")], [group("eng", "ann")]), actual)
    return invert(run(entry), today, Bases(), [run(each, number) for number, each in enumerate(later, 2)])


@pytest.mark.parametrize(
    ("kind", "other"),
    [(Kind.SUSPEND_USER, Kind.REACTIVATE_USER), (Kind.REACTIVATE_USER, Kind.SUSPEND_USER),
     (Kind.CREATE_USER, Kind.SUSPEND_USER)],
)  # fmt: skip
def test_state_of_an_account_that_a_later_run_made_stays(kind: Kind, other: Kind) -> None:
    """The account was switched back and then, for another reason, switched again."""
    again = Kind.REACTIVATE_USER if kind is Kind.CREATE_USER else kind
    is_active = kind is not Kind.SUSPEND_USER
    assert len(undone(of_user(kind), active=is_active).changes) == 1
    plan = undone(of_user(kind), of_user(other), of_user(again), active=is_active)
    assert plan.is_empty
    assert "run run-3 made this change again; not changed. `jc1p rollback run-3` undoes it" in told(plan)[-1]


@pytest.mark.parametrize("status", [Status.APPLIED, Status.UNKNOWN])
def test_members_that_a_later_run_moved_again_stay(status: Status) -> None:
    for kind, other, there in (
        (Kind.ADD_MEMBERS, Kind.REMOVE_MEMBERS, "ann"),
        (Kind.REMOVE_MEMBERS, Kind.ADD_MEMBERS, ""),
    ):
        assert len(undone(moved(kind), members=there).changes) == 1
        plan = undone(moved(kind), moved(other), moved(kind, status=status), members=there)
        assert plan.is_empty
        assert "run run-3 made this change again" in told(plan)[-1]


def test_names_that_a_later_run_gave_again_stay() -> None:
    entry, back = renamed("Old", "New"), renamed("New", "Old")
    assert len(undone(entry, name="New").changes) == 1
    assert undone(entry, back, entry, name="New").is_empty


@pytest.mark.parametrize("status", [Status.SKIPPED, Status.FAILED])
def test_later_change_without_effect_is_ignored(status: Status) -> None:
    plan = undone(of_user(Kind.SUSPEND_USER), of_user(Kind.SUSPEND_USER, status=status), active=False)
    assert story(plan) == ["reactivate_user ann"]


def test_rollback_that_was_interrupted_can_be_repeated() -> None:
    """Whether it had reactivated the account is unknown: it is still suspended, so the run's change is in effect."""
    unsure = of_user(Kind.REACTIVATE_USER, status=Status.UNKNOWN)
    assert story(undone(of_user(Kind.SUSPEND_USER), unsure, active=False)) == ["reactivate_user ann"]


def test_later_run_that_only_found_the_account_changes_nothing() -> None:
    found = of_user(Kind.CREATE_USER, existed=True)
    assert story(undone(of_user(Kind.CREATE_USER), found)) == ["suspend_user ann"]


@pytest.mark.parametrize("kind", [Kind.CREATE_USER, Kind.REACTIVATE_USER, Kind.SUSPEND_USER])
def test_account_of_another_user_is_left_alone(kind: Kind) -> None:
    """Bob was hired with Ann's address after she was deleted, and took her account over."""
    is_active = kind is not Kind.SUSPEND_USER
    bobs = account("ann", active=is_active)._replace(external_id=jc("bob"))
    today = situation(source([person("bob", email="ann@example.com")], assigned=["bob"]), target([bobs]))
    plan = invert(run(of_user(kind)), today, Bases())
    assert plan.is_empty
    assert "the account belongs to another JumpCloud user now; not changed" in told(plan)[-1]
    assert not invert(run(of_user(kind, "bob")), today, Bases()).is_empty


@pytest.mark.parametrize("kind", [Kind.ADD_MEMBERS, Kind.REMOVE_MEMBERS])
def test_another_user_gets_no_memberships_back_and_loses_none(kind: Kind) -> None:
    bobs = account("ann")._replace(external_id=jc("bob"))
    there = ["ann"] if kind is Kind.ADD_MEMBERS else []
    have = source([person("bob", email="ann@example.com")], [group("eng", "bob")])
    today = situation(have, target([bobs], [pushed("eng", *there)]))
    plan = invert(run(moved(kind)), today, Bases())
    assert plan.is_empty
    assert "ann@example.com: the account belongs to another JumpCloud user now" in told(plan)[-1]
    assert not invert(run(moved(kind, key=BOB)), today, Bases()).is_empty
