"""The guard: judges a whole plan against limits before anything is applied.

Pure, and the same for plan, drift, dry run and sync: a dry run is judged as a real run is. The only way to
apply leads through a verdict (sync.py). Refusals say what, how many, of what base, and how to permit it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from jc1p.core.past_runs import Recent
from jc1p.core.plan import Kind, Plan


@dataclass(frozen=True, slots=True)
class Limit:
    """Allows the larger of `floor` and `percent` of a base, percentages rounded down."""

    percent: float = 0
    floor: int = 0

    def allowed(self, base: int) -> int:
        """How many are allowed of `base`; exact, so that 10 % of 30 is 3."""
        share = int(Decimal(str(self.percent)) * base / 100)
        return max(self.floor, share)


NAMES_SHOWN = 5

LIMIT_KEYS = (
    "suspensions", "member_removals", "group_member_removals", "group_deletions", "creations", "source_shrink",
)  # fmt: skip
"""The guard's keys that --allow may raise for one run; empty_source only the configuration can allow."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The `guard` part of the configuration."""

    suspensions: Limit = field(default_factory=lambda: Limit(percent=10, floor=3))
    member_removals: Limit = field(default_factory=lambda: Limit(percent=25, floor=5))
    group_member_removals: Limit = field(default_factory=lambda: Limit(percent=50, floor=5))
    group_deletions: Limit = field(default_factory=Limit)
    creations: Limit = field(default_factory=lambda: Limit(floor=500))
    source_shrink: Limit = field(default_factory=lambda: Limit(percent=20, floor=5))
    allow_empty_source: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One limit that a plan exceeds."""

    limit: str
    planned: int
    allowed: int
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Allowed when there are no findings; otherwise every limit that was exceeded, not just the first."""

    findings: tuple[Finding, ...] = ()

    @property
    def allowed(self) -> bool:
        """The plan may be applied."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class _Measured:
    """One figure to hold against a limit."""

    key: str
    planned: int
    base: int
    what: str
    of_what: str
    names: tuple[str, ...] = ()
    recent: int = 0


def check_plan(
    plan: Plan,
    limits: Limits,
    *,
    people_before: int | None = None,
    allow: Mapping[str, int] | None = None,
    recent: Recent | None = None,
) -> Verdict:
    """Judge a plan.

    `people_before` is how many people were in scope in the last good run under the same scope, None when
    there was none. `allow` raises limits for this run (--allow KIND=N). `recent` are the removals of the last 24 hours,
    which count towards the limits of a plan that removes more: a slow bleeding is one too.
    """
    allow = allow or {}
    findings = [
        finding
        for measured in measure(plan, people_before, recent or Recent())
        if (finding := judge(measured, getattr(limits, measured.key), allow.get(measured.key, 0)))
    ]
    if plan.bases.people_in_scope == 0 and not limits.allow_empty_source:
        findings.insert(0, empty_source())
    return Verdict(tuple(findings))


def judge(measured: _Measured, limit: Limit, allowed_once: int) -> Finding | None:
    in_all = limit.allowed(measured.base + measured.recent)
    allowed = max(in_all - measured.recent, allowed_once, 0)
    if measured.planned <= allowed:
        return None
    shown = ", ".join(measured.names[:NAMES_SHOWN])
    more = f" and {len(measured.names) - NAMES_SHOWN} more" if len(measured.names) > NAMES_SHOWN else ""
    names = f": {shown}{more}" if shown else ""
    used = f" in 24 hours, of which {measured.recent} are used" if measured.recent else ""
    return Finding(
        measured.key,
        measured.planned,
        allowed,
        f"{measured.what} {measured.planned} of {measured.base} {measured.of_what}, "
        f"and guard.{measured.key} allows {max(in_all, allowed_once)}{used}{names}. "
        f"If this is right, permit this run with --allow {measured.key}={measured.planned}",
    )


def empty_source() -> Finding:
    return Finding(
        "empty_source", 0, 0,
        "nobody is in scope in JumpCloud. If that is right, set guard.empty_source: allow in the configuration",
    )  # fmt: skip


def measure(plan: Plan, people_before: int | None, recent: Recent) -> Iterable[_Measured]:
    """Every figure the limits speak about."""
    bases = plan.bases
    suspended = tuple(change.subject for change in plan.of_kind(Kind.SUSPEND_USER))
    yield _Measured(
        "suspensions",
        len(suspended),
        bases.owned_accounts,
        "suspends",
        "active accounts that jc1p owns",
        suspended,
        recent.suspensions,
    )
    removals = plan.of_kind(Kind.REMOVE_MEMBERS)
    removed = sum(len(change.members) for change in removals)
    groups = tuple(f"{len(change.members)} from {change.group}" for change in removals)
    yield _Measured(
        "member_removals", removed, bases.owned_memberships, "removes", "memberships", groups, recent.member_removals
    )
    for change in removals:
        size = bases.group_memberships.get(change.group or "", 0)
        names = tuple(member.email for member in change.members)
        what = f"in the group {change.group}, removes"
        before = recent.by_group.get(change.group or "", 0)
        yield _Measured("group_member_removals", len(change.members), size, what, "members", names, before)
    deleted = tuple(change.subject for change in plan.of_kind(Kind.DELETE_GROUP))
    groups_pushed = len(bases.group_memberships)
    yield _Measured(
        "group_deletions", len(deleted), groups_pushed, "deletes", "groups", deleted, recent.group_deletions
    )
    created = tuple(change.subject for change in plan.of_kind(Kind.CREATE_USER))
    yield _Measured("creations", len(created), bases.people_in_scope, "invites", "people in scope", created)
    if people_before:
        lost = max(0, people_before - bases.people_in_scope)
        yield _Measured("source_shrink", lost, people_before, "loses", "people in scope since the last good run")
