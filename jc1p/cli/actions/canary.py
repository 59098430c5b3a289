"""`jc1p doctor --canary`: the only part of doctor that changes something, and only what it created itself."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jc1p import __version__
from jc1p.cli.actions.pauses import stopped_by_pause
from jc1p.cli.clock import clock_now
from jc1p.cli.session import Session, fail
from jc1p.cli.terminal.progress import reading
from jc1p.cli.terminal.question import confirm
from jc1p.cli.terminal.stop_signals import TIME_TO_FINISH, Stop, stop_on_signals
from jc1p.cli.terminal.streams import hide
from jc1p.cli.usage.options import Output
from jc1p.clients.scim.client import ScimClient
from jc1p.config import find_config, load_config
from jc1p.config.settings import Settings, fetch_credentials, settings_of, state_folder_of
from jc1p.core.canary import ALLOWED, GROUP, USER, Canary, steps, why_refused
from jc1p.core.outcomes import Applied, Outcome, Report
from jc1p.core.plan import Change, Kind
from jc1p.doctor.record.ask_more import rows_of
from jc1p.doctor.record.learned_canary import CanaryLooks, learn_canary, row_of
from jc1p.doctor.record.questions import Question
from jc1p.doctor.record.recording import Recording
from jc1p.errors import CanaryRefused, DeadlineReached, ExitCode, Interrupted, Jc1pError, UsageError
from jc1p.reports.canary import flight_values, print_flight, print_intention, what_is_left
from jc1p.state.journal import Journal
from jc1p.state.lock import hold_lock
from jc1p.sync.canary import CanaryFlight, OnlyItsOwn, fly
from jc1p.sync.clients import Clients, open_clients
from jc1p.sync.run_deadline import RunDeadline

TIME_TO_CLEAN_UP = 60.0
"""Seconds after a signal or the time limit for deleting the group and suspending the account."""


@dataclass(frozen=True, slots=True)
class CanaryOptions:
    """The canary's options."""

    email: str | None
    group: str | None
    ask: bool

    @property
    def is_wanted(self) -> bool:
        """A canary should run."""
        return self.email is not None

    def check(self, record: Path | None) -> None:
        """Raises UsageError for options that don't go together, or if a question is needed and there is no terminal."""
        if self.email is None and self.group is None:
            return
        if self.email is None or self.group is None:
            raise UsageError("--canary and --canary-group go together", hint="Name a test address and a test group.")
        if record is None:
            raise UsageError("--canary goes with --record", hint="What the canary shows is saved: add --record FILE.")
        local, at, domain = self.email.rpartition("@")
        if not (local and at and domain) or not self.email.isprintable() or " " in self.email:
            raise UsageError(f"--canary {self.email}: this is not an email address")
        if not self.group.strip() or not self.group.isprintable():
            raise UsageError("--canary-group: the name is empty or can't be shown")
        if self.ask and not sys.stdin.isatty():
            raise UsageError("no terminal to ask for confirmation", hint="Add --yes to run the canary without asking.")


def is_paused(here: Session) -> bool:
    """True, with a message, during a pause: then neither doctor nor the canary starts."""
    loaded = load_config(find_config(here.common.config, os.environ), os.environ)
    return stopped_by_pause(here, state_folder_of(loaded.config), here.record.created_at)


def take_canary(here: Session, options: CanaryOptions, recording: Recording) -> CanaryFlight | None:
    """Check, ask and run, under the lock; None if a pause began meanwhile. Raises Interrupted after a signal."""
    flight = asyncio.run(flown(here, options, recording))
    if flight and isinstance(flight.stopped_by, Interrupted):
        raise flight.stopped_by
    return flight


def exit_code_of(flight: CanaryFlight, of_findings: ExitCode | None) -> ExitCode | None:
    """5 if something was changed and something failed, 1 if nothing was changed; otherwise by the findings."""
    if flight.is_good:
        return of_findings
    return ExitCode.IN_PART if flight.changed else ExitCode.FAILED


async def flown(here: Session, options: CanaryOptions, recording: Recording) -> CanaryFlight | None:
    loaded = load_config(find_config(here.common.config, os.environ), os.environ)
    settings, credentials = settings_of(loaded.config), fetch_credentials(loaded)
    folder, record = state_folder_of(loaded.config), here.record
    canary = Canary(options.email or "", (options.group or "").strip(), f"jc1p-canary-{record.run_id}")
    with hold_lock(folder, f"run {record.run_id}"):
        async with open_clients(
            settings, credentials, record.run_id, on_token=hide, listen=recording.tape.hear
        ) as clients:
            deadline = RunDeadline(settings.max_run)
            async with deadline.ending():
                await refuse_unless_absent(here, canary, clients, settings)
            console = here.out if here.output is Output.TEXT else here.err
            if options.ask or not here.common.quiet:
                print_intention(console, canary, record.bridge or "")
            with deadline.not_counting():
                is_stale = options.ask and confirm(here.err, "Run the canary?", here.terminal)
            if is_stale:
                async with deadline.ending():
                    await refuse_unless_absent(here, canary, clients, settings)
            if stopped_by_pause(here, folder, clock_now()):
                return None
            journal = Journal(folder, head_of(here, len(list(steps(canary)))))
            return await fly_and_tell(here, canary, clients, journal, deadline, recording)


async def refuse_unless_absent(here: Session, canary: Canary, clients: Clients, settings: Settings) -> None:
    """Raises CanaryRefused, with every reason, unless neither side has the address or the name."""
    with stop_on_signals(grace=0), reading(here.err, clients):
        async with asyncio.TaskGroup() as tasks:
            source = tasks.create_task(clients.jumpcloud.read_directory(
                application=settings.scope.application, choose_groups=lambda _: frozenset()
            ))  # fmt: skip
            target = tasks.create_task(clients.bridge.read_directory())
        found = await clients.bridge.find_account(canary.email)
    reasons = list(why_refused(canary, source.result(), target.result(), settings.policy))
    if found and found.id not in target.result().accounts:
        reasons.append(f"1Password has an account with the address {canary.email} ({found.id}) that no list shows")
    if reasons:
        raise CanaryRefused(
            "the canary was not run; nothing was changed:\n" + "\n".join(reasons),
            hint="Use an address whose mail you can read and that no user has, and a group name that is not in use.",
        )


@dataclass(slots=True)
class Following:
    """The terminal as an observer: ends the canary on a signal or in time, and keeps the result of each step."""

    stop: Stop
    deadline: RunDeadline
    outcomes: list[Outcome] = field(default_factory=list)

    def intend(self, changes: object, ids: object) -> None:
        """Nothing is shown before it is done."""

    def settle(self, outcome: Outcome) -> None:
        """Keep it: it is shown however the canary ends."""
        self.outcomes.append(outcome)

    def report(self, report: Report) -> None:
        """Nothing to add."""

    def should_stop(self) -> Jc1pError | None:
        """The signal that arrived, or the end of the run's time limit."""
        return self.stop.reason or self.deadline.why_over()


async def fly_and_tell(
    here: Session, canary: Canary, clients: Clients, journal: Journal, deadline: RunDeadline, recording: Recording
) -> CanaryFlight:  # fmt: skip
    """Run the canary, and show the results and what is left, however it ends."""
    own = OnlyItsOwn(clients.bridge, canary, clients.bridge.find_account)
    looks, began = CanaryLooks(), len(recording.tape.heard)
    flight: CanaryFlight | None = None
    with stop_on_signals(grace=TIME_TO_CLEAN_UP) as stop:
        following = Following(stop, deadline)
        try:
            async with deadline.ending(grace=TIME_TO_FINISH + TIME_TO_CLEAN_UP):
                limit = deadline.ending(grace=TIME_TO_FINISH)
                flight = await fly(
                    own, journal, following, lambda change: look(clients.bridge, own, looks, change), limit
                )
        except DeadlineReached:
            is_in_part = any(isinstance(each, Applied) for each in following.outcomes)
            here.exit_code = ExitCode.IN_PART if is_in_part else None
            raise
        finally:
            outcomes = following.outcomes if flight is None else [*flight.outcomes, *flight.cleaning]
            values = flight_values(canary, outcomes, own.fates)
            here.body = {**(here.body or {}), "canary": values}
            is_told = not here.common.quiet or flight is None or not flight.is_good
            if here.output is Output.TEXT and is_told:
                print_flight(here.out, canary, outcomes, what_is_left(canary, own.fates))
    looks.heard = recording.tape.heard[began:]
    recording.has_canary = True
    knows_members = recording.knobs["bridge"].get("members", "never") != "never"
    learned = learn_canary(looks, canary, flight.outcomes)
    recording.learn(*(each for each in learned if not (knows_members and each.question is Question.MEMBERS)))
    if flight.stopped_by and not isinstance(flight.stopped_by, Interrupted):
        fail(here, flight.stopped_by)
    return flight


def head_of(here: Session, planned: int) -> Mapping[str, Any]:
    """The head of the journal; changes allowed by the yes don't count against the limits of later runs."""
    record = here.record
    return {
        "run_id": record.run_id, "command": "doctor", "created_at": record.created_at.isoformat(),
        "jc1p_version": __version__, "planned": planned, "allowed": ALLOWED, "fingerprint": None, "is_first": False,
        "reference": "canary", "actor": record.actor,
    }  # fmt: skip


async def look(bridge: ScimClient, own: OnlyItsOwn, looks: CanaryLooks, change: Change) -> None:
    """Read the result of a step if it answers an open question."""
    user, group = (quote(own.made.get(key, ""), safe="") for key in (USER, GROUP))
    match change.kind:
        case Kind.CREATE_USER:
            looks.created = (await bridge.look_below_base(f"/Users/{user}")).body
        case Kind.UPDATE_USER:
            looks.renamed = (await bridge.look_below_base(f"/Users/{user}")).body
        case Kind.ADD_MEMBERS:
            looks.own_group = (await bridge.look_below_base(f"/Groups/{group}")).body
            listed = await bridge.look_below_base("/Groups", {"startIndex": 1, "count": 10_000})
            looks.listed_group = row_of(rows_of(listed), own.made.get(GROUP, ""))
        case _:
            pass
