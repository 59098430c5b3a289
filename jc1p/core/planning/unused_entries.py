"""Finds entries of the configuration that match nothing: a typo that excludes or protects no user.

Only completely read data is judged. Entries of `scope.groups` are a separate error (scope.py). Pure.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from itertools import chain

from jc1p.core.folding import compiled, fold, is_glob
from jc1p.core.models import Group
from jc1p.core.people_filter import PeopleEntry, fits
from jc1p.core.planning.situation import Situation
from jc1p.core.policy import BUILT_IN_GROUPS


def find_unused_entries(situation: Situation) -> Iterator[tuple[str, str]]:
    """Key and entry of each that matches nothing on the sides that it applies to."""
    policy, groups = situation.policy, situation.source.groups.values()

    def emails() -> Iterator[str]:
        return (fold(person.email) for person in situation.source.people.values())

    def addresses() -> Iterator[str]:
        return chain(emails(), (fold(account.user_name) for account in situation.actual.accounts.values()))

    def excludable() -> AbstractSet[str]:
        # A user is excluded by the JumpCloud email, so the address of an account that has a user excludes nothing.
        matched = situation.matches.by_account
        return situation.emails | {address for address, each in situation.occupied.items() if each.id not in matched}

    yield from unused("scope.exclude_users", situation.desired.scope.exclude_users, excludable)
    yield from unfit(situation, "scope.exclude_users", situation.desired.scope.exclude_entries)
    yield from unfit(situation, "scope.users", situation.desired.scope.users)
    yield from unused("users.aliases", policy.users.aliases, emails)
    # A name with * is a name here, not a pattern.
    used = {policy.groups.entry_of(group.name) for group in groups} if policy.groups.names else ()
    yield from (("groups.names", name) for name in policy.groups.names if name not in used)
    if situation.actual.accounts_complete:
        yield from unused("users.protected", policy.users.protected, addresses)
    if situation.actual.groups_complete:
        own = [name for name in policy.groups.protected if name not in BUILT_IN_GROUPS]
        yield from unused(
            "groups.protected", own, lambda: folded_group_names([*groups, *situation.actual.groups.values()])
        )


def unfit(situation: Situation, key: str, entries: Iterable[PeopleEntry]) -> Iterator[tuple[str, str]]:
    """Entries by fields that fit no user in JumpCloud."""
    for entry in entries:
        if not any(fits(person, entry) for person in situation.source.people.values()):
            yield key, str(entry)


def folded_group_names(groups: Iterable[Group]) -> AbstractSet[str]:
    return {fold(group.name) for group in groups}


def unused(
    key: str, entries: Collection[str], folded_names: Callable[[], Iterable[str]]
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """Entries that match none of these names. Names are passed through and not kept; without entries none is folded."""
    if not entries:
        return
    named = frozenset(map(fold, entries)).intersection(folded_names())
    globs = {entry: compiled(entry) for entry in entries if is_glob(entry) and fold(entry) not in named}
    for name in folded_names() if globs else ():
        fitting = [entry for entry, pattern in globs.items() if pattern.fullmatch(name)]
        for entry in fitting:
            del globs[entry]
        if not globs:
            break
    for entry in entries:
        if fold(entry) not in named and (not is_glob(entry) or entry in globs):
            yield key, entry
