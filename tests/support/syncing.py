"""One whole sync in this process, like the command's, for tests that need many."""

import time
from datetime import UTC, datetime
from pathlib import Path

from jc1p.config import Config
from jc1p.config.loader import Loaded
from jc1p.config.settings import fetch_credentials, settings_of
from jc1p.core.outcomes import Outcome, Report
from jc1p.core.plan import Plan
from jc1p.errors import IncompleteRead, Jc1pError
from jc1p.state.lock import hold_lock
from jc1p.state.recovery import read_past
from jc1p.state.store import open_state
from jc1p.sync.clients import open_clients
from jc1p.sync.observer import Unobserved
from jc1p.sync.pipeline import prepare
from jc1p.sync.real_run import carry_out
from jc1p.sync.run_context import RunContext

NOW = datetime(2026, 11, 24, tzinfo=UTC)

OPEN = """
guard: {suspensions: 100%, member_removals: 100%, group_member_removals: 100%, creations: 999, source_shrink: 100%}
http: {attempts: 2}
"""
"""A configuration that allows every plan."""


class Cut(Unobserved):
    """Stops a run after this many outcomes."""

    def __init__(self, after: int | None) -> None:
        self.after, self.settled = after, 0

    def settle(self, outcome: Outcome) -> None:
        self.settled += 1

    def should_stop(self) -> Jc1pError | None:
        return IncompleteRead("cut") if self.after is not None and self.settled >= self.after else None


async def sync_once(config: Config, folder: Path, *, cut_after: int | None = None) -> tuple[Plan, Report]:
    """A run of `jc1p sync`; `cut_after` stops it after this many outcomes."""
    run_id = f"{NOW:%Y%m%dT%H%M%SZ}-{time.time_ns()}"
    with hold_lock(folder, run_id), open_state(folder) as state:
        context, settings = RunContext(state, folder, run_id, "sync", NOW), settings_of(config)
        async with open_clients(settings, fetch_credentials(Loaded(config, folder)), run_id) as clients:
            prepared = await prepare(clients, settings, context, past=read_past(folder, NOW))
            return prepared.plan, await carry_out(prepared, clients, context, Cut(cut_after))
