"""No plan, nor any part of one that a filter or a failure leaves, takes a name or an address that stays in use."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st
from support.builders import NOW, account, jc, op, person, situation, source, target
from support.pure_target import PureTarget, refused

from jc1p.core.folding import fold
from jc1p.core.matching import Links
from jc1p.core.models import Account, Created, Group, NewAccount, SourceDirectory, TargetDirectory
from jc1p.core.outcomes import Applied, Report
from jc1p.core.plan import Change, Kind, Plan, group_key, user_key
from jc1p.core.planning import build_plan
from jc1p.core.planning.filters import PlanFilter, narrow
from jc1p.core.policy import Memory, Request, group_attribute
from jc1p.sync.apply import apply

PEOPLE = ["ann", "bob", "cat", "dan"]
NAMES = ["a", "b", "c", "A", "b "]
GROUP_IDS = [jc(f"g{number}") for number in range(4)]
PUSHED_IDS = [f"OPG{number}" for number in range(4)]
GONE = jc("gone")

members = st.sets(st.sampled_from(PEOPLE), max_size=3)


class Service(PureTarget):
    """1Password with its own answer to a second group of one name, and changes that it refuses."""

    def __init__(self, directory: TargetDirectory, *, second_group: str, refuses: frozenset[int]) -> None:
        super().__init__(directory)
        self.second_group, self.refuses, self.sent = second_group, refuses, 0

    def _count(self) -> None:
        self.sent += 1
        if self.sent in self.refuses:
            raise refused("no")

    async def create_group(self, name: str, external_id: str) -> Created:
        self._count()
        namesakes = [each for each in self.groups.values() if fold(each.name) == fold(name)]
        if namesakes and self.second_group == "existing":
            return Created(namesakes[0].id, existed=True, group=namesakes[0])
        return await super().create_group(name, external_id)

    async def rename_group(self, scim_id: str, name: str) -> None:
        self._count()
        await super().rename_group(scim_id, name)

    async def create_user(self, new: NewAccount) -> Created:
        self._count()
        return await super().create_user(new)

    async def update_user(self, scim_id: str, attributes: Mapping[str, str | bool]) -> Account | None:
        self._count()
        return await super().update_user(scim_id, attributes)


@dataclass(frozen=True)
class Case:
    have: SourceDirectory
    actual: TargetDirectory
    links: Links
    memory: Memory

    def plan(self) -> Plan:
        return build_plan(situation(self.have, self.actual, links=self.links, memory=self.memory))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Groups of both sides with arbitrary names, links and scope, and people who exchange and pass on addresses."""
    emails = draw(st.lists(st.sampled_from([*PEOPLE, "eve"]), min_size=4, max_size=4))
    people = [person(name, email=f"{email}@example.com") for name, email in zip(PEOPLE, emails, strict=True)]
    ids = draw(st.sets(st.sampled_from(GROUP_IDS), min_size=1))
    groups = [
        Group(id_, draw(st.sampled_from([*NAMES, " "])), frozenset(jc(name) for name in draw(members)))
        for id_ in sorted(ids)
    ]
    have = source(people, groups, assigned=draw(members))
    have = have._replace(read_groups=frozenset(draw(st.sets(st.sampled_from(sorted(ids))))))
    owners = draw(st.permutations([*GROUP_IDS, GONE, ""]))
    shown = draw(st.sets(st.sampled_from(PUSHED_IDS)))
    pushed_groups = [
        Group(id_, draw(st.sampled_from(NAMES)), frozenset(op(name) for name in draw(members)),
              owner if draw(st.booleans()) else "")
        for id_, owner in zip(PUSHED_IDS, owners, strict=False) if id_ in shown
    ]  # fmt: skip
    remembered = {
        owner: id_ for id_, owner in zip(PUSHED_IDS, owners, strict=False) if id_ in shown and owner in GROUP_IDS
    }
    accounts = [account(name, linked=draw(st.booleans())) for name in sorted(draw(st.sets(st.sampled_from(PEOPLE))))]
    unkept = {(id_, group_attribute("displayName")): Request(draw(st.sampled_from(NAMES)), NOW, runs=2)
              for id_ in draw(st.sets(st.sampled_from(PUSHED_IDS), max_size=1))}  # fmt: skip
    return Case(have, target(accounts, pushed_groups), Links(groups=remembered), Memory(requests=unkept))


filters = st.builds(
    PlanFilter,
    groups=st.sets(st.sampled_from([group_key(id_) for id_ in GROUP_IDS]), max_size=2).map(frozenset),
    users=st.sets(st.sampled_from([user_key(jc(name), None) for name in PEOPLE]), max_size=2).map(frozenset),
    no_removals=st.booleans(),
    limit=st.sampled_from([None, 0, 1]),
)


def carried_out(plan: Plan, service: Service) -> Report:
    return asyncio.run(apply(plan, service))


@given(
    case=cases(), part=filters, second_group=st.sampled_from(["existing", "second"]),
    refuses=st.sets(st.integers(1, 6)).map(frozenset), broken=st.sets(st.integers(0, 9)),
)  # fmt: skip
def test_nobody_gets_into_a_group_or_an_account_that_is_anothers(
    case: Case, part: PlanFilter, second_group: str, refuses: frozenset[int], broken: set[int]
) -> None:
    plan = narrow(case.plan(), part)
    # Part of the plan is lost, as if a user had edited the file.
    plan = plan._replace(changes=tuple(each for at, each in enumerate(plan.changes) if at not in broken))
    service = Service(case.actual, second_group=second_group, refuses=refuses)
    report = carried_out(plan, service)
    here = situation(case.have, case.actual, links=case.links, memory=case.memory)
    for id_, before in case.actual.groups.items():
        owner = here.source_of_group.get(id_, "")
        gained = service.groups[id_].members - before.members if id_ in service.groups else frozenset()
        if owner in case.have.groups:
            wanted = {here.account_by_person.get(each) for each in case.have.groups[owner].members}
            new = {each.scim_id for each in report.outcomes if isinstance(each, Applied)
                   and each.change.jumpcloud_id in case.have.groups[owner].members}  # fmt: skip
            assert gained <= wanted | new, (id_, owner)
    for id_, account_before in case.actual.accounts.items():
        found = here.matches.by_account.get(id_)
        shown = service.accounts[id_]
        if found and shown.user_name != account_before.user_name:
            assert shown.user_name == here.wanted[found.person_id].user_name
        created = [each.change for each in report.outcomes
                   if each.change.kind is Kind.CREATE_USER and getattr(each, "scim_id", None) == id_]  # fmt: skip
        assert all(found is None or each.key == user_key(found.person_id, id_) for each in created)


@given(case=cases())
def test_every_new_name_is_free_or_freed_by_the_change_that_it_stands_on(case: Case) -> None:
    plan = case.plan()
    renames = {change.key: change for change in plan.changes if change.kind is Kind.RENAME_GROUP}
    for change in plan.changes:
        if change.kind not in {Kind.CREATE_GROUP, Kind.RENAME_GROUP} or is_spelling(change):
            continue
        bearers = [each.id for each in case.actual.groups.values() if fold(each.name) == fold(change.group or "")]
        others = [id_ for id_ in bearers if id_ != change.scim_id]
        if not others:
            assert change.after is None
            continue
        assert change.after in renames
        assert [renames[change.after or ""].scim_id] == others
        assert position(plan, renames[change.after or ""]) < position(plan, change)


def is_spelling(change: Change) -> bool:
    """A rename to the same name in another spelling, which takes it from no other."""
    difference = change.attributes["displayName"]
    return fold(str(difference.before or "")) == fold(str(difference.after))


def position(plan: Plan, change: Change) -> int:
    return plan.changes.index(change)
