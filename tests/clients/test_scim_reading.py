"""Reading the bridge's lists: what is promised by any page has to come, in as few requests as the bridge allows."""

import random
from dataclasses import dataclass, field
from functools import partial

import httpx
import pytest
import respx
from support.wire import BRIDGE, bridge, few

from jc1p.clients.scim import wire
from jc1p.clients.scim.directory import parse_rows
from jc1p.clients.scim.reading import PageLimits, Reading, read_resources
from jc1p.errors import RequestRefused, Unreachable

pytestmark = pytest.mark.anyio


async def test_list_that_grows_while_it_is_read_is_whole_only_with_the_largest_total() -> None:
    async def fetch(start: int, count: int) -> wire.ListPage:
        rows = [{"id": f"g{number}"} for number in range(start, min(start + count, 752))]
        if count > 250:
            return wire.ListPage(rows, 751)
        # The new group is in the total of one page, but the last answer is an older one.
        return wire.ListPage([row for row in rows if row["id"] != "g751"], 751 if start == 251 else 750)

    reading = await read_resources("Groups", fetch, partial(parse_rows, "Groups"), limits=PageLimits())
    assert (len(reading.rows), reading.complete) == (751, True)


@dataclass
class Accounts:
    """A bridge with so many accounts, in another order at each request, and what it makes of `count`."""

    number: int
    gives: int = 10_000
    """Rows of a page at most, whatever it says."""
    over_the_top: int | None = None
    """Rows of a page that asks for more than it gives; None: as many as it gives."""
    refuses: bool = False
    """A larger count than it gives is refused."""
    ignores_count: bool = False
    shows_total: bool = True
    asked: list[tuple[int, int]] = field(default_factory=list)

    async def fetch(self, start: int, count: int) -> wire.ListPage | None:
        self.asked.append((start, count))
        if self.refuses and count > self.gives:
            return None
        rows = [{"id": f"u{number}", "userName": f"u{number}@x.example"} for number in range(self.number)]
        random.Random(len(self.asked)).shuffle(rows)
        too_many = self.gives if self.over_the_top is None else self.over_the_top
        given = self.gives if self.ignores_count else too_many if count > self.gives else count
        return wire.ListPage(rows[start - 1 : start - 1 + given], self.number if self.shows_total else None)

    async def read(self, *, promised: int | None) -> Reading:
        return await read_resources("Users", self.fetch, partial(parse_rows, "Users"), limits=PageLimits(promised))


@pytest.mark.parametrize("number", [0, 60, 999, 1001, 9_999])
async def test_accounts_come_in_one_request_when_the_bridge_says_how_many_it_gives(number: int) -> None:
    accounts = Accounts(number)
    reading = await accounts.read(promised=10_000)
    assert (len(reading.rows), reading.complete, accounts.asked) == (number, True, [(1, 10_000)])


@pytest.mark.parametrize("number", [1000, 10_000])
async def test_a_page_that_looks_full_is_followed_by_one_more_request(number: int) -> None:
    accounts = Accounts(number)
    reading = await accounts.read(promised=10_000)
    assert (len(reading.rows), reading.complete) == (number, True)
    assert accounts.asked == [(1, 10_000), (number + 1, 10_000)]


@pytest.mark.parametrize(
    ("promised", "asked"),
    [(None, [(1, 1000), (1, 1201)]), (0, [(1, 1000), (1, 1201)]), (1100, [(1, 1100), (1101, 1000)])],
)
async def test_without_a_promise_or_beyond_it_the_total_is_known_first(
    promised: int | None, asked: list[tuple[int, int]]
) -> None:
    accounts = Accounts(1200)
    await accounts.read(promised=promised)
    assert accounts.asked[:2] == asked


async def test_a_small_promise_is_no_reason_to_ask_for_less_than_before() -> None:
    accounts = Accounts(910)
    reading = await accounts.read(promised=200)
    assert (len(reading.rows), accounts.asked) == (910, [(1, 1000)])


async def test_a_bridge_that_promises_more_than_a_page_may_have_is_asked_for_the_total_once_it_is_known() -> None:
    accounts = Accounts(12_000, gives=20_000)
    reading = await accounts.read(promised=20_000)
    assert (reading.complete, accounts.asked) == (True, [(1, 10_000), (1, 12_001)])


async def test_more_accounts_than_fit_into_a_page_come_in_modest_pages_after_the_first() -> None:
    accounts = Accounts(12_000)
    reading = await accounts.read(promised=10_000)
    assert accounts.asked[:3] == [(1, 10_000), (10_001, 1000), (11_001, 1000)]
    assert reading.complete is (len(reading.rows) == 12_000)


@pytest.mark.parametrize(
    "bridge_",
    [
        Accounts(610, gives=1000, refuses=True),
        Accounts(610, gives=1000, over_the_top=100),
        Accounts(610, gives=1000, over_the_top=0),
        Accounts(910, gives=1000, over_the_top=0),
    ],
    ids=str,
)
async def test_a_promise_that_is_not_kept_costs_a_request_and_nobody(bridge_: Accounts) -> None:
    reading = await bridge_.read(promised=10_000)
    assert (len(reading.rows), reading.complete) == (bridge_.number, True)
    assert bridge_.asked == [(1, 10_000), (1, 1000)]


@pytest.mark.parametrize(
    "bridge_",
    [
        Accounts(5000, gives=2000),
        Accounts(5000, gives=2000, refuses=True),
        Accounts(300, gives=100),
        Accounts(300, gives=100, ignores_count=True),
        Accounts(300, ignores_count=True),
        Accounts(3000, gives=1000, shows_total=False),
    ],
    ids=str,
)
async def test_a_list_in_pages_is_complete_only_when_everybody_came(bridge_: Accounts) -> None:
    reading = await bridge_.read(promised=10_000)
    if bridge_.shows_total:
        assert reading.complete is (len(reading.rows) == bridge_.number)
        assert reading.complete or reading.in_pages


async def test_without_a_total_the_list_ends_at_a_page_with_nobody_new() -> None:
    accounts = Accounts(60, shows_total=False)
    reading = await accounts.read(promised=10_000)
    assert (len(reading.rows), reading.complete) == (60, True)
    assert accounts.asked == [(1, 10_000), (1, 1000), (61, 1000)]


@respx.mock
@pytest.mark.parametrize("status", [400, 413, 422, 500])
async def test_a_refused_count_is_asked_for_only_once_in_a_run(status: int) -> None:
    respx.get(f"{BRIDGE}/scim/ServiceProviderConfig").mock(
        return_value=httpx.Response(200, json={"filter": {"supported": True, "maxResults": 10_000}})
    )
    respx.get(f"{BRIDGE}/scim/Groups").mock(return_value=httpx.Response(200, json={"totalResults": 0}))
    counts: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if "filter" in request.url.params:
            return httpx.Response(400)
        counts.append(request.url.params["count"])
        if int(counts[-1]) > 1000:
            return httpx.Response(status)
        return httpx.Response(200, json={"totalResults": 1, "Resources": [{"id": "u1", "userName": "a@x.example"}]})

    respx.get(f"{BRIDGE}/scim/Users").mock(side_effect=answer)
    async with bridge(retry=few()) as scim:
        actual = await scim.read_directory()
        assert await scim.find_account("a@x.example")
    assert (list(actual.accounts), actual.accounts_complete) == (["u1"], True)
    assert counts == ["10000", *(["10000"] if status == 500 else []), "1000", "1000"]


@pytest.mark.parametrize("kind", ["Users", "Groups"])
@pytest.mark.parametrize(("rows", "cap"), [(1500, 1000), (1500, 100), (750, 250), (260, 250), (200, 100), (1, 100)])
async def test_total_that_is_only_the_size_of_the_page_hides_nothing(kind: str, rows: int, cap: int) -> None:
    async def fetch(start: int, count: int) -> wire.ListPage:
        page = [{"id": f"x{number}"} for number in range(start, min(start + min(count, cap), rows + 1))]
        return wire.ListPage(page, len(page))

    reading = await read_resources(kind, fetch, partial(parse_rows, "Users"), limits=PageLimits())
    assert (len(reading.rows), reading.complete) == (rows, True)


@pytest.mark.parametrize("rows", [40, 1000, 1500, 2000])
async def test_total_that_is_too_low_hides_nothing(rows: int) -> None:
    async def fetch(start: int, count: int) -> wire.ListPage:
        page = [{"id": f"x{number}"} for number in range(start, min(start + count, rows + 1))]
        return wire.ListPage(page, rows - 7)

    reading = await read_resources("Users", fetch, partial(parse_rows, "Users"), limits=PageLimits())
    assert (len(reading.rows), reading.complete) == (rows, True)


@pytest.mark.parametrize(
    "refusal",
    [
        RequestRefused("no such page", service="1Password", status=400),
        Unreachable("GET /scim/Users was answered 500 by a.example", service="1Password"),
    ],
)
async def test_start_behind_the_end_may_be_refused(refusal: Exception) -> None:
    asked: list[tuple[int, int]] = []

    async def fetch(start: int, count: int) -> wire.ListPage:
        asked.append((start, count))
        if start > 1000:
            raise refusal
        return wire.ListPage([{"id": f"x{number}"} for number in range(1, 1001)], 1000)

    reading = await read_resources("Users", fetch, partial(parse_rows, "Users"), limits=PageLimits())
    assert (len(reading.rows), reading.complete) == (1000, True)
    assert asked == [(1, 1000), (1001, 1000)]


@pytest.mark.parametrize(("rows", "asked"), [(40, [(1, 1000)]), (1500, [(1, 1000), (1, 1501)])])
async def test_ordinary_list_is_asked_for_no_more_than_before(rows: int, asked: list[tuple[int, int]]) -> None:
    pages: list[tuple[int, int]] = []

    async def fetch(start: int, count: int) -> wire.ListPage:
        pages.append((start, count))
        page = [{"id": f"x{number}"} for number in range(start, min(start + count, rows + 1))]
        return wire.ListPage(page, rows)

    await read_resources("Users", fetch, partial(parse_rows, "Users"), limits=PageLimits())
    assert pages == asked


@pytest.mark.parametrize("kind", ["Users", "Groups"])
@pytest.mark.parametrize(("rows", "cap", "is_complete"), [(300, 100, False), (300, 250, False), (60, 100, True)])
async def test_first_page_over_and_over_is_no_whole_list_unless_it_is_short(
    kind: str, rows: int, cap: int, is_complete: bool
) -> None:
    """A proxy that drops the query, and no total: only a page that can't have been cut is the whole list."""

    async def fetch(_: int, count: int) -> wire.ListPage:
        return wire.ListPage([{"id": f"x{number}"} for number in range(min(rows, cap, count))], None)

    reading = await read_resources(kind, fetch, partial(parse_rows, "Users"), limits=PageLimits())
    assert (len(reading.rows), reading.complete) == (min(rows, cap), is_complete)
    assert bool(reading.remarks) is not is_complete


async def test_list_that_begins_again_after_its_end_is_whole() -> None:
    async def fetch(start: int, _: int) -> wire.ListPage:
        return wire.ListPage([{"id": f"x{(start + number) % 300}"} for number in range(100)], None)

    reading = await read_resources("Users", fetch, partial(parse_rows, "Users"), limits=PageLimits())
    assert (len(reading.rows), reading.complete) == (300, True)
