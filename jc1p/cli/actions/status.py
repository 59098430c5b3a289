"""`jc1p status`: shows what the state folder contains, and no more; `--check` adds a drift reading.

A plain answer uses the standard library and modules that are already loaded: neither models nor HTTP are imported.
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import typer

from jc1p import __version__
from jc1p.cli.clock import clock_now, new_run_id
from jc1p.cli.terminal.streams import needs_ascii, say, without_actors
from jc1p.cli.usage.options import Common, Output
from jc1p.config.accounts import Accounts, read_accounts
from jc1p.config.durations import parse_duration
from jc1p.config.files import find_config
from jc1p.errors import ExitCode, Jc1pError, UsageError
from jc1p.reports.status import (  # fmt: skip
    KEYS,
    Overview,
    Paused,
    last_lines,
    next_steps,
    standing_lines,
    standing_values,
)
from jc1p.runtime.signals import heeded
from jc1p.state.last_runs import look_at_runs
from jc1p.state.lock import run_under_way
from jc1p.state.own_folder import refuse_others
from jc1p.state.pause import read_pause

FORMAT_VERSION = 1
"""The document's version, as in document/rows.py: a test compares them."""


@dataclass(frozen=True, slots=True)
class StatusOptions:
    """The options of `status`."""

    check: bool = False
    max_age: str | None = None


def run_status(common: Common, output: Output, asked: StatusOptions) -> None:
    """`jc1p status`. Raises typer.Exit."""
    started = time.monotonic()
    try:
        with heeded():
            here = stand(common, asked.max_age)
    except Jc1pError as error:
        fail_in_session(common, output, error)
    if asked.check:
        from jc1p.cli.actions.status_check import run_check

        if output is Output.TEXT:
            show_standing(here, common)
        run_check(common, output, here)
    code = ExitCode.FAILED if here.is_too_old else ExitCode.DONE
    if output is Output.JSON:
        took = round(time.monotonic() - started, 2)
        print_quickly(document_of(here.now, {**standing_values(here), "drift": None}, took))
    else:
        show_standing(here, common)
    raise typer.Exit(code)


def fail_in_session(common: Common, output: Output, error: Jc1pError) -> None:
    """Report an error like all commands. It needs more imports, but the answer is late anyway. Raises typer.Exit."""
    from jc1p.cli.session import session

    with session("status", common, output, dry_run=True, answers=KEYS):
        raise error


def stand(common: Common, max_age: str | None) -> Overview:
    """The status. Raises Jc1pError for invalid options, configuration or state folder."""
    now, longest = clock_now(), age_of(max_age)
    path = find_config(common.config, os.environ)
    accounts = read_accounts(path, os.environ)
    refuse_others(accounts.folder)
    under_way = run_under_way(accounts.folder)
    seen = look_at_runs(accounts.folder, under_way=under_way)
    return Overview(
        now=now, config=str(path), named=common.named_config(os.environ), jumpcloud=accounts.jumpcloud,
        org_id=accounts.org_id, bridge=accounts.bridge_host, folder=str(accounts.folder), runs=seen.runs,
        paused=paused_in(accounts.folder, now), under_way=under_way,
        config_changed=has_changed(accounts, seen.runs.config), max_age=longest, warnings=seen.warnings,
    )  # fmt: skip


def age_of(given: str | None) -> timedelta | None:
    """Raises UsageError."""
    try:
        return parse_duration(given) if given is not None else None
    except ValueError:
        hint = "Use a number and a unit, such as 30m, 26h or 2d."
        raise UsageError(f"--max-age {given} is not a duration", hint=hint) from None


def has_changed(accounts: Accounts, before: str) -> bool:
    return bool(before) and accounts.digest != before


def paused_in(folder: Path, now: datetime) -> Paused | None:
    pause = read_pause(folder, now)
    return None if pause is None else Paused(pause.since, pause.until, pause.reason)


def document_of(now: datetime, body: Mapping[str, Any], took: float) -> dict[str, Any]:
    """The document, in the form that `answer_document` makes of a record."""
    return {
        "format_version": FORMAT_VERSION, "jc1p_version": __version__, "command": "status",
        "run_id": new_run_id(now, is_set="JC1P_NOW" in os.environ), "created_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        **body, "requests": None, "duration_s": took, "error": None,
    }  # fmt: skip


def print_quickly(values: Mapping[str, Any]) -> None:
    """Prints like `print_json`."""
    text = json.dumps(values, indent=2, ensure_ascii=needs_ascii())
    say(without_actors(text) if sys.stdout.isatty() else text)


def show_standing(here: Overview, common: Common) -> None:
    """The screen; with `--quiet` only what is wrong and what to do next, if anything."""
    is_well = not here.is_too_old and not any(next_steps(here)) and not here.warnings
    lines = standing_lines(here, each=common.verbose) if not common.quiet else () if is_well else last_lines(here)
    for line in lines:
        say(line if line.isascii() and line.isprintable() else shown(line))


def shown(line: str) -> str:
    """A line with remote text, without characters that a terminal acts on."""
    from jc1p.reports.phrases import printable

    return printable(line)
