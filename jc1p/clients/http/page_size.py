"""How many rows of a list are requested at once: as many as wanted, until a page of that size can't be delivered.

If a page is over 16 MB or a gateway times out on it, it is requested in halves. The size that works is remembered for
the run. The caller's paging doesn't notice: it gets the page that it asked for.
"""

import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from jc1p.errors import AnswerTooLarge, NotDelivered

log = logging.getLogger("jc1p.http")


class Rows(NamedTuple):
    """The rows of a page, and the total in the same answer."""

    rows: list[Any]
    total: int | None


Fetch = Callable[[int, int], Awaitable[Rows | None]]
"""Rows to skip and rows wanted, to the rows received; None when the service refuses that number."""


class PageSize:
    """The largest page of one list that may be requested."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.largest = sys.maxsize

    async def ask(self, skip: int, wanted: int, fetch: Fetch, *, ends_short: bool) -> Rows | None:
        """A page, in parts if necessary. `ends_short`: a part with fewer rows than requested is the last.

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
        """Request half from now on; once for all pages of a size that failed together."""
        if size // 2 < self.largest:
            self.largest = size // 2
            log.warning("%s; asking for %d of the %s at once", why, self.largest, self.what)
