"""Leaves part of a plan for another run: --only, --user, --group, --no-removals, --limit.

Reading stays complete and the plan is built in full. What is skipped appears as held, with the option that
skipped it. A change that needs a skipped one (a member not invited, a group not created) is skipped too.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from jc1p.core.plan import REMOVALS, RENAMES, Change, Held, Hold, Kind, Member, Plan


class Only(StrEnum):
    """Which half of the plan may change anything."""

    USERS = "users"
    GROUPS = "groups"


GROUP_KINDS = frozenset(
    {Kind.CREATE_GROUP, Kind.RENAME_GROUP, Kind.ADD_MEMBERS, Kind.REMOVE_MEMBERS, Kind.DELETE_GROUP}
)


class PlanFilter(NamedTuple):
    """What this run may change; everything by default. `users` and `groups` are keys as in the plan."""

    only: Only | None = None
    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    no_removals: bool = False
    limit: int | None = None

    @property
    def is_narrow(self) -> bool:
        """True when the run doesn't cover everything in the directory."""
        return bool(self.only or self.users or self.groups)


def narrow(plan: Plan, selected: PlanFilter) -> Plan:
    """The part of the plan that this run may apply; the rest is held with its reason."""
    if selected == PlanFilter():
        return plan
    kept: list[Change] = []
    held: list[Held] = []
    creations = 0
    for change in plan.changes:
        part, reason = chosen_part(change, selected)
        if part is not change:
            held.append(hold(change, Hold.NARROWED, reason))
        if part is None:
            continue
        if selected.no_removals and part.kind in REMOVALS:
            held.append(hold(part, Hold.NO_REMOVALS, f"{part.reason}; --no-removals"))
            continue
        creations += part.kind is Kind.CREATE_USER
        if selected.limit is not None and part.kind is Kind.CREATE_USER and creations > selected.limit:
            held.append(hold(part, Hold.LIMIT, f"{part.reason}; --limit {selected.limit} invitations in this run"))
            continue
        kept.append(part)
    kept, grounded = without_ground(kept, plan)
    numbered = tuple(change._replace(id=number) for number, change in enumerate(kept, 1))
    return plan._replace(changes=numbered, held=(*plan.held, *held, *grounded))


def hold(change: Change, code: Hold, reason: str) -> Held:
    is_group = change.kind in GROUP_KINDS
    return Held(
        change.kind, code, reason, change.user, change.group, user_key="" if is_group else change.key,
        group_key=change.key if is_group else "",
    )  # fmt: skip


def chosen_part(change: Change, selected: PlanFilter) -> tuple[Change | None, str]:
    """The selected part of a change: all of it, some of its members, or nothing; and why not all."""
    is_group = change.kind in GROUP_KINDS
    if selected.only and is_group is not (selected.only is Only.GROUPS):
        return None, f"skipped by --only {selected.only}"
    if not selected.users and not selected.groups:
        return change, ""
    if change.key in (selected.groups if is_group else selected.users):
        return change, ""
    members = tuple(member for member in change.members if member.key in selected.users)
    if not members:
        return None, "skipped by --user or --group"
    return with_members(change, members), "other members skipped by --user"


def with_members(change: Change, members: tuple[Member, ...]) -> Change:
    return change if members == change.members else change._replace(members=members)


def without_ground(kept: Iterable[Change], plan: Plan) -> tuple[list[Change], list[Held]]:
    """Take out changes that need a skipped one, and members that will have no account, until none is left."""
    standing, held = list(kept), list[Held]()
    while True:
        grounded, fallen = with_ground(standing, plan)
        held += fallen
        if len(grounded) == len(standing):
            return grounded, held
        standing = grounded


def with_ground(kept: list[Change], plan: Plan) -> tuple[list[Change], list[Held]]:
    freed = {change.key for change in kept if change.kind in RENAMES}
    known = plan.ids.keys() | {change.key for change in kept if change.kind in {Kind.CREATE_USER, Kind.CREATE_GROUP}}
    standing: list[Change] = []
    held: list[Held] = []
    for change in kept:
        members = tuple(member for member in change.members if member.key in known)
        groundless = change.kind is Kind.ADD_MEMBERS and (not members or change.key not in known)
        if groundless or (change.after and change.after not in freed):
            held.append(hold(change, Hold.NARROWED, "depends on a change that this run skips"))
            continue
        if members != change.members:
            missing = [member.email for member in change.members if member.key not in known]
            held.append(hold(change, Hold.NARROWED, f"no 1Password account yet: {', '.join(missing)}"))
        standing.append(with_members(change, members))
    return standing, held
