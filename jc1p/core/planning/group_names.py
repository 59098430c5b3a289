"""Group names as resources: one change frees a name, another takes it, and what somebody keeps is taken by nobody.

Whoever wants a name that another 1Password group keeps is held. A change that needs a name carries the rename that
frees it as its ground (`Change.after`), so that it falls with it wherever that rename falls: narrowed away, failed,
skipped or interrupted.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from jc1p.core.models import Group
from jc1p.core.plan import group_key
from jc1p.core.planning.group_pairs import Pair, keeper_of
from jc1p.core.planning.situation import Situation


@dataclass(slots=True)
class NameClaims:
    """Which wanted names come free: `after` by pair key where a rename frees one, `blocked` by pair key with why."""

    after: dict[str, str] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)


def settle_names(situation: Situation, pairs: Iterable[Pair], why_stays: Callable[[Pair], str]) -> NameClaims:
    """Decide for every pair that wants a new name whether it may have it.

    `why_stays` says why a pair's own group keeps the name that it has, "" when it may be renamed.
    """
    claims = NameClaims()
    pairs = [pair for pair in pairs if pair.name]
    renames = {pair.actual.id: pair for pair in pairs if pair.actual and pair.moves and not why_stays(pair)}
    wanting = [pair for pair in pairs if pair.actual is None or pair.actual.id in renames]
    is_settled = False
    while not is_settled:
        is_settled = True
        for pair in wanting:
            if pair.key not in claims.blocked and (why := why_blocked(situation, pair, renames, claims)):
                claims.blocked[pair.key] = why
                is_settled = False
                if pair.actual:
                    del renames[pair.actual.id]
        if is_settled and (circle := find_circle(situation, renames)):
            for pair in circle:
                claims.blocked[pair.key] = "these groups swap names. Rename one of them to a temporary name first"
                del renames[pair.actual.id if pair.actual else ""]
            is_settled = False
    for pair in wanting:
        if pair.key not in claims.blocked and (others := other_bearers(situation, pair)):
            claims.after[pair.key] = renames[others[0].id].key
    return claims


def other_bearers(situation: Situation, pair: Pair) -> list[Group]:
    own = pair.actual.id if pair.actual else None
    return [each for each in situation.bearers(pair.name) if each.id != own]


def why_blocked(situation: Situation, pair: Pair, renames: Mapping[str, Pair], claims: NameClaims) -> str:
    """Why a name can't be had, "" when nobody bears it or the one who does gives it up."""
    others = other_bearers(situation, pair)
    for other in others:
        if other.id not in renames:
            return f"the 1Password group {other.id} has the name {pair.name}{why_kept(situation, other, claims)}"
    if len(others) > 1:
        return f"several 1Password groups have the name {pair.name} ({', '.join(sorted(each.id for each in others))})"
    return ""


def why_kept(situation: Situation, bearer: Group, claims: NameClaims) -> str:
    """Whose a group is that goes on bearing its name, and what to do about it."""
    keeper = keeper_of(situation, bearer)
    if keeper is None:
        return "; rename or delete it"
    whose = f' and belongs to the JumpCloud group "{keeper.name}" ({keeper.id})'
    if keeper.id not in situation.desired.groups:
        return f"{whose}, which is out of scope; rename one of them, or delete the old one in JumpCloud"
    if group_key(keeper.id) in claims.blocked:
        return f"{whose}, which cannot be renamed now"
    return f"{whose}, which keeps it"


def find_circle(situation: Situation, renames: Mapping[str, Pair]) -> list[Pair]:
    """Renames of which each waits for the next, round to the first; [] when there is no such circle."""
    for start in renames.values():
        path = [start]
        while others := [each for each in other_bearers(situation, path[-1]) if each.id in renames]:
            follows = renames[others[0].id]
            if follows in path:
                return path[path.index(follows) :]
            path.append(follows)
    return []
