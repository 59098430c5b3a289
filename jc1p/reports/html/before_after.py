"""The numbers for the picture in the report: people and memberships before a run, added and removed.

After applying it counts what was done, before that what is planned.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from jc1p.core.outcomes import Applied
from jc1p.core.plan import Kind
from jc1p.core.run_record import RunRecord


@dataclass(frozen=True, slots=True)
class Movement:
    """The number before, the number added and the number removed."""

    before: int
    gained: int
    lost: int

    @property
    def kept(self) -> int:
        """How many of those before stay."""
        return max(0, self.before - self.lost)

    @property
    def after(self) -> int:
        """The number at the end."""
        return self.kept + self.gained


def people_moved(record: RunRecord) -> Movement:
    """People with an active account that jc1p manages."""
    kinds = [kind for kind, _ in carried_out(record)]
    gained = kinds.count(Kind.CREATE_USER) + kinds.count(Kind.REACTIVATE_USER)
    return Movement(record.plan.bases.owned_accounts if record.plan else 0, gained, kinds.count(Kind.SUSPEND_USER))


def memberships_moved(record: RunRecord) -> Movement:
    """Their memberships in pushed groups."""
    counted = list(carried_out(record))
    gained = sum(members for kind, members in counted if kind is Kind.ADD_MEMBERS)
    lost = sum(members for kind, members in counted if kind is Kind.REMOVE_MEMBERS)
    return Movement(record.plan.bases.owned_memberships if record.plan else 0, gained, lost)


def carried_out(record: RunRecord) -> Iterator[tuple[Kind, int]]:
    """Each change with its number of members: the applied ones, or all if nothing was tried."""
    if record.report is None:
        yield from ((change.kind, len(change.members)) for change in (record.plan.changes if record.plan else ()))
        return
    for outcome in record.report.outcomes:
        if isinstance(outcome, Applied):
            yield outcome.change.kind, len(outcome.members)
