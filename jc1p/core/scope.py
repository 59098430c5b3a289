"""Who and what is provisioned: from the configured scope to the people and groups that 1Password should have.

Pure. Whether somebody in scope gets an account, keeps it or loses it is decided in plan.py.
"""

import difflib
import fnmatch
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property

from jc1p.core.attributes import listed
from jc1p.core.folding import fits_glob, fold, is_glob, matches_any
from jc1p.core.models import Group, Person, SourceDirectory, SourceGroups
from jc1p.errors import GroupNotFound


@dataclass(frozen=True, slots=True)
class Scope:
    """The `scope` part of the configuration, as plain values."""

    application: str | None = None
    groups: tuple[str, ...] = ()
    exclude_groups: tuple[str, ...] = ()
    exclude_users: tuple[str, ...] = ()


@dataclass(frozen=True)
class Desired:
    """What the source asks for within scope.

    `groups` have only members in scope. `excluded` people are left alone: neither provisioned nor taken away from.
    """

    people: Mapping[str, Person]
    groups: Mapping[str, Group]
    excluded: frozenset[str] = frozenset()
    excluded_in_scope: frozenset[str] = frozenset()
    """Of these, those who would be in scope."""
    exclude_users: tuple[str, ...] = ()
    """The entries that exclude people, for accounts whose people are gone."""
    unmatched_globs: tuple[str, ...] = ()

    @cached_property
    def through(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the groups that bring each person into scope; nobody who is only assigned directly."""
        names: dict[str, list[str]] = defaultdict(list)
        for group in sorted(self.groups.values(), key=lambda group: (group.name, group.id)):
            for member in group.members:
                names[member].append(group.name)
        return {id_: tuple(found) for id_, found in names.items()}


def choose_groups(available: SourceGroups, scope: Scope) -> frozenset[str]:
    """Ids of the groups in scope: those assigned to the application, plus the named, minus the excluded.

    Raises:
        GroupNotFound: a configured name (not a glob) that no JumpCloud group has; names the nearest.
    """
    groups = available.groups.values()
    named = {id_ for entry in scope.groups for id_ in find_groups(entry, groups)}
    excluded = {id_ for entry in scope.exclude_groups for id_ in find_groups(entry, groups)}
    return frozenset((available.assigned | named) - excluded)


def find_groups(entry: str, groups: Iterable[Group]) -> frozenset[str]:
    """Ids that one configured entry means.

    An exact name first, then one that is the same as names are compared, then a glob (only * and ? make one), then an
    id. A glob may match nothing.

    Raises:
        GroupNotFound: an entry without * and ? that fits no group, or one whose brackets an earlier version read as a
            pattern.
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
"""The first reading of an entry that isn't its own name."""


def refuse_former_pattern(entry: str, left: Iterable[Group]) -> None:
    """Brackets were a pattern once; a group that such an entry meant must not leave or enter the scope unnoticed."""
    if "[" not in entry:
        return
    if meant := sorted(group.name for group in left if fnmatch.fnmatchcase(group.name, entry)):
        raise GroupNotFound(
            f'"{entry}" in scope used to be a pattern that fits {listed(meant)}; brackets are letters now',
            hint="Write the names one by one, or with * and ?.",
        )


def group_not_found(entry: str, names: Sequence[str]) -> GroupNotFound:
    by_folded = {fold(name): name for name in names}
    near = difflib.get_close_matches(fold(entry), by_folded, n=3, cutoff=0.5)
    nearest = ", ".join(f'"{by_folded[name]}"' for name in near)
    return GroupNotFound(
        f'JumpCloud has no user group "{entry}", which scope names'
        + (f"; the nearest are {nearest}" if nearest else f" ({len(names)} groups were read)"),
        hint="Correct scope.groups or scope.exclude_groups, or use the group's id, which survives renames.",
    )


def select(source: SourceDirectory, scope: Scope) -> Desired:
    """The people and groups in scope of a source that was read with `choose_groups` of the same scope."""
    excluded = frozenset(
        person.id for person in source.people.values() if matches_any(person.email, scope.exclude_users)
    )
    wanted = source.people.keys() - excluded
    groups = {id_: with_members_among(source.groups[id_], wanted) for id_ in sorted(source.read_groups)}
    members = frozenset[str]().union(*(group.members for group in groups.values()))
    in_scope = (members | source.assigned_people) & wanted
    return Desired(
        people={id_: source.people[id_] for id_ in sorted(in_scope)},
        groups=groups,
        excluded=excluded,
        excluded_in_scope=frozenset().union(
            *(source.groups[id_].members for id_ in source.read_groups), source.assigned_people
        )
        & excluded,
        exclude_users=scope.exclude_users,
        unmatched_globs=unmatched_globs(source, scope),
    )


def with_members_among(group: Group, people: AbstractSet[str]) -> Group:
    """The group with those of its members; the same group when these are all."""
    return group if group.members <= people else replace(group, members=group.members & people)


def unmatched_globs(source: SourceDirectory, scope: Scope) -> tuple[str, ...]:
    """Configured globs that no group fits: worth a warning, not a failure."""
    groups = source.groups.values()
    entries = (*scope.groups, *scope.exclude_groups)
    return tuple(entry for entry in entries if is_glob(entry) and not find_groups(entry, groups))
