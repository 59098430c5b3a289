"""JumpCloud's search as a quicker way to everybody: larger pages, and group ids in `memberof`; both undescribed.

Neither is believed until it has given the same as the plain plan (facts/jumpcloud-api.md 4.2 and 8), and an answer
that doesn't hold what was promised sends the reading back to that plan.
"""

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jc1p.clients.http.json_values import items, shared, whole_number
from jc1p.clients.http.service import Answer
from jc1p.clients.jumpcloud.errors import checked_object
from jc1p.clients.jumpcloud.paging import PAGE, Page, read_list
from jc1p.clients.jumpcloud.parse import id_of, parse_person
from jc1p.core.models import Accelerator, Person
from jc1p.errors import BadResponse, IncompleteRead, RequestRefused

log = logging.getLogger("jc1p.jumpcloud")

LARGE_PAGE = 1000
PATH = "/search/systemusers"

NOBODY: frozenset[str] = frozenset()

Post = Callable[[str, Mapping[str, Any]], Awaitable[Answer]]


class NotAsPromised(Exception):
    """An answer that an accelerator rests on is not what it would have to be."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Which accelerators are wanted, and which of them have proved themselves lately."""

    wanted: frozenset[Accelerator] = frozenset()
    proven: frozenset[Accelerator] = frozenset()

    @property
    def is_proven(self) -> bool:
        """All that is wanted may be believed."""
        return self.wanted <= self.proven


@dataclass(frozen=True, slots=True)
class Everybody:
    """All people; `members` by group id where search tells, and what the accelerators proved."""

    people: Mapping[str, Person]
    members: Mapping[str, frozenset[str]] | None = None
    proofs: Mapping[Accelerator, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Row:
    person: Person
    groups: tuple[str, ...]


async def search(post: Post, fields: str, extra_fields: frozenset[str], wanted: frozenset[Accelerator]) -> Everybody:
    """Everybody by search.

    Raises:
        NotAsPromised: pages are smaller than asked for, or rows tell no groups.
    """
    size = LARGE_PAGE if Accelerator.LARGE_PAGES in wanted else PAGE
    tells_groups = Accelerator.MEMBEROF in wanted
    names = f"{fields} memberof" if tells_groups else fields

    async def fetch(skip: int) -> Page:
        body = {"fields": names, "sort": "_id", "limit": size, "skip": skip}
        found = checked_object(await post(PATH, body), f"POST {PATH}")
        rows, total = items(found.get("results")), whole_number(found.get("totalCount"))
        if total is None or len(rows) != max(0, min(size, total - skip)):
            raise NotAsPromised(f"{len(rows)} people came where {size} at most were asked for, of {total}")
        return Page(rows, total)

    def parse(_: str, row: dict[str, Any]) -> _Row:
        if tells_groups and not isinstance(row.get("memberof"), list):
            raise NotAsPromised("there are people without memberof")
        groups = tuple(id_ for each in items(row.get("memberof")) if (id_ := shared(each)))
        return _Row(parse_person(row, extra_fields), groups if tells_groups else ())

    try:
        listing = await read_list("users", fetch, id_of, parse, exact=True, size=size)
    except (RequestRefused, BadResponse, IncompleteRead) as error:
        raise NotAsPromised(error.message) from None
    members: dict[str, set[str]] = defaultdict(set)
    for id_, row in listing.rows.items():
        for group_id in row.groups:
            members[group_id].add(id_)
    return Everybody(
        {id_: row.person for id_, row in listing.rows.items()},
        {group_id: frozenset(ids) for group_id, ids in members.items()} if tells_groups else None,
    )


async def try_search(
    post: Post, fields: str, extra_fields: frozenset[str], wanted: frozenset[Accelerator]
) -> Everybody | None:
    """Everybody by search, None (and said in the log) when it isn't what was promised."""
    try:
        return await search(post, fields, extra_fields, wanted)
    except NotAsPromised as why:
        log.warning("JumpCloud's search can't be used (%s); reading the plain way", why)
        return None


def judge_members(
    plain: Mapping[str, frozenset[str]], searched: Mapping[str, frozenset[str]], people: Mapping[str, Person]
) -> bool:
    """Whether memberof says what the groups' own lists say of people; groups without members prove nothing."""
    known = {id_: ids & people.keys() for id_, ids in plain.items()}
    return any(known.values()) and all(searched.get(id_, NOBODY) == ids for id_, ids in known.items())
