"""Steps after a command: reports, metrics, the CI system, notifications.

Nothing here can change the result of the run: errors are reported on stderr, and the exit code stays.
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
    """The data for hooks: the finished record of a command, and its exit code.

    `config`, its path and the state's `folder` are None if they couldn't be loaded. `is_narrow` runs don't cover
    everything in the directory. `waiting` is None for runs without a plan. `started` is monotonic, in seconds. `err` is
    for warnings.
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
    """One step; `what` names it in messages, such as "the report weekly.html", `file` is the file it writes.

    If `is_report`, it is for admins, and is named before the result.
    """

    what: str
    run: Callable[[FinishedCommand], None]
    file: Path | None = None
    is_report: bool = False


def run_hooks(hooks: Sequence[Hook], finished: FinishedCommand, *, debug: bool) -> None:
    """Run each in turn; a failed one doesn't prevent the others.

    Signals are delayed meanwhile (runtime/signals.py), so that an interruption can't cause a notification to be sent
    twice; each hook has its own time limit.
    """
    from jc1p.reports.notices import print_warning

    for hook in hooks:
        try:
            hook.run(finished)
        except (Exception, KeyboardInterrupt) as error:
            if finished.record.error and str(error) == finished.record.error.message:
                continue  # what ended the run was told
            said = (
                f"{hook.what}: {reason_of(error)}; the run's result and exit code {finished.exit_code} are unaffected"
            )
            print_warning(finished.err, said)
            if debug:
                logging.getLogger("jc1p").debug("where it happened", exc_info=error)


def reason_of(error: BaseException) -> str:
    """Why a hook failed, in words; the system's message may name a temporary file that admins don't know."""
    if isinstance(error, OSError) and error.strerror:
        return f"cannot write it: {error.strerror}"
    return str(error) or type(error).__name__
