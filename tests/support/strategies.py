"""Directories and policies, drawn by hypothesis."""

from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import strategies as st

from jc1p.core.models import PersonState, SourceDirectory, TargetDirectory
from jc1p.core.policy import GroupPolicy, Ownership, Policy, UserPolicy, WhenRemoved
from support.builders import account, group, jc, person, pushed, source, target

T = TypeVar("T")
NAMES = ["ann", "bob", "cat", "dan", "eve", "fay", "gus"]


GROUPS = ["eng", "ops", "hr", "Owners"]


subsets = st.sets(st.sampled_from(NAMES)).map(sorted)


@st.composite
def sources(draw: st.DrawFn) -> SourceDirectory:
    people = [
        person(
            name,
            state=draw(st.sampled_from(PersonState)),
            password_expired=draw(st.sampled_from([False, True, None])),
            email=draw(st.sampled_from(["", f"{name}@new.example.com", f"{name.upper()}@Example.com"])),
            displayname=draw(st.sampled_from(["", f"{name.capitalize()} Example"])),
        )
        for name in draw(subsets)
    ]
    there = {someone.id for someone in people}
    groups = [
        group(name, *draw(subsets), id_=jc("g" + draw(st.sampled_from([name, "x" + name]))))._replace() for name in
        sorted(draw(st.sets(st.sampled_from(GROUPS))))
    ]  # fmt: skip
    groups = [each._replace(members=each.members & there) for each in groups]
    have = source(people, groups, assigned=draw(subsets))
    return have._replace(assigned_people=have.assigned_people & there)


@st.composite
def targets(draw: st.DrawFn) -> TargetDirectory:
    accounts = [
        account(name, active=draw(st.booleans()), linked=draw(st.booleans()),
                display_name=draw(st.sampled_from(["", f"Old {name}"])))
        for name in draw(subsets)
    ]  # fmt: skip
    there = {each.id for each in accounts}
    groups = [
        pushed(name, *draw(subsets), external_id=draw(st.sampled_from(["", jc("g" + name)])))
        for name in sorted(draw(st.sets(st.sampled_from(GROUPS))))
    ]
    return target(accounts, [each._replace(members=each.members & there) for each in groups])


def fields_of(made: Callable[..., T], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[T]:
    """A named tuple with these fields drawn; `st.builds` would draw those that have a default too."""
    return st.fixed_dictionaries(given).map(lambda drawn: made(**drawn))


policies = st.builds(
    Policy,
    users=fields_of(
        UserPolicy,
        ownership=st.sampled_from(Ownership),
        suspend_suspended=st.booleans(),
        suspend_unassigned=st.booleans(),
        suspend_deleted=st.booleans(),
        suspend_password_expired=st.booleans(),
        provision_staged=st.booleans(),
        provision_password_pending=st.booleans(),
        protected=st.sampled_from([(), ("ann@*",), ("*@example.com",)]),
    ),
    groups=st.builds(
        GroupPolicy,
        create_empty=st.booleans(),
        when_removed=st.sampled_from(WhenRemoved),
        remove_foreign_members=st.booleans(),
    ),
)
