"""One whole sync in this process, as the command does it, for tests that need many."""

import time
from datetime import UTC, datetime
from pathlib import Path

from jc1p.config import Config
from jc1p.config.settings import fetch_credentials
from jc1p.core.outcomes import Report
from jc1p.core.plan import Plan
from jc1p.core.run_options import Wishes
from jc1p.errors import IncompleteRead
from jc1p.state.lock import hold_lock
from jc1p.state.recovery import read_past
from jc1p.state.store import open_state
from jc1p.sync import pipeline

NOW = datetime(2026, 11, 24, tzinfo=UTC)

OPEN = """
guard: {suspensions: 100%, member_removals: 100%, group_member_removals: 100%, creations: 999, source_shrink: 100%}
http: {attempts: 2}
"""
"""Configuration that lets every plan through."""


async def sync_once(config: Config, folder: Path, *, cut_after: int | None = None) -> tuple[Plan, Report]:
    """A run of `jc1p sync`; `cut_after` stops it after so many outcomes."""
    told = 0

    def count(_: object) -> None:
        nonlocal told
        told += 1

    place = pipeline.Place(folder, f"{NOW:%Y%m%dT%H%M%SZ}-{time.time_ns()}", "sync", NOW)
    with hold_lock(folder, place.run_id), open_state(folder) as state:
        async with pipeline.open_clients(config, fetch_credentials(config), place.run_id) as clients:
            past = read_past(folder, NOW)
            prepared = await pipeline.prepare(clients, config, state, Wishes(), NOW, past=past)
            report = await pipeline.carry_out(
                prepared, clients, state, place, on_outcome=count,
                stop=lambda: IncompleteRead("cut") if cut_after is not None and told >= cut_after else None,
            )  # fmt: skip
            return prepared.plan, report
