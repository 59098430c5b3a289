"""Reads SCIM lists in random order, with wrong totals or that wrap round, and membership wherever it shows.

Asks for all rows in one page, takes the union by id over several readings, and says whether it is complete
(facts/scim-bridge.md 2.3 and 3.1).
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from jc1p.clients.scim import wire
from jc1p.core.models import Group, MembershipView
from jc1p.errors import RequestRefused, Unreachable
from jc1p.runtime.concurrency import Drought, side_by_side

MODEST_PAGE = {"Users": 1000, "Groups": 250}
"""Rows; a group includes its members, so a thousand groups may take 40 MB while they are parsed."""
UNPROMISED = 10_000
"""Most rows of a page of accounts if the bridge doesn't show its limit."""
READINGS = 3
ROUND = 50
"""Servers cap their pages at multiples of this."""
MOST_PAGES = 1000
SLICE = 0.002
"""Seconds of parsing before other tasks get their turn: JumpCloud's pages arrive meanwhile."""

MOST_AT_ONCE = 16
"""Pages of one list requested at once; the pace limits how many are sent."""

FetchPage = Callable[[int, int], Awaitable[wire.ListPage | None]]
"""startIndex and count to a page; None when the server refuses that count."""

ParseRows = Callable[[Sequence[object]], Iterable[wire.Row]]
"""The rows of a page, parsed one at a time."""
UsualRow = Callable[[bytes], wire.Row | None]
"""Reads a row of a large page; None, or an exception, if it isn't as usual (usual_rows.py)."""


class PageLimits:
    """Most rows of a page: `promised` by the ServiceProviderConfig, None if unknown or not kept."""

    def __init__(self, promised: int | None = None) -> None:
        self.promised = promised

    @property
    def largest(self) -> int:
        """Most rows of a page when the total is known."""
        return self.promised or UNPROMISED

    def first(self, kind: str) -> int:
        """Rows to request before the total is known: all accounts of a page, if the bridge shows its limit."""
        modest = MODEST_PAGE[kind]
        return max(modest, min(self.promised or 0, UNPROMISED)) if kind == "Users" else modest


class Reading(NamedTuple):
    """A list by id; `complete` when every promised resource arrived and could be read."""

    rows: dict[str, wire.Row]
    complete: bool
    remarks: tuple[str, ...] = ()
    in_pages: bool = False
    """Rows are missing only by number, and there were several pages: in random order, no page shows some rows."""


class _Came(NamedTuple):
    """The result of a page: rows, how many ids were new in this pass, and the promised total."""

    rows: int
    fresh: int
    total: int | None


@dataclass(slots=True, eq=False, repr=False)
class _Pass:
    """One pass over a list: its rows, the promised total, rows without an id."""

    fetch: FetchPage
    parse: ParseRows
    rows: dict[str, wire.Row] = field(default_factory=dict)
    total: int | None = None
    nameless: int = 0
    pages: int = 0
    """Pages with rows."""
    last: tuple[int, int, int] = (0, 0, 0)
    """The page with the highest start: its start, the requested rows, the rows that arrived."""

    async def ask(self, start: int, count: int) -> _Came | None:
        """Fetch a page and parse its rows at once, so that its JSON is freed before the next; None when refused."""
        page = await self.fetch(start, count)
        if page is None:
            return None
        before = len(self.rows)
        self.pages += bool(page.resources)
        self.last = max(self.last, (start, count, len(page.resources)))
        since = time.perf_counter()
        for row in self.parse(page.resources):
            if time.perf_counter() - since > SLICE:
                await asyncio.sleep(0)
                since = time.perf_counter()
            id_ = row.id
            self.nameless += not id_
            if id_ and id_ not in self.rows:
                self.rows[id_] = row
        # Pages arrive in any order; while the list grows, the largest total counts.
        self.total = page.total if self.total is None else max(self.total, page.total or 0)
        return _Came(len(page.resources), len(self.rows) - before, page.total)

    @property
    def only_repeats(self) -> bool:
        """Without a total, the second page was the first one again, and full: the bridge may ignore startIndex."""
        _, size, rows = self.last
        return self.total is None and self.pages > 1 and len(self.rows) <= rows and looks_full(rows, size)


NOTHING = _Came(0, 0, None)


def looks_full(rows: int, size: int) -> bool:
    """Whether a page may have been cut: at the requested size, or at a usual limit of servers."""
    return rows >= size or (rows <= MODEST_PAGE["Users"] and rows % ROUND == 0)


async def read_resources(kind: str, fetch: FetchPage, parse: ParseRows, *, limits: PageLimits) -> Reading:
    """All resources of a kind: the union of up to three passes, until its size is the promised total.

    `kind` is Users or Groups. The first pass requests all pages at once. The others request pages as large as possible,
    one after the other: servers that change the order or cut pages short need that.
    """
    union: dict[str, wire.Row] = {}
    for number in range(READINGS):
        latest = _Pass(fetch, parse)
        if number == 0:
            await read_at_once(latest, kind, limits)
        else:
            await read_in_turn(latest, kind, limits)
        await read_past_total(latest)
        union |= latest.rows
        is_short = latest.only_repeats if latest.total is None else len(union) < latest.total
        if not latest.nameless and not is_short:
            return Reading(union, complete=True)
    remarks = []
    if latest.nameless:
        remarks.append(f"{latest.nameless} of the {kind} have no id and cannot be told apart")
    if latest.only_repeats:
        remarks.append(f"the bridge answers each page of the {kind} with the first one and says no total")
    if latest.total is not None and len(union) < latest.total:
        remarks.append(f"the bridge returned only {len(union)} of {latest.total} {kind} in {READINGS} readings")
    return Reading(union, complete=False, remarks=tuple(remarks), in_pages=latest.pages > 1 and not latest.nameless)


async def read_at_once(found: _Pass, kind: str, limits: PageLimits) -> None:
    """One pass: all users in one page if possible, since their order changes each time.

    If they don't fit into one page, and for groups, it requests several pages of moderate size at once.
    """
    came, size = await ask_first(found, kind, limits)
    if came.total is None:
        await read_on(found, came, 1 + came.rows, size)
        return
    if kind == "Users" and size < came.total <= limits.largest and came.rows >= size:
        came, size = await ask_larger(found, came, size, min(came.total + 1, limits.largest))
    if came.rows and came.total is not None:
        size = min(size, MODEST_PAGE[kind])
        step = min(came.rows, size)
        starts = range(1 + came.rows, min(came.total, came.rows + step * MOST_PAGES) + 1, step)
        drought = Drought(MOST_AT_ONCE)

        async def ask(start: int) -> None:
            if not drought.is_over:
                page = await found.ask(start, size)
                drought.note(is_fresh=page is not None and page.fresh > 0)

        await side_by_side(starts, ask, at_once=MOST_AT_ONCE)


async def read_in_turn(found: _Pass, kind: str, limits: PageLimits) -> None:
    """One pass: one page, a larger one if the total needs it, then page by page if the server caps it."""
    came, size = await ask_first(found, kind, limits)
    wanted = min((came.total or 0) + 1, limits.largest)
    if wanted > size and came.rows >= size:
        came, size = await ask_larger(found, came, size, wanted)
    await read_on(found, came, 1 + came.rows, size)


async def ask_first(found: _Pass, kind: str, limits: PageLimits) -> tuple[_Came, int]:
    """The first page and its requested size: as many rows as the bridge promised, or fewer if it breaks the promise.

    The promise is broken if the bridge refuses the page, or sends fewer rows than a page of modest size would have and
    no total shows that these are all. The limits then forget it.
    """
    modest = MODEST_PAGE[kind]
    if (size := limits.first(kind)) > modest:
        came = await found.ask(1, size)
        if came and came.rows >= (modest if came.total is None else min(modest, came.total)):
            return came, size
        limits.promised = None
        found.pages, found.last = 0, (0, 0, 0)
    return await found.ask(1, modest) or NOTHING, modest


async def ask_larger(found: _Pass, came: _Came, size: int, wanted: int) -> tuple[_Came, int]:
    """Start the pass again with a larger page; its rows and size, or those of the smaller page if it is refused."""
    started, found.rows, found.pages, found.last = found.rows, {}, 0, (0, 0, 0)
    if larger := await found.ask(1, wanted):
        return larger, wanted
    found.rows, found.pages, found.last = started, 1, (1, size, came.rows)
    return came, size


async def read_on(found: _Pass, came: _Came, start: int, size: int) -> None:
    """Page by page: ends at the total, at a page without a new id (servers wrap round), or at the page cap."""
    for _ in range(MOST_PAGES):
        at_total = came.total is not None and start > came.total
        if at_total or not came.rows:
            break
        came = await found.ask(start, size) or NOTHING
        start += came.rows
        if not came.fresh:
            break


async def read_past_total(found: _Pass) -> None:
    """Read on after the total if the last page looks full: some servers give the size of a page as the total.

    Otherwise a list without the accounts after it would count as complete, and leavers among them would never be
    suspended. Large pages request one row more than the total, so an ordinary list needs no request here.
    """
    start, size, rows = found.last
    if found.total is None or start + rows <= found.total:
        return
    for _ in range(MOST_PAGES):
        if not rows or not looks_full(rows, size):
            return
        start += rows
        try:
            came = await found.ask(start, size)
        except (RequestRefused, Unreachable) as error:
            # Some servers refuse a start behind the end, or fail at it. Any other failure leaves it open.
            if isinstance(error, Unreachable) and "answered 500" not in error.message:
                raise
            return
        if came is None or not came.fresh:
            return
        rows = came.rows


class GroupReading(NamedTuple):
    """Groups with their members, and where membership shows."""

    groups: Mapping[str, Group]
    view: MembershipView
    complete: bool = True
    remarks: tuple[str, ...] = ()

    def with_details(self, details: Sequence[object]) -> "GroupReading":
        """The same with each group's own resource, which may show members that the list leaves out."""
        found = {group.id: group.members for row in details if (group := wire.parse_group(row))}
        if not any(found.values()) and not any(wire.has_list(row, "members") for row in details):
            return self
        groups = {id_: each._replace(members=found.get(id_, frozenset())) for id_, each in self.groups.items()}
        return self._replace(groups=groups, view=MembershipView.DETAILS, complete=len(found) == len(groups))


def read_memberships(users: Reading, listed: Reading) -> GroupReading:
    """Groups with the membership that the two lists show, the union of both."""
    by_user = members_by_group(users)
    if any(row.shows_members for row in listed.rows.values()):
        view = MembershipView.GROUPS
    else:
        view = MembershipView.USERS if by_user else MembershipView.NONE
    groups = {row.group.id: row.group for row in listed.rows.values() if row.group}
    more = {
        id_: groups[id_]._replace(members=groups[id_].members | members)
        for id_, members in by_user.items()
        if id_ in groups
    }
    return GroupReading(groups | more, view)


def members_by_group(users: Reading) -> dict[str, frozenset[str]]:
    """Members by group from users' `groups[].value`, for bridges that show membership there."""
    members: dict[str, set[str]] = defaultdict(set)
    for user_id, row in users.rows.items():
        for group_id in row.groups:
            members[group_id].add(user_id)
    return {group_id: frozenset(ids) for group_id, ids in members.items()}
