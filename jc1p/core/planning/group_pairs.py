"""Matches JumpCloud groups with 1Password groups."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from jc1p.core.attributes import quoted_name
from jc1p.core.folding import fold, matches_any, tidy
from jc1p.core.models import Group
from jc1p.core.plan import Held, Hold, Kind, group_key
from jc1p.core.planning.situation import Draft, Situation


def sorted_groups(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: (fold(group.name), group.id))


def target_name(situation: Situation, group: Group) -> str:
    """The 1Password name of a JumpCloud group: the explicit one, else by template; "" if JumpCloud has no name."""
    policy = situation.policy.groups
    explicit = tidy(policy.explicit_name(group.name)) if policy.names else ""
    if explicit or group.name == group.id:
        return explicit
    return tidy(policy.name.replace("{name}", group.name))


class Pair(NamedTuple):
    """A JumpCloud group, its 1Password name, and its 1Password group if it has one.

    `is_adopted` when only the name matches.
    """

    group: Group
    name: str
    actual: Group | None
    is_adopted: bool = False

    @property
    def key(self) -> str:
        """The group's key in the plan."""
        return group_key(self.group.id)

    @property
    def moves(self) -> bool:
        """Its 1Password group has another name, not just another spelling."""
        return self.actual is not None and fold(self.actual.name) != fold(self.name)


def pair_groups(situation: Situation, draft: Draft) -> list[Pair]:
    """Match by link, then externalId, then name among the groups that belong to no other JumpCloud group."""
    names = {id_: target_name(situation, group) for id_, group in situation.desired.groups.items()}
    linked = {id_: found for id_ in names if (found := situation.group_linked_to.get(id_))}
    pairs: list[Pair] = []
    for rivals in rivals_by_name({id_: name for id_, name in names.items() if name}):
        winner = choose_rival(situation, draft, rivals, linked, names)
        # A group of its own is not at stake, only its new name: leavers must not stay in it meanwhile.
        pairs += [unrenamed_pair(situation, linked[id_], id_) for id_ in rivals if id_ != winner and id_ in linked]
        if winner is None:
            continue
        group, name = situation.desired.groups[winner], names[winner]
        if winner in linked:
            pairs.append(Pair(group, name, linked[winner]))
        elif pair := pair_by_name(situation, draft, group, name):
            pairs.append(pair)
    return [*pairs, *nameless_pairs(situation, draft, names, linked)]


def nameless_pairs(
    situation: Situation, draft: Draft, names: Mapping[str, str], linked: Mapping[str, Group]
) -> list[Pair]:
    """Groups without a name: their 1Password groups keep theirs, and none is created."""
    nameless = [situation.desired.groups[id_] for id_ in sorted(names) if not names[id_]]
    for group in nameless:
        if group.id not in linked:
            reason = f"the JumpCloud group {group.id} has no name. Give it a name there or in groups.names"
            draft.held.append(held_group(Kind.CREATE_GROUP, Hold.AMBIGUOUS_MATCH, reason, group, group.id))
    return [unrenamed_pair(situation, linked[group.id], group.id) for group in nameless if group.id in linked]


def unrenamed_pair(situation: Situation, actual: Group, source_id: str) -> Pair:
    """The pair of a group that gets no new name: its 1Password group keeps the one it has."""
    return Pair(situation.desired.groups[source_id], tidy(actual.name), actual)


def pair_by_name(situation: Situation, draft: Draft, group: Group, name: str) -> Pair | None:
    """The pair of a group without a link; None, with the reason noted, if its name doesn't decide."""
    if is_protected_name(situation, name):
        reason = f"{quoted_name(name)} is a protected name"
        draft.held.append(held_group(Kind.CREATE_GROUP, Hold.PROTECTED, reason, group, name))
        return None
    free = [each for each in situation.bearers(name) if keeper_of(situation, each) is None]
    if not free:
        return Pair(group, name, None)
    if len(situation.bearers(name)) > 1:
        ids = ", ".join(sorted(each.id for each in situation.bearers(name)))
        reason = f"several 1Password groups have the name {quoted_name(name)} ({ids}); rename or delete all but one"
        draft.held.append(held_group(Kind.ADD_MEMBERS, Hold.AMBIGUOUS_MATCH, reason, group, name))
        return None
    return Pair(group, name, free[0], is_adopted=True)


def names_undecided(situation: Situation, pairs: Iterable[Pair]) -> dict[str, Group]:
    """Folded 1Password names that JumpCloud groups without a pair would get; an admin has to decide about them."""
    paired = {pair.group.id for pair in pairs}
    left = [group for id_, group in sorted(situation.desired.groups.items()) if id_ not in paired]
    return {fold(name): group for group in left if (name := target_name(situation, group))}


def keeper_of(situation: Situation, actual: Group) -> Group | None:
    """The JumpCloud group, in scope or not, that a 1Password group is linked to; None if there is none any more."""
    return situation.source.groups.get(situation.source_of_group.get(actual.id, ""))


def pair_by_evidence(situation: Situation) -> dict[str, Group]:
    """JumpCloud group id to its 1Password group by link or name, in scope or not; for display."""
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
    """Of several JumpCloud groups with one 1Password name, the linked one (that has it); the others don't get it."""
    if len(rivals) == 1:
        return rivals[0]
    owners = [id_ for id_ in rivals if id_ in linked]
    if len(owners) > 1:
        owners = [id_ for id_ in owners if fold(linked[id_].name) == fold(names[id_])]
    winner = owners[0] if len(owners) == 1 else None
    for id_ in rivals:
        if id_ != winner:
            reason = (
                f"{len(rivals)} JumpCloud groups would have the name {quoted_name(names[id_])} in 1Password "
                f"({', '.join(rivals)})"
            )
            kind, own = Kind.CREATE_GROUP, linked.get(id_)
            if own:
                kind, reason = Kind.RENAME_GROUP, f"{reason}; {quoted_name(own.name)} keeps its name until then"
            group = situation.desired.groups[id_]
            draft.held.append(held_group(kind, Hold.AMBIGUOUS_MATCH, reason, group, group.name))
    return winner


def held_group(kind: Kind, code: Hold, reason: str, group: Group, shown: str) -> Held:
    """A held change of a JumpCloud group."""
    return Held(kind, code, reason, group=shown, group_key=group_key(group.id))


def is_protected_name(situation: Situation, name: str) -> bool:
    """A name that `groups.protected` lists, or that one of its globs fits."""
    return matches_any(name, situation.policy.groups.protected)
