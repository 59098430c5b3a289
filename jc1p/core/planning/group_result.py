"""The result of planning for groups."""

from dataclasses import dataclass, field

from jc1p.core.planning.situation import Draft


@dataclass(slots=True, eq=False, repr=False)
class GroupStanding:
    """What planning for groups found; `owned_memberships` counts by the 1Password group's id."""

    draft: Draft = field(default_factory=Draft)
    ids: dict[str, str] = field(default_factory=dict)
    owned_memberships: dict[str, int] = field(default_factory=dict)
    presumed_gone: set[str] = field(default_factory=set)
    unlinked: dict[str, str] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
