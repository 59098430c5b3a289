"""The data that both sides are read into: people, accounts, groups, directories.

Frozen, and independent of either service's wire format. A Person is in JumpCloud (the source), an Account in 1Password
(the target). They are two types so that their ids can't be mixed up. Both are named tuples, since there are tens of
thousands of them and a frozen dataclass takes five times as long to create. matching.py decides which account is whose,
planning/ what should change.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from jc1p.core.nothing import NOTHING

DANGLING = "(probably users who were deleted)"
"""The end of the remark that JumpCloud still counts deleted users in a group: no admin can do anything about it."""

NO_FIELDS: Mapping[str, str] = NOTHING


class PersonState(StrEnum):
    """The state of a person in JumpCloud (facts/jumpcloud-api.md 4.6)."""

    ACTIVATED = "activated"
    PASSWORD_PENDING = "password_pending"  # noqa: S105 - a state, not a password
    STAGED = "staged"
    SUSPENDED = "suspended"


class Person(NamedTuple):
    """A JumpCloud user.

    `id` is JumpCloud's (24 hex), `other_emails` are the alternate and the recovery address. `extra` holds the further
    JumpCloud fields that templates and the scope use, by their JumpCloud names: "" is an empty field, a missing name is
    a field that the answer lacks. `password_expired` is None if the answer doesn't say.
    """

    id: str
    email: str
    username: str = ""
    firstname: str = ""
    lastname: str = ""
    displayname: str = ""
    state: PersonState = PersonState.ACTIVATED
    other_emails: tuple[str, ...] = ()
    password_expired: bool | None = None
    extra: Mapping[str, str] = NO_FIELDS


class Account(NamedTuple):
    """A 1Password account as SCIM shows it. `id` is the SCIM id: opaque, case-sensitive.

    `active` is False for suspended people; invited people who haven't accepted yet are active
    (facts/scim-bridge.md 2.1). `external_id` and `preferred_language` are "" when unset or not shown.
    """

    id: str
    user_name: str
    display_name: str = ""
    given_name: str = ""
    family_name: str = ""
    active: bool = True
    external_id: str = ""
    preferred_language: str = ""


class NewAccount(NamedTuple):
    """The attributes of an invitation; names are never empty (facts/scim-bridge.md 2.4), the language may be."""

    user_name: str
    display_name: str
    given_name: str
    family_name: str
    external_id: str
    preferred_language: str = ""


class NewPerson(NamedTuple):
    """The fields of a new JumpCloud user, who is always created as STAGED."""

    username: str
    email: str
    firstname: str
    lastname: str
    displayname: str


class Group(NamedTuple):
    """A group of either side; `members` are ids of people or accounts of the same side."""

    id: str
    name: str
    members: AbstractSet[str] = frozenset()
    external_id: str = ""


class MembershipView(StrEnum):
    """Where the bridge shows a group's members (facts/scim-bridge.md 3.1)."""

    GROUPS = "groups"
    DETAILS = "details"
    USERS = "users"
    NONE = "none"


class SourceDirectory(NamedTuple):
    """JumpCloud as read, always complete: an incomplete reading raises IncompleteRead instead.

    `groups` holds every user group by id, with members only for those in `read_groups`. `assigned_groups` and
    `assigned_people` are assigned to the application directly. `remarks` are unusual things seen while reading
    (dangling associations, unusual rows), shown to admins.
    """

    people: Mapping[str, Person]
    groups: Mapping[str, Group]
    read_groups: frozenset[str] = frozenset()
    assigned_groups: frozenset[str] = frozenset()
    assigned_people: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()


class TargetDirectory(NamedTuple):
    """1Password as read through the bridge. Incomplete lists allow additions and hold removals."""

    accounts: Mapping[str, Account]
    groups: Mapping[str, Group]
    accounts_complete: bool = True
    accounts_in_pages: bool = False
    """The list of accounts is incomplete: its pages come in random order. A known account can still be looked up."""
    groups_complete: bool = True
    membership_view: MembershipView = MembershipView.GROUPS
    remarks: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Nothing is missing from either list."""
        return self.accounts_complete and self.groups_complete


class Created(NamedTuple):
    """The answer to a create: the new id, or the id of what already existed (`existed`).

    `account` or `group` is the resource as the service showed it.
    """

    id: str
    existed: bool = False
    account: Account | None = None
    group: Group | None = None


class CreatedPerson(NamedTuple):
    """The answer to a create in JumpCloud: the person; `existed` if JumpCloud already had them."""

    person: Person
    existed: bool = False


class ServiceCredential(NamedTuple):
    """A credential of a JumpCloud service account. `ends` is None if unknown. Without `is_ours`, it may be ours too."""

    name: str
    ends: datetime | None
    is_ours: bool = False


class ConnectorEvents(NamedTuple):
    """Writes of JumpCloud's own connectors: `ours` went to 1Password or don't say where to; `others` went elsewhere."""

    ours: int = 0
    others: int = 0


class SourceGroups(NamedTuple):
    """What is needed to choose the groups in scope: all groups (without members), and the ids of assigned groups."""

    groups: Mapping[str, Group] = NOTHING
    assigned: frozenset[str] = frozenset()
