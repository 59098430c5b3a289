"""Which 1Password group's link moves to the JumpCloud group of its name: `jc1p import --link --group NAME`. Pure.

For a JumpCloud group that was created again, or takes over the 1Password group of another one, with its vaults. The
move changes no member; the next plan shows what follows from it.
"""

from collections.abc import Iterable
from typing import NamedTuple

from jc1p.core.attributes import quoted_name
from jc1p.core.folding import fold
from jc1p.core.models import Group
from jc1p.core.near_names import near_names
from jc1p.core.planning import Situation
from jc1p.core.planning.group_pairs import is_protected_name, target_name
from jc1p.errors import IncompleteRead, Jc1pError, NotFoundInDirectory


class GroupMove(NamedTuple):
    """A 1Password group, the JumpCloud group that gets its link, and the one that has it (id and name, "" if none)."""

    pushed: Group
    wanted: Group
    former_id: str
    former_name: str

    @property
    def is_done(self) -> bool:
        """The link is there already."""
        return self.former_id == self.wanted.id


def group_moves(situation: Situation, names: Iterable[str]) -> list[GroupMove]:
    """The moves for these names, in their order, each once.

    Raises IncompleteRead if 1Password's groups were not all read, NotFoundInDirectory for a name that one side lacks,
    and Jc1pError if a name doesn't decide, is protected, or if the JumpCloud group has another 1Password group.
    """
    moves = {found.pushed.id: found for found in (group_move(situation, name) for name in names)}
    return list(moves.values())


def group_move(situation: Situation, name: str) -> GroupMove:
    if not situation.actual.groups_complete:
        raise IncompleteRead(
            f"--group {name}: 1Password's list of groups is incomplete, so another group may have this name",
            hint="Run the command again; if it stays so, run `jc1p doctor`.",
        )
    pushed = the_one(name, "1Password", situation.bearers(name), situation.actual.groups.values())
    if is_protected_name(situation, name):
        raise Jc1pError(f"--group {name}: the name is in groups.protected, so jc1p does not change its link")
    groups = situation.desired.groups.values()
    wanted = the_one(
        name, "JumpCloud", [each for each in groups if fold(target_name(situation, each)) == fold(name)], groups
    )
    other = situation.group_linked_to.get(wanted.id)
    if other and other.id != pushed.id:
        raise Jc1pError(
            f"--group {name}: the JumpCloud group {quoted_name(wanted.name)} is linked to another 1Password group, "
            f"{quoted_name(other.name)} ({other.id})",
            hint="A JumpCloud group has one 1Password group. Delete the one that you don't need in 1Password first.",
        )
    former_id = situation.source_of_group.get(pushed.id, "")
    former = situation.source.groups.get(former_id)
    return GroupMove(pushed, wanted, former_id, former.name if former else "")


def the_one(name: str, side: str, found: list[Group], known: Iterable[Group]) -> Group:
    """The group of this name. Raises NotFoundInDirectory if there is none, Jc1pError if there are several."""
    if not found:
        where = "in scope in JumpCloud" if side == "JumpCloud" else f"in {side}"
        near = ", ".join(quoted_name(each) for each in near_names(name, (group.name for group in known)))
        hint = f"Did you mean {near}?" if near else "`jc1p groups list` shows all groups."
        raise NotFoundInDirectory(f"--group {name}: no group {where} has this name", hint=hint)
    if len(found) > 1:
        ids = ", ".join(sorted(each.id for each in found))
        raise Jc1pError(
            f"--group {name}: several {side} groups have this name ({ids})", hint="Rename or delete all but one."
        )
    return found[0]
