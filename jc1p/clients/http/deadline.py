"""The time that one request has, with all its repetitions: bodies and waits count, waiting in our own queue doesn't."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from jc1p.errors import ServiceError

SHARE = 0.9
"""How much of the time that is left a wait may take, so that another try comes after it."""


@dataclass(slots=True)
class Deadline:
    """Ends its block with TimeoutError after `seconds`. `clock` is what waits are reckoned by. Use once."""

    seconds: float
    clock: Callable[[], float]
    is_sent: bool = False
    """Whether a request is on its way whose answer isn't known."""
    fault: ServiceError | None = None
    """What the try before the present one failed with."""
    _ends: float = 0.0
    _timeout: asyncio.Timeout = field(default_factory=lambda: asyncio.timeout(None))

    def running(self) -> AbstractAsyncContextManager[object]:
        """The block that ends in time."""
        self._ends = self.clock() + self.seconds
        self._timeout = asyncio.timeout(self.seconds)
        return self._timeout

    @property
    def left(self) -> float:
        """Seconds."""
        return max(0.0, self._ends - self.clock())

    def shortened(self, wait: float) -> float:
        """A wait, or most of what is left where it would take longer."""
        return wait if wait < self.left else SHARE * self.left

    @asynccontextmanager
    async def queueing(self, turn: AbstractAsyncContextManager[object]) -> AsyncIterator[None]:
        """The block inside `turn`; the time until it is entered doesn't count."""
        when, began, queued_at = self._timeout.when(), asyncio.get_running_loop().time(), self.clock()
        self._timeout.reschedule(None)
        async with turn:
            if when is not None:
                self._timeout.reschedule(when + asyncio.get_running_loop().time() - began)
            self._ends += self.clock() - queued_at
            yield
