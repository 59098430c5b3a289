"""The data of an access review: groups with their members, accounts, changes, and what to check first."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from jc1p.core.membership_record import Hand
from jc1p.core.models import PersonState
from jc1p.queries.overview import AccountState


class Management(StrEnum):
    """Whether jc1p manages an account, and if not, why."""

    MANAGED = "managed"
    UNMANAGED = "unmanaged"
    EXCLUDED = "excluded"
    PROTECTED = "protected"


@dataclass(frozen=True, slots=True)
class Period:
    """Since when changes are listed; `of` describes that start. None means the start of the records."""

    since: datetime | None
    of: str
    is_inclusive: bool = True

    def takes(self, at: datetime) -> bool:
        """Whether the period contains a moment."""
        return self.since is None or at > self.since or (self.is_inclusive and at == self.since)


@dataclass(frozen=True, slots=True)
class Origin:
    """Since when a membership is known, and how it came about.

    `since` is None if the records don't reach back: the membership is older than `before`. For a change made outside
    jc1p, `since` is when it was first seen; it may be older. `added_at` is when the run in `run_id` added the member,
    if the records don't say that they stayed since.
    """

    by: Hand
    since: datetime | None = None
    before: datetime | None = None
    added_at: datetime | None = None
    run_id: str | None = None
    command: str | None = None
    reason: str | None = None
    jumpcloud_group: str | None = None
    reference: str | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewedMember:
    """A member of a group; `state` is None for an account that 1Password's list doesn't show."""

    email: str
    scim_id: str
    state: AccountState | None
    management: Management
    origin: Origin


@dataclass(frozen=True, slots=True)
class ReviewedGroup:
    """A pushed group; `members` is None if the bridge shows none, `recorded_since` is None before its first record."""

    name: str
    scim_id: str
    jumpcloud_id: str
    jumpcloud_group: str | None
    in_scope: bool
    recorded_since: datetime | None
    members: tuple[ReviewedMember, ...] | None


@dataclass(frozen=True, slots=True)
class LastChange:
    """The newest change that jc1p made to an account, as far back as the journal reaches."""

    kind: str
    at: datetime
    run_id: str


@dataclass(frozen=True, slots=True)
class ReviewedAccount:
    """An account; `groups` are the pushed groups that it is in."""

    email: str
    name: str
    scim_id: str
    jumpcloud_id: str | None
    jumpcloud_state: PersonState | None
    management: Management
    state: AccountState
    groups: tuple[str, ...]
    last_change: LastChange | None


@dataclass(frozen=True, slots=True)
class ReviewedChange:
    """A change to a membership (`member_added`, `member_removed`) or to an account (the plan's kinds).

    `at` is when jc1p made it, or when a run first saw a change made outside jc1p.
    """

    kind: str
    at: datetime
    user: str | None
    group: str | None
    by: Hand
    run_id: str | None = None
    reason: str | None = None
    reference: str | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Concern:
    """Something to check first."""

    code: str
    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class AccessReview:
    """The whole review. If it is not `complete`, accounts, groups and members may be missing."""

    period: Period
    records_begin: datetime | None
    journal_begins: datetime | None
    complete: bool
    memberships_visible: bool
    concerns: tuple[Concern, ...]
    groups: tuple[ReviewedGroup, ...]
    accounts: tuple[ReviewedAccount, ...]
    changes: tuple[ReviewedChange, ...]
    groups_asked_for: tuple[str, ...] = ()

    @property
    def memberships(self) -> int:
        """The number of memberships shown."""
        return sum(len(group.members or ()) for group in self.groups)

    @property
    def of_unknown_age(self) -> int:
        """Memberships that are older than the records."""
        return sum(member.origin.since is None for group in self.groups for member in group.members or ())

    @property
    def by_other_hands(self) -> int:
        """Memberships that were made outside jc1p."""
        return self.count_by(Hand.OUTSIDE)

    @property
    def not_recorded(self) -> int:
        """Memberships that jc1p or another hand made: the journal that would tell was lost."""
        return self.count_by(Hand.NOT_RECORDED)

    def count_by(self, hand: Hand) -> int:
        """Memberships of one hand."""
        return sum(member.origin.by is hand for group in self.groups for member in group.members or ())
