"""Runs the pipeline for the commands that plan: load, read, show, ask, apply, report.

They share one path. They differ in how the plan is made and what is done with it at the end.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import NamedTuple

from jc1p.cli.actions.load import context_of, load
from jc1p.cli.actions.pauses import Undo, pause_after, stopped_by_pause
from jc1p.cli.actions.show_run import learn_prepared, show_prepared, show_report
from jc1p.cli.change_events import with_events
from jc1p.cli.clock import clock_now
from jc1p.cli.hooks import Hook
from jc1p.cli.session import Session, session
from jc1p.cli.terminal.progress import applying, reading
from jc1p.cli.terminal.question import confirm
from jc1p.cli.terminal.stop_signals import TIME_TO_FINISH, Stop, stop_on_signals
from jc1p.cli.terminal.streams import hide, masked_pieces
from jc1p.cli.usage.options import Common, Output
from jc1p.core.commands import Command
from jc1p.core.outcomes import Outcome, Report
from jc1p.core.plan import Change
from jc1p.core.run_options import RunOptions
from jc1p.errors import ExitCode, Jc1pError, PlanMoved, UsageError
from jc1p.queries.waiting import find_waiting
from jc1p.reports.notices import print_warning
from jc1p.reports.phrases import count_of
from jc1p.runtime.atomic_write import why_unwritable
from jc1p.state.lock import hold_lock, run_under_way
from jc1p.state.past_journals import find_run
from jc1p.state.recovery import read_past
from jc1p.state.store import open_state
from jc1p.sync import pipeline
from jc1p.sync.clients import Clients, open_clients
from jc1p.sync.pipeline import Prepared
from jc1p.sync.run_context import RunContext
from jc1p.sync.run_deadline import RunDeadline

Read = Callable[[], Awaitable[Prepared]]

OR_LOOK = " or --dry-run to see the plan"


# --- the commands -------------------------------------------------------------------------------------------


def run_sync(
    common: Common, output: Output, options: RunOptions, *, dry_run: bool, ask: bool, hooks: Iterable[Hook] = ()
) -> None:
    """`jc1p sync`: exits by the record. Raises typer.Exit."""
    with session(Command.SYNC, common, output, dry_run=dry_run) as here:
        here.hooks.extend(hooks)
        asks, ready = ask and not dry_run, partial(check_terminal, ask=ask and not dry_run, or_else=OR_LOOK)
        asyncio.run(run(here, options, ask=asks, once_loaded=ready))


def run_plan(
    common: Common, output: Output, options: RunOptions, *, detailed_exitcode: bool, out: Path | None = None,
    hooks: Iterable[Hook] = (),
) -> None:  # fmt: skip
    """`jc1p plan`: exits 3 for changes with --detailed-exitcode; `out` saves the plan. Raises typer.Exit."""
    with session(Command.PLAN, common, output, dry_run=True) as here:
        here.hooks.extend(hooks)
        if out:
            check_writable(out, "--out")
        asyncio.run(run(here, options, ask=False))
        if out:
            from jc1p.document.render import document
            from jc1p.runtime.json_pieces import json_pieces
            from jc1p.state.saved_plan import write_plan

            values = {**document(here.record), "options": options._asdict()}
            write_plan(out, masked_pieces(json_pieces(values, indent=2, ensure_ascii=False)))
        plan = here.record.plan
        if detailed_exitcode and here.record.exit_code == ExitCode.DONE and plan and plan.has_drift:
            here.exit_code = ExitCode.CHANGES_DUE


def run_apply(
    common: Common, output: Output, path: Path, *, ask: bool, allow: Sequence[str] = (), hooks: Iterable[Hook] = ()
) -> None:
    """`jc1p apply FILE`: applies the saved plan if it is still valid and `allow` is repeated. Raises typer.Exit."""
    from jc1p.cli.actions.held_plans import check_said_again, options_of, refuse_moved
    from jc1p.state.saved_plan import read_plan

    with session(Command.APPLY, common, output, dry_run=False) as here:
        here.hooks.extend(hooks)
        saved = read_plan(path)
        options = options_of(saved.options, path)
        check_said_again(options, RunOptions(allow=tuple(allow)), path)
        for limit, number in options.allowances.items():
            print_warning(here.err, f"{path} raises a safety limit: {limit}={number}")
        ready = partial(check_terminal, ask=ask)
        asyncio.run(run(here, options, ask=ask, check=lambda made: refuse_moved(saved, made, path), once_loaded=ready))


def run_rollback(
    common: Common, output: Output, options: RunOptions, run_id: str, *, dry_run: bool, ask: bool,
    pause: bool = False, hooks: Iterable[Hook] = (),
) -> None:  # fmt: skip
    """`jc1p rollback RUN`: the inverse of a past run; `pause` stops scheduled runs too. Raises typer.Exit."""
    with session(Command.ROLLBACK, common, output, dry_run=dry_run) as here:
        here.hooks.extend(hooks)
        asks, ready = ask and not dry_run, partial(check_terminal, ask=ask and not dry_run, or_else=OR_LOOK)
        asyncio.run(run(here, options, ask=asks, undo=Undo(run_id, pause=pause), once_loaded=ready))


def check_terminal(*, ask: bool, or_else: str = "") -> None:
    """Raises UsageError when a question is needed and there is no terminal."""
    if ask and not sys.stdin.isatty():
        raise UsageError("no terminal to ask for confirmation", hint=f"Add --yes to apply without asking{or_else}.")


def check_writable(path: Path, option: str) -> None:
    """Raises UsageError, before anything is read, for a file that can't be written."""
    if reason := why_unwritable(path):
        raise UsageError(f"{option}: cannot write {path}: {reason}", hint="Use a file in a writable folder.")


def warn_of_files(here: Session) -> None:
    """Warn, before anything is read, about reports and metrics that can't be written; they don't stop a run."""
    for hook in here.hooks:
        if hook.file and (reason := why_unwritable(hook.file)):
            print_warning(here.err, f"cannot write {hook.what}: {reason}")


# --- the shared path ----------------------------------------------------------------------------------------


async def run(
    here: Session, options: RunOptions, *, ask: bool, undo: Undo | None = None,
    check: Callable[[Prepared], None] = lambda _: None, once_loaded: Callable[[], None] = lambda: None,
    once_read: Callable[[Prepared, RunContext], None] = lambda _prepared, _context: None,
) -> None:  # fmt: skip
    """Plan, show, and for real runs ask and apply; all results go into the session's record.

    `undo` names the run whose inverse is planned instead. `check` may refuse the plan. `once_loaded` may refuse to
    start, after options and configuration have been checked. `once_read` gets what was read before it is shown.
    """
    warn_of_files(here)
    options.check()
    here.learn(reference=options.reference)
    here.is_narrow = options.is_narrow
    settings, credentials, folder = load(here)
    record = here.record
    if undo:
        # Report a run that doesn't exist first, before asking for anything else.
        find_run(folder, undo.run_id)
    once_loaded()
    if not record.dry_run and stopped_by_pause(here, folder, record.created_at):
        return
    lock = nullcontext() if record.dry_run else hold_lock(folder, f"run {record.run_id}")
    with lock, open_state(folder, read_only=record.dry_run) as state:
        here.learn(organization=state.organization(record.created_at))
        past = read_past(folder, record.created_at, under_way=run_under_way(folder))
        undone = find_run(folder, undo.run_id) if undo else None
        pause = pause_after(undone.run_id, record.created_at) if undo and undone and undo.pause else None
        context = context_of(here, settings, folder, state, pause)
        async with open_clients(settings, credentials, record.run_id, on_token=hide) as clients:

            async def read() -> Prepared:
                with stop_on_signals(grace=0), reading(here.err, clients):
                    async with context.deadline.ending():
                        return await pipeline.prepare(clients, settings, context, options, past=past, undo=undone)

            try:
                prepared = await read()
                once_read(prepared, context)
                show_checked(here, prepared, clients, check, ask=ask)
                if not record.dry_run:
                    await ask_and_apply(here, prepared, clients, context, ask=ask, read=read)
            finally:
                named = clients.jumpcloud.organization or here.record.organization
                here.learn(requests=clients.requests, organization=named)
                show_report(here)


def show_checked(
    here: Session, prepared: Prepared, clients: Clients, check: Callable[[Prepared], None], *, ask: bool
) -> None:  # fmt: skip
    """Show the plan. Raises PlanMoved, known before the plan is shown, if it is not the saved one."""
    moved = None
    try:
        check(prepared)
    except PlanMoved as error:
        moved = error
        here.learn(error=moved)
    show_prepared(here, prepared, clients, ask=ask)
    here.waiting = find_waiting(prepared.situation, prepared.plan, None)
    if moved:
        raise moved


async def ask_and_apply(
    here: Session, prepared: Prepared, clients: Clients, context: RunContext, *, ask: bool, read: Read
) -> None:
    """What a real run does once its plan was shown; `read` reads both sides again and plans anew."""
    from jc1p.sync import real_run

    if not prepared.verdict.allowed:
        real_run.remember_refused(prepared, context)
        return
    if ask and not prepared.plan.is_empty:
        prepared = await confirmed(here, prepared, clients, context.deadline, read)
    if not prepared.plan.is_empty and stopped_by_pause(here, context.folder, clock_now()):
        return
    await apply_allowed(here, prepared, clients, context)
    here.waiting = find_waiting(prepared.situation, prepared.plan, here.record.report)
    if context.command == Command.ROLLBACK and not prepared.plan.is_empty:
        print_warning(here.err, pipeline.made_again(context.pause))


async def confirmed(
    here: Session, prepared: Prepared, clients: Clients, deadline: RunDeadline, read: Read
) -> Prepared:  # fmt: skip
    """Ask; after a question that was open for long both sides are read again, and what was shown must still hold.

    Raises:
        Interrupted: the answer is no, or none came.
        PlanMoved: the second reading makes another plan.
    """
    with deadline.not_counting():
        question = f"Apply {count_of(len(prepared.plan.changes), 'change')}?"
        is_stale = confirm(here.err, question, here.terminal)
    if not is_stale:
        return prepared
    from jc1p.cli.actions.held_plans import same_plan

    again = same_plan(prepared, await read())
    learn_prepared(here, again, clients)
    return again


async def apply_allowed(here: Session, prepared: Prepared, clients: Clients, context: RunContext) -> None:
    """Apply; the report is known before anything is remembered, so that a later error can't hide it."""
    from jc1p.sync import real_run

    changes = len(prepared.plan.changes)
    with stop_on_signals(grace=TIME_TO_FINISH) as stop, applying(here.err, changes) as told:
        async with context.deadline.ending(grace=TIME_TO_FINISH):
            observer = with_events(here, Watching(here, stop, context.deadline, told))
            await real_run.carry_out(prepared, clients, context, observer)


class Watching(NamedTuple):
    """The terminal as an observer of the run: a progress bar, the report for the record, and the reason to stop."""

    here: Session
    stop: Stop
    deadline: RunDeadline
    advance: Callable[[Outcome], None] = lambda _: None

    def intend(self, changes: Sequence[Change], ids: Mapping[str, str]) -> None:
        """Nothing is shown before it is done."""

    def settle(self, outcome: Outcome) -> None:
        """Advance the bar."""
        self.advance(outcome)

    def report(self, report: Report) -> None:
        """Keep the report, whatever happens next."""
        self.here.learn(report=report)

    def should_stop(self) -> Jc1pError | None:
        """The signal that arrived, or the end of the run's time limit."""
        return self.stop.reason or self.deadline.why_over()
