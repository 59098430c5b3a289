"""Laws of the guard: what is planned again counts once, and the printed command is the one that passes."""

from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOW, account, group, jc, person, plan_for, pushed, source, suspended_by, target

from jc1p.core.guard import LIMIT_KEYS, Limit, Limits, check_plan
from jc1p.core.models import PersonState
from jc1p.core.past_runs import LIMIT_OF, Entry, PastMember, PastRun, Status, recent_removals
from jc1p.core.plan import Change, Kind, Plan
from jc1p.core.policy import GroupPolicy, Policy, SuspendedBy, WhenRemoved
from jc1p.core.run_options import RunOptions

NOTHING = Limits(**{key: Limit() for key in LIMIT_KEYS}, allow_empty_source=True)
COUNTED = [*LIMIT_OF, Kind.REMOVE_MEMBERS]
STAYING, LEAVING, BACK, RENAMED = ("ann", "bob"), ("cat", "dan", "eve"), ("fay", "gus"), ("hal", "ida")
EVERYBODY = (*STAYING, *LEAVING, *BACK, *RENAMED)


def every_kind() -> Plan:
    """A plan with two or three changes of each kind that counts over 24 hours."""
    people = [
        person(
            name, email=f"{name}@new.example.com" if name in RENAMED else "",
            state=PersonState.SUSPENDED if name in LEAVING else PersonState.ACTIVATED,
        )
        for name in EVERYBODY
    ]  # fmt: skip
    groups = [group("eng", "ann"), group("ops", "bob")]
    shown = [
        pushed("eng", "ann", "bob", "hal", external_id=jc("geng")),
        pushed("ops", "ann", "bob", external_id=jc("gops")),
        *(pushed(name, external_id=jc(f"g{name}")) for name in ("old", "older")),
    ]
    accounts = [account(name, linked=True, active=name not in BACK) for name in EVERYBODY]
    return plan_for(
        source(people, groups, assigned=EVERYBODY), target(accounts, shown),
        policy=Policy(groups=GroupPolicy(when_removed=WhenRemoved.DELETE)),
        memory=suspended_by(SuspendedBy.JC1P, *BACK),
    )  # fmt: skip


PLAN = every_kind()


def entry_of(change: Change) -> Entry:
    """The journal's entry of an applied change."""
    members = tuple(PastMember(each.key, each.email, PLAN.ids.get(each.key)) for each in change.members)
    return Entry(change.id, change.kind, change.key, Status.APPLIED, change.user, change.group,
                 scim_id=change.scim_id, members=members)  # fmt: skip


DONE = [entry_of(change) for change in PLAN.changes if change.kind in COUNTED]
OTHERS = [
    entry._replace(scim_id=f"{entry.scim_id}-other", user=entry.user and f"other-{entry.user}",
            group=entry.group and f"other {entry.group}")
    for entry in DONE
]  # fmt: skip
parts = st.lists(st.sampled_from([*DONE, *OTHERS]), unique_by=id)


def done_earlier(entries: list[Entry]) -> PastRun:
    return PastRun("run", "sync", NOW, len(entries), tuple(entries), ended=True)


def planned_part(kept: list[int]) -> Plan:
    return PLAN._replace(changes=tuple(change for change in PLAN.changes if change.id in kept))


plans = st.lists(st.sampled_from([change.id for change in PLAN.changes]), unique=True).map(planned_part)


def test_company_plans_every_kind_that_counts() -> None:
    assert {change.kind for change in PLAN.changes} >= set(COUNTED)


@given(plan=plans, entries=parts)
def test_following_the_printed_command_passes_and_one_less_does_not(plan: Plan, entries: list[Entry]) -> None:
    recent = recent_removals([done_earlier(entries)])
    allow = RunOptions(allow=(*check_plan(plan, NOTHING, recent=recent).allow_options.replace("--allow ", "").split(),))
    assert check_plan(plan, NOTHING, recent=recent, allow=allow.allowances).allowed
    for limit, count in allow.allowances.items():
        short = check_plan(plan, NOTHING, recent=recent, allow={**allow.allowances, limit: count - 1})
        assert {each.limit for each in short.findings} == {limit}


@given(plan=plans, entries=parts)
def test_what_is_planned_again_counts_once(plan: Plan, entries: list[Entry]) -> None:
    """The verdict is the same as if only what isn't planned again had been done that day."""
    planned = {(change.kind, change.scim_id) for change in plan.changes}
    fresh = [entry for entry in entries if (entry.kind, entry.scim_id) not in planned]
    verdicts = [check_plan(plan, NOTHING, recent=recent_removals([done_earlier(each)])) for each in (entries, fresh)]
    assert verdicts[0] == verdicts[1]


def test_each_kind_planned_again_is_no_more_than_planned() -> None:
    fresh, again = (
        check_plan(PLAN, NOTHING, recent=recent_removals(runs)).findings for runs in ([], [done_earlier(DONE)])
    )
    assert again == fresh
    assert {each.limit for each in fresh} == {*LIMIT_OF.values(), "member_removals", "group_member_removals"}
