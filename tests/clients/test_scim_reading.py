"""Reading the bridge's lists: everything that any page promises has to arrive."""

import pytest

from jc1p.clients.scim import wire
from jc1p.clients.scim.reading import read_resources
from jc1p.errors import RequestRefused

pytestmark = pytest.mark.anyio


async def test_list_that_grows_while_it_is_read_is_whole_only_with_the_largest_total() -> None:
    async def fetch(start: int, count: int) -> wire.ListPage:
        rows = [{"id": f"g{number}"} for number in range(start, min(start + count, 752))]
        if count > 250:
            return wire.ListPage(rows, 751)
        # The new group is in the total of one page, but the last answer is an older one.
        return wire.ListPage([row for row in rows if row["id"] != "g751"], 751 if start == 251 else 750)

    reading = await read_resources("Groups", fetch, wire.parse_group_row, largest_page=10_000)
    assert (len(reading.rows), reading.complete) == (751, True)


@pytest.mark.parametrize("kind", ["Users", "Groups"])
@pytest.mark.parametrize(("rows", "cap"), [(1500, 1000), (1500, 100), (750, 250), (260, 250), (200, 100), (1, 100)])
async def test_total_that_is_only_the_size_of_the_page_hides_nothing(kind: str, rows: int, cap: int) -> None:
    async def fetch(start: int, count: int) -> wire.ListPage:
        page = [{"id": f"x{number}"} for number in range(start, min(start + min(count, cap), rows + 1))]
        return wire.ListPage(page, len(page))

    reading = await read_resources(kind, fetch, wire.parse_user_row, largest_page=10_000)
    assert (len(reading.rows), reading.complete) == (rows, True)


@pytest.mark.parametrize("rows", [40, 1000, 1500, 2000])
async def test_total_that_is_too_low_hides_nothing(rows: int) -> None:
    async def fetch(start: int, count: int) -> wire.ListPage:
        page = [{"id": f"x{number}"} for number in range(start, min(start + count, rows + 1))]
        return wire.ListPage(page, rows - 7)

    reading = await read_resources("Users", fetch, wire.parse_user_row, largest_page=10_000)
    assert (len(reading.rows), reading.complete) == (rows, True)


async def test_start_behind_the_end_may_be_refused() -> None:
    asked: list[tuple[int, int]] = []

    async def fetch(start: int, count: int) -> wire.ListPage:
        asked.append((start, count))
        if start > 1000:
            raise RequestRefused("no such page", service="1Password", status=400)
        return wire.ListPage([{"id": f"x{number}"} for number in range(1, 1001)], 1000)

    reading = await read_resources("Users", fetch, wire.parse_user_row, largest_page=10_000)
    assert (len(reading.rows), reading.complete) == (1000, True)
    assert asked == [(1, 1000), (1001, 1000)]


@pytest.mark.parametrize(("rows", "asked"), [(40, [(1, 1000)]), (1500, [(1, 1000), (1, 1501)])])
async def test_ordinary_list_is_asked_for_no_more_than_before(rows: int, asked: list[tuple[int, int]]) -> None:
    pages: list[tuple[int, int]] = []

    async def fetch(start: int, count: int) -> wire.ListPage:
        pages.append((start, count))
        page = [{"id": f"x{number}"} for number in range(start, min(start + count, rows + 1))]
        return wire.ListPage(page, rows)

    await read_resources("Users", fetch, wire.parse_user_row, largest_page=10_000)
    assert pages == asked
