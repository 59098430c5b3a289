"""The second check of users that the scope keeps out or may exclude because of their fields."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import cast

import pytest
from support.builders import (  # fmt: skip
    account,
    group,
    jc,
    person,
    pushed,
    situation,
    source,
    suspended_by,
    target,
    with_policy,
)

from jc1p.clients.jumpcloud.client import JumpCloudClient
from jc1p.clients.jumpcloud.parse import Path
from jc1p.core.models import Person, PersonState
from jc1p.core.people_filter import PeopleEntry
from jc1p.core.plan import Kind
from jc1p.core.planning import Situation, build_plan
from jc1p.core.policy import SuspendedBy
from jc1p.core.scope import Scope
from jc1p.errors import IncompleteRead
from jc1p.sync.confirm_removals import confirm_losses

SALES = PeopleEntry((("department", ("Sales",)),))
BOT = PeopleEntry((("department", ("Bots",)),))


@dataclass
class SecondLook:
    """JumpCloud's answers to questions about single people; `asked` are these questions."""

    people: dict[str, Person]
    groups: dict[str, frozenset[str]]
    asked: list[str] = field(default_factory=list)
    assigned_groups: frozenset[str] = frozenset()
    paths: dict[str, Path] = field(default_factory=dict)

    async def find_person(self, person_id: str, extra_fields: frozenset[str] = frozenset()) -> Person | None:
        """One person."""
        self.asked.append(f"{person_id} {' '.join(sorted(extra_fields))}")
        return self.people.get(person_id)

    async def read_groups_of(self, person_id: str) -> frozenset[str]:
        """The groups of one person."""
        return self.groups.get(person_id, frozenset())

    async def read_assigned(self, target: str) -> frozenset[str]:
        """The application's groups; there are no direct assignments."""
        return self.assigned_groups if target == "user_group" else frozenset()

    async def read_access_of_user(self, person_id: str) -> Path | None:
        """How one person has the application."""
        return self.paths.get(person_id)


def bob(department: str | None, state: PersonState = PersonState.ACTIVATED) -> Person:
    return person("bob", state=state, extra={} if department is None else {"department": department})


def seen(first: Person, scope: Scope, *, in_group: bool = True, **users: bool) -> Situation:
    ann = person("ann", extra={"department": "Sales"})
    members = ("ann", "bob") if in_group else ("ann",)
    accounts = [account("ann", linked=True), account("bob", linked=True)]
    return situation(
        source([ann, first], [group("all", *members)]), target(accounts, [pushed("all", "ann", "bob")]),
        scope=scope, policy=with_policy(None, **users),
    )  # fmt: skip


def look_again(
    here: Situation, second: Person | None, *, in_group: bool = True, assigned: frozenset[str] = frozenset(),
    path: Path | None = None,
) -> SecondLook:  # fmt: skip
    there = SecondLook(
        {jc("bob"): second} if second else {}, {jc("bob"): frozenset({jc("gall")} if in_group else ())},
        assigned_groups=assigned, paths={jc("bob"): path} if path else {},
    )  # fmt: skip
    plan = build_plan(here)
    assert plan.changes, "nothing is taken, so nothing is looked at"
    try:
        asyncio.run(confirm_losses(here, plan, cast("JumpCloudClient", there)))
    except ExceptionGroup as several:
        (only,) = several.exceptions
        raise only from None
    return there


FILTER, EXCLUSION = Scope(users=(SALES,)), Scope(exclude_entries=(BOT,))


def test_who_left_the_filter_is_still_in_their_groups_and_that_ends_no_run() -> None:
    assert look_again(seen(bob("Ops"), FILTER), bob("Ops")).asked == [f"{jc('bob')} department"]
    look_again(seen(bob("Ops"), FILTER, suspend_unassigned=False), bob("Ops"))
    look_again(seen(bob(None), FILTER), bob(None))
    look_again(seen(bob("Ops"), FILTER), None)


def test_who_fits_when_read_again_ends_the_run() -> None:
    with pytest.raises(IncompleteRead, match=r"bob@example\.com would have been suspended as unassigned"):
        look_again(seen(bob(None), FILTER), bob("Sales"))
    with pytest.raises(IncompleteRead, match=r"bob@example\.com in all would have been removed"):
        look_again(seen(bob(None), FILTER, suspend_unassigned=False), bob("Sales"))


def test_who_fits_when_read_again_but_left_the_groups_meanwhile_is_gone_all_the_same() -> None:
    look_again(seen(bob("Ops"), FILTER), bob("Sales"), in_group=False)


def test_a_field_that_is_missing_when_read_again_ends_the_run() -> None:
    with pytest.raises(IncompleteRead, match=r"bob@example\.com would have lost access, but a field .* is missing"):
        look_again(seen(bob("Ops"), FILTER), bob(None))


@pytest.mark.parametrize("state", [PersonState.ACTIVATED, PersonState.SUSPENDED])
def test_who_is_excluded_when_read_again_ends_the_run(state: PersonState) -> None:
    left = seen(bob("", state), EXCLUSION, in_group=state is PersonState.SUSPENDED)
    with pytest.raises(
        IncompleteRead, match=r"bob@example\.com would have lost access, but scope\.exclude_users matches them"
    ):
        look_again(left, bob("Bots", state))
    look_again(left, bob("", state), in_group=state is PersonState.SUSPENDED)


def test_nobody_is_read_again_where_the_scope_uses_no_field() -> None:
    left = seen(bob("Ops"), Scope(exclude_users=("x@y.example",)), in_group=False)
    assert look_again(left, bob("Ops"), in_group=False).asked == []
    by_field = replace(left, desired=replace(left.desired, scope=EXCLUSION))
    assert look_again(by_field, bob("Ops"), in_group=False).asked == [f"{jc('bob')} department"]


def test_account_of_somebody_whom_a_short_list_left_out_is_not_taken_over() -> None:
    """Bob's record is in no list, and another user has his address: before the account changes hands, ask for Bob."""
    again = person("bob2", email="bob@example.com", firstname="Bob")
    here = situation(source([again], assigned=["bob2"]), target([account("bob", linked=True)]))
    with pytest.raises(IncompleteRead, match="would have lost the 1Password account to another user"):
        look_again(here, bob("Sales"))
    assert look_again(here, None).asked == [f"{jc('bob')} "]


def test_member_whom_a_short_list_left_out_is_not_removed_from_a_group() -> None:
    """Deleted users keep their accounts, but not their memberships: ask for Bob before he loses one."""
    accounts = [account("ann", linked=True), account("bob", linked=True)]
    here = situation(
        source([person("ann")], [group("all", "ann")]), target(accounts, [pushed("all", "ann", "bob")]),
        policy=with_policy(suspend_deleted=False),
    )  # fmt: skip
    with pytest.raises(IncompleteRead, match="in all would have been removed"):
        look_again(here, bob("Sales"))
    assert look_again(here, None).asked == [f"{jc('bob')} "]


@pytest.mark.parametrize("excluded", [(), ("all",)])
def test_members_of_a_group_that_the_applications_list_left_out_are_not_suspended(excluded: tuple[str, ...]) -> None:
    """The application's lists may be short of a whole group: ask again before its members count as unassigned."""
    have = source([bob(None), person("ann")], [group("all", "bob"), group("eng", "ann")])
    have = have._replace(read_groups=frozenset({jc("geng")}))
    accounts = [account("ann", linked=True), account("bob", linked=True)]
    here = situation(have, target(accounts), scope=Scope(application="1Password", exclude_groups=excluded))
    again = frozenset({jc("gall"), jc("geng")})
    if excluded:
        look_again(here, bob(None), assigned=again)
    else:
        with pytest.raises(IncompleteRead, match=r"bob@example\.com would have been suspended as unassigned"):
            look_again(here, bob(None), assigned=again)
    look_again(here, bob(None), assigned=again - {jc("gall")})


GROUP = jc("gall")


@pytest.mark.parametrize(
    ("path", "excluded", "is_in_scope"),
    [
        (None, (), False),
        (Path(direct=True, through=()), ("all",), True),
        (Path(direct=False, through=(GROUP,)), (), True),
        (Path(direct=False, through=(GROUP,)), ("all",), False),
        (Path(direct=False, through=(GROUP, jc("gnew"))), ("all",), True),
        (Path(direct=False, through=()), (), True),
        (Path(direct=False, through=()), ("all",), False),
    ],
)
def test_user_who_still_has_the_application_by_their_own_list_is_not_suspended(
    path: Path | None, excluded: tuple[str, ...], is_in_scope: bool
) -> None:
    """All lists of the application agree that Bob left. Through an excluded group he is not in scope either way."""
    have = source([bob(None), person("ann")], [group("all", "bob"), group("eng", "ann")])
    have = have._replace(read_groups=frozenset({jc("geng")}))
    accounts = [account("ann", linked=True), account("bob", linked=True)]
    here = situation(have, target(accounts), scope=Scope(application="1Password", exclude_groups=excluded))
    if is_in_scope:
        with pytest.raises(IncompleteRead, match=r"bob@example\.com would have been suspended as unassigned"):
            look_again(here, bob(None), in_group=False, path=path)
    else:
        look_again(here, bob(None), in_group=False, path=path)


@pytest.mark.parametrize("now", [None, PersonState.ACTIVATED, PersonState.STAGED])
def test_user_whose_own_record_shows_another_state_is_not_suspended(now: PersonState | None) -> None:
    left = seen(bob("Sales", PersonState.SUSPENDED), FILTER)
    assert look_again(left, bob("Sales", PersonState.SUSPENDED)).asked == [f"{jc('bob')} "]
    with pytest.raises(IncompleteRead, match=r"is out of date: bob@example\.com would have been suspended, but"):
        look_again(left, bob("Sales", now) if now else None)


def returning(scope: Scope = FILTER) -> Situation:
    """Bob's account was suspended by jc1p, and he is back by the lists."""
    here = seen(bob("Sales"), scope)
    accounts = [account("ann", linked=True), account("bob", linked=True, active=False)]
    return situation(here.source, target(accounts, [pushed("all", "ann", "bob")]), scope=scope,
                     memory=suspended_by(SuspendedBy.JC1P, "bob"))  # fmt: skip


def test_user_who_is_back_when_read_again_is_reactivated() -> None:
    assert [each.kind for each in build_plan(returning()).changes] == [Kind.REACTIVATE_USER]
    assert look_again(returning(), bob("Sales")).asked == [f"{jc('bob')} department"]
    look_again(returning(), bob("Sales"), in_group=False, path=Path(direct=True, through=()))


@pytest.mark.parametrize("now", [None, PersonState.SUSPENDED, PersonState.STAGED])
def test_user_whose_own_record_shows_another_state_is_not_reactivated(now: PersonState | None) -> None:
    with pytest.raises(IncompleteRead, match=r"bob@example\.com would have been reactivated, but JumpCloud shows"):
        look_again(returning(), bob("Sales", now) if now else None)


def test_user_who_is_out_of_scope_when_read_again_is_not_reactivated() -> None:
    with pytest.raises(IncompleteRead, match=r"bob@example\.com would have been reactivated, but .* out of scope"):
        look_again(returning(), bob("Sales"), in_group=False)
    with pytest.raises(IncompleteRead, match=r"bob@example\.com would have been reactivated, but .* out of scope"):
        look_again(returning(), bob("Ops"))
