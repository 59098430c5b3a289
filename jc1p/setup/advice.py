"""Groups with the same name on both sides, and how Managed Groups affects them. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from jc1p.core.attributes import listed
from jc1p.core.folding import fold
from jc1p.core.policy import BUILT_IN_GROUPS

MOST_NAMED = 8
WHERE = "Integrations > Automated User Provisioning > Manage Groups"


@dataclass(frozen=True, slots=True)
class GroupsFound:
    """Names of groups in scope: `visible` ones jc1p takes over, `hidden` ones exist but the bridge doesn't show them.

    `new` ones were not found in 1Password; `is_certain` means that all of its groups were listed.
    """

    visible: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    reserved: tuple[str, ...] = ()
    is_certain: bool = False


def compare_groups(in_scope: Iterable[str], shown: Collection[str], everything: Collection[str] | None) -> GroupsFound:
    """Compare groups in scope with those that the bridge shows, and with all 1Password groups if the CLI lists them."""
    seen, known = {fold(name) for name in shown}, {fold(name) for name in everything or ()}
    built_in = {fold(name) for name in BUILT_IN_GROUPS}
    names = sorted(in_scope, key=fold)
    reserved = [name for name in names if fold(name) in built_in]
    open_ = [name for name in names if fold(name) not in built_in]
    return GroupsFound(
        visible=tuple(name for name in open_ if fold(name) in seen),
        hidden=tuple(name for name in open_ if fold(name) in known - seen),
        new=tuple(name for name in open_ if fold(name) not in known | seen),
        reserved=tuple(reserved),
        is_certain=everything is not None,
    )


def advise(found: GroupsFound) -> Iterable[str]:
    """What to know about these groups before the first sync."""
    if found.visible:
        same, whose = ("name", "its") if len(found.visible) == 1 else ("names", "their")
        yield f"1Password has {quoted_names(found.visible)} with the same {same}: jc1p manages {whose} members."
    if found.hidden:
        yield (
            f"1Password also has {quoted_names(found.hidden)}, and provisioning does not see it. Before "
            f"the first sync, add it at {WHERE}. Otherwise jc1p creates a duplicate."
        )
    if found.new and not found.is_certain:
        yield (
            f"The bridge does not show {quoted_names(found.new)}. If 1Password has a group with that name, "
            f"add it at {WHERE} before the first sync. Otherwise jc1p creates a duplicate."
        )
    if found.new and found.is_certain:
        yield f"New in 1Password: {quoted_names(found.new)}."
    if found.reserved:
        yield f"1Password reserves {quoted_names(found.reserved)}: jc1p does not change groups with that name."


def quoted_names(names: tuple[str, ...]) -> str:
    return listed(names, most=MOST_NAMED)
