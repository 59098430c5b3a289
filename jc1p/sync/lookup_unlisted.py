"""Looks up accounts and groups that state knows but 1Password's lists don't show, one by one, before planning.

If a list is short, a missing user would be invited again, or a missing group created again without vaults. If a lookup
finds the account, the list was short; after a 404 the account is deleted, and its link is forgotten.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import NamedTuple, TypeVar

from jc1p.clients.scim.client import ScimClient
from jc1p.core.matching import Links
from jc1p.core.models import Account, Group, MembershipView, SourceDirectory, TargetDirectory
from jc1p.errors import IncompleteRead
from jc1p.runtime.concurrency import side_by_side

MOST_AT_ONCE = 16
MOST_LOOKED_UP = 5000
"""The most linked accounts to look up; with all of them found, the reading is complete for what jc1p manages."""

FEW = 5
"""This many linked accounts may vanish at once without doubt about the 1Password account."""

NOBODY: frozenset[str] = frozenset()

Resource = TypeVar("Resource", Account, Group)


class Also(NamedTuple):
    """Ids of accounts and groups that a command needs, linked or not."""

    accounts: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


class LookedUp(NamedTuple):
    """1Password with what its lists lacked, and without the links of deleted accounts.

    `vanished_groups` are the JumpCloud ids whose linked group neither a list nor a GET shows. Their links stay: usually
    the group was taken out of Managed Groups, and it may come back.
    """

    actual: TargetDirectory
    links: Links
    vanished_groups: frozenset[str] = frozenset()


async def look_up_unlisted(
    bridge: ScimClient, actual: TargetDirectory, source: SourceDirectory, links: Links, also: Also | None = None
) -> LookedUp:
    """The directory with what its lists lacked (then marked incomplete), and what was deleted.

    `also` are further ids to look up.

    Raises:
        IncompleteRead: most linked accounts vanished at once: is this the right 1Password account?
    """
    users = {id_: links.users[id_] for id_ in links.users.keys() & source.people.keys()}
    unseen = set(links.users.values()) - actual.accounts.keys()
    fills_gaps = actual.accounts_in_pages and not actual.accounts_complete and len(unseen) <= MOST_LOOKED_UP
    groups = {id_: links.groups[id_] for id_ in links.groups.keys() & source.groups.keys()}
    also = also or Also()
    wanted_accounts, wanted_groups = {*users.values(), *also.accounts}, {*groups.values(), *also.groups}
    wanted_accounts |= unseen if fills_gaps else set()
    accounts, gone_accounts = await look_up(wanted_accounts - actual.accounts.keys(), bridge.read_account)
    pushed, gone_groups = await look_up(wanted_groups - actual.groups.keys(), bridge.read_group)
    lost = gone_accounts & set(users.values())
    if len(lost) > max(FEW, len(users) // 2):
        raise IncompleteRead(
            f"{len(lost)} of {len(users)} linked accounts are missing from 1Password",
            hint="Check that the bridge is connected to the right 1Password account. If the accounts were "
            "deleted, delete the folder in state.path and run again.",
        )
    kept = {id_: scim_id for id_, scim_id in links.users.items() if scim_id not in gone_accounts}
    vanished = frozenset(id_ for id_, scim_id in groups.items() if scim_id in gone_groups)
    if not accounts and not pushed:
        complete = actual._replace(accounts_complete=True) if fills_gaps else actual
        return LookedUp(complete, Links(kept, links.groups), vanished)
    remarks = [f"the list does not include {len(found)} {what} that GET finds"
               for what, found in (("accounts", accounts), ("groups", pushed)) if found]  # fmt: skip
    shows_on_users = actual.membership_view is MembershipView.USERS
    memberships = await bridge.read_own_groups([each.id for each in accounts]) if shows_on_users and accounts else {}
    if shows_on_users and pushed:
        shown = await bridge.read_members([each.id for each in pushed])
        pushed = [each._replace(members=each.members | shown.get(each.id, NOBODY)) for each in pushed]
    groups_there = {**actual.groups, **{each.id: each for each in pushed}}
    complete = actual._replace(
        accounts={**actual.accounts, **{each.id: each for each in accounts}},
        groups={id_: with_members(group, memberships) for id_, group in groups_there.items()},
        accounts_complete=fills_gaps or (actual.accounts_complete and not accounts),
        groups_complete=actual.groups_complete and not pushed,
        remarks=(*actual.remarks, *remarks),
    )
    return LookedUp(complete, Links(kept, links.groups), vanished)


def with_members(group: Group, memberships: Mapping[str, frozenset[str]]) -> Group:
    """A group with the accounts that list it as theirs."""
    more = {account_id for account_id, groups in memberships.items() if group.id in groups}
    return group._replace(members=group.members | more) if more else group


async def look_up(
    ids: Iterable[str], read: Callable[[str], Awaitable[Resource | None]]
) -> tuple[list[Resource], frozenset[str]]:
    """What exists after all, and the ids of what was deleted."""
    wanted = sorted(ids)
    found = await side_by_side(wanted, read, at_once=MOST_AT_ONCE)
    there = [each for each in found if each]
    return there, frozenset(id_ for id_, each in zip(wanted, found, strict=True) if each is None)
