"""Ctrl-C, SIGTERM and a closed terminal: reading stops at once, applying completes requests in flight and reports.

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
"""Seconds for requests in flight after the first signal."""


@dataclass(slots=True, eq=False, repr=False)
class Stop:
    """Whether a signal arrived; `reason` is what stops apply."""

    task: "asyncio.Task[None]"
    grace: float
    reason: Interrupted | None = None
    came: int = 0
    """Signals that the loop hasn't handled yet."""
    end: asyncio.TimerHandle | None = None

    def note(self) -> None:
        """A signal: the first lets work in flight finish, the second doesn't."""
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
    """Handle signals while the block runs: at once, or (grace, in seconds) after work in flight is finished.

    Raises:
        Interrupted: a signal cancelled the block.
        KeyboardInterrupt: a signal arrived after the block had ended.
    """
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("there is no task to stop")
    stop, loop = Stop(task, grace), asyncio.get_running_loop()

    def take(_: int, __: FrameType | None) -> None:
        stop.came += 1
        loop.call_soon_threadsafe(stop.note)

    # Not the loop's own handlers: removing them leaves none, and the next signal would kill the process.
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
