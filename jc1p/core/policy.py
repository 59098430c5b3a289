"""What the admin decided and what earlier runs remembered, as plain values for the pure core."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
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
    """Who suspended an account, as far as jc1p knows; the words that state keeps."""

    JC1P = "jc1p"
    JUMPCLOUD = "jumpcloud"
    """Its person was seen suspended in JumpCloud meanwhile (or with an expired password, where that suspends)."""
    SOMEBODY_ELSE = "somebody_else"


class Suspension(NamedTuple):
    """What is known of an account's suspension: by whom, and since when it has been known."""

    by: SuspendedBy
    since: datetime


class Ownership(StrEnum):
    """Which accounts jc1p manages: may suspend and remove from groups."""

    LINKED = "linked"
    DIRECTORY = "directory"
    ALL = "all"


class WhenRemoved(StrEnum):
    """What becomes of a pushed group that left the scope."""

    KEEP = "keep"
    EMPTY = "empty"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class UserPolicy:
    """The `users` part of the configuration. The `suspend_` flags say whether that loss suspends."""

    ownership: Ownership = Ownership.LINKED
    suspend_suspended: bool = True
    suspend_unassigned: bool = True
    suspend_deleted: bool = True
    suspend_password_expired: bool = False
    reactivate_elsewhere: bool = False
    """Whether accounts that somebody else suspended come back by themselves."""
    provision_staged: bool = False
    provision_password_pending: bool = True
    grace_period: timedelta = timedelta(0)
    templates: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: DEFAULT_TEMPLATES)
    aliases: Mapping[str, str] = field(default_factory=dict)
    protected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupPolicy:
    """The `groups` part of the configuration."""

    push: bool = True
    name: str = "{name}"
    names: Mapping[str, str] = field(default_factory=dict)
    create_empty: bool = False
    when_removed: WhenRemoved = WhenRemoved.KEEP
    remove_foreign_members: bool = False
    protected: tuple[str, ...] = BUILT_IN_GROUPS

    @property
    def folded_names(self) -> Mapping[str, str]:
        """`names` as names are compared."""
        return {fold(name): target for name, target in self.names.items()}


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything build_plan decides by."""

    users: UserPolicy = field(default_factory=UserPolicy)
    groups: GroupPolicy = field(default_factory=GroupPolicy)


class Request(NamedTuple):
    """A write that was sent before: its value, when it was first sent, in how many runs."""

    value: str
    first_sent: datetime
    runs: int = 1


class Memory(NamedTuple):
    """Hints from earlier runs; losing them costs convenience, never correctness.

    `requests` maps (SCIM id, attribute) to the write last sent. `absent_since` maps an account id to when
    its person was first seen missing from the scope. `added` maps a group's SCIM id to the accounts jc1p
    put there, for bridges that show no memberships. `suspensions` maps the ids of suspended accounts to who did it.
    """

    requests: Mapping[tuple[str, str], Request] = NOTHING
    absent_since: Mapping[str, datetime] = NOTHING
    added: Mapping[str, frozenset[str]] = NOTHING
    suspensions: Mapping[str, Suspension] = NOTHING


def newest_of(
    known: Mapping[tuple[str, str], Request], recalled: Mapping[tuple[str, str], Request]
) -> dict[tuple[str, str], Request]:
    """Requests of state and of the journal together; where both know one, the later one counts."""

    def is_newer(key: tuple[str, str], each: Request) -> bool:
        before = known.get(key)
        return before is None or (before.value != each.value and before.first_sent < each.first_sent)

    return {**known, **{key: each for key, each in recalled.items() if is_newer(key, each)}}


MEMBER = "members/"


def member_attribute(account_id: str) -> str:
    """How `Memory.requests` calls an account's place in a group."""
    return MEMBER + account_id
