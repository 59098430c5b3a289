"""`jc1p history`, `pause` and `resume`: only the state folder, no network and no secrets."""

import os
from datetime import datetime
from pathlib import Path

from rich.text import Text

from jc1p.cli.session import Session, session
from jc1p.cli.usage.options import Common, Output
from jc1p.config import find_config, load_config
from jc1p.config.durations import parse_duration
from jc1p.config.settings import state_folder_of
from jc1p.errors import UsageError
from jc1p.reports.history import entry_values, print_run, print_runs, run_values
from jc1p.reports.lines import print_lines
from jc1p.reports.phrases import printable
from jc1p.state.lock import run_under_way
from jc1p.state.own_folder import refuse_others
from jc1p.state.past_journals import find_run, read_runs
from jc1p.state.pause import Pause, end_pause, write_pause


def folder_of(here: Session) -> Path:
    """The state folder of the configuration; its secrets are not fetched, and their variables need not be set.

    Raises StateUnavailable when it belongs to another user.
    """
    path = find_config(here.common.config, os.environ)
    folder = state_folder_of(load_config(path, os.environ, needs_secrets=False).config)
    refuse_others(folder)
    return folder


def run_history(common: Common, output: Output, limit: int) -> None:
    """`jc1p history`. Raises typer.Exit."""
    with session("history", common, output, dry_run=True, answers=("runs",)) as here:
        folder = folder_of(here)
        under_way = run_under_way(folder)
        runs = read_runs(folder, newest=limit)[::-1]
        here.body = {"runs": [run_values(run, under_way) for run in runs]}
        if output is Output.TEXT:
            print_runs(here.out, runs, under_way)


def run_history_show(common: Common, output: Output, run_id: str) -> None:
    """`jc1p history show`. Raises typer.Exit."""
    with session("history show", common, output, dry_run=True, answers=("run", "changes")) as here:
        folder = folder_of(here)
        run, under_way = find_run(folder, run_id), run_under_way(folder)
        here.body = {"run": run_values(run, under_way), "changes": [entry_values(entry) for entry in run.entries]}
        if output is Output.TEXT:
            print_run(here.out, run, under_way, with_ids=common.verbose)


PAUSE_ANSWERS = ("paused", "since", "until", "reason")


def run_pause(common: Common, output: Output, reason: str, length: str | None) -> None:
    """`jc1p pause`; `length` as in the configuration, None for a pause without end. Raises typer.Exit."""
    with session("pause", common, output, dry_run=False, answers=PAUSE_ANSWERS) as here:
        now = here.record.created_at
        until = end_of_pause(now, length) if length is not None else None
        show_pause(here, write_pause(folder_of(here), Pause(now, reason.strip(), until)))


def end_of_pause(now: datetime, length: str) -> datetime:
    """When a pause of this length ends. Raises UsageError."""
    try:
        end = now + parse_duration(length)
        if end == now:
            raise ValueError(length)  # noqa: TRY301 - reported like the others
    except (ValueError, OverflowError):
        raise UsageError(
            f"--for {length} is not a duration",
            hint="Use a duration such as 30m, 8h or 2d, or leave --for out to pause until `jc1p resume`.",
        ) from None
    return end


def run_resume(common: Common, output: Output) -> None:
    """`jc1p resume`. Raises typer.Exit."""
    with session("resume", common, output, dry_run=False, answers=PAUSE_ANSWERS) as here:
        earlier = end_pause(folder_of(here), here.record.created_at)
        show_pause(here, None)
        if output is Output.TEXT and not common.quiet:
            said = f"Resumed. Before: {earlier}." if earlier else "It was not paused."
            print_lines(here.out, [Text(printable(said))])


def show_pause(here: Session, pause: Pause | None) -> None:
    """Whether runs are paused, as text and as the document's keys."""
    here.body = {
        "paused": pause is not None,
        "since": time_of(pause.since if pause else None),
        "until": time_of(pause.until if pause else None),
        "reason": pause.reason if pause else None,
    }
    if pause and here.output is Output.TEXT and not here.common.quiet:
        ends = (
            "The pause ends automatically; `jc1p resume` ends it earlier."
            if pause.until
            else "`jc1p resume` ends the pause."
        )
        print_lines(here.out, [Text(printable(f"Now {pause}. {ends}"))])


def time_of(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
