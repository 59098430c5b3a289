"""Past runs from the journal: what was planned, what was done, and what still counts against the limits. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from jc1p.core.nothing import NOTHING
from jc1p.core.plan import Difference, Kind

CANARY = "doctor"
"""The command of a canary in its journal. Its user and group are a test, and it cleans up after itself."""


class Status(StrEnum):
    """The outcome of a change; `unknown` when the run was interrupted before its result was written."""

    APPLIED = "applied"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


class PastMember(NamedTuple):
    """A member of a membership change: the plan's key, the email, and the SCIM id where there was one."""

    key: str
    email: str
    scim_id: str | None


class Entry(NamedTuple):
    """One change of a past run. `scim_id` is its subject's id, also for an account or group that it created."""

    id: int
    kind: Kind
    key: str
    status: Status
    user: str | None = None
    group: str | None = None
    jumpcloud_id: str | None = None
    scim_id: str | None = None
    reason: str = ""
    attributes: Mapping[str, Difference] = NOTHING
    members: tuple[PastMember, ...] = ()
    error: str | None = None
    note: str | None = None
    awaits: bool = False
    existed: bool = False
    """A create that found an existing account or group; no invitation was sent."""

    @property
    def subject(self) -> str:
        """The name of the person or group, for a sentence."""
        return self.user or self.group or self.key

    @property
    def is_group_link(self) -> bool:
        """It moved a group's link to another JumpCloud group and nothing else: `import --link --group`."""
        return self.kind is Kind.RENAME_GROUP and self.attributes.keys() == {"externalId"}


class PastRun(NamedTuple):
    """One run that changed something, or tried to.

    `ended` is False when it was interrupted; `followed_by` names the run that completed it. `allowed` are the limits
    that an admin raised for it. `is_first` marks the first run under a scope: what it removed was left over from before
    jc1p. `reference` and `actor` are the ticket and who ran it. `seen_active` are SCIM ids of accounts that a later run
    saw active again.
    """

    run_id: str
    command: str
    created_at: datetime
    planned: int
    entries: tuple[Entry, ...] = ()
    ended: bool = False
    followed_by: str | None = None
    allowed: Mapping[str, int] = NOTHING
    fingerprint: str | None = None
    is_first: bool = False
    reference: str | None = None
    actor: str | None = None
    seen_active: frozenset[str] = frozenset()

    def count(self, status: Status) -> int:
        """How many changes had this outcome."""
        return sum(entry.status is status for entry in self.entries)

    @property
    def may_have_changed(self) -> bool:
        """Some change was made, or its outcome is unknown."""
        return any(entry.status in {Status.APPLIED, Status.UNKNOWN} for entry in self.entries)

    @property
    def needs_a_look(self) -> bool:
        """The outcome of some change is unknown, and no later run has completed it."""
        return self.followed_by is None and (not self.ended or bool(self.open_entries))

    @property
    def open_entries(self) -> tuple[Entry, ...]:
        """Changes that were in progress when it was interrupted."""
        return tuple(entry for entry in self.entries if entry.status is Status.UNKNOWN)


class Removed(NamedTuple):
    """A removed membership, by the names that admins know."""

    email: str
    group: str


class Recent(NamedTuple):
    """Removals, reactivations and email changes of the last 24 hours that no admin allowed and that were not undone.

    They count towards the limits, each account, group or membership once. `subjects` maps a limit to the SCIM ids and
    names that count against it; `memberships` is keyed by the ids of group and account.
    """

    subjects: Mapping[str, Mapping[str, str]] = NOTHING
    memberships: Mapping[tuple[str, str], Removed] = NOTHING

    def count(self, limit: str) -> int:
        """How much counts against a limit, except the limit for each group."""
        return len(self.memberships) if limit == "member_removals" else len(self.subjects.get(limit, ()))


LIMIT_OF = {
    Kind.SUSPEND_USER: "suspensions", Kind.REACTIVATE_USER: "reactivations", Kind.DELETE_GROUP: "group_deletions",
    Kind.RENAME_USER: "renames",
}  # fmt: skip
"""The limit that each account or group counts against once."""


def recent_removals(runs: Iterable[PastRun]) -> Recent:
    """Sum up runs, oldest first. A change counts unless it is known to have failed.

    First runs don't count, nor do users who were reactivated or added back since.
    """
    counted: dict[Kind, dict[str, str]] = {kind: {} for kind in LIMIT_OF}
    removed: dict[tuple[str, str], Removed] = {}
    for run in (each for each in runs if not each.is_first):
        for entry in run.entries:
            if entry.status not in {Status.APPLIED, Status.UNKNOWN}:
                continue
            subject = entry.scim_id or entry.key
            pairs = {
                (subject, member.scim_id or member.key): Removed(member.email, entry.subject)
                for member in entry.members
            }
            if LIMIT_OF.get(entry.kind, "nothing") not in {"nothing", *run.allowed}:
                counted[entry.kind][subject] = entry.subject
            match entry.kind:
                case Kind.REACTIVATE_USER:
                    counted[Kind.SUSPEND_USER].pop(subject, None)
                case Kind.REMOVE_MEMBERS if not {"member_removals", "group_member_removals"} & run.allowed.keys():
                    removed |= pairs
                case Kind.ADD_MEMBERS:
                    removed = {pair: member for pair, member in removed.items() if pair not in pairs}
                case _:
                    pass
    return Recent({LIMIT_OF[kind]: subjects for kind, subjects in counted.items() if subjects}, removed)
