"""JumpCloud's lists without a total: they always end, and only an empty page is a good end."""

from collections.abc import Coroutine
from typing import Any

import pytest

from jc1p.clients.jumpcloud.paging import PAGE, READINGS, Page, as_it_is, read_list
from jc1p.errors import IncompleteRead

pytestmark = pytest.mark.anyio


def rows(first: int, count: int) -> list[object]:
    return [{"id": str(number)} for number in range(first, first + count)]


class Service:
    """Pages by the number of rows to skip; counts requests."""

    def __init__(self, *pages: list[object], ignores_skip: bool = False) -> None:
        self.pages, self.ignores_skip, self.asked = pages, ignores_skip, 0

    def fetch(self, skip: int) -> Coroutine[None, None, Page]:
        self.asked += 1
        number = 0 if self.ignores_skip else skip // PAGE
        return self._page(self.pages[number] if number < len(self.pages) else [])

    async def _page(self, found: list[object]) -> Page:
        return Page(found, None)

    async def read(self, *, exact: bool = False) -> dict[str, Any]:
        found = await read_list("members", self.fetch, lambda row: str(row.get("id", "")), as_it_is, exact=exact)
        return dict(found.rows)


async def test_list_ends_at_an_empty_page() -> None:
    assert len(await Service(rows(0, PAGE), rows(PAGE, 3)).read()) == PAGE + 3


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize(
    "service",
    [Service(rows(0, PAGE), ignores_skip=True), Service(rows(0, PAGE), [{"name": "no id"}] * PAGE, rows(0, PAGE))],
    ids=["the same page for ever", "rows without an id"],
)
async def test_list_that_brings_nothing_new_ends_and_is_not_believed(service: Service, *, exact: bool) -> None:
    service.asked = 0
    with pytest.raises(IncompleteRead):
        await service.read(exact=exact)
    assert service.asked == 2 * READINGS
