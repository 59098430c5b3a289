"""One command's surroundings: where its output goes, its logs, and how an error becomes text, JSON and exit code.

Commands with `--output json` print exactly one document, whatever happens.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import typer
from rich.console import Console
from rich.text import Text

from jc1p.cli.actor import actor_in
from jc1p.cli.clock import clock_now, new_run_id
from jc1p.cli.hooks import FinishedCommand, Hook, run_hooks
from jc1p.cli.options import Common, LogFormat, LogLevel, Output
from jc1p.cli.question import Terminal
from jc1p.cli.streams import OutputLost, needs_ascii, say, without_actors
from jc1p.cli.variables import naming_variables
from jc1p.core.run_record import Known, RunRecord
from jc1p.errors import ExitCode, Interrupted, Jc1pError, Unexpected, UsageError
from jc1p.queries.waiting import Waiting
from jc1p.reports.lines import print_lines
from jc1p.runtime.atomic_write import why_unwritable
from jc1p.runtime.signals import heeded

if TYPE_CHECKING:
    from jc1p.config import Config

PIPE_WIDTH = 1_000_000
"""Columns of what is no terminal."""


def console(*, stderr: bool = False, no_color: bool = False) -> Console:
    """A console on which remote text can't act; colour only on a terminal that wants it."""
    colourless = no_color or "NO_COLOR" in os.environ
    stream = sys.stderr if stderr else sys.stdout
    return Console(
        # FORCE_COLOR makes a terminal of a pipe, which still gets each line whole.
        width=None if stream.isatty() else PIPE_WIDTH,
        stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=True,
        no_color=colourless or None, color_system=None if colourless else "auto",
    )  # fmt: skip


def tell(*lines: str, style: str = "") -> None:
    """Lines for people on stdout, which wrap between words on a terminal."""
    print_lines(console(), [Text(line, style=style) for line in lines])


def new_record(command: str, *, dry_run: bool) -> RunRecord:
    """A record with nothing in it yet but its name and time."""
    now = clock_now()
    run_id = new_run_id(now, is_set="JC1P_NOW" in os.environ)
    return RunRecord(command, run_id, now, dry_run, actor=actor_in(os.environ))


@dataclass(slots=True)
class Session:
    """A command in progress. `record` grows with what becomes known; `exit_code` overrides the record's.

    `body` is what the document of a command holds that shows no plan; None for those that show the record.
    `hooks` run when all is over; commands and `load` add them. `config`, where it came from and the state's
    `folder` are known once `load` has them; `is_narrow` runs say less than everything about the directory.
    """

    common: Common
    output: Output
    record: RunRecord
    out: Console
    err: Console
    exit_code: ExitCode | None = None
    body: Mapping[str, object] | None = None
    indent: int | None = 2
    """Of the document; None for a large one, which takes several times as long to indent as to write."""
    hooks: list[Hook] = field(default_factory=list)
    config: "Config | None" = None
    config_path: Path | None = None
    folder: Path | None = None
    is_narrow: bool = False
    waiting: Waiting | None = None
    terminal: Terminal = field(default_factory=Terminal)
    started: float = field(default_factory=time.monotonic)

    def learn(self, **known: Unpack[Known]) -> None:
        """Add to the record."""
        elapsed = round(time.monotonic() - self.started, 2)
        self.record = replace(self.record, duration_s=elapsed, **known)

    @property
    def final_exit_code(self) -> ExitCode:
        """What the command exits with, as far as the record goes by now."""
        return self.record.exit_code if self.exit_code is None else self.exit_code

    def run_hooks(self, exit_code: ExitCode) -> None:
        """Hand what the command came to, and what it exits with, to its hooks."""
        finished = FinishedCommand(
            self.record, exit_code, self.err, self.started, self.config, self.config_path, self.folder, self.is_narrow,
            self.waiting,
        )  # fmt: skip
        run_hooks(self.hooks, finished, debug=self.common.debug)

    @property
    def reports(self) -> list[str]:
        """The files that reports go to, as far as they can be written."""
        files = [hook.file for hook in self.hooks if hook.is_report and hook.file]
        return [str(file) for file in files if not why_unwritable(file)]

    def print_document(self) -> None:
        """The one JSON document or the Markdown, when that is the output format."""
        if self.output is Output.MARKDOWN:
            from jc1p.reports.markdown import render_markdown

            say(render_markdown(self.record, self.final_exit_code).rstrip())
        if self.output is Output.JSON:
            from jc1p.document.render import answer_document, document

            whole = document(self.record) if self.body is None else answer_document(self.record, self.body)
            print_json(whole, indent=self.indent)


def print_json(values: Mapping[str, object], *, indent: int | None = 2) -> None:
    """A JSON document on stdout, valid in whatever encoding stdout has; on a terminal nothing in it acts."""
    text = json.dumps(values, indent=indent, ensure_ascii=needs_ascii())
    say(without_actors(text) if sys.stdout.isatty() else text)


@contextmanager
def session(
    command: str, common: Common, output: Output, *, dry_run: bool, answers: Sequence[str] | None = None
) -> Iterator[Session]:
    """Run a command's body: set up logging, turn what is raised into words and an exit code.

    The exit code is the record's unless the body sets another. `answers` are the keys of the document of a command
    that shows no plan, null until they are known.
    """
    here = Session(
        common, output, RunRecord(command, "", datetime.now(UTC), dry_run),
        out=console(no_color=common.no_color), err=console(stderr=True, no_color=common.no_color),
        body=None if answers is None else dict.fromkeys(answers),
    )  # fmt: skip
    set_up_logging(here)
    try:
        with heeded():
            here.record = new_record(command, dry_run=dry_run)
            yield here
    except OutputLost:
        here.run_hooks(ExitCode.FAILED)
        raise
    except KeyboardInterrupt:
        hint = "Run it again. The next run reads both sides and continues."
        fail(here, Interrupted("interrupted", hint=hint))
    except Exception as error:  # noqa: BLE001 - whatever it is, what is known by now is shown
        fail(here, error_in(error))
    try:
        here.print_document()
    except OutputLost:
        here.run_hooks(ExitCode.FAILED)
        raise
    here.run_hooks(here.final_exit_code)
    raise typer.Exit(here.final_exit_code)


def error_in(error: Exception) -> Jc1pError:
    """What a TaskGroup failed for, in our words; a bug where that is no error of ours."""
    if isinstance(error, Jc1pError):
        return error
    if isinstance(error, ExceptionGroup):
        found = [error_in(each) for each in error.exceptions]
        return next((each for each in found if not isinstance(each, Unexpected)), found[0])
    return Unexpected(error)


def fail(here: Session, error: Jc1pError) -> None:
    """Tell an error on stderr and keep it in the record; the first one stays there."""
    from jc1p.reports.notices import print_error

    if isinstance(error, UsageError):
        error.message = naming_variables(error.message, here.common.variables)
    here.learn(error=here.record.error or error)
    print_error(here.err, error)
    if here.common.debug:
        logging.getLogger("jc1p").debug("where it happened", exc_info=error)


def set_up_logging(here: Session) -> None:
    """Logs go to stderr, from warnings on unless asked for more."""
    from jc1p.cli.logs import StderrHandler, formatter

    common = here.common
    level = LogLevel.DEBUG if common.debug else common.log_level or LogLevel.WARNING
    handler = StderrHandler()
    handler.setFormatter(formatter(common.log_format or LogFormat.TEXT))
    logger = logging.getLogger("jc1p")
    logger.handlers[:] = [handler]
    logger.setLevel(level.value.upper())
    logger.propagate = False
