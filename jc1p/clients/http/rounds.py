"""How many requests to one service wait for another try, so that a service that is down is told of once a round."""

from collections.abc import Iterator
from contextlib import contextmanager


class Rounds:
    """The requests that failed and are repeated, from the first failure to the last try."""

    def __init__(self) -> None:
        self.requests = 0
        self.told = 0
        """The latest try that was told of while they wait."""

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """One request waits; with the last one the trouble is over, and the next is told of again."""
        self.requests += 1
        try:
            yield
        finally:
            self.requests -= 1
            self.told = self.told if self.requests else 0

    def is_news(self, number: int) -> bool:
        """True for the first request that comes to a try of this number."""
        is_first, self.told = number > self.told, max(number, self.told)
        return is_first
