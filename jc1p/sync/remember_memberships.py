"""Keeps the record of memberships: what a good run read, and what each run added and removed.

A run without changes compares one digest per group and writes nothing. `jc1p review` reads the record; no plan depends
on it.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property

from jc1p.core.id_set import IdSet
from jc1p.core.membership_record import (
    Deed,
    Hand,
    Moves,
    Pair,
    RecordedRun,
    Steps,
    deeds_of,
    digest_of,
    members_after,
    steps_of,
)
from jc1p.core.models import MembershipView
from jc1p.core.outcomes import Applied, Report
from jc1p.core.plan import MEMBERSHIP, Kind, Plan, group_key
from jc1p.core.planning import Situation
from jc1p.state.memberships import Book, is_journal_lost, last_reading, read_digests
from jc1p.state.past_journals import read_runs
from jc1p.sync.remember import ids_after
from jc1p.sync.run_context import RunContext

NO_MEMBERS: frozenset[str] = frozenset()


def remember_memberships(
    situation: Situation, plan: Plan, report: Report, context: RunContext, *, is_good: bool
) -> None:
    """Record what changed in pushed groups: jc1p's changes in any run, and other changes that a good run saw.

    Call it before the good run itself is remembered. Raises StateUnavailable.
    """
    moves = moves_of(plan, report)
    keeper = Keeper(situation, context, moves)
    if is_good and situation.actual.membership_view is not MembershipView.NONE:
        keeper.record_reading(pushed_groups(situation, plan))
    keeper.record_moves()


def moves_of(plan: Plan, report: Report) -> Moves:
    """The memberships that a run added and removed, and the groups that it created and deleted."""
    applied = [each for each in report.outcomes if isinstance(each, Applied) and each.scim_id]
    ids = ids_after(plan, applied) if applied else {}
    moved: dict[Kind, dict[str, AbstractSet[str]]] = {kind: {} for kind in MEMBERSHIP}
    names: dict[str, str] = {}
    for outcome in applied:
        group_id, members = str(outcome.scim_id), [each for each in outcome.members if each.key in ids]
        if members:
            by_group = moved[outcome.change.kind]
            by_group[group_id] = IdSet(by_group.get(group_id, NO_MEMBERS) | {ids[each.key] for each in members})
        names |= {ids[each.key]: each.email for each in members} | {group_id: outcome.change.subject}
    created = {str(each.scim_id) for each in applied if each.change.kind is Kind.CREATE_GROUP and not each.existed}
    deleted = {str(each.scim_id) for each in applied if each.change.kind is Kind.DELETE_GROUP}
    return Moves(moved[Kind.ADD_MEMBERS], moved[Kind.REMOVE_MEMBERS], frozenset(created), frozenset(deleted), names)


def pushed_groups(situation: Situation, plan: Plan) -> Mapping[str, AbstractSet[str]]:
    """The 1Password groups that jc1p pushes or pushed in the past, with their members as read."""
    keys = map(group_key, situation.desired.groups)
    pushed = situation.source_of_group.keys() | {plan.ids[key] for key in keys if key in plan.ids}
    return {id_: group.members for id_, group in situation.actual.groups.items() if id_ in pushed}


@dataclass
class Keeper:
    """Writes one run into the record."""

    situation: Situation
    context: RunContext
    moves: Moves
    settled: set[str] = field(default_factory=set)

    @cached_property
    def run(self) -> RecordedRun:
        """This run in its recorded form."""
        here = self.context
        return RecordedRun(here.run_id, here.command, here.now, here.reference, here.actor)

    @cached_property
    def book(self) -> Book:
        """The record, opened on first use."""
        book = Book(self.context.state, self.run)
        book.forget_old()
        return book

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """The recorded digest of each group."""
        return read_digests(self.context.state)

    @cached_property
    def unrecorded(self) -> Mapping[Pair, Deed]:
        """Changes in the journal since the last good run; a killed run may not have recorded its own."""
        runs = read_runs(self.context.folder, since=last_reading(self.context.state))
        found: dict[Pair, Deed] = {}
        for run in runs:
            if run.run_id != self.context.run_id:
                found |= deeds_of(run)
        return found

    @cached_property
    def lost_journal(self) -> bool:
        """Whether the journal can't say what runs did since the last good one."""
        return is_journal_lost(self.context.state, self.context.folder, besides=self.context.run_id)

    def record_reading(self, groups: Mapping[str, AbstractSet[str]]) -> None:
        """Compare each group with its digest, and write what changed."""
        given, taken = self.moves.given, self.moves.taken
        for group_id, read in groups.items():
            put, out = given.get(group_id, NO_MEMBERS), taken.get(group_id, NO_MEMBERS)
            after = digest_of(members_after(read, put, out))
            if self.digests.get(group_id) == after and not put and not out:
                continue
            is_recorded = group_id in self.digests
            before = frozenset(self.book.present(group_id))
            self.write(group_id, steps_of(before, frozenset(read), put, out, is_recorded=is_recorded))
            self.book.settle(group_id, after, is_new=not is_recorded)
            self.settled.add(group_id)

    def record_moves(self) -> None:
        """Changes in other groups: those that this run created, deleted, or did not read for the record."""
        given, taken = self.moves.given, self.moves.taken
        for group_id in sorted((given.keys() | taken.keys()) - self.settled):
            before = frozenset(self.book.present(group_id))
            put, out = given.get(group_id, NO_MEMBERS) - before, taken.get(group_id, NO_MEMBERS)
            self.write(group_id, Steps(dict.fromkeys(before & out, Hand.JC1P), dict.fromkeys(put, Hand.JC1P)))
            is_new = group_id in self.moves.created
            if is_new or group_id in self.digests:
                # "" is never the digest of a group, so the next good run compares.
                self.book.settle(group_id, digest_of(put) if is_new else "", is_new=is_new)
        for group_id in sorted(self.moves.deleted & self.digests.keys()):
            self.write(group_id, Steps(dict.fromkeys(self.book.present(group_id), Hand.JC1P)))
            self.book.settle(group_id, digest_of(()), is_new=False)

    def write(self, group_id: str, steps: Steps) -> None:
        """Write the steps of one group; a change that an earlier run didn't record is attributed to that run."""
        ends = {id_: self.told_of((group_id, id_), Kind.REMOVE_MEMBERS, hand) for id_, hand in steps.ends.items()}
        begins = {id_: self.told_of((group_id, id_), Kind.ADD_MEMBERS, hand) for id_, hand in steps.begins.items()}
        names = self.names([group_id, *ends, *begins])
        self.book.end(group_id, ends)
        self.book.begin(group_id, begins, names)
        self.book.end(group_id, dict.fromkeys(steps.passing, (self.run, Hand.JC1P)))
        self.book.name(names)

    def told_of(self, pair: Pair, kind: Kind, hand: Hand) -> tuple[RecordedRun, Hand]:
        """The run and the origin of a step: a change from outside may really be an unrecorded one of jc1p."""
        if hand is not Hand.OUTSIDE:
            return self.run, hand
        deed = self.unrecorded.get(pair)
        if deed and deed.kind is kind:
            return deed.run, Hand.JC1P
        return self.run, Hand.NOT_RECORDED if self.lost_journal else hand

    def names(self, ids: Iterable[str]) -> dict[str, str]:
        """Names of accounts and groups in 1Password, if they were read."""
        accounts, groups = self.situation.actual.accounts, self.situation.actual.groups
        wanted, moved = frozenset(ids), self.moves.names
        named = {id_: moved[id_] for id_ in wanted if id_ in moved}
        named |= {id_: accounts[id_].user_name for id_ in wanted if id_ in accounts}
        return named | {id_: groups[id_].name for id_ in wanted if id_ in groups}
