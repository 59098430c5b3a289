"""The input of a review: the reading, the plan, the record of memberships and the journal, indexed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from jc1p.core.folding import fold
from jc1p.core.membership_record import Deed, Hand, Pair, Records, Stay, deeds_of
from jc1p.core.models import Group, MembershipView
from jc1p.core.past_runs import PastRun, Status
from jc1p.core.plan import Kind, Plan, group_key
from jc1p.core.planning import Situation
from jc1p.queries.review.model import Origin

RunPair = tuple[str, Pair]


@dataclass(frozen=True)
class Evidence:
    """All input; `runs` are the journal's, oldest first."""

    situation: Situation
    plan: Plan
    records: Records
    runs: Sequence[PastRun]
    last_deeds: Mapping[Pair, Deed] = field(default_factory=dict)
    deeds: Mapping[RunPair, Deed] = field(default_factory=dict)
    """What each run in the journal did to a membership."""
    is_journal_lost: bool = False
    """The journal can't say what runs did since all groups were last looked at."""

    @property
    def other_hand(self) -> Hand:
        """Whose a change is that neither the record nor the journal has."""
        return Hand.NOT_RECORDED if self.is_journal_lost else Hand.OUTSIDE

    @property
    def journal_begins(self) -> datetime | None:
        """The time of the oldest run in the journal."""
        return min((run.created_at for run in self.runs), default=None)

    @cached_property
    def pushed(self) -> tuple[Group, ...]:
        """The 1Password groups that jc1p pushes or pushed in the past, as read."""
        keys = map(group_key, self.situation.desired.groups)
        ids = self.situation.source_of_group.keys() | {self.plan.ids[key] for key in keys if key in self.plan.ids}
        return tuple(group for id_, group in self.situation.actual.groups.items() if id_ in ids)

    @cached_property
    def source_of_group(self) -> Mapping[str, str]:
        """SCIM id to JumpCloud id, including groups that match only by name."""
        named = {
            self.plan.ids[key]: id_ for id_ in self.situation.desired.groups if (key := group_key(id_)) in self.plan.ids
        }
        return named | dict(self.situation.source_of_group)

    @cached_property
    def open_stays(self) -> Mapping[Pair, Stay]:
        """The stays without an end, according to the record."""
        return {(stay.group_id, stay.account_id): stay for stay in self.records.stays if stay.until is None}

    @property
    def shows_members(self) -> bool:
        """Whether the bridge shows group members."""
        return self.situation.actual.membership_view is not MembershipView.NONE

    def done_since_reading(self, pair: Pair, kind: Kind) -> Deed | None:
        """The change that jc1p made or tried to a membership since all groups were last read for the record."""
        deed, read = self.last_deeds.get(pair), self.records.last_reading
        return deed if deed and deed.kind is kind and (read is None or deed.run.at >= read) else None

    def overtaken(self, stay: Stay) -> Deed | None:
        """jc1p's change to a membership after its stay began, if the record lacks it because it is an older copy."""
        deed = self.last_deeds.get((stay.group_id, stay.account_id))
        return deed if deed and deed.status is Status.APPLIED and deed.run.at > stay.since.run.at else None

    @cached_property
    def emails(self) -> Mapping[str, str]:
        """The name of each account that was read."""
        return {id_: self.situation.email_of(account) for id_, account in self.situation.actual.accounts.items()}

    @cached_property
    def sort_keys(self) -> Mapping[str, str]:
        """The sort key of each account that was read."""
        return {id_: fold(email) for id_, email in self.emails.items()}

    @cached_property
    def origins(self) -> dict[tuple[str, str, int], Origin]:
        """Origins by group, run and deed: members who were added to a group together share one."""
        return {}

    def user_named(self, account_id: str) -> str:
        """The name of an account, even a deleted one."""
        return self.emails.get(account_id) or self.records.names.get(account_id) or account_id

    def group_named(self, group_id: str) -> str:
        """The name of a group, even a deleted one."""
        group = self.situation.actual.groups.get(group_id)
        return group.name if group else self.records.names.get(group_id) or group_id

    def source_named(self, id_: str | None) -> str | None:
        """The current name of a JumpCloud group, otherwise its id."""
        group = self.situation.source.groups.get(id_ or "")
        return group.name if group else id_


def gather_evidence(
    situation: Situation, plan: Plan, records: Records, runs: Sequence[PastRun], *, is_journal_lost: bool = False
) -> Evidence:  # fmt: skip
    """Index the journal's membership changes."""
    by_run: dict[RunPair, Deed] = {}
    last: dict[Pair, Deed] = {}
    for run in runs:
        found = deeds_of(run)
        last |= found
        by_run |= {(run.run_id, pair): deed for pair, deed in found.items()}
    return Evidence(situation, plan, records, runs, last, by_run, is_journal_lost)


# --- origins ------------------------------------------------------------------------------------------------


def origin_of(evidence: Evidence, pair: Pair) -> Origin:
    """Since when a membership that was read is known."""
    stay, now = evidence.open_stays.get(pair), evidence.situation.now
    later = evidence.overtaken(stay) if stay else None
    if later and later.kind is Kind.ADD_MEMBERS:
        return made_by(evidence, later)
    if stay and not later:
        return recorded_origin(evidence, pair, stay)
    if pair[0] not in evidence.records.groups:
        return older_than(evidence, pair, now)
    deed = evidence.done_since_reading(pair, Kind.ADD_MEMBERS)
    if deed and not later:
        return made_by(evidence, deed)
    return Origin(Hand.OUTSIDE if later else evidence.other_hand, since=now)


def recorded_origin(evidence: Evidence, pair: Pair, stay: Stay) -> Origin:
    """The origin according to the record, completed from the journal."""
    run, group_id = stay.since.run, pair[0]
    match stay.since.hand:
        case Hand.UNKNOWN:
            return older_than(evidence, pair, run.at)
        case Hand.OUTSIDE | Hand.NOT_RECORDED:
            return Origin(stay.since.hand, since=run.at, run_id=run.run_id, command=run.command)
        case Hand.JC1P:
            deed = evidence.deeds.get((run.run_id, pair))
            key = group_id, run.run_id, id(deed)
            if found := evidence.origins.get(key):
                return found
            source = deed.source_group if deed else evidence.source_of_group.get(group_id)
            evidence.origins[key] = Origin(
                Hand.JC1P, since=run.at, run_id=run.run_id, command=run.command,
                reason=deed.reason if deed else None, jumpcloud_group=evidence.source_named(source),
                reference=run.reference, actor=run.actor,
            )  # fmt: skip
            return evidence.origins[key]


def made_by(evidence: Evidence, deed: Deed) -> Origin:
    """The origin according to the journal."""
    run = deed.run
    return Origin(
        Hand.JC1P, since=run.at, run_id=run.run_id, command=run.command, reason=deed.reason,
        jumpcloud_group=evidence.source_named(deed.source_group), reference=run.reference, actor=run.actor,
    )  # fmt: skip


def older_than(evidence: Evidence, pair: Pair, at: datetime) -> Origin:
    """A membership that existed when its record began. It is unknown whether it stayed since jc1p added it."""
    deed = evidence.last_deeds.get(pair)
    if deed is None or deed.run.at > at:
        return Origin(Hand.UNKNOWN, before=at)
    if deed.kind is Kind.REMOVE_MEMBERS:
        by = Hand.OUTSIDE if deed.status is Status.APPLIED else Hand.UNKNOWN
        return Origin(by, before=at)
    made = made_by(evidence, deed)
    return Origin(
        Hand.JC1P, before=at, added_at=made.since, run_id=made.run_id, command=made.command, reason=made.reason,
        jumpcloud_group=made.jumpcloud_group, reference=made.reference, actor=made.actor,
    )  # fmt: skip
