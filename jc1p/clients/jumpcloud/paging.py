"""Reads JumpCloud lists page by page: all pages in parallel when the total is known, and checks every list.

JumpCloud drops dangling rows from pages, may reorder lists that take no sort, and lists change while they are read
(facts/jumpcloud-api.md 11). The caller knows what a page is and how it is fetched.
"""

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from itertools import count
from typing import Any, Generic, NamedTuple, TypeVar

from jc1p.clients.jumpcloud.oauth import NAME
from jc1p.errors import IncompleteRead
from jc1p.runtime.concurrency import Drought, side_by_side

Row = TypeVar("Row")

PAGE = 100
READINGS = 3
MOST_PAGES = 20_000
HOLE = 10
"""If an empty page should have more rows than this, dangling associations alone are not assumed to be the cause."""


class Page(NamedTuple):
    """Rows of one page (null rows included), and the total that came with it."""

    rows: list[Any]
    total: int | None


class Listing(NamedTuple, Generic[Row]):
    """A whole list: rows by id in first-seen order; `missing` rows were promised by the total and never arrived."""

    rows: Mapping[str, Row]
    missing: int = 0


class _Parsed(NamedTuple, Generic[Row]):
    """A page with parsed rows, so that JSON is freed early. `came` counts null rows too."""

    rows: list[tuple[str, Row]]
    total: int | None
    came: int


class _Reading(NamedTuple, Generic[Row]):
    """One pass over a list. `steady`: no id came twice, the total didn't change, and the list was read to its end.

    `has_hole`: a page was empty although there should be rows according to the total.
    """

    rows: dict[str, Row]
    total: int | None
    steady: bool
    has_hole: bool = False


FetchPage = Callable[[int], Coroutine[None, None, Page]]
FetchParsed = Callable[[int], Coroutine[None, None, _Parsed[Row]]]
RowId = Callable[[dict[str, Any]], str]
ParseRow = Callable[[str, dict[str, Any]], Row]
UsualRow = Callable[[bytes], tuple[str, Row] | None]
"""Reads a row of a large page with its id; None, or an exception, if it isn't as usual (usual_rows.py)."""
FindUsual = Callable[[], UsualRow[Row]]
"""Imports one, since only large pages need it."""


MOST_AT_ONCE = 16
"""Pages of one list requested at once; the pace limits how many are sent (httpx is slow with more)."""


async def read_list(
    what: str, fetch: FetchPage, row_id: RowId, parse: ParseRow[Row], *, exact: bool,
    usual: FindUsual[Row] | None = None,
) -> Listing[Row]:  # fmt: skip
    """Read a list, up to three times if it looks short.

    `fetch` takes the number of rows to skip and returns pages of up to PAGE; `parse` converts each row as soon as its
    page arrives, `usual` the usual rows of large pages. `exact` lists must have exactly their total. The others (graph
    lists) may be short by dangling associations, as long as no row repeats and the total doesn't change. If a whole
    page of these is missing, or an exact list has no total, two readings must agree.

    Raises:
        IncompleteRead: the list stayed incomplete; names it, with the counts seen and promised.
    """

    async def fetch_parsed(skip: int) -> _Parsed[Row]:
        page = await fetch(skip)
        return _Parsed(list(parsed(page.rows, row_id, parse, usual)), page.total, len(page.rows))

    before, reading = None, await read_once(fetch_parsed)
    for _ in range(READINGS - 1):
        if is_whole(reading, before, exact=exact):
            break
        before, reading = reading, await read_once(fetch_parsed)
    if not is_whole(reading, before, exact=exact):
        raise IncompleteRead(
            f"JumpCloud's list of {what} stayed incomplete in {READINGS} readings: "
            f"{len(reading.rows)} of {reading.total} entries received",
            hint="Nothing was changed. An admin may be editing the directory. Try again in a few minutes.",
        )
    return Listing(reading.rows, missing=max(0, (reading.total or 0) - len(reading.rows)))


def as_it_is(_: str, row: dict[str, Any]) -> dict[str, Any]:
    """Keep a row as JSON: for short lists only."""
    return row


def parsed(
    rows: Sequence[object], row_id: RowId, parse: ParseRow[Row], usual: FindUsual[Row] | None = None
) -> Iterable[tuple[str, Row]]:
    """The rows that have an id, with the id. Raises BadResponse for a row of a large page that can't be read."""

    def tolerant(row: object) -> tuple[str, Row] | None:
        return (key, parse(key, row)) if isinstance(row, dict) and (key := row_id(row)) else None

    if bytes not in map(type, rows):
        return filter(None, map(tolerant, rows))
    from jc1p.clients.http.large_pages import parse_bytes  # noqa: PLC0415 - msgspec pays only for large pages

    return filter(None, parse_bytes(rows, usual() if usual else lambda _: None, tolerant, NAME))


def is_whole(reading: _Reading[Row], before: _Reading[Row] | None, *, exact: bool) -> bool:
    if not reading.steady:
        return False
    is_unproven = exact and reading.total is None
    if (reading.has_hole or is_unproven) and (before is None or before.rows.keys() != reading.rows.keys()):
        return False
    return not exact or reading.total is None or len(reading.rows) == reading.total


async def read_once(fetch: FetchParsed[Row]) -> _Reading[Row]:
    first = await fetch(0)
    if first.total is None:
        pages = await pages_until_empty(fetch, first)
    else:
        pages = [first, *await pages_at_once(fetch, first, min(first.total, PAGE * MOST_PAGES))]
    rows: dict[str, Row] = {}
    for page in pages:
        for key, row in page.rows:
            rows.setdefault(key, row)
    seen = sum(len(page.rows) for page in pages)
    totals = {page.total for page in pages if page.total is not None}
    promised = first.total or 0
    has_hole = any(not page.came and promised - skip > HOLE for skip, page in zip(count(0, PAGE), pages, strict=False))
    is_steady = seen == len(rows) and len(totals) <= 1 and ends_well(pages)
    return _Reading(rows, first.total, steady=is_steady, has_hole=has_hole)


async def pages_at_once(fetch: FetchParsed[Row], first: _Parsed[Row], total: int) -> list[_Parsed[Row]]:
    """All pages up to the total, but no more after many without new rows: a total may be wrong."""
    known = {key for key, _ in first.rows}
    drought = Drought(MOST_AT_ONCE)

    async def ask(skip: int) -> _Parsed[Row] | None:
        if drought.is_over:
            return None
        page = await fetch(skip)
        drought.note(is_fresh=not known.issuperset(key for key, _ in page.rows))
        known.update(key for key, _ in page.rows)
        return page

    asked = await side_by_side(range(PAGE, total, PAGE), ask, at_once=MOST_AT_ONCE)
    return [page for page in asked if page]


async def pages_until_empty(fetch: FetchParsed[Row], first: _Parsed[Row]) -> list[_Parsed[Row]]:
    """Without a total, a short page isn't the end: only an empty one is.

    A page without a new id also ends the reading, and so does the cap; then the list is incomplete (`ends_well`).
    """
    pages, known = [first], {key for key, _ in first.rows}
    while pages[-1].came and len(pages) < MOST_PAGES:
        page = await fetch(PAGE * len(pages))
        pages.append(page)
        if known.issuperset(key for key, _ in page.rows):
            break
        known.update(key for key, _ in page.rows)
    return pages


def ends_well(pages: list[_Parsed[Row]]) -> bool:
    """Whether a list without a total ended with an empty page."""
    return pages[0].total is not None or not pages[-1].came
