"""The time limit for one request with all its tries: bodies and waits count, waiting in our own queue doesn't."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple, Protocol

from jc1p.errors import ServiceError

SHARE = 0.9
"""The largest share of the remaining time that a wait may take, so that another try fits in after it."""


@dataclass(slots=True, eq=False, repr=False)
class Deadline:
    """Ends its block with TimeoutError after `seconds`. Waits are measured with `clock`. Use once."""

    seconds: float
    clock: Callable[[], float]
    is_sent: bool = False
    """Whether a request was sent whose answer isn't known."""
    fault: ServiceError | None = None
    """The error of the try before the current one."""
    _ends: float = 0.0
    _timeout: asyncio.Timeout = field(init=False)

    def running(self) -> AbstractAsyncContextManager[object]:
        """The block with the time limit."""
        self._ends = self.clock() + self.seconds
        self._timeout = asyncio.timeout(self.seconds)
        return self._timeout

    @property
    def left(self) -> float:
        """Seconds."""
        return max(0.0, self._ends - self.clock())

    def shortened(self, wait: float) -> float:
        """A wait, shortened to most of the remaining time if it is longer."""
        return wait if wait < self.left else SHARE * self.left

    def queueing(self, turn: "Turn") -> "Queueing":
        """The block inside `turn`; the time until it is entered doesn't count."""
        return Queueing(self, turn)

    def stop_clock(self) -> float | None:
        """Stop counting time; returns when the limit would have been reached."""
        when = self._timeout.when()
        self._timeout.reschedule(None)
        return when

    def go_on(self, when: float | None, passed: float, waited: float) -> None:
        """Count again; the limit moves by the seconds that passed on the loop's clock and on ours."""
        if when is not None:
            self._timeout.reschedule(when + passed)
        self._ends += waited


class Turn(Protocol):
    """A gate to wait for."""

    @property
    def is_free(self) -> bool:
        """True if entering does not wait."""

    async def __aenter__(self) -> object:
        """Wait for the turn."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the next one in."""


class Queueing(NamedTuple):
    """A block inside a turn; while it waits for the turn, the deadline stands still."""

    deadline: Deadline
    turn: "Turn"

    async def __aenter__(self) -> None:
        if self.turn.is_free:
            await self.turn.__aenter__()
            return
        clock, loop_time = self.deadline.clock, asyncio.get_running_loop().time
        when, began, queued_at = self.deadline.stop_clock(), loop_time(), clock()
        await self.turn.__aenter__()
        self.deadline.go_on(when, loop_time() - began, clock() - queued_at)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.turn.__aexit__(kind, error, trace)
