"""The tries after the first: how many, how long to wait before each, and their log lines."""

import logging
from collections.abc import Awaitable, Callable
from itertools import count
from typing import NamedTuple

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type
from tenacity.stop import stop_after_attempt, stop_before_delay
from tenacity.wait import wait_random_exponential

from jc1p.clients.http.deadline import Deadline
from jc1p.clients.http.exchange import Answer, RetryPolicy, Transient
from jc1p.clients.http.rounds import Rounds

log = logging.getLogger("jc1p.http")

BASE_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds; the wait before try n is random between 0 and BASE_WAIT * 2**n (full jitter)."""


class Retries(NamedTuple):
    """How one request is repeated."""

    policy: RetryPolicy
    deadline: Deadline
    sleep: Callable[[float], Awaitable[None]]
    rounds: Rounds

    async def after(self, first: Transient, attempt: Callable[[int], Awaitable[Answer]]) -> Answer:
        """The other tries; the failed one counts as the first. `attempt` gets the number of the try."""
        numbers = count(1)

        async def once() -> Answer:
            number = next(numbers)
            if number == 1:
                raise first
            return await attempt(number)

        jitter = wait_random_exponential(multiplier=BASE_WAIT, max=LONGEST_WAIT)
        in_time = stop_before_delay(self.deadline.left)

        def wait(state: RetryCallState) -> float:
            self.deadline.fault, asked_for = fault_of(state).final, fault_of(state).retry_after
            # Zero, or a date that has passed, asks for no wait: without one, all tries would fail within a moment.
            return self.deadline.shortened(asked_for) if asked_for else jitter(state)

        def is_over(state: RetryCallState) -> bool:
            tries = min(self.policy.attempts, fault_of(state).tries or self.policy.attempts)
            # The last: a machine that slept meanwhile must not send a change that is hours old.
            return stop_after_attempt(tries)(state) or in_time(state) or not self.deadline.left

        retrying = AsyncRetrying(
            stop=is_over, wait=wait, retry=retry_if_exception_type(Transient), sleep=self.sleep,
            before_sleep=self._log, reraise=True,
        )  # fmt: skip
        with self.rounds.one_more():
            return await retrying(once)

    def _log(self, state: RetryCallState) -> None:
        """A warning for the first request of a round; the others that wait for the same service are details."""
        wait = state.next_action.sleep if state.next_action else 0
        number, most = state.attempt_number + 1, self.policy.attempts
        level = logging.WARNING if self.rounds.is_news(number) else logging.DEBUG
        others = f", {self.rounds.requests} requests waiting" if self.rounds.requests > 1 else ""
        log.log(level, "Retrying in %.1f s (attempt %d of %d%s): %s", wait, number, most, others, fault_of(state).final)


def fault_of(state: RetryCallState) -> Transient:
    """The fault of the last try."""
    fault = state.outcome.exception() if state.outcome else None
    if not isinstance(fault, Transient):
        raise TypeError("only a fault is repeated") from fault
    return fault
