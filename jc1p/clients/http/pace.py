"""Limits how many requests a service gets at once: few at first, more while answers stay quick, half after a fault.

Neither JumpCloud nor 1Password publishes a rate limit (facts/jumpcloud-api.md 10, facts/scim-bridge.md 5), so the right
number is found by trying, up to the configured limit.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

log = logging.getLogger("jc1p.pace")

FIRST = 4
SLOWER, SLOWER_SECONDS = 3.0, 0.1
"""An answer that is this many times (and seconds) slower than the fastest of its kind doesn't raise the limit."""


class Pace:
    """A gate that lets `limit` requests through at once, between 1 and `most`. Use as an async context manager.

    Until the first fault, the limit doubles with each round of answers; afterwards it grows by one per round. A fault
    (429, 503, a timeout) halves it, once for all requests that were in progress together.
    """

    def __init__(self, service: str, most: int, clock: Callable[[], float]) -> None:
        self.service, self.most, self.clock = service, most, clock
        self.limit: float = min(FIRST, most)
        self.under_way = 0
        self._is_cautious = False
        self._cut_at = float("-inf")
        self._quickest: dict[str, float] = {}
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def is_free(self) -> bool:
        """True if the next request goes through at once."""
        return self.under_way < int(self.limit) and not self._waiting

    async def __aenter__(self) -> Self:
        if self.is_free:
            self.under_way += 1
            return self
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        self.under_way -= 1
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self.under_way < int(self.limit):
            turn = self._waiting.popleft()
            if not turn.done():
                self.under_way += 1
                turn.set_result(None)

    def answered(self, asked: str, began: float) -> None:
        """A request of a kind was answered; raises the limit if that took no longer than usual."""
        took = self.clock() - began
        quickest = min(took, self._quickest.get(asked, took))
        self._quickest[asked] = quickest
        if took > max(quickest * SLOWER, quickest + SLOWER_SECONDS) or self.limit >= self.most:
            return
        before = int(self.limit)
        self.limit = min(float(self.most), self.limit + (1 / self.limit if self._is_cautious else 1))
        self._tell(before, "it answers as quickly as before")
        self._admit()

    def in_trouble(self, why: str, began: float) -> None:
        """A request failed; halves the limit, unless this was done since the request began."""
        if began < self._cut_at:
            return
        before = int(self.limit)
        self.limit, self._is_cautious, self._cut_at = max(1.0, self.limit / 2), True, self.clock()
        self._tell(before, why)

    def _tell(self, before: int, why: str) -> None:
        if int(self.limit) != before:
            log.debug("%s: %d requests at once instead of %d: %s", self.service, int(self.limit), before, why)
