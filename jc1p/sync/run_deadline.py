"""The time limit of a whole run (`http.max_run`): reading must end within it, and applying ends before it.

The time goes on while the machine sleeps, so that no plan is applied that is hours old. After four fifths of it, no
more additions start, so that removals still have time: a slow bridge must not delay the suspension of leavers.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from jc1p.errors import DeadlineReached
from jc1p.runtime.clocks import seconds_awake_or_asleep

WINDING_UP = 0.2
"""The last share of the time, in which no additions start."""


@dataclass(slots=True, eq=False, repr=False)
class RunDeadline:
    """Counts from its creation; `seconds` without the prompts."""

    seconds: float = math.inf
    clock: Callable[[], float] = seconds_awake_or_asleep
    _ends: float = field(init=False)

    def __post_init__(self) -> None:
        self._ends = self.clock() + self.seconds

    @property
    def left(self) -> float:
        """Seconds, below 0 after the end."""
        return self._ends - self.clock()

    def why_over(self) -> DeadlineReached | None:
        """Why no further change may start; None while there is time."""
        return self._reached("the run took longer than http.max_run") if self.left <= 0 else None

    def why_late(self) -> DeadlineReached | None:
        """Why no further additions may start; None while there is time."""
        is_late = self.left <= WINDING_UP * self.seconds < math.inf
        return self._reached("most of http.max_run was used, so no more access was granted") if is_late else None

    def _reached(self, what: str) -> DeadlineReached:
        return DeadlineReached(
            f"{what} ({self.seconds / 60:g} minutes)",
            hint="Run it again to continue. If it happens again, raise http.max_run and run `jc1p doctor`.",
        )

    @contextmanager
    def not_counting(self) -> Iterator[None]:
        """A block, such as a prompt, whose time doesn't count."""
        began = self.clock()
        try:
            yield
        finally:
            self._ends += self.clock() - began

    @asynccontextmanager
    async def ending(self, *, grace: float = 0.0) -> AsyncIterator[None]:
        """A block that is cancelled `grace` seconds after the time is up. Then raises DeadlineReached."""
        timeout = asyncio.timeout(None if math.isinf(self.seconds) else max(0.0, self.left + grace))
        try:
            async with timeout:
                yield
        except TimeoutError:
            if not timeout.expired():
                raise
            raise self._reached("the run took longer than http.max_run") from None
