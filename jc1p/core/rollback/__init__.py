"""The inverse of a past run, based on the current state: what `jc1p rollback` plans. Pure.

Only changes of that run that are still in effect are undone; the others cause a warning. The result is a plan like any
other: ordered, judged by the guard, applied and journalled. people.py and groups.py undo the single changes.
"""

from collections.abc import Iterable

from jc1p.core.folding import fold
from jc1p.core.past_runs import Entry, PastRun, Status
from jc1p.core.plan import RENAMES, Bases, Change, Kind, Plan
from jc1p.core.planning import Situation, order_changes
from jc1p.core.planning.known_ids import KnownIds
from jc1p.core.rollback.groups import rename_back, restore_members
from jc1p.core.rollback.later_changes import LaterChanges
from jc1p.core.rollback.people import located, restore_attributes, set_active, undo_invitation
from jc1p.core.rollback.undoing import CANNOT_UNDO, Undoing, warning_of

__all__ = ["CANNOT_UNDO", "invert"]


def invert(run: PastRun, situation: Situation, bases: Bases, later: Iterable[PastRun] = ()) -> Plan:
    """The plan that undoes a run; `bases` are the current figures that the guard measures against.

    `later` are the runs after it, oldest first: what they made again isn't this run's any more.
    """
    undoing = Undoing(situation, run.run_id, LaterChanges(later))
    for entry in reversed(run.entries):
        if entry.status in {Status.APPLIED, Status.UNKNOWN} or (entry.status is Status.FAILED and entry.members):
            undo(undoing, located(situation, entry))
    give_names_back(undoing)
    return Plan(
        changes=order_changes(undoing.changes),
        held=tuple(undoing.held),
        warnings=tuple(undoing.warnings),
        ids=KnownIds(situation, undoing.ids),
        bases=bases,
    )


def undo(undoing: Undoing, entry: Entry) -> None:
    match entry.kind:
        case Kind.CREATE_USER:
            undo_invitation(undoing, entry)
        case Kind.REACTIVATE_USER:
            set_active(undoing, entry, active=False)
            restore_attributes(undoing, entry)
        case Kind.SUSPEND_USER:
            set_active(undoing, entry, active=True)
        case Kind.UPDATE_USER | Kind.RENAME_USER | Kind.LINK_USER:
            restore_attributes(undoing, entry)
        case Kind.CREATE_GROUP:
            undoing.cannot(entry, "the run's members are removed, but the group stays. Delete it in 1Password")
        case Kind.RENAME_GROUP:
            rename_back(undoing, entry)
        case Kind.ADD_MEMBERS | Kind.REMOVE_MEMBERS:
            restore_members(undoing, entry)
        case Kind.DELETE_GROUP:
            undoing.cannot(entry, "a deleted group and its access to vaults cannot be restored")


def give_names_back(undoing: Undoing) -> None:
    """Make a rename wait for the one that frees its old name. If another group keeps the name, it can't be undone."""
    is_settled = False
    while not is_settled:
        renames = {(change.kind, change.scim_id): change for change in undoing.changes if change.kind in RENAMES}
        holders = {change.key: holder_of(undoing.situation, change) for change in renames.values()}
        kept = [change for change in renames.values() if (holder := holders[change.key]) and holder not in renames]
        undoing.warnings += [
            warning_of(change.kind, change.subject, f"{holder[1]} has its old name now")
            for change in kept if (holder := holders[change.key])
        ]  # fmt: skip
        undoing.changes = [change for change in undoing.changes if change not in kept]
        is_settled = not kept
    undoing.changes = [
        change._replace(after=renames[holder].key)
        if change.kind in RENAMES and (holder := holders[change.key])
        else change
        for change in undoing.changes
    ]


def holder_of(situation: Situation, change: Change) -> tuple[Kind, str] | None:
    """The account or group that has the name or address that a rename needs; None when it is free.

    With the kind of the rename, since an account and a group may have one id.
    """
    if change.kind is Kind.RENAME_USER:
        holder = situation.occupied.get(fold(str(change.attributes["userName"].after)))
        return (change.kind, holder.id) if holder and holder.id != change.scim_id else None
    bearers = situation.bearers(str(change.attributes["displayName"].after))
    return next(((change.kind, each.id) for each in bearers if each.id != change.scim_id), None)
