"""The guard: judges a whole plan against the safety limits before anything is applied.

Pure, and the same for plan, drift, dry run and sync: a dry run is judged like a real run. No plan can be applied
without a verdict (sync/pipeline.py). A refusal says what, how many, which limit, and which users or groups; a verdict
says how to allow it once.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from jc1p.core.attributes import quoted_name
from jc1p.core.folding import fold
from jc1p.core.past_runs import LIMIT_OF, Recent
from jc1p.core.plan import REMOVALS, Change, Kind, Plan, Value


class Limit(NamedTuple):
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
"""The limits that --allow may raise for one run; only the configuration can allow empty_source."""


class Limits(NamedTuple):
    """The `guard` part of the configuration."""

    suspensions: Limit = Limit(percent=10, floor=3, cap=50)
    member_removals: Limit = Limit(percent=25, floor=5)
    group_member_removals: Limit = Limit(percent=50, floor=5)
    group_deletions: Limit = Limit()
    creations: Limit = Limit(floor=500)
    reactivations: Limit = Limit(percent=10, floor=3, cap=25)
    renames: Limit = Limit(percent=10, floor=5, cap=50)
    group_creations: Limit = Limit(percent=50, floor=10)
    source_shrink: Limit = Limit(percent=20, floor=5)
    allow_empty_source: bool = False


class Refusal(NamedTuple):
    """One limit that a plan exceeds."""

    limit: str
    planned: int
    allowed: int
    message: str
    """Lines: what is blocked and by which limit, what is planned, what was done in the last 24 hours."""
    recent: int = 0
    """How many of the last 24 hours count too."""


class Verdict(NamedTuple):
    """Allowed when there are no findings; otherwise lists every limit that the plan exceeds, not just the first.

    `hint` names the part of a refused plan that would pass; `command` is the command that takes `allow_options`, "" for
    sync.
    """

    findings: tuple[Refusal, ...] = ()
    hint: str = ""
    command: str = ""

    @property
    def allowed(self) -> bool:
        """The plan may be applied."""
        return not self.findings

    @property
    def allow_options(self) -> str:
        """The options that allow the plan once, such as "--allow suspensions=4"; "" if no option does.

        The number is what the limit counts: this run and the last 24 hours together.
        """
        if any(finding.limit not in LIMIT_KEYS for finding in self.findings):
            return ""
        needed: dict[str, int] = {}
        for finding in self.findings:
            needed[finding.limit] = max(needed.get(finding.limit, 0), finding.planned + finding.recent)
        return " ".join(f"--allow {limit}={count}" for limit, count in needed.items())


class _Words(NamedTuple):
    """The words of a limit: "would suspend 3 accounts", "1 was suspended", "10 % of 37 active managed accounts"."""

    verb: str
    done: str
    one: str
    many: str
    base: str


WORDS = {
    "suspensions": _Words("suspend", "suspended", "account", "accounts", "active managed accounts"),
    "member_removals": _Words("remove", "removed", "membership", "memberships", "memberships"),
    "group_member_removals": _Words("remove", "removed", "member", "members", "members"),
    "group_deletions": _Words("delete", "deleted", "group", "groups", "groups"),
    "reactivations": _Words("reactivate", "reactivated", "account", "accounts", "users in scope"),
    "renames": _Words("change the email of", "changed", "user", "users", "users in scope"),
    "group_creations": _Words("create", "created", "group", "groups", "groups in scope"),
    "creations": _Words("invite", "invited", "user", "users", "users in scope"),
    "source_shrink": _Words("lose", "lost", "user", "users", "users of the last good run"),
}


class _Measured(NamedTuple):
    """A figure to compare with a limit. Its percentage is of `base`; `where` is text such as " from the group eng".

    `gone` of the base was lost in the last 24 hours: the plan's heading counts only what is there now.
    """

    key: str
    planned: int
    base: int
    names: tuple[str, ...] = ()
    recent: int = 0
    earlier: tuple[str, ...] = ()
    where: str = ""
    gone: int = 0


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

    `people_before` is how many people were in scope in the last good run under the same scope, None when there was
    none. `allow` raises limits for this run (--allow KIND=N). `recent` is what runs of the last 24 hours removed
    (gradual loss). It counts towards the limits of a plan that removes more; a removal that is planned again counts
    once. Suspensions that were allowed and failed in the run before (`failed_before`, by kind and key) don't count
    again. Otherwise leavers that 1Password fails to suspend would use up the limit for all others.
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
    """The command for the part of a refused plan that would pass without its removals; "" if there is none."""
    rest = tuple(change for change in plan.changes if change.kind not in REMOVALS)
    if not findings or not rest or len(rest) == len(plan.changes):
        return ""
    if not judge_rest(plan._replace(changes=rest)).allowed:
        return ""
    what = "The other change" if len(rest) == 1 else f"The other {len(rest)} changes"
    return f"{what} can go ahead: jc1p sync --no-removals. To suspend one user: jc1p sync --user EMAIL"


def judge(measured: _Measured, limit: Limit, allowed_once: int) -> Refusal | None:
    usual = limit.allowed(measured.base)
    in_all = max(usual, allowed_once)
    allowed = max(in_all - measured.recent, 0)
    if measured.planned <= allowed:
        return None
    source = f"--allow {measured.key}={in_all}" if allowed_once > usual else origin(measured, limit)
    planned, recent, words = measured.planned, measured.recent, WORDS[measured.key]
    said = f"this run would {words.verb} {planned} {words.one if planned == 1 else words.many}{measured.where}"
    if recent:
        said += f". {recent} {'was' if recent == 1 else 'were'} {words.done} in the last 24 hours"
        said += f": {planned + recent} in total"
    lines = [f"{said}, and the limit is {in_all} ({source})."]
    if measured.names:
        lines.append(f"Planned: {shown_names(measured.names)}")
    if measured.earlier:
        lines.append(f"{words.done.capitalize()} earlier: {shown_names(measured.earlier)}")
    return Refusal(measured.key, planned, allowed, "\n".join(lines), recent)


def origin(measured: _Measured, limit: Limit) -> str:
    """Where a limit's number comes from, such as "10 % of 37 active managed accounts, at least 3"."""
    words = WORDS[measured.key]
    if not limit.percent:
        return f"guard.{measured.key}"
    share = f"{limit.percent:g} % of {measured.base:,} {words.base}"
    share += f", including {measured.gone:,} {words.done} in the last 24 hours" if measured.gone else ""
    floor = f", at least {limit.floor}" if limit.floor else ""
    return share + floor + ("" if limit.cap is None else f", at most {limit.cap}")


def shown_names(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def moved_domain(renames: Sequence[Change]) -> str:
    """Text such as " from example.com to exmaple.com", if all email changes are between the same two domains."""
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
        "no JumpCloud user is in scope; this would suspend every managed account.",
    )  # fmt: skip


COUNTED_FOR_A_DAY = ("suspensions", "member_removals", "group_deletions", "reactivations", "renames")
"""The limits that count the last 24 hours, except the limit for each group."""


def allowed_in_a_day(plan: Plan, limits: Limits, recent: Recent) -> dict[str, int]:
    """What each limit allows in 24 hours; `recent` is what happened before this plan."""
    measured = {each.key: each for each in measure(plan, None, recent, frozenset())}
    return {key: getattr(limits, key).allowed(measured[key].base) for key in COUNTED_FOR_A_DAY}


def measure(
    plan: Plan, people_before: int | None, recent: Recent, failed_before: frozenset[tuple[Kind, str]]
) -> Iterable[_Measured]:  # fmt: skip
    """Every figure that a limit applies to."""
    bases = plan.bases
    uncounted = frozenset((kind, key) for kind, key in failed_before if kind is Kind.SUSPEND_USER)
    counted = [change for change in plan.changes if (change.kind, change.key) not in uncounted]
    yield subjects(counted, Kind.SUSPEND_USER, recent, bases.owned_accounts, loses=True)
    yield from memberships(plan, recent)
    yield subjects(counted, Kind.DELETE_GROUP, recent, len(bases.group_memberships), loses=True)
    yield subjects(counted, Kind.REACTIVATE_USER, recent, bases.people_in_scope)
    renames = subjects(counted, Kind.RENAME_USER, recent, bases.people_in_scope)
    yield renames._replace(where=moved_domain(plan.of_kind(Kind.RENAME_USER)))
    if bases.has_linked_groups:
        made = tuple(change.subject for change in plan.of_kind(Kind.CREATE_GROUP))
        yield _Measured("group_creations", len(made), bases.groups_in_scope, made)
    created = tuple(change.subject for change in plan.of_kind(Kind.CREATE_USER))
    yield _Measured("creations", len(created), bases.people_in_scope, created)
    if people_before:
        lost = max(0, people_before - bases.people_in_scope)
        yield _Measured("source_shrink", lost, people_before, where=" in scope since the last good run")


def subjects(changes: Iterable[Change], kind: Kind, recent: Recent, base: int, *, loses: bool = False) -> _Measured:
    """Accounts or groups of one kind of change, each counted once: what is planned again doesn't count as recent too.

    What was lost in the last 24 hours (`loses`) is added to the base that it was part of.
    """
    limit = LIMIT_OF[kind]
    planned = {id_of(change): change.subject for change in changes if change.kind is kind}
    earlier = {id_: name for id_, name in recent.subjects.get(limit, {}).items() if id_ not in planned}
    gone = len(earlier) if loses else 0
    return _Measured(
        limit, len(planned), base + gone, tuple(planned.values()), len(earlier), tuple(earlier.values()), gone=gone
    )


def memberships(plan: Plan, recent: Recent) -> Iterable[_Measured]:
    """Memberships that are removed, in total and by group, each counted once."""
    removals = plan.of_kind(Kind.REMOVE_MEMBERS)
    planned = {
        (id_of(change), plan.ids.get(member.key, member.key)) for change in removals for member in change.members
    }
    earlier = {pair: removed for pair, removed in recent.memberships.items() if pair not in planned}
    by_group = Counter(removed.group for removed in earlier.values())
    yield _Measured(
        "member_removals", len(planned), plan.bases.owned_memberships + len(earlier),
        tuple(f"{len(change.members)} from {quoted_name(change.group or '')}" for change in removals),
        len(earlier), tuple(f"{count} from {quoted_name(group)}" for group, count in by_group.items()),
        gone=len(earlier),
    )  # fmt: skip
    for change in removals:
        before = tuple(removed.email for (group, _), removed in earlier.items() if group == id_of(change))
        members = plan.bases.group_memberships.get(id_of(change), 0) + len(before)
        yield _Measured(
            "group_member_removals", len(change.members), members,
            tuple(member.email for member in change.members), len(before), before,
            f" from the group {quoted_name(change.group or '')}", len(before),
        )  # fmt: skip


def id_of(change: Change) -> str:
    """The subject's id in the journal."""
    return change.scim_id or change.key
