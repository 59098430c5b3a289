"""Reading the bridge's lists: everything that any page promises has to arrive."""

import pytest

from jc1p.clients.scim import wire
from jc1p.clients.scim.reading import read_resources

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
