"""The outcomes of a plan: one for every change, the report of all of them, and how runs end. Pure data."""

from enum import StrEnum
from typing import NamedTuple

from jc1p.core.plan import Change, Kind, Member
from jc1p.errors import Jc1pError


class Applied(NamedTuple):
    """Done. `note` is for the admin; `awaits` means that the user still has to confirm an email change.

    `existed` is for creates that found an existing account or group.
    """

    change: Change
    scim_id: str | None = None
    note: str | None = None
    awaits: bool = False
    members: tuple[Member, ...] = ()
    existed: bool = False


class Failed(NamedTuple):
    """Tried and refused, or the outcome is unknown. The next run reads the outcome."""

    change: Change
    error: Jc1pError


class Skipped(NamedTuple):
    """Not tried. `is_failure` is False when it only waits, for example for a confirmation."""

    change: Change
    reason: str
    is_failure: bool = True


Outcome = Applied | Failed | Skipped


class Report(NamedTuple):
    """One outcome per change, in the plan's order; `stopped_by` is what ended the run early.

    `proven` are the kinds of change that this run saw take effect for the first time.
    """

    outcomes: tuple[Outcome, ...] = ()
    stopped_by: Jc1pError | None = None
    proven: frozenset[Kind] = frozenset()

    def number(self, kind: type[Applied] | type[Failed] | type[Skipped]) -> int:
        """How many outcomes are of a type."""
        return sum(isinstance(outcome, kind) for outcome in self.outcomes)

    @property
    def has_failures(self) -> bool:
        """Something failed, or was skipped because of a failure."""
        return any(isinstance(o, Failed) or (isinstance(o, Skipped) and o.is_failure) for o in self.outcomes)


class Ending(StrEnum):
    """The result of a run, in one word."""

    IN_STEP = "in_step"
    PLANNED = "planned"
    DRIFT = "drift"
    APPLIED = "applied"
    INCOMPLETE = "incomplete"
    IN_PART = "applied_in_part"
    PAUSED = "paused"
    LOCKED = "locked"
    MOVED = "plan_moved"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
