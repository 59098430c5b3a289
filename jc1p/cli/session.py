"""One command's surroundings: where its output goes, its logs, and how an error becomes text, JSON and exit code.

Commands with `--output json` print exactly one document, whatever happens.
"""

import logging
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from secrets import token_hex

import typer
from pydantic import SecretStr
from rich.console import Console

from jc1p.cli.options import Common, LogFormat, LogLevel, Output
from jc1p.errors import Interrupted, Jc1pError, UsageError
from jc1p.run import RunRecord


def console(*, stderr: bool = False, no_color: bool = False) -> Console:
    """A console on which remote text can't act; colour only on a terminal that wants it."""
    colourless = no_color or "NO_COLOR" in os.environ
    return Console(
        stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=True,
        no_color=colourless or None, color_system=None if colourless else "auto",
    )  # fmt: skip


def clock_now() -> datetime:
    """The time, or JC1P_NOW where rehearsals and tests set it. Raises UsageError for a bad JC1P_NOW."""
    text = os.environ.get("JC1P_NOW")
    if not text:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"JC1P_NOW is not an ISO time: {text}", hint="Such as 2026-11-24T00:12:00Z.") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def new_record(command: str, *, dry_run: bool) -> RunRecord:
    """A record with nothing in it yet but its name and time."""
    now = clock_now()
    return RunRecord(command, f"{now:%Y%m%dT%H%M%SZ}-{token_hex(2)}", now, dry_run)


@dataclass(slots=True)
class Session:
    """A command under way. `record` grows with what becomes known; `exit_code` overrides the record's.

    `body` is what the document of a command holds that shows no plan; None for those that show the record.
    """

    common: Common
    output: Output
    record: RunRecord
    out: Console
    err: Console
    secrets: list[SecretStr] = field(default_factory=list)
    exit_code: int | None = None
    body: Mapping[str, object] | None = None
    started: float = field(default_factory=time.monotonic)

    def learn(self, **known: object) -> None:
        """Add to the record."""
        elapsed = round(time.monotonic() - self.started, 2)
        self.record = replace(self.record, duration_s=elapsed, **known)  # type: ignore[arg-type]

    def print_document(self) -> None:
        """The one JSON document, when that is what stdout holds."""
        if self.output is Output.JSON:
            from jc1p.render.document import render_document, render_reply

            whole = render_document(self.record) if self.body is None else render_reply(self.record, self.body)
            sys.stdout.write(whole + "\n")


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
        here.record = new_record(command, dry_run=dry_run)
        yield here
    except Jc1pError as error:
        fail(here, error)
    except KeyboardInterrupt:
        fail(
            here,
            Interrupted("interrupted", hint="Run it again: the next run finds out what was done by reading."),
        )
    except BaseExceptionGroup as group:
        fail(here, first_error(group))
    here.print_document()
    raise typer.Exit(here.record.exit_code if here.exit_code is None else here.exit_code)


def first_error(group: BaseExceptionGroup[BaseException]) -> Jc1pError:
    """What a failed TaskGroup failed for. Raises the group again when it is no error of ours."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            return first_error(error)
        if isinstance(error, Jc1pError):
            return error
    raise group


def fail(here: Session, error: Jc1pError) -> None:
    """Tell an error on stderr and keep it in the record."""
    from jc1p.render.text import print_error

    here.learn(error=error)
    print_error(here.err, error)
    if here.common.debug:
        logging.getLogger("jc1p").debug("where it happened", exc_info=error)


def set_up_logging(here: Session) -> None:
    """Logs go to stderr, from warnings on unless asked for more."""
    from jc1p.cli.logs import formatter

    common = here.common
    level = LogLevel.DEBUG if common.debug else common.log_level or LogLevel.WARNING
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(common.log_format or LogFormat.TEXT, here.secrets))
    logger = logging.getLogger("jc1p")
    logger.handlers[:] = [handler]
    logger.setLevel(level.value.upper())
    logger.propagate = False
