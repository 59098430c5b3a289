"""The admin's decisions and what earlier runs remembered, as plain values for the pure core."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from jc1p.core.folding import fold
from jc1p.core.nothing import NOTHING

DEFAULT_TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "userName": ("{email}",),
    "displayName": ("{displayname}", "{firstname} {lastname}", "{username}"),
    "name.givenName": ("{firstname}",),
    "name.familyName": ("{lastname}",),
}

BUILT_IN_GROUPS = ("Owners", "Administrators", "Team Members", "Security", "Recovery", "Provision Managers")


class SuspendedBy(StrEnum):
    """Who suspended an account, as far as jc1p knows; the values are stored in state."""

    JC1P = "jc1p"
    JUMPCLOUD = "jumpcloud"
    """The person was seen suspended in JumpCloud (or with an expired password, if that suspends)."""
    SOMEBODY_ELSE = "somebody_else"


class Suspension(NamedTuple):
    """What is known of an account's suspension: who did it, and since when this is known."""

    by: SuspendedBy
    since: datetime


class Ownership(StrEnum):
    """Which accounts jc1p manages: may suspend and remove from groups."""

    LINKED = "linked"
    DIRECTORY = "directory"
    ALL = "all"


class WhenRemoved(StrEnum):
    """What to do with a pushed group that left the scope."""

    KEEP = "keep"
    EMPTY = "empty"
    DELETE = "delete"


class UserPolicy(NamedTuple):
    """The `users` part of the configuration. The `suspend_` flags say whether that loss suspends."""

    ownership: Ownership = Ownership.LINKED
    suspend_suspended: bool = True
    suspend_unassigned: bool = True
    suspend_deleted: bool = True
    suspend_password_expired: bool = False
    reactivate_elsewhere: bool = False
    """Whether accounts that jc1p didn't suspend are reactivated automatically."""
    provision_staged: bool = False
    provision_password_pending: bool = True
    grace_period: timedelta = timedelta(0)
    templates: Mapping[str, tuple[str, ...]] = DEFAULT_TEMPLATES
    aliases: Mapping[str, str] = NOTHING
    protected: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class GroupPolicy:
    """The `groups` part of the configuration."""

    push: bool = True
    name: str = "{name}"
    names: Mapping[str, str] = field(default_factory=dict)
    create_empty: bool = False
    when_removed: WhenRemoved = WhenRemoved.KEEP
    remove_foreign_members: bool = False
    protected: tuple[str, ...] = BUILT_IN_GROUPS

    def entry_of(self, name: str) -> str | None:
        """The entry of `names` for a JumpCloud group: as it is written, else in another spelling; None without one."""
        return name if name in self.names else self._entries.get(fold(name))

    @cached_property
    def _entries(self) -> Mapping[str, str]:
        return {fold(name): name for name in self.names}

    def explicit_name(self, name: str) -> str:
        """The 1Password name that `names` has for a JumpCloud group, "" if it has none."""
        return self.names.get(self.entry_of(name) or "", "")


class Policy(NamedTuple):
    """All settings that build_plan uses."""

    users: UserPolicy = UserPolicy()
    groups: GroupPolicy = GroupPolicy()


class Request(NamedTuple):
    """A write that was sent before: its value, when it was first sent, in how many runs."""

    value: str
    first_sent: datetime
    runs: int = 1


class Memory(NamedTuple):
    """Hints from earlier runs; losing them costs convenience, never correctness.

    `requests` maps (SCIM id, attribute) to the write last sent; `group_attribute` tells a group's attributes from an
    account's, since both may have one id. `absent_since` maps an account id to when its person was first seen missing
    from the scope. `added` maps a group's SCIM id to the accounts jc1p
    put there, for bridges that show no memberships. `suspensions` maps the ids of suspended accounts to who did it.
    """

    requests: Mapping[tuple[str, str], Request] = NOTHING
    absent_since: Mapping[str, datetime] = NOTHING
    added: Mapping[str, frozenset[str]] = NOTHING
    suspensions: Mapping[str, Suspension] = NOTHING


def newest_of(
    known: Mapping[tuple[str, str], Request], recalled: Mapping[tuple[str, str], Request]
) -> dict[tuple[str, str], Request]:
    """Requests of state and journal together; if both have one, the later one counts."""

    def is_newer(key: tuple[str, str], each: Request) -> bool:
        before = known.get(key)
        return before is None or (before.value != each.value and before.first_sent < each.first_sent)

    return {**known, **{key: each for key, each in recalled.items() if is_newer(key, each)}}


GROUP = "groups/"


def group_attribute(name: str) -> str:
    """The key of a group's attribute in `Memory.requests`."""
    return GROUP + name


MEMBER = "members/"


def member_attribute(account_id: str) -> str:
    """The key of an account's membership in `Memory.requests`."""
    return MEMBER + account_id
