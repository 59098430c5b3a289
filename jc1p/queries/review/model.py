"""What an access review holds: groups with their members, accounts, changes, and what to look at first."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from jc1p.core.membership_record import Hand
from jc1p.core.models import PersonState
from jc1p.queries.overview import AccountState


class Management(StrEnum):
    """Whether jc1p may take away from an account, and if not, why."""

    MANAGED = "managed"
    UNMANAGED = "unmanaged"
    EXCLUDED = "excluded"
    PROTECTED = "protected"


@dataclass(frozen=True, slots=True)
class Period:
    """Since when changes are listed; `of` says what that is. None is where the records begin."""

    since: datetime | None
    of: str
    is_inclusive: bool = True

    def takes(self, at: datetime) -> bool:
        """Whether a moment is in it."""
        return self.since is None or at > self.since or (self.is_inclusive and at == self.since)


@dataclass(frozen=True, slots=True)
class Origin:
    """Since when a membership is known, and how it came about.

    `since` is None where the records don't reach back: it is older than `before`. What another hand made has been there
    since `since` at the latest: that is when it was first seen. `added_at` is when the run in `run_id` added it, where
    the records don't say that it stayed since.
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
    """Somebody in a group; `state` is None for an account that 1Password's list doesn't show."""

    email: str
    scim_id: str
    state: AccountState | None
    management: Management
    origin: Origin


@dataclass(frozen=True, slots=True)
class ReviewedGroup:
    """A pushed group; `members` is None where the bridge shows none, `recorded_since` before its first record."""

    name: str
    scim_id: str
    jumpcloud_id: str
    jumpcloud_group: str | None
    in_scope: bool
    recorded_since: datetime | None
    members: tuple[ReviewedMember, ...] | None


@dataclass(frozen=True, slots=True)
class LastChange:
    """The newest change that jc1p made to an account, as far as the journal reaches."""

    kind: str
    at: datetime
    run_id: str


@dataclass(frozen=True, slots=True)
class ReviewedAccount:
    """An account; `groups` are the pushed ones that it is in."""

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
    """What came or went: of a membership (`member_added`, `member_removed`) or of an account (the plan's kinds).

    `at` is when jc1p made it, or when a run first saw what another hand had made.
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
    """Something to look at before all else."""

    code: str
    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class AccessReview:
    """The whole review, as it was read. What is not `complete` may lack accounts, groups and members."""

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
        """How many memberships are shown."""
        return sum(len(group.members or ()) for group in self.groups)

    @property
    def of_unknown_age(self) -> int:
        """Memberships that are older than the records."""
        return sum(member.origin.since is None for group in self.groups for member in group.members or ())

    @property
    def by_other_hands(self) -> int:
        """Memberships that another hand made."""
        return self.count_by(Hand.OUTSIDE)

    @property
    def not_recorded(self) -> int:
        """Memberships that jc1p or another hand made: the journal that would tell was lost."""
        return self.count_by(Hand.NOT_RECORDED)

    def count_by(self, hand: Hand) -> int:
        """Memberships of one hand."""
        return sum(member.origin.by is hand for group in self.groups for member in group.members or ())
