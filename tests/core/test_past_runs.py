"""Removals of the last day: which changes of past runs count towards the guard's limits."""

from collections import Counter

from support.builders import NOW

from jc1p.core.past_runs import Entry, PastMember, PastRun, Recent, Removed, Status, recent_removals
from jc1p.core.plan import Kind


def run(*entries: Entry, is_first: bool = False, **allowed: int) -> PastRun:
    return PastRun("run", "sync", NOW, len(entries), entries, ended=True, allowed=allowed, is_first=is_first)


def suspended(name: str = "ann", kind: Kind = Kind.SUSPEND_USER, status: Status = Status.APPLIED) -> Entry:
    return Entry(1, kind, f"user:{name}", status, user=name, scim_id=name)


def moved(group: str, *names: str, kind: Kind = Kind.REMOVE_MEMBERS, status: Status = Status.APPLIED) -> Entry:
    members = tuple(PastMember(f"user:{name}", name, name) for name in names)
    return Entry(1, kind, f"group:{group}", status, group=group, scim_id=f"OP{group}", members=members)


def deleted(group: str = "eng", status: Status = Status.APPLIED) -> Entry:
    return Entry(1, Kind.DELETE_GROUP, f"group:{group}", status, group=group, scim_id=f"OP{group}")


def counts(recent: Recent) -> tuple[int, int, dict[str, int], int]:
    """Suspensions, memberships in all, memberships by group, deleted groups."""
    suspensions, deletions = (len(recent.subjects.get(limit, ())) for limit in ("suspensions", "group_deletions"))
    by_group = Counter(removed.group for removed in recent.memberships.values())
    return suspensions, len(recent.memberships), dict(by_group), deletions


ALL_THREE = (suspended(), moved("eng", "ann", "bob"), moved("ops", "ann"), deleted())


def test_removals_are_summed_up_by_kind_and_by_group() -> None:
    assert counts(recent_removals([run(*ALL_THREE)])) == (1, 3, {"eng": 2, "ops": 1}, 1)


def test_the_same_removal_in_two_runs_counts_once() -> None:
    assert counts(recent_removals([run(*ALL_THREE), run(*ALL_THREE)])) == (1, 3, {"eng": 2, "ops": 1}, 1)


def test_what_was_cut_off_counts_and_what_failed_or_was_skipped_does_not() -> None:
    entries = [
        *(suspended(status.value, status=status) for status in Status),
        *(moved("eng", status.value, status=status) for status in Status),
        *(deleted(status.value, status=status) for status in Status),
    ]
    assert counts(recent_removals([run(*entries)])) == (2, 2, {"eng": 2}, 2)


def test_removals_of_a_first_run_do_not_count_and_those_after_it_do() -> None:
    assert counts(recent_removals([run(*ALL_THREE, is_first=True), run(suspended("bob"))])) == (1, 0, {}, 0)


def test_a_limit_raised_by_hand_covers_its_own_kind_alone() -> None:
    assert counts(recent_removals([run(*ALL_THREE, suspensions=9)])) == (0, 3, {"eng": 2, "ops": 1}, 1)
    assert counts(recent_removals([run(*ALL_THREE, member_removals=9)])) == (1, 0, {}, 1)
    assert counts(recent_removals([run(*ALL_THREE, group_member_removals=9)])) == (1, 0, {}, 1)
    assert counts(recent_removals([run(*ALL_THREE, group_deletions=9)])) == (1, 3, {"eng": 2, "ops": 1}, 0)
    assert counts(recent_removals([run(*ALL_THREE, creations=9)])) == (1, 3, {"eng": 2, "ops": 1}, 1)


def test_what_counts_is_known_by_name() -> None:
    recent = recent_removals([run(*ALL_THREE, suspended("bob"), moved("ops", "bob"))])
    assert recent.subjects == {"suspensions": {"ann": "ann", "bob": "bob"}, "group_deletions": {"OPeng": "eng"}}
    assert recent.memberships == {
        (f"OP{group}", name): Removed(name, group) for group in ("eng", "ops") for name in ("ann", "bob")
    }


def test_what_was_given_back_does_not_count() -> None:
    given = run(suspended(kind=Kind.REACTIVATE_USER), moved("eng", "bob", kind=Kind.ADD_MEMBERS))
    recent = recent_removals([run(*ALL_THREE), given])
    assert recent.subjects["reactivations"] == {"ann": "ann"}
    assert counts(recent) == (0, 2, {"eng": 1, "ops": 1}, 1)
