"""Rollback: the inverse of a run based on the current state, and messages about what can't be undone."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from support.builders import (
    account,
    group,
    held,
    jc,
    op,
    person,
    plan_for,
    pushed,
    situation,
    source,
    story,
    suspended_by,
    target,
    with_policy,
)
from support.pure_target import PureTarget
from support.strategies import policies, sources, targets

from jc1p.core.matching import Links
from jc1p.core.models import SourceDirectory, TargetDirectory
from jc1p.core.outcomes import Applied, Outcome, Report
from jc1p.core.past_runs import Entry, PastMember, PastRun, Status
from jc1p.core.plan import Bases, Change, Difference, Hold, Kind, Plan, group_key, user_key
from jc1p.core.policy import GroupPolicy, Policy, SuspendedBy
from jc1p.core.rollback import CANNOT_UNDO, invert
from jc1p.sync.apply import apply

NOW = datetime(2026, 11, 24, tzinfo=UTC)


class Remembering:
    """A journal that keeps entries in memory."""

    def __init__(self) -> None:
        self.intents: dict[int, Mapping[str, str]] = {}
        self.entries: dict[int, Entry] = {}

    def intend(self, changes: Sequence[Change], ids: Mapping[str, str]) -> None:
        self.intents |= {change.id: dict(ids) for change in changes}

    def settle(self, outcome: Outcome) -> None:
        if isinstance(outcome, Applied):
            self.entries[outcome.change.id] = entry_of(outcome.change, outcome.scim_id, self.intents[outcome.change.id])

    def report(self, report: Report) -> None:
        """No outcome changes here."""

    def should_stop(self) -> None:
        return None

    def run(self) -> PastRun:
        entries = tuple(self.entries[id_] for id_ in sorted(self.entries))
        return PastRun("run-1", "sync", NOW, len(entries), entries, ended=True)


def entry_of(change: Change, scim_id: str | None, ids: Mapping[str, str]) -> Entry:
    members = tuple(PastMember(member.key, member.email, ids.get(member.key)) for member in change.members)
    return Entry(
        change.id, change.kind, change.key, Status.APPLIED, change.user, change.group, change.jumpcloud_id, scim_id,
        change.reason, change.attributes, members,
    )  # fmt: skip


def carry_out(plan: Plan, pure: PureTarget) -> PastRun:
    memory = Remembering()
    report = asyncio.run(apply(plan, pure, memory))
    assert not report.has_failures, report
    return memory.run()


@given(have=sources(), actual=targets(), policy=policies)
def test_a_plan_and_its_inverse_give_the_start_back_except_mails(
    have: SourceDirectory, actual: TargetDirectory, policy: Policy
) -> None:
    pure = PureTarget(actual)
    run = carry_out(plan_for(have, actual, policy=policy), pure)
    inverse = invert(run, situation(have, pure.directory, policy=policy), Bases())
    carry_out(inverse, pure)
    unprotected = situation(have, actual, policy=policy)
    for id_, before in actual.accounts.items():
        now = pure.accounts[id_]
        if not unprotected.is_protected(before):
            assert (now.active, now.user_name) == (before.active, before.user_name)
            assert now.display_name == before.display_name
    created = [pure.accounts[e.scim_id or ""] for e in run.entries if e.kind is Kind.CREATE_USER]
    assert not [each for each in created if each.active and not unprotected.is_protected(each)]
    deleted = {e.scim_id for e in run.entries if e.kind is Kind.DELETE_GROUP}
    for id_, group_before in actual.groups.items():
        if id_ not in deleted:
            kept = {m for m in pure.groups[id_].members if unprotected.is_protected(pure.accounts[m])}
            assert pure.groups[id_].members - kept == group_before.members - kept
            assert pure.groups[id_].name == group_before.name


def applied(change: Change, **more: object) -> PastRun:
    entry = entry_of(change, change.scim_id, {})._replace(**more)  # type: ignore[arg-type]
    return PastRun("run-1", "sync", NOW, 1, (entry,), ended=True)


def told(plan: Plan) -> list[str]:
    return [warning.message for warning in plan.warnings if warning.code == CANNOT_UNDO]


def test_invited_person_is_suspended_and_the_mail_is_said() -> None:
    (change, *_) = plan_for(source([person("ann")], assigned=["ann"]), target()).changes
    today = situation(source([person("ann")], assigned=["ann"]), target([account("ann", linked=True)]))
    plan = invert(applied(change, scim_id=op("ann")), today, Bases())
    assert story(plan) == ["suspend_user ann"]
    assert plan.changes[0].reason == "undoes the invitation by run run-1"
    assert told(plan) == ["invite: the invitation email was sent; the account is suspended, not deleted"]


def test_what_has_changed_since_is_left_as_it_is() -> None:
    change = Change(Kind.UPDATE_USER, "user:x", "", user="ann@example.com", scim_id=op("ann"),
                    attributes={"displayName": Difference("Old", "Mid")})  # fmt: skip
    today = situation(source([person("ann")], assigned=["ann"]), target([account("ann", display_name="New")]))
    plan = invert(applied(change), today, Bases())
    assert plan.is_empty
    assert told(plan) == ['update: displayName was changed to "New" after the run; not changed']


def test_email_change_that_waits_cannot_be_called_back() -> None:
    change = Change(Kind.RENAME_USER, "user:x", "", user="ann@example.com", scim_id=op("ann"),
                    attributes={"userName": Difference("ann@example.com", "lee@example.com")})  # fmt: skip
    today = situation(source([person("ann")], assigned=["ann"]), target([account("ann")]))
    plan = invert(applied(change, awaits=True), today, Bases())
    assert plan.is_empty
    assert "cannot be cancelled" in told(plan)[0]


@pytest.mark.parametrize("kind", [Kind.RENAME_GROUP, Kind.ADD_MEMBERS, Kind.REMOVE_MEMBERS])
def test_protected_groups_are_held(kind: Kind) -> None:
    entry = Entry(1, kind, group_key(jc("geng")), Status.APPLIED, group="eng", jumpcloud_id=jc("geng"),
                  scim_id=op("geng"), attributes={"displayName": Difference("old", "eng")},
                  members=(PastMember(user_key(jc(who := "ann"), None), "ann@example.com", op(who)),))  # fmt: skip
    members = ["ann"] if kind is Kind.ADD_MEMBERS else []
    actual = target([account("ann", linked=True)], [pushed("eng", *members)])
    policy = Policy(groups=GroupPolicy(protected=("Eng",)))
    today = situation(source([person("ann")], [group("eng", "ann")]), actual, policy=policy)
    plan = invert(PastRun("run-1", "sync", NOW, 1, (entry,), ended=True), today, Bases())
    assert plan.is_empty
    assert [(each.code, each.group) for each in plan.held] == [(Hold.PROTECTED, "eng")]


def test_protected_accounts_are_held() -> None:
    change = Change(Kind.REACTIVATE_USER, "user:x", "", user="ann@example.com", scim_id=op("ann"),
                    attributes={"active": Difference(before=False, after=True)})  # fmt: skip
    today = situation(
        source([person("ann")], assigned=["ann"]), target([account("ann", linked=True)]),
        policy=with_policy(protected=("ann@*",)),
    )  # fmt: skip
    plan = invert(applied(change), today, Bases())
    assert held(plan) == ["protected suspend_user ann"]


def test_deleted_and_vanished_things_are_said() -> None:
    today = situation(source([person("ann")], [group("eng", "ann")]), target([account("ann")], [pushed("eng")]))
    for kind, words in ((Kind.DELETE_GROUP, "cannot be restored"), (Kind.SUSPEND_USER, "deleted from 1Password"),
                        (Kind.RENAME_GROUP, "deleted from 1Password")):  # fmt: skip
        change = Change(kind, "x", "", group="eng", scim_id="vanished", jumpcloud_id=jc("geng"),
                        attributes={"displayName": Difference("a", "b")})  # fmt: skip
        plan = invert(applied(change), today, Bases())
        assert plan.is_empty
        assert words in told(plan)[0]


def test_unknown_outcomes_are_judged_by_what_stands_and_skipped_ones_ignored() -> None:
    change = Change(Kind.SUSPEND_USER, "x", "", user="ann@example.com", scim_id=op("ann"))
    today = situation(source([]), target([account("ann", active=False)]))
    assert story(invert(applied(change, status=Status.UNKNOWN), today, Bases())) == ["reactivate_user ann"]
    assert invert(applied(change, status=Status.SKIPPED), today, Bases()).is_empty


def test_failed_membership_changes_are_taken_back_as_far_as_they_stand() -> None:
    change = Change(Kind.ADD_MEMBERS, "group:x", "", group="eng", scim_id=op("geng"))
    members = (PastMember("user:a", "ann@example.com", op("ann")), PastMember("user:b", "bob@example.com", op("bob")))
    today = situation(source([]), target([account("ann"), account("bob")], [pushed("eng", "ann")]))
    plan = invert(applied(change, status=Status.FAILED, members=members), today, Bases())
    assert story(plan) == ["remove_members eng ann"]


def test_invitation_whose_outcome_was_never_known_is_found_and_taken_back() -> None:
    (change, *_) = plan_for(source([person("ann")], assigned=["ann"]), target()).changes
    there = situation(source([person("ann")], assigned=["ann"]), target([account("ann", linked=True)]))
    unknown = applied(change, status=Status.UNKNOWN)
    assert story(invert(unknown, there, Bases())) == ["suspend_user ann"]
    nowhere = situation(source([person("ann")], assigned=["ann"]), target())
    assert "1Password shows no account" in told(invert(unknown, nowhere, Bases()))[0]


def test_account_of_another_user_at_the_address_of_an_unknown_invitation_is_left_alone() -> None:
    (change, *_) = plan_for(source([person("ann")], assigned=["ann"]), target()).changes
    renamed = person("bob", email="ann@example.com")
    today = situation(
        source([renamed], assigned=["bob"]), target([account("bob", email="ann@example.com", linked=True)])
    )
    assert invert(applied(change, status=Status.UNKNOWN), today, Bases()).is_empty


def test_account_that_an_admin_suspended_after_the_run_is_not_reactivated() -> None:
    change = Change(Kind.SUSPEND_USER, user_key(jc("ann"), None), "", user="ann@example.com", scim_id=op("ann"))
    actual = target([account("ann", linked=True, active=False)])
    for by, expected in ((SuspendedBy.SOMEBODY_ELSE, []), (SuspendedBy.JC1P, ["reactivate_user ann"]),
                         (SuspendedBy.JUMPCLOUD, ["reactivate_user ann"])):  # fmt: skip
        today = situation(source([person("ann")], assigned=["ann"]), actual, memory=suspended_by(by, "ann"))
        plan = invert(applied(change), today, Bases())
        assert (story(plan), bool(told(plan))) == (expected, not expected)


def test_rollback_leaves_the_link_of_a_group_that_another_took_over_or_that_was_created_again() -> None:
    """Each applied change records to which JumpCloud group its 1Password group belongs."""
    change = Change(Kind.ADD_MEMBERS, group_key(jc("old")), "", group="eng", scim_id=op("geng"), jumpcloud_id=jc("old"))
    run = applied(change, members=(PastMember(user_key(jc("ann"), None), "ann@example.com", op("ann")),))
    actual = target([account("ann")], [pushed("eng", "ann", external_id=jc("old")), pushed("eng 2", id_="OP2")])
    have = source([person("ann")], [group("eng", id_=jc("new"))])
    for links, owner in ((Links(), jc("old")), (Links(groups={jc("new"): op("geng")}), jc("new")),
                         (Links(groups={jc("old"): "OP2"}), None)):  # fmt: skip
        plan = invert(run, situation(have, actual, links=links), Bases())
        (undone,) = plan.changes
        assert (undone.jumpcloud_id, plan.ids[undone.key]) == (owner, op("geng"))
        assert group_key(jc("old")) not in plan.ids or owner == jc("old")


def test_adopted_account_is_left_as_it_was() -> None:
    (change, *_) = plan_for(source([person("ann")], assigned=["ann"]), target()).changes
    today = situation(source([person("ann")], assigned=["ann"]), target([account("ann", linked=True)]))
    plan = invert(applied(change, scim_id=op("ann"), existed=True), today, Bases())
    assert plan.is_empty
    assert "the account existed before the run" in told(plan)[0]


def test_account_whose_outcome_was_never_known_is_told_by_its_id_where_there_was_one() -> None:
    """Another user may have the address by now."""
    change = Change(Kind.CREATE_USER, "user:x", "", user="ann@example.com",
                    attributes={"userName": Difference(None, "ann@example.com")})  # fmt: skip
    actual = target([account("ann"), account("zoe")])
    plan = invert(applied(change, scim_id=op("zoe"), status=Status.UNKNOWN), situation(source([]), actual), Bases())
    assert [each.scim_id for each in plan.changes] == [op("zoe")]
    nameless = invert(applied(change, scim_id=None), situation(source([]), actual), Bases())
    assert nameless.is_empty


def test_group_that_has_its_old_name_again_needs_nothing() -> None:
    change = Change(Kind.RENAME_GROUP, "group:x", "", group="new", scim_id=op("gold"),
                    attributes={"displayName": Difference("old", "new")})  # fmt: skip
    plan = invert(applied(change), situation(source([]), target([], [pushed(" old", id_=op("gold"))])), Bases())
    assert plan.is_empty
    assert told(plan) == []


def test_refused_changes_are_not_taken_back_and_skipped_members_neither() -> None:
    suspend = Change(Kind.SUSPEND_USER, "x", "", user="ann@example.com", scim_id=op("ann"))
    join = Change(Kind.ADD_MEMBERS, "group:x", "", group="eng", scim_id=op("geng"))
    today = situation(source([]), target([account("ann", active=False)], [pushed("eng", "ann")]))
    assert invert(applied(suspend, status=Status.FAILED), today, Bases()).is_empty
    members = (PastMember("user:a", "ann@example.com", op("ann")),)
    assert invert(applied(join, status=Status.SKIPPED, members=members), today, Bases()).is_empty


def test_names_are_given_back_in_their_case_and_addresses_compared_without() -> None:
    name = Change(Kind.UPDATE_USER, "user:x", "", user="ann@example.com", scim_id=op("ann"),
                  attributes={"displayName": Difference("ann lee", "Ann Lee")})  # fmt: skip
    email = Change(Kind.RENAME_USER, "user:x", "", user="ann@example.com", scim_id=op("ann"),
                   attributes={"userName": Difference("old@example.com", "ann@example.com")})  # fmt: skip
    actual = target([account("ann", email="Ann@Example.com", display_name="Ann Lee")])
    today = situation(source([]), actual)
    (given_back,) = invert(applied(name), today, Bases()).changes
    assert given_back.attributes == {"displayName": Difference("Ann Lee", "ann lee")}
    (renamed,) = invert(applied(email), today, Bases()).changes
    assert renamed.attributes == {"userName": Difference("Ann@Example.com", "old@example.com")}


def test_account_without_a_person_is_called_by_its_own_id() -> None:
    today = situation(source([]), target([account("ann")], [pushed("eng", "ann")]))
    invited = Change(Kind.CREATE_USER, "user:x", "", user="ann@example.com", scim_id=op("ann"))
    assert [change.key for change in invert(applied(invited), today, Bases()).changes] == [f"account:{op('ann')}"]
    join = Change(Kind.ADD_MEMBERS, "group:x", "", group="eng", scim_id=op("geng"))
    members = (PastMember("user:a", "ann@example.com", op("ann")),)
    (change,) = invert(applied(join, members=members), today, Bases()).changes
    assert [member.key for member in change.members] == [f"account:{op('ann')}"]


def test_values_that_were_empty_or_differ_only_in_the_case_of_an_address_are_not_restored() -> None:
    actual = target([account("ann", email="Ann@example.com")])
    for name, before, after in (("displayName", None, "Ann Example"), ("displayName", "", "Ann Example"),
                                ("userName", "ann@Example.com", "ANN@example.com")):  # fmt: skip
        kind = Kind.UPDATE_USER if name == "displayName" else Kind.RENAME_USER
        change = Change(kind, "user:x", "", user="ann@example.com", scim_id=op("ann"),
                        attributes={name: Difference(before, after)})  # fmt: skip
        plan = invert(applied(change), situation(source([]), actual), Bases())
        assert (plan.changes, told(plan)) == ((), [])


def test_old_name_that_somebody_else_has_now_is_not_taken_back() -> None:
    renamed = Change(Kind.RENAME_GROUP, "group:x", "", group="new", scim_id=op("gx"),
                     attributes={"displayName": Difference("old", "new")})  # fmt: skip
    moved = Change(Kind.RENAME_USER, "user:x", "", user="new@example.com", scim_id=op("x"),
                   attributes={"userName": Difference("old@example.com", "new@example.com")})  # fmt: skip
    actual = target(
        [account("x", email="new@example.com"), account("y", email="old@example.com")],
        [pushed("new", id_=op("gx")), pushed("Old", id_=op("gy"))],
    )
    for change, holder in ((renamed, op("gy")), (moved, op("y"))):
        plan = invert(applied(change), situation(source([]), actual), Bases())
        assert plan.is_empty
        assert holder in told(plan)[0]


def test_chain_of_names_is_taken_back_from_its_end() -> None:
    entries = [
        entry_of(Change(Kind.RENAME_GROUP, f"group:{name}", "", group=after, scim_id=op(name), id=number,
                        attributes={"displayName": Difference(before, after)}), op(name), {})
        for number, (name, before, after) in enumerate([("g2", "b", "c"), ("g1", "a", "b")], 1)
    ]  # fmt: skip
    run = PastRun("run-1", "sync", NOW, 2, tuple(entries), ended=True)
    today = situation(source([]), target([], [pushed("b", id_=op("g1")), pushed("c", id_=op("g2"))]))
    plan = invert(run, today, Bases())
    assert story(plan) == ["rename_group a displayName=a", "rename_group b displayName=b"]
    assert [change.after for change in plan.changes] == [None, "group:g1"]
