"""How many rows of a list are asked for at once: as many as wanted, until a page of that size can't be delivered.

A page over 16 MB, or one that a gateway gives up on, is asked for in halves; the size that came is remembered for the
run. Paging above it doesn't notice: it gets the page that it asked for.
"""

import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from jc1p.errors import AnswerTooLarge, NotDelivered

log = logging.getLogger("jc1p.http")


class Rows(NamedTuple):
    """Rows of a page, and the total that came with them."""

    rows: list[Any]
    total: int | None


Fetch = Callable[[int, int], Awaitable[Rows | None]]
"""Rows to skip and rows wanted, to what came; None when the service refuses that many."""


@dataclass(slots=True)
class PageSize:
    """The largest page of one list that may be asked for."""

    what: str
    largest: int = sys.maxsize

    async def ask(self, skip: int, wanted: int, fetch: Fetch, *, ends_short: bool) -> Rows | None:
        """A page, in parts where it has to be. `ends_short`: a part with fewer rows than asked for is the last.

        Raises:
            NotDelivered, AnswerTooLarge: a single row of it can't be delivered.
        """
        rows, total, done = list[Any](), None, 0
        while done < wanted:
            size = min(self.largest, wanted - done)
            try:
                part = await fetch(skip + done, size)
            except (NotDelivered, AnswerTooLarge) as error:
                if size == 1:
                    raise
                self.halve(size, error.message)
                continue
            if part is None:
                return None
            done += size
            rows += part.rows
            total = part.total if part.total is not None else total
            if (ends_short and len(part.rows) < size) or (total is not None and skip + done >= total):
                break
        return Rows(rows, total)

    def halve(self, size: int, why: str) -> None:
        """Ask for half from now on; once for all pages of a size that failed together."""
        if size // 2 < self.largest:
            self.largest = size // 2
            log.warning("%s; asking for %d of the %s at once", why, self.largest, self.what)
