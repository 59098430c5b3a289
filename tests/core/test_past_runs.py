"""Removals of the last day: what of past runs counts towards the guard's limits."""

from support.builders import NOW

from jc1p.core.past_runs import Entry, PastMember, PastRun, Recent, Status, recent_removals
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


ALL_THREE = (suspended(), moved("eng", "ann", "bob"), moved("ops", "ann"), deleted())


def test_removals_are_summed_up_by_kind_and_by_group() -> None:
    assert recent_removals([run(*ALL_THREE)]) == Recent(1, 3, {"eng": 2, "ops": 1}, 1)


def test_the_same_removal_in_two_runs_counts_once() -> None:
    assert recent_removals([run(*ALL_THREE), run(*ALL_THREE)]) == Recent(1, 3, {"eng": 2, "ops": 1}, 1)


def test_what_was_cut_off_counts_and_what_failed_or_was_skipped_does_not() -> None:
    entries = [
        *(suspended(status.value, status=status) for status in Status),
        *(moved("eng", status.value, status=status) for status in Status),
        *(deleted(status.value, status=status) for status in Status),
    ]
    assert recent_removals([run(*entries)]) == Recent(2, 2, {"eng": 2}, 2)


def test_removals_of_a_first_run_do_not_count_and_those_after_it_do() -> None:
    assert recent_removals([run(*ALL_THREE, is_first=True), run(suspended("bob"))]) == Recent(1, 0, {}, 0)


def test_a_limit_raised_by_hand_covers_its_own_kind_alone() -> None:
    assert recent_removals([run(*ALL_THREE, suspensions=9)]) == Recent(0, 3, {"eng": 2, "ops": 1}, 1)
    assert recent_removals([run(*ALL_THREE, member_removals=9)]) == Recent(1, 0, {}, 1)
    assert recent_removals([run(*ALL_THREE, group_member_removals=9)]) == Recent(1, 0, {}, 1)
    assert recent_removals([run(*ALL_THREE, group_deletions=9)]) == Recent(1, 3, {"eng": 2, "ops": 1}, 0)
    assert recent_removals([run(*ALL_THREE, creations=9)]) == Recent(1, 3, {"eng": 2, "ops": 1}, 1)


def test_what_counts_is_known_by_name() -> None:
    recent = recent_removals([run(*ALL_THREE, suspended("bob"), moved("ops", "bob"))])
    assert recent.named["suspensions"] == ("ann", "bob")
    assert recent.named["group_deletions"] == ("eng",)
    assert recent.named["member_removals"] == ("2 from eng", "2 from ops")
    assert recent.named_by_group == {"eng": ("ann", "bob"), "ops": ("ann", "bob")}


def test_what_was_given_back_does_not_count() -> None:
    given = run(suspended(kind=Kind.REACTIVATE_USER), moved("eng", "bob", kind=Kind.ADD_MEMBERS))
    assert recent_removals([run(*ALL_THREE), given]) == Recent(0, 2, {"eng": 1, "ops": 1}, 1, reactivations=1)
