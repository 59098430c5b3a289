"""Ctrl-C, SIGTERM and a closed terminal: reading stops at once, applying finishes what is in flight and reports.

A second signal, or ten seconds, ends what is still in flight; its outcome is then recorded as unknown.
"""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from jc1p.errors import Interrupted
from jc1p.runtime.signals import SIGNALS

TIME_TO_FINISH = 10.0
"""Seconds that requests in flight get after the first signal."""


@dataclass(slots=True)
class Stop:
    """Whether a signal came; `reason` is what apply stops by."""

    task: "asyncio.Task[None]"
    grace: float
    reason: Interrupted | None = None
    came: int = 0
    """Signals that the loop hasn't noted yet."""
    end: asyncio.TimerHandle | None = None

    def note(self) -> None:
        """A signal: the first is gentle where there is something to finish, the second is not."""
        if not self.came:
            return
        self.came -= 1
        if self.reason is not None or not self.grace:
            self.task.cancel()
        else:
            self.end = asyncio.get_running_loop().call_later(self.grace, self.task.cancel)
        self.reason = self.reason or Interrupted(
            "interrupted by a signal", hint="Run it again. The next run reads both sides and continues."
        )


@contextmanager
def stop_on_signals(*, grace: float) -> Iterator[Stop]:
    """Handle signals while the block runs: at once, or (grace in seconds) by letting things in flight finish.

    Raises:
        Interrupted: the block was cancelled by a signal.
        KeyboardInterrupt: a signal came so late that the block was through.
    """
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("there is no task to stop")
    stop, loop = Stop(task, grace), asyncio.get_running_loop()

    def take(_: int, __: FrameType | None) -> None:
        stop.came += 1
        loop.call_soon_threadsafe(stop.note)

    # Not the loop's own handlers: taking those away leaves none, and the next signal would kill.
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, take)
    try:
        yield stop
    except asyncio.CancelledError:
        if stop.reason is None:
            raise
        task.uncancel()
        raise stop.reason from None
    finally:
        for number in SIGNALS:
            signal.signal(number, before[number])
        if stop.end:
            stop.end.cancel()
        late, stop.came = stop.came, 0
    if late:
        raise KeyboardInterrupt
