"""How a pause affects the commands that apply: it stops them, and a rollback may begin one."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from rich.text import Text

from jc1p.cli.session import Session
from jc1p.cli.usage.options import Output
from jc1p.core.plan import PlanWarning
from jc1p.core.run_record import PAUSED
from jc1p.reports.lines import print_lines
from jc1p.reports.phrases import as_sentence, printable
from jc1p.state.pause import Pause, read_pause
from jc1p.sync.pipeline import long_pause

ROLLBACK_PAUSE = timedelta(hours=24)


class Undo(NamedTuple):
    """The run to undo, as named, and whether to pause scheduled runs too."""

    run_id: str
    pause: bool


def pause_after(run_id: str, now: datetime) -> Pause:
    """The pause of `rollback --pause`: time to change JumpCloud before the next sync."""
    return Pause(now, f"rollback of run {run_id}", now + ROLLBACK_PAUSE)


def stopped_by_pause(here: Session, folder: Path, now: datetime) -> bool:
    """True, with a message, during a pause: nothing is changed, exit 0."""
    pause = read_pause(folder, now)
    if pause is None:
        return False
    message = f"{pause.told(now)}. Nothing was changed. `jc1p resume` ends the pause"
    is_long = [long_pause(pause.told(now))] if pause.is_long(now) else []
    here.learn(notices=(*here.record.notices, PlanWarning(PAUSED, here.record.command, message), *is_long))
    show = here.out if here.output is Output.TEXT else here.err
    print_lines(show, [Text(printable(as_sentence(message)))])
    return True
