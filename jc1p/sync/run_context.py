"""What every run has before it reads anything: its state, its name and its time."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jc1p.state.store import State


@dataclass(frozen=True, slots=True)
class RunContext:
    """The state and the folder that it is in (read only for a dry run), the run's id, its command, and its time."""

    state: State
    folder: Path
    run_id: str
    command: str
    now: datetime
