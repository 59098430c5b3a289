"""Reads both sides for the commands that answer questions: `why`, `users`, `groups`, `import`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass

from jc1p.cli.actions.load import context_of, load
from jc1p.cli.session import Session
from jc1p.cli.terminal.progress import reading
from jc1p.cli.terminal.stop_signals import stop_on_signals
from jc1p.cli.terminal.streams import hide
from jc1p.config.settings import Settings
from jc1p.core.plan import Plan
from jc1p.core.planning import Situation, build_plan
from jc1p.state.lock import hold_lock
from jc1p.state.store import open_state
from jc1p.sync import pipeline
from jc1p.sync.clients import Clients, open_clients
from jc1p.sync.run_context import RunContext
from jc1p.sync.run_deadline import RunDeadline


@dataclass(frozen=True, slots=True)
class Surveyed:
    """Both sides as read, the plan for them, and what is needed to continue."""

    settings: Settings
    clients: Clients
    context: RunContext
    situation: Situation
    plan: Plan


@asynccontextmanager
async def reading_in_time(here: Session, clients: Clients, deadline: RunDeadline) -> AsyncIterator[None]:
    """A block that reads: it shows its progress, and a signal or the run's time limit ends it."""
    with stop_on_signals(grace=0), reading(here.err, clients):
        async with deadline.ending():
            yield


@asynccontextmanager
async def surveyed(here: Session, *, writes: bool = False) -> AsyncIterator[Surveyed]:
    """Load, read, match and plan; `writes` holds the lock and opens state for writing.

    Raises:
        Jc1pError: the configuration is wrong, something couldn't be read, or (`writes`) another run is in progress.
    """
    settings, credentials, folder = load(here)
    record = here.record
    lock = hold_lock(folder, f"run {record.run_id}") if writes else nullcontext()
    with lock, open_state(folder, read_only=not writes) as state:
        context = context_of(here, settings, folder, state)
        async with open_clients(settings, credentials, record.run_id, on_token=hide) as clients:
            try:
                async with reading_in_time(here, clients, context.deadline):
                    situation = await pipeline.survey(clients, settings, context)
                yield Surveyed(settings, clients, context, situation, build_plan(situation))
            finally:
                here.learn(requests=clients.requests)


async def survey_again(here: Session, both: Surveyed) -> Situation:
    """The current state of both sides. Raises Jc1pError when something couldn't be read."""
    async with reading_in_time(here, both.clients, both.context.deadline):
        return await pipeline.survey(both.clients, both.settings, both.context)
