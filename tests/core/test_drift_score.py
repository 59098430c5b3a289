"""Which tool made a difference, by the journal's time and by what existed before, and how many are remembered."""

from datetime import timedelta

import pytest
from support.builders import NOW, account, group, jc, op, person, plan_for, pushed, situation, source, target

from jc1p.core import drift_score
from jc1p.core.drift_score import Differences, Fate, differences_in, judge, last_deeds, remember, worth_keeping
from jc1p.core.models import PersonState
from jc1p.core.past_runs import Entry, PastRun, Status
from jc1p.core.plan import Kind, Plan
from jc1p.core.planning import build_plan

LATER, RUN = NOW + timedelta(days=1), timedelta(hours=1)
LEAVER = source([person("ann", state=PersonState.SUSPENDED)], assigned=["ann"])


def seen_in(plan: Plan) -> Differences:
    return {each.key: each for each in differences_in(plan, NOW)}


@pytest.mark.parametrize(
    ("began", "status", "fate"),
    [
        (LATER, Status.APPLIED, Fate.MADE_BY_JC1P), (LATER, Status.UNKNOWN, Fate.MADE_BY_JC1P),
        (LATER, Status.FAILED, Fate.MADE_BY_JC1P), (LATER, Status.SKIPPED, Fate.MADE_ELSEWHERE),
        (NOW - RUN, Status.APPLIED, Fate.MADE_BY_JC1P),
        (NOW - RUN - timedelta(seconds=1), Status.APPLIED, Fate.MADE_ELSEWHERE),
    ],
)  # fmt: skip
def test_what_the_journal_may_have_done_since_is_no_other_hands(began: object, status: Status, fate: Fate) -> None:
    known = seen_in(plan_for(LEAVER, target([account("ann", linked=True)])))
    now = situation(LEAVER, target([account("ann", linked=True, active=False)]), now=LATER)
    entry = Entry(1, Kind.SUSPEND_USER, f"user:{jc('ann')}", status, scim_id=op("ann"))
    runs = [PastRun("run", "sync", began, 1, (entry,))]  # type: ignore[arg-type]
    rows = remember(known, judge(known, build_plan(now), now), last_deeds(runs), RUN)
    assert [each.fate for each in rows.values()] == [fate]


def test_difference_is_made_once_1password_shows_the_wanted_value() -> None:
    have = source([person("ann", displayname="Ann Lee"), person("bob")], assigned=["ann", "bob"])
    before = [account("ann", linked=True, display_name="Ann Le")]
    known = seen_in(plan_for(have, target(before)))
    assert {key.kind for key in known} == {Kind.UPDATE_USER, Kind.CREATE_USER}
    after = [account("ann", linked=True, display_name="Ann Lee"), account("bob", linked=True)]
    for accounts, made in ((before, 0), (after, 2), (after[:1], 1), ([*before, after[1]], 1)):
        now = situation(have, target(accounts), now=LATER)
        assert len(judge(known, build_plan(now), now).made) == made


def test_membership_of_a_group_that_shows_up_with_its_members_is_nobodys_work() -> None:
    """No difference said that the group was to be created: it existed, and another name matches it now."""
    have = source([person("ann")], [group("eng", "ann")])
    known = seen_in(plan_for(have, target([account("ann")])))
    members = {key: each for key, each in known.items() if key.kind is Kind.ADD_MEMBERS}
    now = situation(have, target([account("ann")], [pushed("eng", "ann")]), now=LATER)
    assert len(members) == 1
    assert judge(members, build_plan(now), now).made == frozenset()
    assert judge(known, build_plan(now), now).made == known.keys()


def test_no_more_than_the_most_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift_score, "MOST", 3)
    plan = plan_for(source([person(name) for name in "abcde"], assigned="abcde"), target())
    first = worth_keeping(differences_in(plan, NOW), {})
    assert len(first) == 3
    assert worth_keeping(differences_in(plan, LATER), first).keys() == first.keys()
