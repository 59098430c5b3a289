"""Reading JumpCloud lists page by page: all pages at once when the total is known, and no list believed blindly.

JumpCloud drops dangling rows from pages, may reorder lists that take no sort, and lists move while they are
read (facts/jumpcloud-api.md 11). What a page is and how it is fetched is the caller's.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from itertools import count
from typing import Any

from jc1p.errors import IncompleteRead

PAGE = 100
READINGS = 3
MOST_PAGES = 20_000
HOLE = 10
"""An empty page where the total promises more rows than this is no longer taken for dangling associations at once."""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page (null rows included), and the total that came with it."""

    rows: list[Any]
    total: int | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A whole list: rows by id in first-seen order; `missing` rows were promised by the total and never came."""

    rows: dict[str, dict[str, Any]]
    missing: int = 0


@dataclass(frozen=True, slots=True)
class _Reading:
    """One pass over a list. `steady` means no id came twice and the total stood still.

    `has_hole` means that a page came back empty although the total says that there are rows.
    """

    rows: dict[str, dict[str, Any]]
    total: int | None
    steady: bool
    has_hole: bool = False


FetchPage = Callable[[int], Coroutine[None, None, Page]]
RowId = Callable[[dict[str, Any]], str]


async def read_list(what: str, fetch: FetchPage, row_id: RowId, *, exact: bool) -> Listing:
    """Read a list, up to three times when it looks short.

    `fetch` takes the number of rows to skip. `exact` lists must hold exactly their total; the others (graph
    lists) may be short by dangling associations, as long as no row repeats and the total stands still. A whole page
    of these, or an exact list without a total, is believed only when two readings agree.

    Raises:
        IncompleteRead: the list stayed incomplete; names it, with the counts seen and promised.
    """
    before, reading = None, await read_once(fetch, row_id)
    for _ in range(READINGS - 1):
        if is_whole(reading, before, exact=exact):
            break
        before, reading = reading, await read_once(fetch, row_id)
    if not is_whole(reading, before, exact=exact):
        raise IncompleteRead(
            f"JumpCloud's list of {what} stayed incomplete in {READINGS} readings: "
            f"{len(reading.rows)} rows came, {reading.total} were promised",
            hint="Nothing was changed. Somebody may be editing the directory; try again in a few minutes.",
        )
    return Listing(reading.rows, missing=max(0, (reading.total or 0) - len(reading.rows)))


def is_whole(reading: _Reading, before: _Reading | None, *, exact: bool) -> bool:
    if not reading.steady:
        return False
    is_unproven = exact and reading.total is None
    if (reading.has_hole or is_unproven) and (before is None or before.rows.keys() != reading.rows.keys()):
        return False
    return not exact or reading.total is None or len(reading.rows) == reading.total


async def read_once(fetch: FetchPage, row_id: RowId) -> _Reading:
    first = await fetch(0)
    if first.total is None:
        pages = await pages_until_empty(fetch, first)
    else:
        async with asyncio.TaskGroup() as tasks:
            rest = [tasks.create_task(fetch(skip)) for skip in range(PAGE, first.total, PAGE)]
        pages = [first, *(task.result() for task in rest)]
    rows: dict[str, dict[str, Any]] = {}
    seen = 0
    for page in pages:
        for row in page.rows:
            key = row_id(row) if isinstance(row, dict) else ""
            if key:
                seen += 1
                rows.setdefault(key, row)
    totals = {page.total for page in pages if page.total is not None}
    promised = first.total or 0
    has_hole = any(not page.rows and promised - skip > HOLE for skip, page in zip(count(0, PAGE), pages, strict=False))
    return _Reading(rows, first.total, steady=seen == len(rows) and len(totals) <= 1, has_hole=has_hole)


async def pages_until_empty(fetch: FetchPage, first: Page) -> list[Page]:
    """Without a total, a short page isn't the end: only an empty one is."""
    pages = [first]
    while pages[-1].rows and len(pages) < MOST_PAGES:
        pages.append(await fetch(PAGE * len(pages)))
    return pages
