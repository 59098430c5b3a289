"""Group names as resources: one change frees a name, another takes it; a name that stays in use can't be taken.

A group that wants a name which another 1Password group keeps is held. A change that needs a name names the rename that
frees it (`Change.after`). So it is excluded, fails, is skipped or is interrupted together with that rename.
"""

from collections.abc import Callable, Iterable, Mapping

from jc1p.core.attributes import quoted_name
from jc1p.core.models import Group
from jc1p.core.plan import group_key
from jc1p.core.planning.group_pairs import Pair, keeper_of
from jc1p.core.planning.situation import Situation


class NameClaims:
    """Wanted names: `after` by pair key if a rename frees the name, `blocked` by pair key with the reason."""

    def __init__(self) -> None:
        self.after: dict[str, str] = {}
        self.blocked: dict[str, str] = {}


def settle_names(situation: Situation, pairs: Iterable[Pair], why_stays: Callable[[Pair], str]) -> NameClaims:
    """Decide for every pair that wants a new name whether it may have it.

    `why_stays` says why a pair's own group keeps its current name, "" when it may be renamed.
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
    """Why a name is not available, "" when no group has it or the group that has it gives it up."""
    others = other_bearers(situation, pair)
    for other in others:
        if other.id not in renames:
            kept = why_kept(situation, other, claims)
            return f"the 1Password group {other.id} has the name {quoted_name(pair.name)}{kept}"
    if len(others) > 1:
        ids = ", ".join(sorted(each.id for each in others))
        return f"several 1Password groups have the name {quoted_name(pair.name)} ({ids})"
    return ""


def why_kept(situation: Situation, bearer: Group, claims: NameClaims) -> str:
    """Which JumpCloud group the group that keeps its name belongs to, and what to do about it."""
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
    """Renames that wait for each other in a circle; [] when there is none."""
    for start in renames.values():
        path = [start]
        while others := [each for each in other_bearers(situation, path[-1]) if each.id in renames]:
            follows = renames[others[0].id]
            if follows in path:
                return path[path.index(follows) :]
            path.append(follows)
    return []
