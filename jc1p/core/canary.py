"""The canary: a test account and a test group that exist on neither side, and the steps that test them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from jc1p.core.attributes import quoted_name
from jc1p.core.folding import blur, fold, matches_any
from jc1p.core.models import SourceDirectory, TargetDirectory
from jc1p.core.plan import Change, Difference, Kind, Member
from jc1p.core.policy import BUILT_IN_GROUPS, Policy

NAME, LONG_NAME = "Jc1p Canary", "Jc1p Canary Test Account"
"""Names of the account; the four words of the longer one show how 1Password splits a name."""
USER, GROUP = "canary:user", "canary:group"
"""The keys of the two in changes."""
ALLOWED = {
    "suspensions": 2, "reactivations": 1, "group_deletions": 1, "member_removals": 1, "group_member_removals": 1,
    "group_creations": 1,
}  # fmt: skip
"""The limits that the admin's yes allows: canary changes don't count against the limits of the next 24 hours."""


@dataclass(frozen=True, slots=True)
class Canary:
    """An address and a group name, and the externalId that marks both as the canary's."""

    email: str
    group: str
    mark: str


def why_refused(canary: Canary, source: SourceDirectory, target: TargetDirectory, policy: Policy) -> Iterator[str]:
    """Why a canary may not start, and where the address or the name was found. Unknown never counts as absent."""
    yield from whose_address(canary, source, target)
    yield from whose_name(canary, source, target)
    if not target.complete:
        yield "1Password could not be read completely, so that it may have them"
    names = (*BUILT_IN_GROUPS, *policy.groups.protected)
    if matches_any(canary.group, names) or blur(canary.group) in set(map(blur, names)):
        yield f"the group name {canary.group} is protected (groups.protected)"
    if matches_any(canary.email, policy.users.protected):
        yield f"the address {canary.email} is protected (users.protected)"


def whose_address(canary: Canary, source: SourceDirectory, target: TargetDirectory) -> Iterator[str]:
    """The users and accounts that have the address, also as an alternate one."""
    email = fold(canary.email)
    for person in source.people.values():
        if email in {fold(each) for each in (person.email, *person.other_emails)}:
            yield f"JumpCloud has a user with the address {canary.email} ({person.id})"
    for account in target.accounts.values():
        if email == fold(account.user_name):
            yield f"1Password has an account with the address {canary.email} ({account.id})"


def whose_name(canary: Canary, source: SourceDirectory, target: TargetDirectory) -> Iterator[str]:
    """The groups that have the name, or one that looks like it."""
    for side, groups in (("JumpCloud", source.groups), ("1Password", target.groups)):
        for group in groups.values():
            if blur(canary.group) == blur(group.name):
                yield f"{side} has a group called {quoted_name(group.name)} ({group.id})"


def steps(canary: Canary) -> Iterator[Change]:
    """The steps in order; the account stays, suspended."""
    member = (Member(USER, canary.email),)
    names = {"userName": canary.email, "displayName": NAME, "name.givenName": "Jc1p", "name.familyName": "Canary"}
    created = {name: Difference(None, value) for name, value in {**names, "externalId": canary.mark}.items()}
    off, on = {"active": Difference(before=True, after=False)}, {"active": Difference(before=False, after=True)}
    user = Change(Kind.CREATE_USER, USER, "canary", user=canary.email)
    group = Change(Kind.CREATE_GROUP, GROUP, "canary", group=canary.group)
    every = (
        user._replace(attributes=created),
        user._replace(kind=Kind.UPDATE_USER, attributes={"displayName": Difference(NAME, LONG_NAME)}),
        user._replace(kind=Kind.SUSPEND_USER, attributes=off),
        user._replace(kind=Kind.REACTIVATE_USER, attributes=on),
        group,
        group._replace(kind=Kind.ADD_MEMBERS, members=member),
        group._replace(kind=Kind.REMOVE_MEMBERS, members=member),
        group._replace(kind=Kind.DELETE_GROUP),
        user._replace(kind=Kind.SUSPEND_USER, attributes=off),
    )
    yield from (change._replace(id=number) for number, change in enumerate(every, 1))


def clean_up(canary: Canary, done: int) -> Iterator[Change]:
    """The changes that undo as much as possible after `done` steps: delete the group, suspend the account."""
    for number, change in enumerate(list(steps(canary))[-2:], done + 1):
        yield change._replace(id=number, reason="canary: cleaning up")
