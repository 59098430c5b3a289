"""Reading SCIM lists that come in random order, lie about totals or wrap round, and membership wherever it shows.

Ask for everything in one page, take the union by id over several readings, and say honestly whether it is
complete (facts/scim-bridge.md 2.3 and 3.1).
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from jc1p.clients import scim_wire as wire
from jc1p.clients.values import text
from jc1p.models import Group, MembershipView

FIRST_PAGE = 1000
READINGS = 3
MOST_PAGES = 1000
NO_PAGE = wire.ListPage([], None)

FetchPage = Callable[[int, int], Awaitable[wire.ListPage | None]]
"""startIndex and count to a page; None when the server refuses that count."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A list by id; `complete` when every promised resource came and each could be read."""

    resources: dict[str, object]
    complete: bool
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class _Pass:
    """One pass over a list: what came, what the server promised, rows without an id."""

    resources: dict[str, object] = field(default_factory=dict)
    total: int | None = None
    nameless: int = 0

    def take(self, page: wire.ListPage) -> int:
        """Add a page; the number of ids that are new in this pass."""
        before = len(self.resources)
        for row in page.resources:
            id_ = text(wire.value(row, "id"))
            self.nameless += not id_
            if id_:
                self.resources.setdefault(id_, row)
        self.total = page.total if page.total is not None else self.total
        return len(self.resources) - before


async def read_resources(kind: str, fetch: FetchPage, *, largest_page: int) -> Reading:
    """All resources of a kind: the union of up to three passes, until its size is the promised total."""
    union: dict[str, object] = {}
    for _ in range(READINGS):
        latest = await read_once(fetch, largest_page)
        union = {**union, **latest.resources}
        if not latest.nameless and (latest.total is None or len(union) >= latest.total):
            return Reading(union, complete=True)
    remarks = []
    if latest.nameless:
        remarks.append(f"{latest.nameless} of the {kind} have no id and can't be told apart")
    if latest.total is not None and len(union) < latest.total:
        remarks.append(f"only {len(union)} of {latest.total} {kind} came in {READINGS} readings")
    return Reading(union, complete=False, remarks=tuple(remarks))


async def read_once(fetch: FetchPage, largest_page: int) -> _Pass:
    """One pass: one page, a larger one when the total asks for it, then page by page if the server caps it.

    Ends at the total, at a page without a new id (servers wrap round past the end), or at the page cap.
    """
    found, size = _Pass(), FIRST_PAGE
    page = await fetch(1, size) or NO_PAGE
    found.take(page)
    wanted = min(page.total or 0, largest_page)
    if wanted > size and len(page.resources) >= size and (larger := await fetch(1, wanted)):
        found, size, page = _Pass(), wanted, larger
        found.take(page)
    start = 1 + len(page.resources)
    for _ in range(MOST_PAGES):
        at_total = page.total is not None and start > page.total
        if at_total or not page.resources:
            break
        page = await fetch(start, size) or NO_PAGE
        start += len(page.resources)
        if not found.take(page):
            break
    return found


@dataclass(frozen=True, slots=True)
class GroupReading:
    """Groups with their members, and where membership shows."""

    groups: Mapping[str, Group]
    view: MembershipView
    complete: bool = True

    def with_details(self, details: Sequence[object]) -> "GroupReading":
        """The same with each group's own resource, where membership may show that the list leaves out."""
        found = {group.id: group.members for row in details if (group := wire.parse_group(row))}
        if not any(found.values()) and not any(wire.shows(row, "members") for row in details):
            return self
        groups = {id_: replace(each, members=found.get(id_, frozenset())) for id_, each in self.groups.items()}
        return replace(self, groups=groups, view=MembershipView.DETAILS, complete=len(found) == len(groups))


def read_memberships(users: Reading, listed: Reading) -> GroupReading:
    """Groups with the membership that the two lists show, the union of both."""
    by_user = members_by_group(users)
    if any(wire.shows(row, "members") for row in listed.resources.values()):
        view = MembershipView.GROUPS
    else:
        view = MembershipView.USERS if by_user else MembershipView.NONE
    parsed = (group for row in listed.resources.values() if (group := wire.parse_group(row)))
    nobody: frozenset[str] = frozenset()
    return GroupReading(
        {each.id: replace(each, members=each.members | by_user.get(each.id, nobody)) for each in parsed}, view
    )


def members_by_group(users: Reading) -> dict[str, frozenset[str]]:
    """The reverse index of users' `groups[].value`, for bridges that show membership there."""
    members: dict[str, set[str]] = defaultdict(set)
    for user_id, row in users.resources.items():
        for group_id in wire.reference_ids(wire.value(row, "groups")):
            members[group_id].add(user_id)
    return {group_id: frozenset(ids) for group_id, ids in members.items()}
