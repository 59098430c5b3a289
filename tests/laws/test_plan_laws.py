"""Laws that hold for every plan, over generated companies (hypothesis)."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import (
    NOW,
    account,
    group,
    jc,
    op,
    person,
    plan_for,
    pushed,
    situation,
    source,
    suspended_by,
    target,
)
from support.pure_target import PureTarget
from support.strategies import NAMES, policies, sources, targets

from jc1p.core.folding import fold
from jc1p.core.guard import LIMIT_KEYS, Limit, Limits, check_plan
from jc1p.core.matching import Links
from jc1p.core.models import PersonState, SourceDirectory, TargetDirectory
from jc1p.core.people_filter import PeopleEntry, first_fit
from jc1p.core.plan import REMOVALS, TAKES_OVER, Kind, Plan, fingerprint, group_key
from jc1p.core.planning import build_plan
from jc1p.core.planning.filters import Only, PlanFilter, narrow
from jc1p.core.policy import GroupPolicy, Memory, Ownership, Policy, SuspendedBy, Suspension, WhenRemoved
from jc1p.core.scope import Scope
from jc1p.errors import IncompleteRead
from jc1p.sync.apply import apply

Each = TypeVar("Each")


cases = given(have=sources(), actual=targets(), policy=policies)


def carried_out(plan: Plan, actual: TargetDirectory) -> PureTarget:
    pure = PureTarget(actual)
    report = asyncio.run(apply(plan, pure))
    assert not report.has_failures, report
    return pure


@cases
def test_a_plan_carried_out_leaves_nothing_to_do(
    have: SourceDirectory, actual: TargetDirectory, policy: Policy
) -> None:
    after = carried_out(plan_for(have, actual, policy=policy), actual).directory
    assert plan_for(have, after, policy=policy).changes == ()


@cases
def test_the_target_ends_as_the_source_asks(have: SourceDirectory, actual: TargetDirectory, policy: Policy) -> None:
    """All users who are provisioned, in scope and not held have one active account with the wanted address."""
    before = situation(have, actual, policy=policy)
    plan = build_plan(before)
    after = carried_out(plan, actual)
    held = {fold(item.user) for item in plan.held if item.user}
    active = {fold(each.user_name) for each in after.accounts.values() if each.active}
    for someone in before.desired.people.values():
        is_lost = someone.password_expired and policy.users.suspend_password_expired
        if someone.state is PersonState.ACTIVATED and not is_lost and fold(someone.email) not in held:
            assert fold(someone.email) in active
    assert len(after.invited) == len(set(map(fold, after.invited)))


@cases
def test_protected_and_unowned_accounts_never_lose_anything(
    have: SourceDirectory, actual: TargetDirectory, policy: Policy
) -> None:
    policy = policy._replace(
        groups=replace(policy.groups, remove_foreign_members=False, when_removed=WhenRemoved.EMPTY)
    )
    before = situation(have, actual, policy=policy)
    plan = build_plan(before)
    lost = {change.scim_id for change in plan.of_kind(Kind.SUSPEND_USER)}
    lost |= {plan.ids[member.key] for change in plan.of_kind(Kind.REMOVE_MEMBERS) for member in change.members}
    for scim_id in lost:
        assert scim_id is not None
        each = actual.accounts[scim_id]
        assert not before.is_protected(each)
        in_scope = scim_id in {match.account_id for id_, match in before.matches.by_person.items()
                               if id_ in before.desired.people}  # fmt: skip
        directory = scim_id in before.matches.by_account or scim_id in before.matches.gone
        owned = each.external_id or in_scope or policy.users.ownership is Ownership.ALL
        assert owned or (policy.users.ownership is Ownership.DIRECTORY and directory)


@cases
def test_what_takes_over_an_account_is_told_before_all_else_and_only_once(
    have: SourceDirectory, actual: TargetDirectory, policy: Policy
) -> None:
    """Every change that records an account's owner without a link, for protected accounts and deleted users."""
    before = situation(have, actual, policy=policy)
    plan = build_plan(before)
    told = [warning.key for warning in plan.warnings if warning.code == TAKES_OVER]
    assert [warning.code == TAKES_OVER for warning in plan.warnings[: len(told)]] == [True] * len(told)
    for change in plan.changes:
        each = actual.accounts.get(change.scim_id or "")
        if each and change.jumpcloud_id in have.people:
            is_linked = each.external_id == change.jumpcloud_id
            was_anothers = bool(each.external_id) and not is_linked
            assert (change.key in told) is (not is_linked and (was_anothers or before.is_protected(each)))
    again = plan_for(have, carried_out(plan, actual).directory, policy=policy)
    assert not [each for each in again.warnings if each.code == TAKES_OVER and each.key.startswith("user:")]


@cases
def test_input_order_does_not_matter(have: SourceDirectory, actual: TargetDirectory, policy: Policy) -> None:
    shuffler = random.Random(1)

    def shuffled(mapping: Mapping[str, Each]) -> dict[str, Each]:
        return dict(shuffler.sample(list(mapping.items()), len(mapping)))

    other_have = have._replace(people=shuffled(have.people), groups=shuffled(have.groups))
    other_actual = actual._replace(accounts=shuffled(actual.accounts), groups=shuffled(actual.groups))
    one, two = plan_for(have, actual, policy=policy), plan_for(other_have, other_actual, policy=policy)
    assert one.changes == two.changes
    assert one.held == two.held
    assert fingerprint(one, settings="") == fingerprint(two, settings="")


@cases
def test_no_membership_before_its_person_and_nothing_taken_before_everything_is_given(
    have: SourceDirectory, actual: TargetDirectory, policy: Policy
) -> None:
    plan = plan_for(have, actual, policy=policy)
    known = set(plan.ids)
    for change in plan.changes:
        if change.kind in {Kind.CREATE_USER, Kind.CREATE_GROUP}:
            known.add(change.key)
        assert {member.key for member in change.members} <= known
        if change.kind is Kind.ADD_MEMBERS:
            assert change.key in known
    kinds = [change.kind in REMOVALS for change in plan.changes]
    assert kinds == sorted(kinds)
    assert [change.id for change in plan.changes] == list(range(1, len(plan.changes) + 1))


@cases
def test_nothing_is_taken_on_account_of_an_incomplete_read(
    have: SourceDirectory, actual: TargetDirectory, policy: Policy
) -> None:
    short = actual._replace(accounts_complete=False)
    assert not [change for change in plan_for(have, short, policy=policy).changes if change.kind in REMOVALS]


@given(have=sources(), actual=targets(), policy=policies, key=st.sampled_from(LIMIT_KEYS), more=st.integers(0, 9))
def test_raising_a_limit_never_turns_allowed_into_refused(
    have: SourceDirectory, actual: TargetDirectory, policy: Policy, key: str, more: int
) -> None:
    plan = plan_for(have, actual, policy=policy)
    tight = Limits(**{each: Limit(floor=1) for each in LIMIT_KEYS}, allow_empty_source=True)
    raised = tight._replace(**{key: Limit(floor=1 + more)})  # type: ignore[arg-type]
    before, after = check_plan(plan, tight, people_before=6), check_plan(plan, raised, people_before=6)
    assert {finding.limit for finding in after.findings} <= {finding.limit for finding in before.findings}
    once = check_plan(plan, tight, people_before=6, allow={key: 1 + more})
    # Messages name the limit's origin, which differs.
    assert [each._replace(message="") for each in once.findings] == [
        each._replace(message="") for each in after.findings
    ]


narrowings = st.builds(
    PlanFilter,
    only=st.sampled_from([None, *Only]),
    users=st.sampled_from(
        [frozenset(), frozenset({"ann@example.com"}), frozenset({"ann@example.com", "bob@example.com"})]
    ),
    groups=st.sampled_from([frozenset(), frozenset({group_key(jc("geng"))})]),
    no_removals=st.booleans(),
    limit=st.sampled_from([None, 0, 1, 3]),
)


@given(have=sources(), actual=targets(), narrowing=narrowings)
def test_a_narrowed_plan_stands_on_its_own_and_loses_nothing_silently(
    have: SourceDirectory, actual: TargetDirectory, narrowing: PlanFilter
) -> None:
    plan = plan_for(have, actual)
    part = narrow(plan, narrowing)
    carried_out(part, actual)
    assert len(part.changes) + len(part.held) >= len(plan.changes) + len(plan.held)
    if narrowing.no_removals:
        assert not [change for change in part.changes if change.kind in REMOVALS]
    if narrowing.limit is not None:
        assert len(part.of_kind(Kind.CREATE_USER)) <= narrowing.limit


@cases
def test_lost_state_never_replaces_an_owned_account(
    have: SourceDirectory, actual: TargetDirectory, policy: Policy
) -> None:
    """With links in state or without, a user who is linked by externalId gets no other account."""
    links = Links(users={each.external_id: each.id for each in actual.accounts.values() if each.external_id})
    for plan in (plan_for(have, actual, policy=policy), plan_for(have, actual, policy=policy, links=links)):
        invited = {change.jumpcloud_id for change in plan.of_kind(Kind.CREATE_USER)}
        assert not invited & {each.external_id for each in actual.accounts.values()}


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_the_contract_can_be_planned(kind: Kind) -> None:
    have = source(
        [person("ann"), person("bob", lastname="New"), person("cat", email="c@example.com"), person("dan"),
         person("eve", state=PersonState.SUSPENDED), person("fay")],
        [group("new", "ann"), group("right", "bob", id_=jc("gwrong")), group("eng", "dan")],
        assigned=["cat", "eve", "fay"],
    )  # fmt: skip
    actual = target(
        [account("bob", linked=True), account("cat", linked=True), account("dan", active=False), account("eve"),
         account("fay")],
        [pushed("wrong", external_id=jc("gwrong")), pushed("eng", "fay"), pushed("old", external_id=jc("gold"))],
    )  # fmt: skip
    policy = Policy(groups=GroupPolicy(when_removed=WhenRemoved.DELETE))
    plan = plan_for(have, actual, policy=policy, memory=suspended_by(SuspendedBy.JC1P, "dan"))
    assert plan.of_kind(kind)


@given(have=sources(), actual=targets(), known=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(SuspendedBy)),
       policy=policies, is_lost=st.booleans())  # fmt: skip
def test_nobody_comes_back_whose_return_is_not_due(
    have: SourceDirectory, actual: TargetDirectory, known: Mapping[str, SuspendedBy], policy: Policy, *, is_lost: bool
) -> None:
    def back(memory: Memory) -> set[str | None]:
        plan = plan_for(have, actual, memory=memory, policy=policy)
        return {change.scim_id for change in plan.of_kind(Kind.REACTIVATE_USER)}

    suspensions = {op(name): Suspension(by, NOW) for name, by in known.items()}
    due = {op(name) for name, by in known.items() if by is not SuspendedBy.SOMEBODY_ELSE}
    before = back(Memory(suspensions=suspensions))
    assert before <= due
    kept = {} if is_lost else dict(list(suspensions.items())[::2])
    assert back(Memory(suspensions=kept)) <= before


@given(have=sources(), actual=targets(), known=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(SuspendedBy)),
       policy=policies, asked=st.sampled_from([(), ("ann@*",), ("*",)]), are_suspended=st.booleans())  # fmt: skip
def test_an_expired_or_unknown_password_brings_nobody_back_and_an_unknown_one_suspends_nobody(
    have: SourceDirectory, actual: TargetDirectory, known: Mapping[str, SuspendedBy], policy: Policy,
    asked: tuple[str, ...], *, are_suspended: bool,
) -> None:  # fmt: skip
    policy = policy._replace(users=policy.users._replace(suspend_password_expired=True, reactivate_elsewhere=True))
    memory = Memory(suspensions={op(name): Suspension(by, NOW) for name, by in known.items()})
    have = have._replace(assigned_people=frozenset(have.people))
    accounts = {id_: each._replace(active=not are_suspended) for id_, each in actual.accounts.items()}
    actual = actual._replace(accounts=accounts)
    before = situation(have, actual, policy=policy, memory=memory, reactivate=asked)
    plan = build_plan(before)
    back = [have.people[change.jumpcloud_id or ""] for change in plan.of_kind(Kind.REACTIVATE_USER)]
    assert not [person for person in back if person.password_expired]
    unknown = [person for person in back if person.password_expired is None]
    assert not [each for each in unknown if each.state is PersonState.ACTIVATED and not asked]
    lost = {change.jumpcloud_id for change in plan.of_kind(Kind.SUSPEND_USER)}
    clear = {id_ for id_, person in have.people.items() if person.password_expired is not True}
    ignoring = policy._replace(users=policy.users._replace(suspend_password_expired=False))
    assert lost & clear <= {change.jumpcloud_id for change in plan_for(have, actual, policy=ignoring).changes}


# --- scope by field -----------------------------------------------------------------------------------------

departments = st.sampled_from([None, "", "Sales", "sales ", "Ops", "HR"])
fits_one = st.sampled_from(["Sales", "O*", "HR", "*"]).map(lambda each: PeopleEntry((("department", (each,)),)))
entries = st.lists(fits_one, max_size=2).map(tuple)


@st.composite
def with_departments(draw: st.DrawFn) -> SourceDirectory:
    """A company with missing, empty and filled departments; at least one record has the field."""
    have = draw(sources())
    drawn = {id_: draw(departments) for id_ in have.people}
    known = {
        id_: each._replace(extra={"department": found} if (found := drawn[id_]) is not None else {})
        for id_, each in have.people.items()
    }
    extra = person("zoe", extra={"department": ""})
    return have._replace(people={**known, extra.id: extra})


def loses(plan: Plan) -> set[str | None]:
    """SCIM ids of all accounts that lose something."""
    lost = {change.scim_id for change in plan.of_kind(Kind.SUSPEND_USER)}
    return lost | {plan.ids[member.key] for change in plan.of_kind(Kind.REMOVE_MEMBERS) for member in change.members}


@given(have=with_departments(), actual=targets(), policy=policies, users=entries, excluded=entries)
def test_a_filter_never_takes_from_an_excluded_person(
    have: SourceDirectory, actual: TargetDirectory, policy: Policy,
    users: tuple[PeopleEntry, ...], excluded: tuple[PeopleEntry, ...],
) -> None:  # fmt: skip
    scope = Scope(users=users, exclude_entries=excluded)
    policy = policy._replace(groups=replace(policy.groups, remove_foreign_members=False))
    before = situation(have, actual, policy=policy, scope=scope)
    alone = {before.account_by_person.get(id_) for id_, each in have.people.items() if first_fit(each, excluded)}
    plan = build_plan(before)
    assert not loses(plan) & (alone - {None})
    assert not {change.jumpcloud_id for change in plan.of_kind(Kind.CREATE_USER)} & before.desired.excluded


@given(have=with_departments(), actual=targets(), policy=policies, users=entries)
def test_a_filter_suspends_nobody_but_those_who_do_not_fit_it(
    have: SourceDirectory, actual: TargetDirectory, policy: Policy, users: tuple[PeopleEntry, ...]
) -> None:
    before = situation(have, actual, policy=policy, scope=Scope(users=users))
    without = plan_for(have, actual, policy=policy)
    misfits = {before.account_by_person.get(id_) for id_, each in have.people.items() if not first_fit(each, users)}
    suspended = {change.scim_id for change in build_plan(before).of_kind(Kind.SUSPEND_USER)}
    assert suspended <= {change.scim_id for change in without.of_kind(Kind.SUSPEND_USER)} | misfits


@given(have=sources(), actual=targets(), policy=policies, users=entries, excluded=entries)
def test_a_field_that_no_record_has_plans_nothing(
    have: SourceDirectory, actual: TargetDirectory, policy: Policy,
    users: tuple[PeopleEntry, ...], excluded: tuple[PeopleEntry, ...],
) -> None:  # fmt: skip
    if not have.people or not (users or excluded):
        return
    with pytest.raises(IncompleteRead):
        plan_for(have, actual, policy=policy, scope=Scope(users=users, exclude_entries=excluded))
