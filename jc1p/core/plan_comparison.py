"""Compares two plans made from one reading with two configurations: what only one of them would do. Pure.

Compares by user and group. A change that both plans have with different values is in both results. Of a membership
change only the differing members count. An incomplete reading holds the same changes in both plans, so the result
claims nothing about what is unknown.
"""

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from jc1p.core.guard import Verdict
from jc1p.core.plan import MEMBERSHIP, Change, Held, Hold, Plan

BY_OPTIONS = frozenset({Hold.LIMIT, Hold.NO_REMOVALS, Hold.NARROWED})
"""Held because of a command-line option, under either configuration."""


class ComparedPlan(NamedTuple):
    """One of the two: its configuration's `file`, the whole plan, its verdict, and what the other plan lacks."""

    file: str
    plan: Plan
    verdict: Verdict
    only: Plan

    @property
    def has_more(self) -> bool:
        """It changes or holds something that the other one doesn't."""
        return bool(self.only.changes or self.only.held)


class PlanComparison(NamedTuple):
    """Two plans, and their differences."""

    this: ComparedPlan
    other: ComparedPlan

    @property
    def sides(self) -> tuple[ComparedPlan, ComparedPlan]:
        """The proposal first, since it is what admins look for."""
        return self.other, self.this

    @property
    def differs(self) -> bool:
        """The plans differ, or only one of them may be applied."""
        return any(side.has_more for side in self.sides) or self.this.verdict.allowed != self.other.verdict.allowed

    @property
    def is_incomplete(self) -> bool:
        """At least one of the plans is incomplete."""
        return any(side.plan.is_incomplete for side in self.sides)


def compare_plans(this: tuple[str, Plan, Verdict], other: tuple[str, Plan, Verdict]) -> PlanComparison:
    """Compare two plans, each with its file and its verdict."""
    (this_file, this_plan, this_verdict), (other_file, other_plan, other_verdict) = this, other
    return PlanComparison(
        ComparedPlan(this_file, this_plan, this_verdict, only_in(this_plan, other_plan)),
        ComparedPlan(other_file, other_plan, other_verdict, only_in(other_plan, this_plan)),
    )


def only_in(plan: Plan, against: Plan) -> Plan:
    """A plan reduced to what another one lacks, with its figures and bases kept."""
    held = {held_of(each) for each in against.held}
    warned = set(against.warnings)
    return plan._replace(
        changes=tuple(changes_beyond(plan, against)),
        held=tuple(each for each in plan.held if each.code not in BY_OPTIONS and held_of(each) not in held),
        warnings=tuple(each for each in plan.warnings if each not in warned),
    )


def changes_beyond(plan: Plan, against: Plan) -> Iterator[Change]:
    """The changes that another plan lacks, members one by one."""
    known = {what_is_done(change) for change in against.changes}
    placed = {(change.kind, change.key, each.key) for change in against.changes for each in change.members}
    for change in plan.changes:
        if change.kind in MEMBERSHIP:
            rest = tuple(each for each in change.members if (change.kind, change.key, each.key) not in placed)
            if rest:
                yield change._replace(members=rest)
        elif what_is_done(change) not in known:
            yield change


def what_is_done(change: Change) -> Hashable:
    """The effect of a change, without its reason and its place in the plan."""
    values = frozenset((name, each.before, each.after) for name, each in change.attributes.items())
    return change.kind, change.key, change.scim_id, change.jumpcloud_id, change.group, values


def held_of(held: Held) -> Hashable:
    return held.kind, held.code, held.user, held.group
