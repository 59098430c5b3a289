"""Checks whether users' `groups` in a list are complete, if membership shows only on users: a user's own GET decides.

A list that shows only 20 groups per user hides the others. Then additions are repeated in every run, and leavers stay
members. jc1p reads the users with the most groups; if one has more, it reads all users with as many.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from jc1p.clients.scim import wire
from jc1p.clients.scim.reading import Reading

SMALLEST = 10
"""Groups; no list is cut below this."""
MOST_ASKED = 20
LEAST_ASKED = 3
MOST_READ = 5000
"""The most users that are read separately; beyond that the reading is incomplete."""

ReadRows = Callable[[Sequence[str]], Awaitable[Sequence[object]]]
"""Ids of users to their own resources; None for users that can't be read."""


class UserGroups(NamedTuple):
    """Each user's groups by id; `complete` unless some may be hidden."""

    users: Reading
    complete: bool = True
    remarks: tuple[str, ...] = ()


@dataclass(slots=True, eq=False, repr=False)
class _Whole:
    """Rows of a list with users' own groups in place of cut ones."""

    users: Reading
    read: ReadRows
    own: dict[str, tuple[str, ...]] = field(default_factory=dict)

    async def ask(self, ids: Sequence[str]) -> None:
        """Read these users' own groups, where they show them."""
        for id_, row in zip(ids, await self.read(ids), strict=True):
            if wire.has_list(row, "groups"):
                self.own[id_] = wire.parse_user_row(row).groups

    def listed(self, id_: str) -> int:
        return len(self.users.rows[id_].groups)

    def at_least(self, groups: int) -> list[str]:
        """Users with at least this many groups in the list, those with most first."""
        found = [id_ for id_ in self.users.rows if self.listed(id_) >= groups]
        return sorted(found, key=lambda id_: (-self.listed(id_), id_))

    def cut(self) -> int:
        """The smallest listed number of groups of a user who has more; 0 if no user has."""
        hidden = (id_ for id_, own in self.own.items() if set(own) - set(self.users.rows[id_].groups))
        return min(map(self.listed, hidden), default=0)

    def result(self) -> Reading:
        rows = {id_: self.users.rows[id_]._replace(groups=own) for id_, own in self.own.items()}
        return self.users._replace(rows=self.users.rows | rows)


async def with_own_groups(users: Reading, read: ReadRows) -> UserGroups:
    """A list of users with all their groups; `read` returns users' own resources."""
    whole = _Whole(users, read)
    most = whole.at_least(SMALLEST)
    ties = len([id_ for id_ in most if whole.listed(id_) == whole.listed(most[0])])
    await whole.ask(most[: max(LEAST_ASKED, min(ties, MOST_ASKED))])
    if not (cut := whole.cut()):
        return UserGroups(users)
    doubtful = whole.at_least(cut)
    await whole.ask([id_ for id_ in doubtful if id_ not in whole.own][:MOST_READ])
    remark = f"the list shows at most {cut} groups per user; jc1p read {len(whole.own)} users separately"
    return UserGroups(whole.result(), complete=whole.own.keys() >= set(doubtful), remarks=(remark,))
