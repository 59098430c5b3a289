"""Decides what is in scope: from the configured scope to the people and groups that 1Password should have.

Pure. Whether a user in scope gets, keeps or loses an account is decided in planning/.
"""

import fnmatch
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from jc1p.core.attributes import listed
from jc1p.core.folding import fits_glob, fold, is_glob, matches_any
from jc1p.core.models import Group, Person, SourceDirectory, SourceGroups
from jc1p.core.near_names import near_names
from jc1p.core.people_filter import PeopleEntry, check_readable, fields_of, first_fit, fits_address
from jc1p.errors import GroupNotFound


class Scope(NamedTuple):
    """The `scope` part of the configuration, as plain values."""

    application: str | None = None
    groups: tuple[str, ...] = ()
    exclude_groups: tuple[str, ...] = ()
    exclude_users: tuple[str, ...] = ()
    users: tuple[PeopleEntry, ...] = ()
    """Only people who fit one of these entries; all people if there are none."""
    exclude_entries: tuple[PeopleEntry, ...] = ()
    """The entries of `exclude_users` that use fields."""

    @property
    def fields(self) -> frozenset[str]:
        """The JumpCloud fields that the scope needs."""
        return fields_of((*self.users, *self.exclude_entries))

    def lets_in(self, person: Person) -> bool:
        """Whether `users` includes a person, apart from groups."""
        return not self.users or first_fit(person, self.users) is not None

    @property
    def excludes_any(self) -> bool:
        """Whether the scope excludes any users by name or entry."""
        return bool(self.exclude_users or self.exclude_entries)

    def excludes(self, person: Person) -> bool:
        """Whether a person is excluded."""
        return matches_any(person.email, self.exclude_users) or first_fit(person, self.exclude_entries) is not None

    def excludes_address(self, address: str) -> bool:
        """Whether the account of a deleted person is excluded. Entries that need more than an email don't apply."""
        return matches_any(address, self.exclude_users) or fits_address(address, self.exclude_entries)


@dataclass(frozen=True, eq=False, repr=False)
class Desired:
    """The people and groups that 1Password should have.

    `groups` have only members in scope. `excluded` people are left alone: they neither get nor lose anything.
    `kept_out` are people who are in a group in scope or assigned to the application, but `scope.users` leaves them out.
    """

    people: Mapping[str, Person]
    groups: Mapping[str, Group]
    excluded: frozenset[str] = frozenset()
    excluded_in_scope: frozenset[str] = frozenset()
    """The excluded people who would be in scope otherwise."""
    kept_out: frozenset[str] = frozenset()
    scope: Scope = field(default_factory=Scope)
    """The scope that this was selected by."""
    unmatched_globs: tuple[str, ...] = ()

    @cached_property
    def through(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the groups that put each person in scope; without people who are only assigned directly."""
        names: dict[str, list[str]] = defaultdict(list)
        for group in sorted(self.groups.values(), key=lambda group: (group.name, group.id)):
            for member in group.members:
                names[member].append(group.name)
        return {id_: tuple(found) for id_, found in names.items()}


def choose_groups(available: SourceGroups, scope: Scope) -> frozenset[str]:
    """Ids of the groups in scope: assigned to the application, plus the named ones, minus the excluded ones.

    Raises:
        GroupNotFound: no JumpCloud group has a configured name (not a glob); names the nearest.
    """
    groups = available.groups.values()
    named = {id_ for entry in scope.groups for id_ in find_groups(entry, groups)}
    excluded = {id_ for entry in scope.exclude_groups for id_ in find_groups(entry, groups)}
    return frozenset((available.assigned | named) - excluded)


def find_groups(entry: str, groups: Iterable[Group]) -> frozenset[str]:
    """Ids that one configured entry matches.

    An exact name comes first, then a name that is equal after folding, then a glob (only * and ? make one), then an id.
    A glob may match nothing.

    Raises:
        GroupNotFound: an entry without * and ? that fits no group, or an entry with brackets that an earlier version
            read as a pattern.
    """
    groups = list(groups)
    folded = fold(entry)
    readings: tuple[Callable[[Group], bool], ...] = (
        lambda group: group.name == entry,
        lambda group: fold(group.name) == folded,
        lambda group: is_glob(entry) and fits_glob(group.name, entry),
        lambda group: group.id == entry,
    )
    for position, reading in enumerate(readings):
        if found := frozenset(group.id for group in groups if reading(group)):
            if position >= READ_AS_GLOB:
                refuse_former_pattern(entry, [group for group in groups if group.id not in found])
            return found
    refuse_former_pattern(entry, groups)
    if is_glob(entry):
        return frozenset()
    raise group_not_found(entry, [group.name for group in groups])


READ_AS_GLOB = 2
"""The index of the glob among the readings; ids come after it."""


def refuse_former_pattern(entry: str, left: Iterable[Group]) -> None:
    """Brackets were a pattern in an earlier version: such an entry must not silently match other groups than before."""
    if "[" not in entry:
        return
    if meant := sorted(group.name for group in left if fnmatch.fnmatchcase(group.name, entry)):
        raise GroupNotFound(
            f'"{entry}" in scope was a pattern that matched {listed(meant)}. Brackets are ordinary letters now',
            hint="List the names, or use * and ?.",
        )


def group_not_found(entry: str, names: Sequence[str]) -> GroupNotFound:
    nearest = ", ".join(f'"{name}"' for name in near_names(entry, names))
    return GroupNotFound(
        f'JumpCloud has no user group "{entry}", which is listed in scope'
        + (f"; the nearest are {nearest}" if nearest else f" ({len(names)} groups were read)"),
        hint="Correct scope.groups or scope.exclude_groups, or use the group's id, which never changes.",
    )


def select(source: SourceDirectory, scope: Scope) -> Desired:
    """The people and groups in scope of a source that was read with `choose_groups` of the same scope.

    Raises:
        IncompleteRead: no record contains a field that the scope uses.
    """
    check_fields(source, scope)
    read = {id_: source.groups[id_] for id_ in sorted(source.read_groups)}
    brought = frozenset[str]().union(*(group.members for group in read.values())) | source.assigned_people
    people = source.people.values() if scope.excludes_any else ()
    excluded = frozenset(person.id for person in people if scope.excludes(person))
    candidates = (brought & source.people.keys()) - excluded
    kept_out = frozenset(id_ for id_ in candidates if not scope.lets_in(source.people[id_])) if scope.users else NOBODY
    wanted = source.people.keys() - excluded - kept_out
    return Desired(
        people={id_: source.people[id_] for id_ in sorted(candidates - kept_out)},
        groups={id_: with_members_among(group, wanted) for id_, group in read.items()},
        excluded=excluded,
        excluded_in_scope=brought & excluded,
        kept_out=kept_out,
        scope=scope,
        unmatched_globs=unmatched_globs(source, scope),
    )


NOBODY: frozenset[str] = frozenset()


def check_fields(source: SourceDirectory, scope: Scope) -> None:
    """Raises IncompleteRead when no record has a field that the scope uses: unknown is never empty."""
    people = source.people.values()
    check_readable(people, "scope.users", scope.users)
    check_readable(people, "scope.exclude_users", scope.exclude_entries)


def with_members_among(group: Group, people: AbstractSet[str]) -> Group:
    """The group reduced to these members; the same group if nothing changes."""
    return group if group.members <= people else group._replace(members=group.members & people)


def unmatched_globs(source: SourceDirectory, scope: Scope) -> tuple[str, ...]:
    """Configured globs that no group fits: a reason to warn, not to fail."""
    groups = source.groups.values()
    entries = (*scope.groups, *scope.exclude_groups)
    return tuple(entry for entry in entries if is_glob(entry) and not find_groups(entry, groups))
