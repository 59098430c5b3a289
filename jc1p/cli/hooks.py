"""What follows a command that is over: reports, metrics, the CI system, notifications.

Nothing here can change what the run came to: whatever goes wrong is said on stderr, and the exit code stays.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console

from jc1p.core.run_record import RunRecord
from jc1p.errors import ExitCode
from jc1p.queries.waiting import Waiting

if TYPE_CHECKING:
    from jc1p.config import Config


class FinishedCommand(NamedTuple):
    """What hooks get of a command: its finished record, and the exit code that it will have.

    `config`, where it came from and the state's `folder` are None when they couldn't be loaded. `is_narrow` runs say
    less than everything about the directory. `waiting` is None for runs that came to no plan. `started` is monotonic,
    in seconds. `err` is where warnings go.
    """

    record: RunRecord
    exit_code: ExitCode
    err: Console
    started: float
    config: "Config | None" = None
    config_path: Path | None = None
    folder: Path | None = None
    is_narrow: bool = False
    waiting: Waiting | None = None


class Hook(NamedTuple):
    """One thing to do; `what` names it in messages, such as "the report weekly.html", `file` is what it writes.

    One that `is_report` is for people, and is named before the result.
    """

    what: str
    run: Callable[[FinishedCommand], None]
    file: Path | None = None
    is_report: bool = False


def run_hooks(hooks: Sequence[Hook], finished: FinishedCommand, *, debug: bool) -> None:
    """Run each in turn; one that fails keeps none of the others from running.

    Signals wait meanwhile (runtime/signals.py), so that nobody is told twice for having been told in vain; each hook
    bounds its own time.
    """
    from jc1p.reports.notices import print_warning

    for hook in hooks:
        try:
            hook.run(finished)
        except (Exception, KeyboardInterrupt) as error:
            said = (
                f"{hook.what}: {reason_of(error)}; the run's result and exit code {finished.exit_code} are unaffected"
            )
            print_warning(finished.err, said)
            if debug:
                logging.getLogger("jc1p").debug("where it happened", exc_info=error)


def reason_of(error: BaseException) -> str:
    """Why a hook failed, in words; what the system says of a file is about a name that nobody knows."""
    if isinstance(error, OSError) and error.strerror:
        return f"cannot write it: {error.strerror}"
    return str(error) or type(error).__name__
