"""Tracks what happened to the differences of earlier readings: the score of another tool that writes to 1Password.

A difference is made once 1Password shows the wanted value. If jc1p's journal has the change, jc1p made it; otherwise
the other tool did. A difference that is still planned is not made. A held one waits. What a reading doesn't show is not
counted. Pure.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from jc1p.core.folding import fold, tidy
from jc1p.core.models import Account, Group, MembershipView
from jc1p.core.past_runs import Entry, PastRun, Status
from jc1p.core.plan import MEMBERSHIP, Change, Kind, Plan, Value, person_of
from jc1p.core.planning import Situation
from jc1p.core.planning.filters import GROUP_KINDS
from jc1p.core.planning.group_pairs import pair_by_evidence

KEPT = timedelta(days=30)
"""How long a difference is remembered after it was last planned."""
MOST = 20_000
"""The most differences that are remembered. Beside another tool there are few; before a large first sync, many."""
NOTED = timedelta(hours=1)
"""The precision with which the time of the last plan is remembered."""

KIND_OF = {"userName": Kind.RENAME_USER, "active": Kind.REACTIVATE_USER}
"""Attribute of an existing account to the kind of change, whatever change it is part of."""
FIELDS = {
    "displayName": "display_name", "name.givenName": "given_name", "name.familyName": "family_name",
    "preferredLanguage": "preferred_language",
}  # fmt: skip
"""Attribute to the field of an account that shows it."""
NO_DRIFT = "externalId"
"""The attribute that records a link."""

Deed = tuple[Kind, str, str]
"""A kind of change, its subject, and the member it is about."""


class Fate(StrEnum):
    """What happened to a difference."""

    WAITING = "waiting"
    MADE_ELSEWHERE = "made_elsewhere"
    MADE_BY_JC1P = "made_by_jc1p"
    NO_LONGER_WANTED = "no_longer_wanted"


class DifferenceKey(NamedTuple):
    """Identifies a difference: the kind of change, its subject, and the wanted value.

    `subject` is the SCIM id of an account, or the plan's key of a group or of a user without an account. `member` is
    the plan's key of the user to add, or the SCIM id of the account to remove; "" for other kinds.
    """

    kind: Kind
    subject: str
    member: str = ""
    attribute: str = ""
    value: str = ""

    @property
    def deed(self) -> Deed:
        """The change that makes it, whatever the value is."""
        return self.kind, self.subject, self.member


class SeenDifference(NamedTuple):
    """A remembered difference: when it was first and last planned, and what happened to it.

    `user` and `group` are the names in the last plan. `group_id` and `member_id` are the SCIM ids of the group and of
    the account to add, "" if there was none yet.
    """

    key: DifferenceKey
    user: str
    group: str
    group_id: str
    member_id: str
    first_seen: datetime
    last_seen: datetime
    fate: Fate = Fate.WAITING


MADE = frozenset({Fate.MADE_ELSEWHERE, Fate.MADE_BY_JC1P})

Differences = Mapping[DifferenceKey, SeenDifference]


class Score(NamedTuple):
    """How the differences that earlier readings saw turned out.

    `since` is when the oldest of them was first seen, at most 30 days ago; None if there are none.
    """

    since: datetime | None = None
    made_elsewhere: int = 0
    made_by_jc1p: int = 0
    no_longer_wanted: int = 0
    waiting: tuple[SeenDifference, ...] = ()
    """The differences that are not made, oldest first."""

    @property
    def seen(self) -> int:
        """The number of all differences."""
        return self.made_elsewhere + self.made_by_jc1p + self.no_longer_wanted + self.not_made

    @property
    def not_made(self) -> int:
        """The number of differences that are not made."""
        return len(self.waiting)


# --- differences in a plan ----------------------------------------------------------------------------------


def differences_in(plan: Plan, now: datetime) -> Iterator[SeenDifference]:
    """Every difference that a plan would make. Links don't count."""
    for change in plan.changes:
        group_id = (change.group and change.scim_id) or ""
        for key, user in keys_of(change, plan.ids):
            member_id = plan.ids.get(key.member, "")
            yield SeenDifference(key, user, change.group or "", group_id, member_id, now, now)


def worth_keeping(found: Iterable[SeenDifference], known: Differences) -> Differences:
    """The known differences, and as many new ones as there is room for."""
    room, chosen = MOST - len(known), {}
    for each in found:
        room -= each.key not in known
        if room >= 0 or each.key in known:
            chosen[each.key] = each
    return chosen


def keys_of(change: Change, ids: Mapping[str, str]) -> Iterator[tuple[DifferenceKey, str]]:
    """The differences in a change, each with the name of its user."""
    kind, subject, user = change.kind, subject_of(change.kind, change.key, change.scim_id), change.user or ""
    if kind in MEMBERSHIP:
        for member in change.members:
            id_ = member.key if kind is Kind.ADD_MEMBERS else ids.get(member.key, member.key)
            yield DifferenceKey(kind, subject, id_), member.email
    elif kind is Kind.CREATE_USER:
        yield DifferenceKey(kind, subject, "", "userName", wanted(change, "userName")), user
    elif kind is Kind.SUSPEND_USER:
        yield DifferenceKey(kind, subject), user
    elif kind in GROUP_KINDS:
        yield DifferenceKey(kind, subject, "", "displayName", wanted(change, "displayName")), user
    else:
        for name in change.attributes.keys() - {NO_DRIFT}:
            key = DifferenceKey(KIND_OF.get(name, Kind.UPDATE_USER), subject, "", name, wanted(change, name))
            yield key, user


def subject_of(kind: Kind, key: str, scim_id: str | None) -> str:
    """The part of a change's subject that stays the same from one reading to the next."""
    return key if kind in GROUP_KINDS or kind is Kind.CREATE_USER else scim_id or key


def wanted(change: Change, attribute: str) -> str:
    found = change.attributes.get(attribute)
    return text_of(found.after) if found else ""


def text_of(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else value or ""


# --- what happened to them ----------------------------------------------------------------------------------


class Judged(NamedTuple):
    """A reading compared with earlier ones: what is planned, what 1Password shows by now, what is no longer wanted.

    `planned` has all known differences and as many new ones as are remembered.
    """

    planned: Differences
    made: frozenset[DifferenceKey]
    dropped: frozenset[DifferenceKey]


def judge(known: Differences, plan: Plan, situation: Situation) -> Judged:
    """What this reading shows of the waiting differences. It has to be complete, and the plan not narrowed."""
    planned = worth_keeping(differences_in(plan, situation.now), known)
    held = {(fold(each.user or ""), fold(each.group or "")) for each in plan.held}
    open_ = [each for key, each in known.items() if each.fate is Fate.WAITING and key not in planned]
    pairs = pair_by_evidence(situation) if any(each.key.kind in GROUP_KINDS for each in open_) else {}
    verdicts = {
        each.key: is_shown(each, situation, pairs.get(each.key.subject.removeprefix("group:"))) for each in open_
    }
    made = {key for key, shown in verdicts.items() if shown}
    made_before = {key for key, each in known.items() if each.fate in MADE and key not in planned}
    began = {key.subject for key in made | made_before if key.kind in {Kind.CREATE_USER, Kind.CREATE_GROUP}}
    unfounded = {key for key in made if key.kind is Kind.ADD_MEMBERS and not is_founded(known[key], began)}
    dropped = unfounded | {key for key, shown in verdicts.items() if shown is False}
    return Judged(
        planned, frozenset(made - unfounded), frozenset(key for key in dropped if not is_held(known[key], held))
    )


def is_founded(seen: SeenDifference, began: set[str]) -> bool:
    """Whether account and group of a membership are the same as then, or were created since.

    If they are others, the match or a name in the configuration changed. Then the membership need not be another tool's
    change.
    """
    key = seen.key
    return bool(seen.group_id or key.subject in began) and bool(seen.member_id or key.member in began)


def is_held(seen: SeenDifference, held: set[tuple[str, str]]) -> bool:
    """Whether a held item names its user, its group, or both."""
    user, group = fold(seen.user), fold(seen.group)
    return any(pair != ("", "") and pair in held for pair in {(user, group), (user, ""), ("", group)})


def is_shown(seen: SeenDifference, situation: Situation, pair: Group | None) -> bool | None:
    """Whether 1Password shows the wanted value; None if unknown. `pair` is the group's match today."""
    key = seen.key
    if key.kind in GROUP_KINDS:
        group = situation.actual.groups.get(seen.group_id) if seen.group_id else pair
        return is_shown_in_group(seen, group, situation)
    if key.kind is Kind.CREATE_USER:
        account = situation.occupied.get(fold(key.value))
        found = situation.matches.by_account.get(account.id) if account else None
        return bool(account and account.active and found and found.person_id == person_of(key.subject))
    account = situation.actual.accounts.get(key.subject)
    return is_shown_by(account, key) if account else None


def is_shown_by(account: Account, key: DifferenceKey) -> bool | None:
    """Whether an account has the wanted value."""
    match key.kind:
        case Kind.SUSPEND_USER:
            return not account.active
        case Kind.REACTIVATE_USER:
            return account.active
        case Kind.RENAME_USER:
            return fold(account.user_name) == fold(key.value)
        case _:
            shown = getattr(account, FIELDS.get(key.attribute, key.attribute), None)
            return tidy(shown) == key.value if isinstance(shown, str) else None


def is_shown_in_group(seen: SeenDifference, group: Group | None, situation: Situation) -> bool | None:
    key, is_visible = seen.key, situation.actual.membership_view is not MembershipView.NONE
    match key.kind:
        case Kind.CREATE_GROUP:
            return group is not None and fold(group.name) == fold(key.value)
        case Kind.RENAME_GROUP:
            return tidy(group.name) == key.value if group else None
        case Kind.DELETE_GROUP:
            return seen.group_id not in situation.actual.groups
        case Kind.ADD_MEMBERS:
            account_id = seen.member_id or situation.account_by_person.get(person_of(key.member))
            return bool(group and account_id in group.members) if is_visible else None
        case _:
            is_there = group is not None and key.member in situation.actual.accounts
            return key.member not in group.members if group and is_there and is_visible else None


# --- what is remembered -------------------------------------------------------------------------------------


def last_deeds(runs: Iterable[PastRun]) -> dict[Deed, datetime]:
    """The changes that jc1p's own runs made, or may have made, and when the last of these runs began."""
    found: dict[Deed, datetime] = {}
    for run in runs:
        for entry in run.entries:
            if entry.status is not Status.SKIPPED:
                found |= {deed: max(run.created_at, found.get(deed, run.created_at)) for deed in deeds_of(entry)}
    return found


def deeds_of(entry: Entry) -> Iterator[Deed]:
    """The changes of one journal entry; none for the move of a link, which is no drift."""
    if entry.is_group_link:
        return
    kind, subject = entry.kind, subject_of(entry.kind, entry.key, entry.scim_id)
    if kind in MEMBERSHIP:
        for member in entry.members:
            yield kind, subject, member.key if kind is Kind.ADD_MEMBERS else member.scim_id or member.key
        return
    yield kind, subject, ""
    for name in entry.attributes.keys() - {NO_DRIFT}:
        yield KIND_OF.get(name, Kind.UPDATE_USER), subject, ""


def remember(known: Differences, judged: Judged, deeds: Mapping[Deed, datetime], longest_run: timedelta) -> Differences:
    """What to remember after a reading: `deeds` are jc1p's own changes since the differences were last planned.

    A run can make a change until `longest_run` after its start.
    """
    rows = {**judged.planned}
    for key, seen in known.items():
        if key in judged.planned:
            rows[key] = seen_again(seen, judged.planned[key])
        elif key in judged.made:
            done = deeds.get(key.deed)
            is_own = done is not None and done >= seen.last_seen - longest_run
            rows[key] = seen._replace(fate=Fate.MADE_BY_JC1P if is_own else Fate.MADE_ELSEWHERE)
        else:
            rows[key] = seen._replace(fate=Fate.NO_LONGER_WANTED) if key in judged.dropped else seen
    return rows


def seen_again(seen: SeenDifference, now: SeenDifference) -> SeenDifference:
    """A difference that is planned again. Its time is updated once an hour, so that most readings write nothing."""
    is_noted = timedelta(0) <= now.last_seen - seen.last_seen < NOTED
    return now._replace(first_seen=seen.first_seen, last_seen=seen.last_seen if is_noted else now.last_seen)


def kept(known: Differences, now: datetime) -> dict[DifferenceKey, SeenDifference]:
    """The differences planned in the last 30 days. Times far in the future come from a wrong clock and are dropped."""
    return {key: each for key, each in known.items() if now - KEPT <= each.last_seen <= now + KEPT}


def score_of(rows: Differences, now: datetime) -> Score:
    """The score of the differences that an earlier reading saw."""
    earlier = [each for each in rows.values() if each.first_seen < now]
    fates = Counter(each.fate for each in earlier)
    waiting = sorted((each for each in earlier if each.fate is Fate.WAITING), key=age_and_name)
    return Score(
        max(min(each.first_seen for each in earlier), now - KEPT) if earlier else None,
        fates[Fate.MADE_ELSEWHERE], fates[Fate.MADE_BY_JC1P], fates[Fate.NO_LONGER_WANTED], tuple(waiting),
    )  # fmt: skip


def age_and_name(seen: SeenDifference) -> tuple[object, ...]:
    """Sort key: the oldest first, accounts before memberships."""
    key = seen.key
    return (
        seen.first_seen,
        key.kind in MEMBERSHIP,
        key.kind,
        seen.group,
        seen.user,
        key.subject,
        key.member,
        key.attribute,
        key.value,
    )
