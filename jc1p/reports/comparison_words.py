"""Words for two compared plans, the same in all reports."""

from jc1p.core.plan_comparison import ComparedPlan, PlanComparison
from jc1p.core.run_record import RunRecord
from jc1p.reports.phrases import count_of

SAME = "both configurations give the same plan"


def told(comparison: PlanComparison) -> str:
    """The result as a sentence without a full stop."""
    if not comparison.differs:
        return SAME
    parts = [f"{amount(side)} only under {side.file}" for side in comparison.sides if side.has_more]
    blocked = [side.file for side in comparison.sides if not side.verdict.allowed]
    if len(blocked) == 1:
        parts.append(f"a safety limit blocks the plan of {blocked[0]}")
    return ", ".join(parts)


def amount(side: ComparedPlan) -> str:
    """Text such as "3 changes", "1 change and 2 held"."""
    changes, held = len(side.only.changes), len(side.only.held)
    said = [count_of(changes, "change")] if changes else []
    return " and ".join([*said, *([f"{held:,} held"] if held else [])])


def in_scope(side: ComparedPlan) -> str:
    """Text such as "12 users, 3 groups"."""
    bases = side.plan.bases
    return f"{count_of(bases.people_in_scope, 'user')}, {count_of(bases.groups_in_scope, 'group')}"


def as_own_record(record: RunRecord, side: ComparedPlan) -> RunRecord:
    """The part of one side that the other lacks, as a record for renderers of plans; its verdict is shown elsewhere."""
    return record._replace(plan=side.only, verdict=None, notices=(), error=None, comparison=None)
