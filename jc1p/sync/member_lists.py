"""Checks whether 1Password's lists show all members of a group: if its own GET shows more, the lists are not used.

If a list ends at 100 members, the same 50 additions are planned and succeed in every run, and leavers beyond the cut
stay hidden. If it shows no members of large groups at all, all of them are added again. jc1p reads a few groups: those
with a suspicious size, those that seem empty all at once, and, of those about to change, the largest and the ones that
seem empty.
"""

from collections.abc import Iterable, Mapping

from jc1p.clients.scim.client import ScimClient
from jc1p.core.models import Group, MembershipView, TargetDirectory
from jc1p.core.plan import MEMBERSHIP, Plan
from jc1p.state.store import State

LISTS_ARE_CUT = "lists of members are cut"
"""The note in state about such a bridge: later runs read each group separately from the start."""

SMALLEST = 20
"""Members; no list is cut below this."""
ROUND = 50
MOST_ASKED = 3

LISTED = frozenset({MembershipView.GROUPS, MembershipView.USERS})


def like_a_cut(groups: Iterable[Group]) -> list[str]:
    """Groups with a round number of members, the largest first: typical sizes of a cut list."""
    found = [group for group in groups if group.members and len(group.members) % ROUND == 0]
    return [group.id for group in sorted(found, key=lambda group: (-len(group.members), group.id))]


def about_to_change(plan: Plan, groups: Mapping[str, Group]) -> list[str]:
    """Groups whose members are about to change: the largest, after the ones that the list shows without any member.

    Of those, the ones that would get the most members come first, and one place is left for a large group.
    """
    changing = {change.scim_id: change for change in plan.changes
                if change.kind in MEMBERSHIP and change.scim_id in groups}  # fmt: skip
    large = [groups[id_] for id_ in changing if id_ and len(groups[id_].members) >= SMALLEST]
    bare = sorted(
        (each for id_, each in changing.items() if id_ and not groups[id_].members),
        key=lambda change: (-len(change.members), change.scim_id),
    )
    doubtful = [change.scim_id or "" for change in bare][: MOST_ASKED - 1]
    return doubtful + [group.id for group in sorted(large, key=lambda group: (-len(group.members), group.id))]


def emptied(state: State, groups: Mapping[str, Group]) -> list[str]:
    """Groups that the list shows without any member, and that had members after the last good run.

    If all users left such a group in JumpCloud, nothing is about to change in it, although they may all still be there.
    """
    bare = [id_ for id_, group in groups.items() if not group.members]
    if not bare:
        return []
    from jc1p.core.membership_record import digest_of  # noqa: PLC0415 - the record costs more than a small plan
    from jc1p.state.memberships import read_digests  # noqa: PLC0415

    digests, empty = read_digests(state), digest_of(())
    return sorted(id_ for id_ in bare if digests.get(id_, empty) != empty)


async def contradicts(bridge: ScimClient, actual: TargetDirectory, doubtful: Iterable[str]) -> bool:
    """Whether a group's own GET shows members that the list lacks; reads at most a few groups."""
    if actual.membership_view not in LISTED:
        return False
    shown = await bridge.read_own_members(list(doubtful)[:MOST_ASKED])
    known = actual.accounts.keys()
    return any((members & known) - actual.groups[id_].members for id_, members in shown.items())


async def with_own_members(bridge: ScimClient, actual: TargetDirectory) -> TargetDirectory:
    """The directory with the members that each group's own GET shows; incomplete if one doesn't show them."""
    shown = await bridge.read_own_members(list(actual.groups))
    groups = {
        id_: group._replace(members=shown[id_]) if id_ in shown else group for id_, group in actual.groups.items()
    }
    remark = "lists do not show all group members; jc1p read each group separately"
    return actual._replace(
        groups=groups, groups_complete=actual.groups_complete and len(shown) == len(groups),
        remarks=(*actual.remarks, remark),
    )  # fmt: skip
