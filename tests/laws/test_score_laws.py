"""Laws of drift's score, over generated companies: it never counts as made what is still planned or was not done."""

import asyncio
from datetime import timedelta

from hypothesis import given
from support.builders import NOW, plan_for, situation
from support.pure_target import PureTarget
from support.strategies import policies, sources, targets

from jc1p.core.drift_score import Differences, Fate, differences_in, judge, kept, remember, score_of
from jc1p.core.models import SourceDirectory, TargetDirectory
from jc1p.core.plan import Plan
from jc1p.core.planning import Situation, build_plan
from jc1p.core.policy import Policy
from jc1p.sync.apply import apply

LATER = NOW + timedelta(days=1)
HOUR = timedelta(hours=1)

before = {"have": sources(), "actual": targets(), "policy": policies}


def later(have: SourceDirectory, actual: TargetDirectory, policy: Policy) -> tuple[Plan, Situation]:
    now = situation(have, actual, policy=policy, now=LATER)
    return build_plan(now), now


def seen_in(have: SourceDirectory, actual: TargetDirectory, policy: Policy) -> Differences:
    return {each.key: each for each in differences_in(plan_for(have, actual, policy=policy), NOW)}


@given(**before, have_later=sources(), actual_later=targets(), policy_later=policies)
def test_what_is_still_planned_is_never_credited(
    have: SourceDirectory, actual: TargetDirectory, policy: Policy,
    have_later: SourceDirectory, actual_later: TargetDirectory, policy_later: Policy,
) -> None:  # fmt: skip
    known = seen_in(have, actual, policy)
    plan, now = later(have_later, actual_later, policy_later)
    judged = judge(known, plan, now)
    rows = remember(known, judged, {}, HOUR)
    planned = {each.key for each in differences_in(plan, LATER)}
    assert {key for key, each in rows.items() if each.fate is not Fate.WAITING}.isdisjoint(planned)
    assert planned <= rows.keys()
    assert not judged.made & judged.dropped
    score = score_of(rows, LATER)
    assert score.seen == len(known)
    assert kept(rows, LATER) == rows


@given(**before, have_later=sources(), policy_later=policies)
def test_nothing_is_credited_while_1password_stays_as_it_was(
    have: SourceDirectory, actual: TargetDirectory, policy: Policy,
    have_later: SourceDirectory, policy_later: Policy,
) -> None:  # fmt: skip
    """Whatever changes in JumpCloud and in the configuration."""
    known = seen_in(have, actual, policy)
    assert judge(known, *later(have_later, actual, policy_later)).made == frozenset()


@given(**before)
def test_whatever_another_hand_makes_is_credited(
    have: SourceDirectory, actual: TargetDirectory, policy: Policy
) -> None:
    known = seen_in(have, actual, policy)
    pure = PureTarget(actual)
    asyncio.run(apply(plan_for(have, actual, policy=policy), pure))
    judged = judge(known, *later(have, pure.directory, policy))
    rows = remember(known, judged, {}, HOUR)
    assert {each.fate for each in rows.values()} <= {Fate.MADE_ELSEWHERE}
    assert score_of(rows, LATER).made_elsewhere == len(known)


@given(**before)
def test_what_a_reading_does_not_show_counts_as_nothing(
    have: SourceDirectory, actual: TargetDirectory, policy: Policy
) -> None:
    """Accounts and groups that are not visible don't count as suspended, emptied or renamed."""
    known = seen_in(have, actual, policy)
    nothing = actual._replace(accounts={}, groups={})
    judged = judge(known, *later(have, nothing, policy))
    assert {key.kind.value for key in judged.made} <= {"delete_group"}
