"""The guard: judges a whole plan against limits before anything is applied.

Pure, and the same for plan, drift, dry run and sync: a dry run is judged as a real run is. The only way to
apply leads through a verdict (sync/pipeline.py). Refusals say what, how many, of what base, and how to permit it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from jc1p.core.folding import fold
from jc1p.core.past_runs import Recent
from jc1p.core.plan import REMOVALS, Change, Kind, Plan, Value


@dataclass(frozen=True, slots=True)
class Limit:
    """Allows the larger of `floor` and `percent` of a base, percentages rounded down, and never more than `cap`."""

    percent: float = 0
    floor: int = 0
    cap: int | None = None

    def allowed(self, base: int) -> int:
        """How many are allowed of `base`; exact, so that 10 % of 30 is 3."""
        share = int(Decimal(str(self.percent)) * base / 100)
        allowed = max(self.floor, share)
        return allowed if self.cap is None else min(self.cap, allowed)


NAMES_SHOWN = 5

LIMIT_KEYS = (
    "suspensions", "member_removals", "group_member_removals", "group_deletions", "creations", "reactivations",
    "renames", "group_creations", "source_shrink",
)  # fmt: skip
"""The guard's keys that --allow may raise for one run; empty_source only the configuration can allow."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The `guard` part of the configuration."""

    suspensions: Limit = field(default_factory=lambda: Limit(percent=10, floor=3, cap=50))
    member_removals: Limit = field(default_factory=lambda: Limit(percent=25, floor=5))
    group_member_removals: Limit = field(default_factory=lambda: Limit(percent=50, floor=5))
    group_deletions: Limit = field(default_factory=Limit)
    creations: Limit = field(default_factory=lambda: Limit(floor=500))
    reactivations: Limit = field(default_factory=lambda: Limit(percent=10, floor=3, cap=25))
    renames: Limit = field(default_factory=lambda: Limit(percent=10, floor=5, cap=50))
    group_creations: Limit = field(default_factory=lambda: Limit(percent=50, floor=10))
    source_shrink: Limit = field(default_factory=lambda: Limit(percent=20, floor=5))
    allow_empty_source: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """One limit that a plan exceeds."""

    limit: str
    planned: int
    allowed: int
    message: str
    recent: int = 0
    """Of the last 24 hours; they count too."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Allowed when there are no findings; otherwise every limit that was exceeded, not just the first.

    `hint` names the part of a refused plan that would pass.
    """

    findings: tuple[Refusal, ...] = ()
    hint: str = ""

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
    failed_before: frozenset[tuple[Kind, str]] = frozenset(),
) -> Verdict:
    """Judge a plan.

    `people_before` is how many people were in scope in the last good run under the same scope, None when
    there was none. `allow` raises limits for this run (--allow KIND=N). `recent` are the removals of the last 24 hours,
    which count towards the limits of a plan that removes more: a slow bleeding is one too. Suspensions that were
    allowed and failed in an earlier run (`failed_before`, by kind and key) don't count again: leavers whom 1Password
    won't suspend would use up the limit for all others.
    """
    allow = allow or {}
    findings = [
        finding
        for measured in measure(plan, people_before, recent or Recent(), failed_before)
        if (finding := judge(measured, getattr(limits, measured.key), allow.get(measured.key, 0)))
    ]
    if plan.bases.people_in_scope == 0 and not limits.allow_empty_source:
        findings.insert(0, empty_source())
    return Verdict(tuple(findings), harmless_part(plan, findings, lambda rest: check_plan(
        rest, limits, people_before=people_before, allow=allow, recent=recent, failed_before=failed_before,
    )))  # fmt: skip


def harmless_part(plan: Plan, findings: Sequence[Refusal], judge_rest: Callable[[Plan], Verdict]) -> str:
    """What to type for the part of a refused plan that would pass without its removals; "" where there is none."""
    rest = tuple(change for change in plan.changes if change.kind not in REMOVALS)
    if not findings or not rest or len(rest) == len(plan.changes):
        return ""
    if not judge_rest(replace(plan, changes=rest)).allowed:
        return ""
    what = "The other change" if len(rest) == 1 else f"The other {len(rest)} changes"
    return f"{what} can go ahead: `jc1p sync --no-removals`. For single leavers: `jc1p sync --user EMAIL`"


def judge(measured: _Measured, limit: Limit, allowed_once: int) -> Refusal | None:
    in_all = limit.allowed(measured.base + measured.recent)
    allowed = max(in_all - measured.recent, allowed_once, 0)
    if measured.planned <= allowed:
        return None
    shown = ", ".join(measured.names[:NAMES_SHOWN])
    more = f" and {len(measured.names) - NAMES_SHOWN} more" if len(measured.names) > NAMES_SHOWN else ""
    names = f": {shown}{more}" if shown else ""
    used = f" in 24 hours, of which {measured.recent} are used" if measured.recent else ""
    return Refusal(
        measured.key,
        measured.planned,
        allowed,
        f"{measured.what} {measured.planned} of {measured.base} {measured.of_what}, "
        f"and guard.{measured.key} allows {max(in_all, allowed_once)}{used}{names}. "
        f"If this is right, permit this run with --allow {measured.key}={measured.planned}",
        measured.recent,
    )


def moved_domain(renames: Sequence[Change]) -> str:
    """Such as " from example.com to exmaple.com", where all email changes are between the same two domains."""
    differences = [change.attributes["userName"] for change in renames]
    pairs = {(domain_of(each.before), domain_of(each.after)) for each in differences}
    if len(pairs) != 1:
        return ""
    ((before, after),) = pairs
    return f" from {before} to {after}" if before != after else ""


def domain_of(address: Value) -> str:
    return fold(str(address)).rpartition("@")[2]


def empty_source() -> Refusal:
    return Refusal(
        "empty_source", 0, 0,
        "nobody is in scope in JumpCloud. If that is right, set guard.empty_source: allow in the configuration",
    )  # fmt: skip


def measure(
    plan: Plan, people_before: int | None, recent: Recent, failed_before: frozenset[tuple[Kind, str]]
) -> Iterable[_Measured]:  # fmt: skip
    """Every figure the limits speak about."""
    bases = plan.bases
    suspended = tuple(
        change.subject for change in plan.of_kind(Kind.SUSPEND_USER) if (change.kind, change.key) not in failed_before
    )
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
    back = tuple(change.subject for change in plan.of_kind(Kind.REACTIVATE_USER))
    yield _Measured(
        "reactivations", len(back), bases.people_in_scope, "reactivates", "people in scope", back, recent.reactivations
    )
    renamed = plan.of_kind(Kind.RENAME_USER)
    names = tuple(change.subject for change in renamed)
    what = f"changes the email{moved_domain(renamed)} of"
    yield _Measured("renames", len(renamed), bases.people_in_scope, what, "people in scope", names, recent.renames)
    if bases.has_linked_groups:
        made = tuple(change.subject for change in plan.of_kind(Kind.CREATE_GROUP))
        yield _Measured("group_creations", len(made), bases.groups_in_scope, "creates", "groups in scope", made)
    created = tuple(change.subject for change in plan.of_kind(Kind.CREATE_USER))
    yield _Measured("creations", len(created), bases.people_in_scope, "invites", "people in scope", created)
    if people_before:
        lost = max(0, people_before - bases.people_in_scope)
        yield _Measured("source_shrink", lost, people_before, "loses", "people in scope since the last good run")
