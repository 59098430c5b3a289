"""The surroundings of one command: its output, its logs, and how an error becomes text, JSON and exit code.

Commands with `--output json` always print exactly one document.
"""

import logging
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import typer
from rich.console import Console
from rich.text import Text

from jc1p.cli.actor import actor_in
from jc1p.cli.clock import clock_now, new_run_id
from jc1p.cli.hooks import FinishedCommand, Hook, run_hooks
from jc1p.cli.terminal.question import Terminal
from jc1p.cli.terminal.streams import OutputLost, needs_ascii, say, without_actors
from jc1p.cli.usage.options import Common, LogFormat, LogLevel, Output
from jc1p.cli.usage.variables import naming_variables
from jc1p.core.run_record import Known, RunRecord
from jc1p.errors import ExitCode, Interrupted, Jc1pError, Unexpected, UsageError, in_our_words, lack_behind
from jc1p.queries.waiting import Waiting
from jc1p.reports.lines import Screen, print_lines
from jc1p.runtime.atomic_write import why_unwritable
from jc1p.runtime.json_pieces import json_pieces
from jc1p.runtime.signals import heeded

if TYPE_CHECKING:
    from jc1p.config import Config

PIPE_WIDTH = 1_000_000
"""Columns for output other than a terminal."""


def console(*, stderr: bool = False, no_color: bool = False, config: str = "") -> Console:
    """A console on which remote text has no effect; colour only on a terminal that supports it.

    `config` is the configuration that the command line names: suggested commands get it too.
    """
    colourless = no_color or "NO_COLOR" in os.environ
    stream = sys.stderr if stderr else sys.stdout
    made = Screen(
        # FORCE_COLOR makes a terminal of a pipe, which still gets each line whole.
        width=None if stream.isatty() else PIPE_WIDTH,
        stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=True,
        no_color=colourless or None, color_system=None if colourless else "auto",
    )  # fmt: skip
    made.config = config
    return made


def tell(*lines: str, style: str = "") -> None:
    """Lines for the user on stdout, wrapped between words on a terminal."""
    print_lines(console(), [Text(line, style=style) for line in lines])


def new_record(command: str, *, dry_run: bool) -> RunRecord:
    """A record with only its name and time."""
    now = clock_now()
    run_id = new_run_id(now, is_set="JC1P_NOW" in os.environ)
    return RunRecord(command, run_id, now, dry_run, actor=actor_in(os.environ))


@dataclass(slots=True, eq=False, repr=False)
class Session:
    """A command in progress. `record` is filled during the run; `exit_code` overrides the record's.

    `body` is the content of a command's document if it shows no plan; None for commands that show the record. `hooks`
    run at the end; commands and `load` add them. `load` sets `config`, its path and the state's `folder`; `is_narrow`
    runs don't cover everything in the directory.
    """

    common: Common
    output: Output
    record: RunRecord
    out: Console
    err: Console
    exit_code: ExitCode | None = None
    body: Mapping[str, object] | None = None
    indent: int | None = 2
    """Of the document; None for a large one, since indenting takes several times as long as writing."""
    hooks: list[Hook] = field(default_factory=list)
    config: "Config | None" = None
    config_path: Path | None = None
    folder: Path | None = None
    is_narrow: bool = False
    waiting: Waiting | None = None
    told: set[str] = field(default_factory=set)
    """The messages of the errors that were shown."""
    terminal: Terminal = field(default_factory=Terminal)
    started: float = field(default_factory=time.monotonic)

    def learn(self, **known: Unpack[Known]) -> None:
        """Add to the record."""
        elapsed = round(time.monotonic() - self.started, 2)
        self.record = self.record._replace(duration_s=elapsed, **known)

    @property
    def final_exit_code(self) -> ExitCode:
        """The command's exit code according to the current record."""
        return self.record.exit_code if self.exit_code is None else self.exit_code

    def run_hooks(self, exit_code: ExitCode) -> None:
        """Pass the command's result and exit code to its hooks."""
        finished = FinishedCommand(
            self.record, exit_code, self.err, self.started, self.config, self.config_path, self.folder, self.is_narrow,
            self.waiting,
        )  # fmt: skip
        run_hooks(self.hooks, finished, debug=self.common.debug)

    @property
    def reports(self) -> list[str]:
        """The report files that can be written."""
        files = [hook.file for hook in self.hooks if hook.is_report and hook.file]
        return [str(file) for file in files if not why_unwritable(file)]

    def print_document(self) -> None:
        """Print the one JSON document or the Markdown, if that is the output format."""
        if self.output is Output.MARKDOWN:
            from jc1p.reports.markdown import render_markdown

            say(render_markdown(self.record, self.final_exit_code).rstrip())
        if self.output is Output.JSON:
            from jc1p.document.render import answer_document, document

            whole = document(self.record) if self.body is None else answer_document(self.record, self.body)
            print_json(whole, indent=self.indent)


def print_json(values: Mapping[str, object], *, indent: int | None = 2) -> None:
    """A JSON document on stdout, valid in stdout's encoding; on a terminal nothing in it has an effect."""
    is_shown = sys.stdout.isatty()
    for piece in json_pieces(values, indent=indent, ensure_ascii=needs_ascii()):
        sys.stdout.write(without_actors(piece) if is_shown else piece)
    say("")


@contextmanager
def session(
    command: str, common: Common, output: Output, *, dry_run: bool, answers: Sequence[str] | None = None
) -> Iterator[Session]:
    """Run a command's body: set up logging, turn exceptions into messages and an exit code.

    The exit code is the record's unless the body sets another. `answers` are the document keys of a command that shows
    no plan, null until they are known.
    """
    config = common.named_config(os.environ)
    here = Session(
        common, output, RunRecord(command, "", datetime.now(UTC), dry_run),
        out=console(no_color=common.no_color, config=config),
        err=console(stderr=True, no_color=common.no_color, config=config),
        body=None if answers is None else dict.fromkeys(answers),
    )  # fmt: skip
    set_up_logging(here)
    try:
        with heeded():
            here.record = new_record(command, dry_run=dry_run)._replace(named_config=config)
            yield here
    except OutputLost:
        here.run_hooks(ExitCode.FAILED)
        raise
    except KeyboardInterrupt:
        hint = "Run it again. The next run reads both sides and continues."
        fail(here, Interrupted("interrupted", hint=hint))
    except Exception as error:  # noqa: BLE001 - in any case, show what is known
        fail(here, error_in(error))
    try:
        here.print_document()
    except OutputLost:
        here.run_hooks(ExitCode.FAILED)
        raise
    here.run_hooks(here.final_exit_code)
    raise typer.Exit(here.final_exit_code)


def error_in(error: Exception) -> Jc1pError:
    """The error of a TaskGroup as a Jc1pError; any other as `in_our_words` says."""
    if isinstance(error, ExceptionGroup):
        found = [error_in(each) for each in error.exceptions]
        return next((each for each in found if not isinstance(each, Unexpected)), found[0])
    return in_our_words(error)


def fail(here: Session, error: Jc1pError) -> None:
    """Report an error on stderr and keep it in the record; the first one stays there.

    What fails twice for one reason, such as two writes to a full disk, is reported once.
    """
    from jc1p.reports.notices import print_error

    if lack_behind(error):
        hide_leftovers()
    if isinstance(error, UsageError):
        error.message = naming_variables(error.message, here.common.variables)
    here.learn(error=here.record.error or error)
    if error.message not in here.told:
        print_error(here.err, error)
    here.told.add(error.message)
    if here.common.debug:
        logging.getLogger("jc1p").debug("where it happened", exc_info=error)


def hide_leftovers() -> None:
    """After an error of an exhausted machine, show no traces of half-made objects, such as asyncio's event loop."""
    import warnings

    sys.unraisablehook = lambda _: None
    warnings.simplefilter("ignore", RuntimeWarning)


def set_up_logging(here: Session) -> None:
    """Logs go to stderr, from level warning unless configured otherwise."""
    from jc1p.cli.terminal.logs import StderrHandler, formatter

    common = here.common
    level = LogLevel.DEBUG if common.debug else common.log_level or LogLevel.WARNING
    handler = StderrHandler()
    handler.setFormatter(formatter(common.log_format or LogFormat.TEXT))
    logger = logging.getLogger("jc1p")
    logger.handlers[:] = [handler]
    logger.setLevel(level.value.upper())
    logger.propagate = False
