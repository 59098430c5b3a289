"""Two plans of one reading under two configurations: what only one of them would do. Pure.

By person and group: a change that both have with other values is in both; of a membership change only the members
count. What a reading held as incomplete is held in both, so nothing is claimed of what isn't known.
"""

from collections.abc import Hashable, Iterator
from dataclasses import replace
from typing import NamedTuple

from jc1p.core.guard import Verdict
from jc1p.core.plan import MEMBERSHIP, Change, Held, Hold, Plan

BY_OPTIONS = frozenset({Hold.LIMIT, Hold.NO_REMOVALS, Hold.NARROWED})
"""Held because the command line says so, under either configuration."""


class ComparedPlan(NamedTuple):
    """One of the two: its configuration's `file`, the whole plan, its verdict, and what the other one doesn't have."""

    file: str
    plan: Plan
    verdict: Verdict
    only: Plan

    @property
    def has_more(self) -> bool:
        """It does or holds something that the other one doesn't."""
        return bool(self.only.changes or self.only.held)


class PlanComparison(NamedTuple):
    """Two plans, and what differs between them."""

    this: ComparedPlan
    other: ComparedPlan

    @property
    def sides(self) -> tuple[ComparedPlan, ComparedPlan]:
        """The proposal first: it is what people look for."""
        return self.other, self.this

    @property
    def differs(self) -> bool:
        """The plans differ, or only one of them may be applied."""
        return any(side.has_more for side in self.sides) or self.this.verdict.allowed != self.other.verdict.allowed

    @property
    def is_incomplete(self) -> bool:
        """What one of the plans says is not all there is to say."""
        return any(side.plan.is_incomplete for side in self.sides)


def compare_plans(this: tuple[str, Plan, Verdict], other: tuple[str, Plan, Verdict]) -> PlanComparison:
    """The comparison of two plans, each with its file and its verdict."""
    (this_file, this_plan, this_verdict), (other_file, other_plan, other_verdict) = this, other
    return PlanComparison(
        ComparedPlan(this_file, this_plan, this_verdict, only_in(this_plan, other_plan)),
        ComparedPlan(other_file, other_plan, other_verdict, only_in(other_plan, this_plan)),
    )


def only_in(plan: Plan, against: Plan) -> Plan:
    """A plan with what another one doesn't have, its figures and its bases kept."""
    held = {held_of(each) for each in against.held}
    warned = set(against.warnings)
    return replace(
        plan,
        changes=tuple(changes_beyond(plan, against)),
        held=tuple(each for each in plan.held if each.code not in BY_OPTIONS and held_of(each) not in held),
        warnings=tuple(each for each in plan.warnings if each not in warned),
    )


def changes_beyond(plan: Plan, against: Plan) -> Iterator[Change]:
    """The changes that another plan doesn't have, members one by one."""
    known = {what_is_done(change) for change in against.changes}
    placed = {(change.kind, change.key, each.key) for change in against.changes for each in change.members}
    for change in plan.changes:
        if change.kind in MEMBERSHIP:
            rest = tuple(each for each in change.members if (change.kind, change.key, each.key) not in placed)
            if rest:
                yield replace(change, members=rest)
        elif what_is_done(change) not in known:
            yield change


def what_is_done(change: Change) -> Hashable:
    """What a change comes to, whatever its reason and its place in the plan."""
    values = frozenset((name, each.before, each.after) for name, each in change.attributes.items())
    return change.kind, change.key, change.scim_id, change.jumpcloud_id, change.group, values


def held_of(held: Held) -> Hashable:
    return held.kind, held.code, held.user, held.group
