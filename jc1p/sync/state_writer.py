"""Remembers changes as they are done, a few times a second, so that a killed run loses little.

State is a hint: if it can't be written any more, the run continues, and the error is raised at the end.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from jc1p.core.outcomes import Outcome, Report
from jc1p.core.plan import Change
from jc1p.errors import Jc1pError, StateUnavailable
from jc1p.state.store import State
from jc1p.sync.remember import remember_outcome

COMMIT_EVERY, AT_MOST = 0.05, 0.5
"""Seconds: a killed run loses this much, and the next one finds it again by reading."""
SHARE = 0.05
"""The share of time for commits: on a slow disk there are fewer."""


@dataclass(slots=True)
class StateWriter:
    """Remembers each outcome; `lost` is why nothing is remembered any more."""

    state: State
    now: datetime
    lost: StateUnavailable | None = None

    def intend(self, changes: Sequence[Change], ids: Mapping[str, str]) -> None:
        """State has what was done, not what is about to be done."""

    def settle(self, outcome: Outcome) -> None:
        """Remember a change at once."""
        if self.lost is None:
            try:
                remember_outcome(outcome, self.state, self.now)
            except StateUnavailable as error:
                self.lost = error

    def report(self, report: Report) -> None:
        """Each outcome is remembered as it is settled."""

    def should_stop(self) -> Jc1pError | None:
        """Never."""
        return None

    @asynccontextmanager
    async def committing(self) -> AsyncIterator[None]:
        """At most twenty commits a second instead of one for each change, and a last one."""

        async def regularly() -> None:
            took = 0.0
            while self.lost is None:
                await asyncio.sleep(min(max(COMMIT_EVERY, took / SHARE), AT_MOST))
                began = time.perf_counter()
                self.commit()
                took = time.perf_counter() - began

        with self.state.in_batches():
            task = asyncio.create_task(regularly())
            try:
                yield
            finally:
                task.cancel()
                self.commit()

    def commit(self) -> None:
        """Write to disk what was remembered."""
        try:
            self.state.commit()
        except StateUnavailable as error:
            self.lost = self.lost or error

    def check(self) -> None:
        """Raises StateUnavailable when something couldn't be remembered."""
        if self.lost:
            raise self.lost
