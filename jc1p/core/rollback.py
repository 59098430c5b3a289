"""The inverse of a past run, based on the current state: what `jc1p rollback` plans. Pure.

Only changes of that run that are still in effect are undone; the others cause a warning. The result is a plan like any
other: ordered, judged by the guard, applied and journalled.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from jc1p.core.attributes import LANGUAGE, compared_form, quoted_name
from jc1p.core.folding import fold, tidy
from jc1p.core.kind_words import LABELS, NOUNS
from jc1p.core.later_changes import ACTIVE, LaterChanges
from jc1p.core.models import Account, Group, MembershipView
from jc1p.core.past_runs import Entry, PastMember, PastRun, Status
from jc1p.core.plan import (
    RENAMES,
    Bases,
    Change,
    Difference,
    Held,
    Hold,
    Kind,
    Member,
    Plan,
    PlanWarning,
    Value,
    group_key,
    person_of,
    user_key,
)
from jc1p.core.planning import Situation, order_changes
from jc1p.core.planning.group_pairs import is_protected_name
from jc1p.core.planning.known_ids import KnownIds
from jc1p.core.policy import SuspendedBy, member_attribute

CANNOT_UNDO = "cannot_undo"


@dataclass(slots=True)
class _Undoing:
    """The inverse while it is built. `ids` names groups by key for the membership changes."""

    situation: Situation
    run_id: str
    later: LaterChanges = field(default_factory=LaterChanges)
    changes: list[Change] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    warnings: list[PlanWarning] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    def cannot(self, entry: Entry, why: str) -> None:
        self.warnings.append(warning_of(entry.kind, entry.subject, why))

    def is_of_later_run(self, entry: Entry, attribute: str, value: Value, of: str = "") -> bool:
        """Whether a later run is the reason for the value of an attribute; says so."""
        run_id = self.later.run_with(entry.scim_id or "", attribute, value)
        if run_id:
            what = f"{of}run {run_id} made this change again; not changed"
            self.cannot(entry, f"{what}. `jc1p rollback {run_id}` undoes it")
        return run_id is not None


def warning_of(kind: Kind, subject: str, why: str) -> PlanWarning:
    """Why a change of this kind can't be undone, or what stays of it."""
    return PlanWarning(CANNOT_UNDO, subject, f"{LABELS[kind].lower()}: {why}")


def invert(run: PastRun, situation: Situation, bases: Bases, later: Iterable[PastRun] = ()) -> Plan:
    """The plan that undoes a run; `bases` are the current figures that the guard measures against.

    `later` are the runs after it, oldest first: what they made again isn't this run's any more.
    """
    undoing = _Undoing(situation, run.run_id, LaterChanges(later))
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


def give_names_back(undoing: _Undoing) -> None:
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
        replace(change, after=renames[holder].key)
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


def located(situation: Situation, entry: Entry) -> Entry:
    """An entry with an unknown outcome, with the id of what exists now: the current state decides.

    The address may be another user's by now: their account is not what the run created.
    """
    if entry.scim_id or entry.status is not Status.UNKNOWN or "userName" not in entry.attributes:
        return entry
    account = situation.occupied.get(fold(str(entry.attributes["userName"].after)))
    if account is None or is_anothers(situation, account, entry.jumpcloud_id or entry.key):
        return entry
    return entry._replace(scim_id=account.id)


def undo(undoing: _Undoing, entry: Entry) -> None:
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


def account_of(undoing: _Undoing, entry: Entry) -> Account | None:
    """The account as it is now; None, with a warning, if it was deleted or got another user."""
    account = undoing.situation.actual.accounts.get(entry.scim_id or "")
    if account is None:
        undoing.cannot(entry, "the account was deleted from 1Password")
    elif is_anothers(undoing.situation, account, entry.jumpcloud_id):
        undoing.cannot(entry, f"{ANOTHERS}; not changed")
        return None
    return account


ANOTHERS = "the account belongs to another JumpCloud user now"


def is_anothers(situation: Situation, account: Account, person_id: str | None) -> bool:
    """Whether an account that was this user's when the run changed it is another user's by now."""
    found = situation.matches.by_account.get(account.id)
    return bool(found and person_id and found.person_id != person_id)


def base_change(undoing: _Undoing, entry: Entry, account: Account, kind: Kind) -> Change:
    situation = undoing.situation
    found = situation.matches.by_account.get(account.id)
    return Change(
        kind,
        user_key(found.person_id if found else None, account.id),
        f"undoes the {NOUNS[entry.kind]} by run {undoing.run_id}",
        user=situation.email_of(account),
        jumpcloud_id=found.person_id if found else None,
        scim_id=account.id,
    )


def undo_invitation(undoing: _Undoing, entry: Entry) -> None:
    """Suspend the invited account; the invitation email can't be recalled."""
    if entry.existed:
        undoing.cannot(entry, "the account existed before the run and is not changed")
        return
    if entry.scim_id is None:
        undoing.cannot(entry, "unknown whether the invitation was sent; 1Password shows no account")
        return
    undoing.cannot(entry, "the invitation email was sent; the account is suspended, not deleted")
    set_active(undoing, entry, active=False)


def set_active(undoing: _Undoing, entry: Entry, *, active: bool) -> None:
    account = account_of(undoing, entry)
    if account is None or account.active is active:
        return
    if undoing.is_of_later_run(entry, ACTIVE, account.active):
        return
    known = undoing.situation.memory.suspensions.get(account.id)
    if active and known and known.by is SuspendedBy.SOMEBODY_ELSE:
        undoing.cannot(entry, "the account was reactivated after the run and suspended again, but not by jc1p")
        return
    change = base_change(undoing, entry, account, Kind.REACTIVATE_USER if active else Kind.SUSPEND_USER)
    if not active and undoing.situation.is_protected(account):
        undoing.held.append(Held(change.kind, Hold.PROTECTED, f"{change.reason}, but protected", user=change.user))
        return
    undoing.changes.append(replace(change, attributes={"active": Difference(before=not active, after=active)}))


def restore_attributes(undoing: _Undoing, entry: Entry) -> None:
    """Restore names and addresses, if 1Password still shows the run's values."""
    account = account_of(undoing, entry)
    if account is None:
        return
    if "displayName" in entry.attributes:
        restore(undoing, entry, account, Kind.UPDATE_USER, "displayName", account.display_name)
    if LANGUAGE in entry.attributes:
        restore(undoing, entry, account, Kind.UPDATE_USER, LANGUAGE, account.preferred_language)
    if "userName" in entry.attributes:
        if entry.awaits and fold(account.user_name) != fold(str(entry.attributes["userName"].after)):
            undoing.cannot(
                entry,
                "the email change waits for the user's confirmation and cannot be cancelled. The user can ignore it",
            )
        elif undoing.situation.is_protected(account):
            reason = f"undoes the {NOUNS[entry.kind]}, but protected accounts are not renamed"
            undoing.held.append(Held(Kind.RENAME_USER, Hold.PROTECTED, reason, user=entry.user))
        else:
            restore(undoing, entry, account, Kind.RENAME_USER, "userName", account.user_name)
    if entry.kind is Kind.LINK_USER:
        undoing.cannot(entry, "the link stays: it does not affect access")


def restore(undoing: _Undoing, entry: Entry, account: Account, kind: Kind, name: str, now: str) -> None:
    before, after = entry.attributes[name].before, entry.attributes[name].after
    if not isinstance(before, str) or not before or compared_form(name, now) == compared_form(name, before):
        return
    if compared_form(name, now) != compared_form(name, str(after)):
        undoing.cannot(entry, f'{name} was changed to "{now}" after the run; not changed')
        return
    if undoing.is_of_later_run(entry, name, now):
        return
    change = base_change(undoing, entry, account, kind)
    undoing.changes.append(replace(change, attributes={name: Difference(now, before)}))


# --- groups -------------------------------------------------------------------------------------------------


def group_of(undoing: _Undoing, entry: Entry) -> Group | None:
    """The group as it is now; None, with the reason noted, if it was deleted or is protected."""
    group = undoing.situation.actual.groups.get(entry.scim_id or "")
    if group is None:
        undoing.cannot(entry, "the group was deleted from 1Password")
    elif is_protected_name(undoing.situation, group.name):
        kind = Kind.ADD_MEMBERS if entry.kind is Kind.REMOVE_MEMBERS else Kind.REMOVE_MEMBERS
        kind = Kind.RENAME_GROUP if entry.kind is Kind.RENAME_GROUP else kind
        reason = f"undoes {entry.kind}, but {quoted_name(group.name)} is a protected group"
        undoing.held.append(Held(kind, Hold.PROTECTED, reason, group=group.name))
        return None
    return group


def rename_back(undoing: _Undoing, entry: Entry) -> None:
    if entry.is_group_link:
        why = "the link stays. To move it, name the group again: `jc1p import --link --group NAME`"
        undoing.warnings.append(PlanWarning(CANNOT_UNDO, entry.subject, f"link group: {why}"))
        return
    group = group_of(undoing, entry)
    before, after = entry.attributes["displayName"].before, entry.attributes["displayName"].after
    if group is None or not isinstance(before, str) or tidy(group.name) == tidy(before):
        return
    if tidy(group.name) != tidy(str(after)):
        undoing.cannot(entry, f'the group was renamed to "{group.name}" after the run; not changed')
        return
    if undoing.is_of_later_run(entry, "displayName", group.name):
        return
    change = group_change(undoing, entry, group, Kind.RENAME_GROUP)
    difference = Difference(group.name, before)
    undoing.changes.append(replace(change, group=before, attributes={"displayName": difference}))


def group_change(undoing: _Undoing, entry: Entry, group: Group, kind: Kind) -> Change:
    reason = f"undoes the {NOUNS[entry.kind]} by run {undoing.run_id}"
    owner = owner_now(undoing.situation, entry, group)
    key = entry.key if owner == entry.jumpcloud_id else group_key(owner or group.id)
    undoing.ids[key] = group.id
    return Change(kind, key, reason, group=group.name, jumpcloud_id=owner, scim_id=group.id)


def owner_now(situation: Situation, entry: Entry, group: Group) -> str | None:
    """The JumpCloud group that a group belongs to now, since applied changes record it: the run's may be over.

    None if the one that it names has another 1Password group by now.
    """
    owner = situation.source_of_group.get(group.id, entry.jumpcloud_id)
    linked = situation.group_linked_to.get(owner or "")
    return owner if linked is None or linked.id == group.id else None


def restore_members(undoing: _Undoing, entry: Entry) -> None:
    """Remove members that the run added and add back members that it removed, if its changes are still in effect."""
    group = group_of(undoing, entry)
    if group is None:
        return
    removes = entry.kind is Kind.ADD_MEMBERS
    accounts = undoing.situation.actual.accounts
    there = [(member, accounts[id_]) for member in entry.members if (id_ := member.scim_id or "") in accounts]
    shows = undoing.situation.actual.membership_view is not MembershipView.NONE
    moving = [
        account for member, account in there
        if (not shows or (account.id in group.members) is removes) and is_in_effect(undoing, entry, member, account)
    ]  # fmt: skip
    kept = [account for account in moving if removes and undoing.situation.is_protected(account)]
    reason = f"undoes the {NOUNS[entry.kind]}, but protected"
    undoing.held += [
        Held(Kind.REMOVE_MEMBERS, Hold.PROTECTED, reason, user=account.user_name,
             group=group.name)
        for account in kept
    ]  # fmt: skip
    members = members_for(undoing.situation, [account for account in moving if account not in kept])
    if members:
        kind = Kind.REMOVE_MEMBERS if removes else Kind.ADD_MEMBERS
        undoing.changes.append(replace(group_change(undoing, entry, group, kind), members=members))


def is_in_effect(undoing: _Undoing, entry: Entry, member: PastMember, account: Account) -> bool:
    """Whether a membership is as the run left it, and still the same user's; says so if it isn't."""
    of = f"{account.user_name}: "
    if is_anothers(undoing.situation, account, person_of(member.key)):
        undoing.cannot(entry, f"{of}{ANOTHERS}; not changed")
        return False
    is_member = entry.kind is Kind.ADD_MEMBERS
    return not undoing.is_of_later_run(entry, member_attribute(account.id), is_member, of)


def members_for(situation: Situation, accounts: Iterable[Account]) -> tuple[Member, ...]:
    found = [
        Member(
            user_key(match.person_id if (match := situation.matches.by_account.get(account.id)) else None, account.id),
            situation.email_of(account),
        )
        for account in accounts
    ]
    return tuple(sorted(found, key=lambda member: (fold(member.email), member.key)))
