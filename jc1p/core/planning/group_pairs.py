"""Which JumpCloud group is which group of 1Password."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache

from jc1p.core.folding import fold, tidy
from jc1p.core.models import Group
from jc1p.core.plan import Held, Hold, Kind
from jc1p.core.planning.situation import Draft, Situation


def sorted_groups(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: (fold(group.name), group.id))


def target_name(situation: Situation, group: Group) -> str:
    """The 1Password name of a JumpCloud group: the explicit one, else by template."""
    policy = situation.policy.groups
    explicit = policy.names.get(group.name) or policy.folded_names.get(fold(group.name))
    return tidy(explicit or policy.name.replace("{name}", group.name))


Pair = tuple[Group, str, Group | None]
"""A JumpCloud group, its 1Password name, and the 1Password group that is its own, if there is one."""


def pair_groups(situation: Situation, draft: Draft) -> list[Pair]:
    """Match by link, then externalId, then name among the groups that no link has taken."""
    names = {id_: target_name(situation, group) for id_, group in situation.desired.groups.items()}
    linked = {id_: found for id_ in names if (found := situation.group_linked_to.get(id_))}
    taken = {group.id for group in linked.values()}
    by_name: dict[str, list[Group]] = defaultdict(list)
    for actual in situation.actual.groups.values():
        if actual.id not in taken:
            by_name[fold(actual.name)].append(actual)
    pairs: list[Pair] = []
    for rivals in rivals_by_name(names):
        winner = choose_rival(situation, draft, rivals, linked, names)
        if winner is None:
            continue
        group, name = situation.desired.groups[winner], names[winner]
        namesakes = by_name[fold(name)]
        if winner in linked:
            pairs.append((group, name, linked[winner]))
        elif is_protected_name(situation, name):
            draft.held.append(Held(Kind.CREATE_GROUP, Hold.PROTECTED, f"{name} is a protected name", group=name))
        elif len(namesakes) > 1:
            ids = ", ".join(sorted(group.id for group in namesakes))
            reason = f"several 1Password groups are called {name} ({ids}); rename or remove all but one"
            draft.held.append(Held(Kind.ADD_MEMBERS, Hold.AMBIGUOUS_MATCH, reason, group=name))
        else:
            pairs.append((group, name, namesakes[0] if namesakes else None))
    return pairs


def pair_by_evidence(situation: Situation) -> dict[str, Group]:
    """JumpCloud group id to the 1Password group that a link or its name leads to, in scope or not; for showing."""
    pairs = {id_: pushed for id_, pushed in situation.group_linked_to.items() if id_ in situation.source.groups}
    taken = {pushed.id for pushed in pairs.values()}
    free = {fold(pushed.name): pushed for pushed in situation.actual.groups.values() if pushed.id not in taken}
    unlinked = [group for id_, group in situation.source.groups.items() if id_ not in pairs]
    for group in sorted(unlinked, key=lambda group: (group.id not in situation.desired.groups, group.id)):
        if pushed := free.pop(fold(target_name(situation, group)), None):
            pairs[group.id] = pushed
    return pairs


def rivals_by_name(names: Mapping[str, str]) -> list[list[str]]:
    """JumpCloud group ids, those with the same 1Password name together."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for id_, name in sorted(names.items()):
        by_name[fold(name)].append(id_)
    return list(by_name.values())


def choose_rival(
    situation: Situation,
    draft: Draft,
    rivals: list[str],
    linked: Mapping[str, Group],
    names: Mapping[str, str],
) -> str | None:
    """Of several JumpCloud groups with one 1Password name, the linked one (that bears it); the others are held."""
    if len(rivals) == 1:
        return rivals[0]
    owners = [id_ for id_ in rivals if id_ in linked]
    if len(owners) > 1:
        owners = [id_ for id_ in owners if fold(linked[id_].name) == fold(names[id_])]
    winner = owners[0] if len(owners) == 1 else None
    for id_ in rivals:
        if id_ != winner:
            group = situation.desired.groups[id_]
            reason = f"{len(rivals)} JumpCloud groups would be called {names[id_]} in 1Password ({', '.join(rivals)})"
            draft.held.append(Held(Kind.CREATE_GROUP, Hold.AMBIGUOUS_MATCH, reason, group=group.name))
    return winner


def is_protected_name(situation: Situation, name: str) -> bool:
    return fold(name) in protected_names(tuple(situation.policy.groups.protected))


@cache
def protected_names(names: tuple[str, ...]) -> frozenset[str]:
    """The configured names as names are compared."""
    return frozenset(map(fold, names))
