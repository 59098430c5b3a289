"""The plan as data: every change with its reason, what was held, what to warn about.

A plan is complete before anything exists: members are named by key, never by SCIM id, and `Plan.ids` holds
the ids that are known already. How a plan comes about is in planning/, who carries it out in apply.py.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from jc1p.core.models import DANGLING
from jc1p.core.nothing import NOTHING

Value = str | bool | None


class Kind(StrEnum):
    """What a change does. The first eleven keys of the document's summary, in that order."""

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
"""Give first, take last, suspend last of all: a run interrupted halfway has given, not taken."""

REMOVALS = frozenset({Kind.REMOVE_MEMBERS, Kind.DELETE_GROUP, Kind.SUSPEND_USER})
"""What takes something away; none of these can come from an incomplete read."""

MEMBERSHIP = frozenset({Kind.ADD_MEMBERS, Kind.REMOVE_MEMBERS})
"""What changes who is in a group."""

RENAMES = frozenset({Kind.RENAME_USER, Kind.RENAME_GROUP})
"""What frees one address or name and takes another."""


class Hold(StrEnum):
    """Why something wanted was not planned; the `code` of a held item."""

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
"""The warning that is shown before all others: an account or a group gets another user or group."""
NO_MEMORY = "no_memory"


class Difference(NamedTuple):
    """One attribute before and after; None means absent."""

    before: Value
    after: Value


class Member(NamedTuple):
    """A member by key (see `user_key`), with the email that people know them by."""

    key: str
    email: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do to one person or one group.

    `key` is what other changes and `Plan.ids` call the subject. `attributes` maps SCIM attributes to their
    difference. `members` is for the membership kinds: one change per group and direction. `after` is the
    key of a user or group whose rename has to take effect first, because it frees the address or name wanted here.
    """

    kind: Kind
    key: str
    reason: str
    user: str | None = None
    group: str | None = None
    jumpcloud_id: str | None = None
    scim_id: str | None = None
    attributes: Mapping[str, Difference] = field(default_factory=dict)
    members: tuple[Member, ...] = ()
    id: int = 0
    after: str | None = None

    @property
    def subject(self) -> str:
        """The person or group, as people call it."""
        return self.user or self.group or self.key

    @property
    def is_about_the_gone(self) -> bool:
        """It concerns somebody whom JumpCloud's user list no longer has: the key is the account's, the id theirs."""
        return self.jumpcloud_id is not None and self.key == user_key(None, self.scim_id)


class Held(NamedTuple):
    """A change that was wanted and not planned, and why."""

    kind: Kind
    code: Hold
    reason: str
    user: str | None = None
    group: str | None = None
    is_new: bool = False
    """No earlier run has seen it: to be told once to whoever is notified."""


class PlanWarning(NamedTuple):
    """Something an admin should know that changes nothing."""

    code: str
    subject: str
    message: str
    key: str = ""
    """The user or group that it is about, as changes call them, where that is needed."""

    @property
    def is_detail(self) -> bool:
        """True when no admin can act on it, so that only `--verbose` shows it."""
        return self.message.endswith(DANGLING)


def most_urgent_first(warnings: Iterable[PlanWarning]) -> tuple[PlanWarning, ...]:
    """Warnings in their order, those of a takeover before all others."""
    return tuple(sorted(warnings, key=lambda warning: warning.code != TAKES_OVER))


class Bases(NamedTuple):
    """What the guard measures a plan against.

    `owned_accounts` counts the active accounts that jc1p owns, `owned_memberships` their memberships in
    pushed groups, `group_memberships` the same for each group by its 1Password name.
    """

    people_in_scope: int = 0
    groups_in_scope: int = 0
    has_linked_groups: bool = False
    owned_accounts: int = 0
    owned_memberships: int = 0
    group_memberships: Mapping[str, int] = NOTHING


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes in the order of applying, and everything that was decided against."""

    changes: tuple[Change, ...] = ()
    held: tuple[Held, ...] = ()
    warnings: tuple[PlanWarning, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)
    linked_groups: Mapping[str, str] = field(default_factory=dict)
    """SCIM id to JumpCloud id of every group that is linked, in scope or not: none of them is anybody else's."""
    unlinked_groups: Mapping[str, str] = field(default_factory=dict)
    """SCIM id to JumpCloud id of groups whose link is not written as externalId yet, where the bridge may keep it."""
    presumed_gone: frozenset[str] = frozenset()
    """JumpCloud groups that no list shows and whose 1Password groups others take over: to be confirmed one by one."""
    presumed_gone_users: frozenset[str] = frozenset()
    """JumpCloud users that no list shows and whose accounts others take over: to be confirmed one by one."""
    linked_accounts: Mapping[str, str] = field(default_factory=dict)
    """SCIM id to JumpCloud id of every account that is linked: a create that meets one leaves it alone."""
    protected_users: frozenset[str] = frozenset()
    """Keys of people to be invited under a protected address: an account that a create meets there is left alone."""
    bases: Bases = field(default_factory=Bases)
    unchanged_users: int = 0
    unchanged_groups: int = 0
    unchanged: tuple[str, ...] = ()
    """SCIM ids of the accounts and groups that are unchanged."""
    unowned: frozenset[str] = frozenset()
    """Unmanaged accounts: reported, never changed."""
    excluded: frozenset[str] = frozenset()
    """Accounts of people whom the scope excludes: left alone in both directions."""
    left_alone: Mapping[str, str] = field(default_factory=dict)
    """Why nothing is planned for somebody, by key, where the reason is not that everything is in sync."""
    absent: frozenset[str] = frozenset()
    """Accounts whose person is missing from the scope: state remembers since when, for the grace period."""

    @property
    def is_empty(self) -> bool:
        """Nothing to do."""
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
        """Something is held that makes the run incomplete: a removal waits for a whole list, or a group vanished."""
        return any(held.code in {Hold.INCOMPLETE_READ, Hold.GROUP_VANISHED} for held in self.held)

    def counts(self) -> dict[Kind, int]:
        """Changes by kind, every kind present."""
        counted = Counter(change.kind for change in self.changes)
        return {kind: counted[kind] for kind in Kind}

    def of_kind(self, kind: Kind) -> list[Change]:
        """The changes of one kind, in order."""
        return [change for change in self.changes if change.kind is kind]


def user_key(jumpcloud_id: str | None, scim_id: str | None) -> str:
    """How a plan calls a user: by JumpCloud id when there is a person, else by account."""
    return f"user:{jumpcloud_id}" if jumpcloud_id else f"account:{scim_id}"


def person_of(key: str) -> str:
    """The JumpCloud id in a user's key, "" for an account that has no person."""
    return key.removeprefix("user:") if key.startswith("user:") else ""


def group_key(jumpcloud_id: str) -> str:
    """How a plan calls a group."""
    return f"group:{jumpcloud_id}"


def fingerprint(plan: Plan, *, settings: str) -> str:
    """A digest of everything the plan would do and of the settings it was made under."""
    digest = hashlib.sha256(json.dumps([settings])[:-1].encode())
    # Row by row: the text of a large first sync would be larger than the plan itself.
    for number, change in enumerate(plan.changes):
        row = [
            change.kind, change.key, change.scim_id, change.user, change.group,
            sorted((name, diff.before, diff.after) for name, diff in change.attributes.items()),
            [member.key for member in change.members],
        ]  # fmt: skip
        digest.update(((", " if number else ", [") + json.dumps(row)).encode())
    digest.update(b"]]" if plan.changes else b", []]")
    return "sha256:" + digest.hexdigest()
