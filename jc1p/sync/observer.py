"""Observers of a run while its plan is applied: the journal, the state, the terminal.

apply knows them only through this protocol. If one raises a Jc1pError, the run stops: a change that can't be recorded
must not be sent.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from jc1p.core.outcomes import Outcome, Report
from jc1p.core.plan import Change
from jc1p.errors import Jc1pError


class Observer(Protocol):
    """Is told what is about to be sent and its result, and can stop the run."""

    def intend(self, changes: Sequence[Change], ids: Mapping[str, str]) -> None:
        """Changes are about to be sent: one and the next few of its phase; `ids` are the known SCIM ids by key."""

    def settle(self, outcome: Outcome) -> None:
        """A change has its outcome; called once for each."""

    def report(self, report: Report) -> None:
        """Applying is complete; some outcomes may be worse now than when they were settled."""

    def should_stop(self) -> Jc1pError | None:
        """Why no further change may start, asked before each change; None to continue."""


class Unobserved:
    """An observer that does nothing."""

    def intend(self, changes: Sequence[Change], ids: Mapping[str, str]) -> None:
        """Nothing to note."""

    def settle(self, outcome: Outcome) -> None:
        """Nothing to note."""

    def report(self, report: Report) -> None:
        """Nothing to note."""

    def should_stop(self) -> Jc1pError | None:
        """Never."""
        return None


class Observers(NamedTuple):
    """Several observers in order; the first reason to stop counts."""

    each: tuple[Observer, ...]

    def intend(self, changes: Sequence[Change], ids: Mapping[str, str]) -> None:
        """Tell all of them."""
        for observer in self.each:
            observer.intend(changes, ids)

    def settle(self, outcome: Outcome) -> None:
        """Tell all of them."""
        for observer in self.each:
            observer.settle(outcome)

    def report(self, report: Report) -> None:
        """Tell all of them."""
        for observer in self.each:
            observer.report(report)

    def should_stop(self) -> Jc1pError | None:
        """The first reason to stop."""
        return next((reason for observer in self.each if (reason := observer.should_stop())), None)
