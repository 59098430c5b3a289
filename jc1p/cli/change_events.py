"""Writes one line of the JSON log for each change, as it happens: for a SIEM.

Only with `--log-format json`, and then at every log level. The line is written after the journal's.
"""

import logging
from collections.abc import Mapping, Sequence

from jc1p.cli.session import Session
from jc1p.cli.usage.options import LogFormat
from jc1p.core.outcomes import Applied, Outcome, Report
from jc1p.core.plan import Change
from jc1p.core.run_record import RunRecord
from jc1p.errors import Jc1pError
from jc1p.sync.observer import Observer, Observers

log = logging.getLogger("jc1p.change")


def with_events(here: Session, observer: Observer) -> Observer:
    """The observer, followed by the events if they are wanted."""
    if here.common.log_format is not LogFormat.JSON:
        return observer
    log.setLevel(logging.INFO)
    return Observers((observer, ChangeEvents(here.record)))


class ChangeEvents:
    """Logs each outcome once, and again if reading it back changed the status."""

    def __init__(self, record: RunRecord) -> None:
        self.record = record
        self._told: dict[int, type[Outcome]] = {}

    def intend(self, changes: Sequence[Change], ids: Mapping[str, str]) -> None:
        """Nothing has happened yet."""

    def settle(self, outcome: Outcome) -> None:
        """One line."""
        from jc1p.document.render import change_event

        self._told[outcome.change.id] = type(outcome)
        event = change_event(self.record, outcome)
        level = logging.INFO if isinstance(outcome, Applied) else logging.WARNING
        said = f"{event['status']}: {outcome.change.kind} {outcome.change.subject}"
        log.log(level, "%s", said, extra={"fields": event})

    def report(self, report: Report) -> None:
        """Another line for each outcome that changed."""
        for outcome in report.outcomes:
            if self._told.get(outcome.change.id) is not type(outcome):
                self.settle(outcome)

    def should_stop(self) -> Jc1pError | None:
        """Never."""
        return None
