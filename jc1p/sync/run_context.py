"""What every run has before it reads anything: its state, its id and its time."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from jc1p.state.pause import Pause
from jc1p.state.store import State
from jc1p.sync.run_deadline import RunDeadline


class RunContext(NamedTuple):
    """The state and its folder (read only for a dry run), the run's id, command, start time, and time limit.

    `reference` and `actor` are for the journal: the ticket, and who runs it. `pause` begins before the first change of
    a rollback that asks for one.
    """

    state: State
    folder: Path
    run_id: str
    command: str
    now: datetime
    deadline: RunDeadline = RunDeadline()
    reference: str | None = None
    actor: str | None = None
    pause: Pause | None = None
