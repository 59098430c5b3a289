"""Who and what is provisioned: from the configured scope to the people and groups that 1Password should have.

Pure. Whether somebody in scope gets an account, keeps it or loses it is decided in plan.py.
"""

import difflib
import fnmatch
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cache, cached_property

from jc1p.core.attributes import fold_email
from jc1p.core.models import Group, Person, SourceDirectory, SourceGroups
from jc1p.errors import GroupNotFound

GLOB_CHARACTERS = frozenset("*?[")


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

    An exact name first, then a name that differs in case or outer blanks, then a glob, then an id. A glob may
    match nothing; anything else raises GroupNotFound.
    """
    groups = list(groups)
    plain = entry.strip().casefold()
    readings = (
        lambda group: group.name == entry,
        lambda group: group.name.strip().casefold() == plain,
        lambda group: is_glob(entry) and fnmatch.fnmatchcase(group.name, entry),
        lambda group: group.id == entry,
    )
    for reading in readings:
        if found := frozenset(group.id for group in groups if reading(group)):
            return found
    if is_glob(entry):
        return frozenset()
    raise group_not_found(entry, [group.name for group in groups])


def group_not_found(entry: str, names: Sequence[str]) -> GroupNotFound:
    by_folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(entry.casefold(), by_folded, n=3, cutoff=0.5)
    nearest = ", ".join(f'"{by_folded[name]}"' for name in near)
    return GroupNotFound(
        f'JumpCloud has no user group "{entry}", which scope names'
        + (f"; the nearest are {nearest}" if nearest else f" ({len(names)} groups were read)"),
        hint="Correct scope.groups or scope.exclude_groups, or use the group's id, which survives renames.",
    )


def is_glob(entry: str) -> bool:
    return bool(GLOB_CHARACTERS & set(entry))


def matches_any(email: str, patterns: Iterable[str]) -> bool:
    """True when an email equals one of the patterns or fits it as a glob, ignoring case."""
    exact, globs = folded(tuple(patterns))
    if not exact:
        return False
    address = fold_email(email)
    return address in exact or any(fnmatch.fnmatchcase(address, pattern) for pattern in globs)


@cache
def folded(patterns: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Patterns as emails are compared, and those of them that are globs."""
    every = [fold_email(entry) for entry in patterns]
    return frozenset(every), tuple(entry for entry in every if is_glob(entry))


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
