"""The plan as data: every change with its reason, what is held, and warnings.

A plan is complete before any account or group is created: members are named by key, never by SCIM id, and `Plan.ids`
holds the ids that are already known. planning/ builds a plan, apply.py applies it.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from sys import intern
from typing import NamedTuple

from jc1p.core.models import DANGLING
from jc1p.core.nothing import NOTHING

Value = str | bool | None


class Kind(StrEnum):
    """What a change does. The first eleven are the keys of the document's summary, in that order."""

    CREATE_USER = "create_user"
    UPDATE_USER = "update_user"
    RENAME_USER = "rename_user"
    REACTIVATE_USER = "reactivate_user"
    SUSPEND_USER = "suspend_user"
    LINK_USER = "link_user"
    CREATE_GROUP = "create_group"
    RENAME_GROUP = "rename_group"
    ADD_MEMBERS = "add_members"
    REMOVE_MEMBERS = "remove_members"
    DELETE_GROUP = "delete_group"


ORDER_OF_APPLYING = (
    Kind.CREATE_USER,
    Kind.REACTIVATE_USER,
    Kind.UPDATE_USER,
    Kind.RENAME_USER,
    Kind.LINK_USER,
    Kind.CREATE_GROUP,
    Kind.RENAME_GROUP,
    Kind.ADD_MEMBERS,
    Kind.REMOVE_MEMBERS,
    Kind.DELETE_GROUP,
    Kind.SUSPEND_USER,
)
"""Additions first, then removals, suspensions last: an interrupted run has added access, not removed it."""

REMOVALS = frozenset({Kind.REMOVE_MEMBERS, Kind.DELETE_GROUP, Kind.SUSPEND_USER})
"""Changes that remove something; an incomplete reading must never cause them."""

MEMBERSHIP = frozenset({Kind.ADD_MEMBERS, Kind.REMOVE_MEMBERS})
"""Changes to a group's members."""

RENAMES = frozenset({Kind.RENAME_USER, Kind.RENAME_GROUP})
"""Changes that free one address or name and take another."""


class Hold(StrEnum):
    """Why a wanted change was not planned; the `code` of a held item."""

    PROBABLE_DUPLICATE = "probable_duplicate"
    AMBIGUOUS_MATCH = "ambiguous_match"
    INCOMPLETE_READ = "incomplete_read"
    PROTECTED = "protected"
    GRACE_PERIOD = "grace_period"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    NOT_KEPT_BY_TARGET = "not_kept_by_target"
    SUSPENDED_ELSEWHERE = "suspended_elsewhere"
    GROUP_VANISHED = "group_vanished"
    NO_REMOVALS = "no_removals"
    LIMIT = "limit"
    NARROWED = "narrowed"


TAKES_OVER = "takes_over"
"""The warning that is shown before all others: an account or a group gets a different user or group."""
NO_MEMORY = "no_memory"


class Difference(NamedTuple):
    """One attribute before and after; None means absent."""

    before: Value
    after: Value


class Member(NamedTuple):
    """A member by key (see `user_key`), with the email that admins know them by."""

    key: str
    email: str


class Change(NamedTuple):
    """One change to one user or one group.

    `key` is how other changes and `Plan.ids` refer to the subject. `attributes` maps SCIM attributes to their
    difference. `members` is for the membership kinds: one change per group and direction. `after` is the key of a user
    or group whose rename has to take effect first, because it frees the address or name that this change needs.
    """

    kind: Kind
    key: str
    reason: str
    user: str | None = None
    group: str | None = None
    jumpcloud_id: str | None = None
    scim_id: str | None = None
    attributes: Mapping[str, Difference] = NOTHING
    members: tuple[Member, ...] = ()
    id: int = 0
    after: str | None = None

    @property
    def subject(self) -> str:
        """The name of the user or group, for a sentence."""
        return self.user or self.group or self.key

    @property
    def is_about_the_gone(self) -> bool:
        """It is about a deleted JumpCloud user: `key` is the account's, `jumpcloud_id` the user's."""
        return self.jumpcloud_id is not None and self.key == user_key(None, self.scim_id)


class Held(NamedTuple):
    """A change that was wanted but not planned, and why."""

    kind: Kind
    code: Hold
    reason: str
    user: str | None = None
    group: str | None = None
    is_new: bool = False
    """No earlier run has seen it, so it is notified once."""
    user_key: str = ""
    group_key: str = ""
    """The keys of user and group, as in changes: several may have one name. "" if the item names none."""


class PlanWarning(NamedTuple):
    """Information for an admin that changes nothing."""

    code: str
    subject: str
    message: str
    key: str = ""
    """The key of the user or group that it is about, as in changes, if that is needed."""

    @property
    def is_detail(self) -> bool:
        """True when no admin can do anything about it, so that only `--verbose` shows it."""
        return self.message.endswith(DANGLING)


def most_urgent_first(warnings: Iterable[PlanWarning]) -> tuple[PlanWarning, ...]:
    """Warnings in their order, but takeovers first."""
    return tuple(sorted(warnings, key=lambda warning: warning.code != TAKES_OVER))


class Bases(NamedTuple):
    """What the guard measures a plan against.

    `owned_accounts` counts the active accounts that jc1p manages, `owned_memberships` their memberships in pushed
    groups, `group_memberships` the same for each group by its SCIM id.
    """

    people_in_scope: int = 0
    groups_in_scope: int = 0
    has_linked_groups: bool = False
    owned_accounts: int = 0
    owned_memberships: int = 0
    group_memberships: Mapping[str, int] = NOTHING


class Plan(NamedTuple):
    """All changes in the order of applying, and everything that was held."""

    changes: tuple[Change, ...] = ()
    held: tuple[Held, ...] = ()
    warnings: tuple[PlanWarning, ...] = ()
    ids: Mapping[str, str] = NOTHING
    linked_groups: Mapping[str, str] = NOTHING
    """SCIM id to JumpCloud id of every linked group, in scope or not: no other JumpCloud group may take it."""
    unlinked_groups: Mapping[str, str] = NOTHING
    """SCIM id to JumpCloud id of groups without a written externalId, if the bridge may keep it."""
    presumed_gone: frozenset[str] = frozenset()
    """JumpCloud groups that no list shows and whose 1Password groups others take over: to be confirmed one by one."""
    presumed_gone_users: frozenset[str] = frozenset()
    """JumpCloud users that no list shows and whose accounts others take over: to be confirmed one by one."""
    linked_accounts: Mapping[str, str] = NOTHING
    """SCIM id to JumpCloud id of every linked account: a create that finds such an account doesn't change it."""
    protected_users: frozenset[str] = frozenset()
    """Keys of people to invite under a protected address: a create that finds an account there doesn't change it."""
    bases: Bases = Bases()
    unchanged_users: int = 0
    unchanged_groups: int = 0
    unchanged: tuple[str, ...] = ()
    """SCIM ids of the accounts that are unchanged."""
    unchanged_pushed: tuple[str, ...] = ()
    """SCIM ids of the groups that are unchanged; a group may have the id of an account."""
    unowned: frozenset[str] = frozenset()
    """Unmanaged accounts: reported, never changed."""
    excluded: frozenset[str] = frozenset()
    """Accounts of users that the scope excludes: left alone in both directions."""
    left_alone: Mapping[str, str] = NOTHING
    """User key to the reason why nothing is planned for them, other than being in sync."""
    absent: frozenset[str] = frozenset()
    """Accounts whose person is missing from the scope: state remembers since when, for the grace period."""

    @property
    def is_empty(self) -> bool:
        """No changes."""
        return not self.changes

    @property
    def unowned_users(self) -> int:
        """How many accounts are unmanaged."""
        return len(self.unowned)

    @property
    def excluded_users(self) -> int:
        """How many accounts the scope excludes."""
        return len(self.excluded)

    @property
    def has_drift(self) -> bool:
        """Something differs; links alone are not drift."""
        return any(change.kind is not Kind.LINK_USER for change in self.changes)

    @property
    def is_incomplete(self) -> bool:
        """Something held makes the run incomplete: a removal waits for a complete list, or a group vanished."""
        return any(held.code in {Hold.INCOMPLETE_READ, Hold.GROUP_VANISHED} for held in self.held)

    def counts(self) -> dict[Kind, int]:
        """Number of changes by kind, with every kind present."""
        counted = Counter(change.kind for change in self.changes)
        return {kind: counted[kind] for kind in Kind}

    def of_kind(self, kind: Kind) -> list[Change]:
        """The changes of one kind, in order."""
        return [change for change in self.changes if change.kind is kind]


def user_key(jumpcloud_id: str | None, scim_id: str | None) -> str:
    """The key of a user in a plan: the JumpCloud id if there is a person, otherwise the account's id.

    One shared object for each: a first plan names a user once for each group.
    """
    return intern(f"user:{jumpcloud_id}" if jumpcloud_id else f"account:{scim_id}")


def person_of(key: str) -> str:
    """The JumpCloud id in a user's key, "" for an account without a person."""
    return key.removeprefix("user:") if key.startswith("user:") else ""


def group_key(jumpcloud_id: str) -> str:
    """The key of a group in a plan."""
    return f"group:{jumpcloud_id}"


def fingerprint(plan: Plan, *, settings: str) -> str:
    """A digest of everything the plan would do and of the settings it was made with."""
    digest = hashlib.sha256(json.dumps([settings])[:-1].encode())
    # Row by row: the text of a large first sync would take more memory than the plan itself.
    for number, change in enumerate(plan.changes):
        row = [
            change.kind, change.key, change.scim_id, change.user, change.group,
            sorted((name, diff.before, diff.after) for name, diff in change.attributes.items()),
            [member.key for member in change.members],
        ]  # fmt: skip
        digest.update(((", " if number else ", [") + json.dumps(row)).encode())
    digest.update(b"]]" if plan.changes else b", []]")
    return "sha256:" + digest.hexdigest()
