"""Who follows a run while its plan is applied: the journal, the state, the terminal.

Apply knows them only through the protocol here. What one raises as a Jc1pError stops the run: what can't be written
down must not go on.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from jc1p.core.outcomes import Outcome, Report
from jc1p.core.plan import Change
from jc1p.errors import Jc1pError


class Observer(Protocol):
    """Hears what is about to be sent and what became of it, and may ask for an end."""

    def intend(self, changes: Sequence[Change], ids: Mapping[str, str]) -> None:
        """Changes are about to be sent: one and the next few of its phase; `ids` are the SCIM ids known by key."""

    def settle(self, outcome: Outcome) -> None:
        """A change is decided; once for each."""

    def report(self, report: Report) -> None:
        """All is decided and apply is over: outcomes may have turned out worse than they were settled."""

    def should_stop(self) -> Jc1pError | None:
        """Why nothing more may be started, asked before each change; None to go on."""


class Unobserved:
    """Nobody follows."""

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
    """Several in order; the first who asks for an end is heard."""

    each: tuple[Observer, ...]

    def intend(self, changes: Sequence[Change], ids: Mapping[str, str]) -> None:
        """Tell all."""
        for observer in self.each:
            observer.intend(changes, ids)

    def settle(self, outcome: Outcome) -> None:
        """Tell all."""
        for observer in self.each:
            observer.settle(outcome)

    def report(self, report: Report) -> None:
        """Tell all."""
        for observer in self.each:
            observer.report(report)

    def should_stop(self) -> Jc1pError | None:
        """The first reason there is."""
        return next((reason for observer in self.each if (reason := observer.should_stop())), None)
