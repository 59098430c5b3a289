"""The progress of an apply: the ids known so far, the outcomes, and whether to stop."""

from collections import Counter
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field

from jc1p.core.outcomes import Outcome
from jc1p.core.plan import Kind, Plan
from jc1p.errors import Jc1pError, in_our_words
from jc1p.sync.member_check import Before
from jc1p.sync.observer import Observer
from jc1p.sync.target import Target


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """How a plan is applied.

    `parallel` changes of one phase run at once: as many as the target accepts, so that none is left waiting after a
    stop. `before` are the groups as read. What failed in earlier runs too (`refused`, by kind and key) doesn't count as
    a new problem. Otherwise one address that can't be invited would block the suspension of every leaver.
    """

    before: Before = field(default_factory=Before)
    parallel: int = 2
    refused: frozenset[tuple[Kind, str]] = frozenset()
    proven: frozenset[Kind] = frozenset()
    """Kinds of change that this bridge is known to keep; of any other kind, the first is read back before the rest."""
    returns_due: frozenset[str] = frozenset()
    """Suspended accounts that are reactivated if a create finds them; all others stay suspended."""
    sent_before: frozenset[str] = frozenset()
    """Accounts whose suspension or reactivation an earlier run sent without effect: they are tried last."""
    why_late: Callable[[], Jc1pError | None] = lambda: None
    """Why no further additions may start, asked before each."""


@dataclass(slots=True)
class Progress:
    """The state of one apply.

    `freed` are the keys of renames that took effect, `left_suspended` those of people whose account a create found
    suspended; `announced` and `started` are ids of changes.
    """

    target: Target
    plan: Plan
    ids: MutableMapping[str, str]
    observer: Observer
    options: ApplyOptions
    announced: set[int] = field(default_factory=set)
    started: set[int] = field(default_factory=set)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    freed: set[str] = field(default_factory=set)
    stopped_by: Jc1pError | None = None
    late: Jc1pError | None = None
    failures_in_a_row: int = 0
    proven: set[Kind] = field(default_factory=set)
    left_suspended: set[str] = field(default_factory=set)
    ineffective: Counter[Kind] = field(default_factory=Counter)

    def record(self, outcome: Outcome) -> None:
        """Settle a change; the run stops if that can't be recorded."""
        self.outcomes[outcome.change.id] = outcome
        try:
            self.observer.settle(outcome)
        except Exception as error:  # noqa: BLE001 - in any case, the report keeps what was done
            # After a change that can't be recorded, no other may start.
            self.stopped_by = self.stopped_by or in_our_words(error)
