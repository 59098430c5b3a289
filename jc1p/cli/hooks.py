"""Telling others of a run that is over: reports, metrics, the CI system, notifications.

Nothing here can change what the run came to: whatever goes wrong is said on stderr, and the exit code stays.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jc1p.cli.session import Session

Tell = Callable[["Session", int], None]
"""Gets the session with its finished record, and the exit code that the command will have."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Somebody to be told; `what` names it in messages, such as "the report weekly.html", `file` is what it writes."""

    what: str
    tell: Tell
    file: Path | None = None


def tell_others(here: "Session", tellers: Sequence[Teller], exit_code: int) -> None:
    """Tell each in turn; one that fails keeps none of the others from being told.

    Signals wait meanwhile (interrupts.py), so that nobody is told twice for having been told in vain; each teller
    bounds its own time.
    """
    from jc1p.reports.text import print_warning

    for teller in tellers:
        try:
            teller.tell(here, exit_code)
        except (Exception, KeyboardInterrupt) as error:
            print_warning(
                here.err, f"{teller.what}: {reason_of(error)}; the run itself is as shown, exit code {exit_code}"
            )
            if here.common.debug:
                logging.getLogger("jc1p").debug("where it happened", exc_info=error)


def reason_of(error: BaseException) -> str:
    """Why somebody wasn't told, in words; what the system says of a file is about a name that nobody knows."""
    if isinstance(error, OSError) and error.strerror:
        return f"it can't be written: {error.strerror}"
    return str(error) or type(error).__name__
