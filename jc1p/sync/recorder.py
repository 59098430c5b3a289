"""Writes a run into the journal while it runs: turns apply's outcomes into the journal's lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jc1p.core.outcomes import Applied, Failed, Outcome, Report, Skipped
from jc1p.core.past_runs import Status
from jc1p.core.plan import Change
from jc1p.errors import Jc1pError, OutcomeUnknown
from jc1p.state.journal import Journal


@dataclass(slots=True)
class Recorder:
    """Writes apply's calls into a journal."""

    journal: Journal
    _written: dict[int, Outcome] = field(default_factory=dict)

    def intend(self, changes: Sequence[Change], ids: Mapping[str, str]) -> None:
        """Changes are about to be sent."""
        self.journal.intend(changes, ids)

    def settle(self, outcome: Outcome) -> None:
        """A change has its outcome."""
        self._write(outcome)

    def report(self, report: Report) -> None:
        """The run is complete; outcomes that changed when they were read back are written again."""
        for outcome in report.outcomes:
            if self._written.get(outcome.change.id) != outcome:
                self._write(outcome)
        ends = [(outcome.change, outcome.error) for outcome in self._written.values() if isinstance(outcome, Failed)]
        doubtful = [change for change, error in ends if isinstance(error, OutcomeUnknown)]
        failed = [(change.kind, change.key) for change, error in ends if not isinstance(error, OutcomeUnknown)]
        self.journal.end(in_doubt=len(doubtful), failed=failed)

    def should_stop(self) -> Jc1pError | None:
        """Never."""
        return None

    def _write(self, outcome: Outcome) -> None:
        self._written[outcome.change.id] = outcome
        change = outcome.change
        match outcome:
            case Applied():
                self.journal.settle(change, Status.APPLIED, scim_id=outcome.scim_id, note=outcome.note,
                                    awaits=outcome.awaits, existed=outcome.existed)  # fmt: skip
            case Failed():
                unknown = isinstance(outcome.error, OutcomeUnknown)
                self.journal.settle(change, Status.UNKNOWN if unknown else Status.FAILED, error=outcome.error.message)
            case Skipped():
                self.journal.settle(change, Status.SKIPPED, error=outcome.reason)
