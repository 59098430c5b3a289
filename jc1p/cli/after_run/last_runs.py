"""Writes the result of a run for `jc1p status`, as the last step, even after a failed run."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from jc1p.cli.hooks import FinishedCommand
from jc1p.core.commands import Command, command_of
from jc1p.core.outcomes import Ending
from jc1p.core.past_runs import PastRun, recent_removals
from jc1p.core.run_record import RunRecord
from jc1p.errors import ConfigError, ExitCode, Jc1pError, NotFoundInDirectory, StateUnavailable, UsageError
from jc1p.reports.headline import ending_of, sentence
from jc1p.state.last_runs import (
    CONFIG,
    STATE,
    USAGE,
    LastRun,
    LastRuns,
    LimitUse,
    look_at_runs,
    newest_journal,
    write_last_runs,
)  # fmt: skip
from jc1p.state.lock import run_under_way

COUNTED = timedelta(hours=24)
NOTHING_SAID = frozenset({Ending.PAUSED, Ending.LOCKED})
"""Runs that didn't start: the status shows the pause or the other run."""


def note_run(finished: FinishedCommand) -> None:
    """Write the result of the run. Raises OSError.

    Commands that only read write nothing, and neither does a run that was paused or found another run in progress.
    """
    record, folder = finished.record, finished.folder
    is_look = record.dry_run and record.command != Command.DRIFT
    ending = ending_of(record, finished.exit_code)
    if folder is None or command_of(record.command) is None or is_look or ending in NOTHING_SAID or is_mistyped(record):
        return
    from jc1p.state.own_folder import claim_folder

    try:
        claim_folder(folder)
    except StateUnavailable:
        if not record.dry_run:
            raise
        return  # a check needs no state, and reports nothing if it can't have one
    before, under_way = look_at_runs(folder).runs, run_under_way(folder)
    newest = newest_journal(folder, under_way)
    last = LastRun(
        record.command, record.run_id, record.created_at, sentence(record, finished.exit_code), finished.exit_code,
        why_not_started(record.error),
    )  # fmt: skip
    good = {record.command: last} if is_good(finished) else {}
    write_last_runs(
        folder,
        with_what_it_left(before, finished)._replace(
            last=last,
            good={**before.good, **good},
            organization=finished.record.organization or before.organization,
            config=config_digest(finished.config_path),
            journal=newest.stem if newest else "",
        ),
    )


def is_mistyped(record: RunRecord) -> bool:
    """It names a run that the journal doesn't have: nothing was asked of either side."""
    return isinstance(record.error, NotFoundInDirectory) and record.requests is None


def why_not_started(error: Jc1pError | None) -> str:
    """What kept a run from starting, for the next step; "" for all other errors."""
    match error:
        case StateUnavailable():
            return STATE
        case UsageError():
            return USAGE
        case ConfigError():
            return CONFIG
        case _:
            return ""


def is_good(finished: FinishedCommand) -> bool:
    """A run that did everything, or a successful check. A narrowed run is not a good run."""
    good = {ExitCode.DONE, ExitCode.CHANGES_DUE} if finished.record.command == Command.DRIFT else {ExitCode.DONE}
    return finished.exit_code in good and not finished.is_narrow and finished.record.command != Command.ROLLBACK


def config_digest(path: Path | None) -> str:
    """A digest of this configuration's text; "" if it can't be read again, as from a pipe."""
    from jc1p.config.accounts import digest_of

    return digest_of(path.read_text(encoding="utf-8", errors="replace")) if path and path.is_file() else ""


def with_what_it_left(before: LastRuns, finished: FinishedCommand) -> LastRuns:
    """What is held and waits after a run; a narrowed run, or one without a plan, changes nothing there."""
    plan, waiting, now = finished.record.plan, finished.waiting, finished.record.created_at
    limits = limits_of(finished)
    left = before._replace(limits=tuple(limits)) if limits else before
    if plan is None or waiting is None or finished.is_narrow or finished.record.command == Command.ROLLBACK:
        return left
    return left._replace(
        held=Counter(each.code.value for each in plan.held),
        waiting=tuple((each.user, each.to, each.since) for each in waiting.emails),
        grace=tuple((each.user, each.at) for each in waiting.grace if each.at > now),
    )


def limits_of(finished: FinishedCommand) -> list[LimitUse]:
    """How much of each limit the last 24 hours used, with the times when it becomes less."""
    from jc1p.config.settings import limits_of as limits_in
    from jc1p.core.guard import allowed_in_a_day

    plan, folder, now = finished.record.plan, finished.folder, finished.record.created_at
    if plan is None or folder is None or finished.config is None:
        return []
    runs = runs_that_count(folder, now)
    earlier = recent_removals(run for run in runs if run.run_id != finished.record.run_id)
    allowed = allowed_in_a_day(plan, limits_in(finished.config), earlier)
    return [LimitUse(limit, most, tuple(steps(runs, limit))) for limit, most in allowed.items()]


def steps(runs: Sequence[PastRun], limit: str) -> list[tuple[datetime, int]]:
    """Until when how much counts: each run, oldest first, counts for 24 hours."""
    found = [(run.created_at + COUNTED, recent_removals(runs[at:]).count(limit)) for at, run in enumerate(runs)]
    return [(until, used) for until, used in found if used]


def runs_that_count(folder: Path, now: datetime) -> list[PastRun]:
    """The runs of the last 24 hours that the guard counts, oldest first."""
    from jc1p.state.past_journals import journals_since, read_ending, read_run

    found = []
    for path in journals_since(folder, now - COUNTED):
        ending = read_ending(path)
        if not (ending and ending.is_first) and (run := read_run(path)):
            found.append(run)
    return sorted(found, key=lambda run: run.created_at)
