"""Records who was in which pushed group since when, and who made the change: remembered from good runs. Pure.

A stay is one account's time in one group. It begins when a run adds the account or first sees it there, and ends when a
run removes the account or first finds it missing. For members that were there before a group's record began, the start
is unknown.
"""

import hashlib
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from jc1p.core.past_runs import PastRun, Status
from jc1p.core.plan import MEMBERSHIP, Kind

Pair = tuple[str, str]
"""SCIM ids of a group and of an account."""


class Hand(StrEnum):
    """Who made a change; `unknown` is what was there when the record began.

    `not_recorded` is what came or went while the journal was lost that would tell whether jc1p made it.
    """

    JC1P = "jc1p"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"
    NOT_RECORDED = "not_recorded"


SEEN_ONLY = frozenset({Hand.OUTSIDE, Hand.NOT_RECORDED})
"""Hands whose changes a run has only seen: they were made then at the latest."""


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run that recorded something, with its reference (ticket) and who ran it."""

    run_id: str
    command: str
    at: datetime
    reference: str | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """The beginning or the end of a stay: the run that made the change, or that first saw it."""

    run: RecordedRun
    hand: Hand


@dataclass(frozen=True, slots=True)
class Stay:
    """One account's time in one group; `until` is None while it is there."""

    group_id: str
    account_id: str
    since: Touch
    until: Touch | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A closed review."""

    at: datetime
    run_id: str
    actor: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Records:
    """The whole record: stays, since when each group is recorded, names by id, and closed reviews."""

    stays: tuple[Stay, ...] = ()
    groups: Mapping[str, RecordedRun] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    reviews: tuple[Review, ...] = ()
    last_reading: datetime | None = None
    """When all groups were last read for the record."""

    @property
    def begin(self) -> datetime | None:
        """When the first group was recorded; None if none is."""
        return min((run.at for run in self.groups.values()), default=None)

    @property
    def last_review(self) -> Review | None:
        """The newest closed review."""
        return max(self.reviews, key=lambda each: each.at, default=None)


@dataclass(frozen=True, slots=True)
class Deed:
    """A membership change that a run made or tried; `reason` is from the plan, `source_group` is a JumpCloud id."""

    kind: Kind
    run: RecordedRun
    status: Status
    reason: str = ""
    source_group: str | None = None


@dataclass(frozen=True, slots=True)
class Moves:
    """The memberships that a run added and removed, as far as they are known to be done: accounts by group."""

    given: Mapping[str, AbstractSet[str]] = field(default_factory=dict)
    taken: Mapping[str, AbstractSet[str]] = field(default_factory=dict)
    created: frozenset[str] = frozenset()
    """Groups that had no members before."""
    deleted: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    """Names of the accounts and groups in this run."""


@dataclass(frozen=True, slots=True)
class Steps:
    """What to record for one group: stays that end, then stays that begin; account to who made the change."""

    ends: Mapping[str, Hand] = field(default_factory=dict)
    begins: Mapping[str, Hand] = field(default_factory=dict)
    passing: frozenset[str] = frozenset()
    """Accounts that this run saw for the first time and removed again."""


def digest_of(members: Iterable[str]) -> str:
    """A short digest of a group's members."""
    return hashlib.sha256("\n".join(sorted(members)).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def members_after(read: AbstractSet[str], given: AbstractSet[str], taken: AbstractSet[str]) -> AbstractSet[str]:
    """The members of a group after a run has added and removed accounts."""
    if not given and not taken:
        return read
    return (read | given) - taken


def steps_of(
    before: frozenset[str], read: frozenset[str], given: AbstractSet[str], taken: AbstractSet[str], *,
    is_recorded: bool,
) -> Steps:  # fmt: skip
    """What changed in a group since it was recorded: first changes made outside jc1p, then this run's."""
    seen = read - before
    first_hand = Hand.OUTSIDE if is_recorded else Hand.UNKNOWN
    ends = dict.fromkeys(before - read, Hand.OUTSIDE) | dict.fromkeys(before & read & taken, Hand.JC1P)
    begins = dict.fromkeys(seen, first_hand) | dict.fromkeys(given - read, Hand.JC1P)
    return Steps(ends, begins, seen & taken)


def deeds_of(run: PastRun) -> dict[Pair, Deed]:
    """The last change that a run made, or may have made, to each membership."""
    head = RecordedRun(run.run_id, run.command, run.created_at, run.reference, run.actor)
    found: dict[Pair, Deed] = {}
    for entry in run.entries:
        if entry.kind in MEMBERSHIP and entry.status is not Status.SKIPPED and entry.scim_id:
            deed = Deed(entry.kind, head, entry.status, entry.reason, entry.jumpcloud_id)
            # A member without an id had no account, so no run added it.
            found |= {(entry.scim_id, each.scim_id): deed for each in entry.members if each.scim_id}
    return found
