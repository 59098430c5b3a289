"""Undoes the changes of accounts: invitations, suspensions, reactivations, names and addresses. Pure."""

from jc1p.core.attributes import LANGUAGE, compared_form
from jc1p.core.folding import fold
from jc1p.core.kind_words import NOUNS
from jc1p.core.models import Account
from jc1p.core.past_runs import Entry, Status
from jc1p.core.plan import Change, Difference, Held, Hold, Kind, user_key
from jc1p.core.planning import Situation
from jc1p.core.policy import SuspendedBy
from jc1p.core.rollback.later_changes import ACTIVE
from jc1p.core.rollback.undoing import ANOTHERS, Undoing, is_anothers


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


def account_of(undoing: Undoing, entry: Entry) -> Account | None:
    """The account as it is now; None, with a warning, if it was deleted or got another user."""
    account = undoing.situation.actual.accounts.get(entry.scim_id or "")
    if account is None:
        undoing.cannot(entry, "the account was deleted from 1Password")
    elif is_anothers(undoing.situation, account, entry.jumpcloud_id):
        undoing.cannot(entry, f"{ANOTHERS}; not changed")
        return None
    return account


def base_change(undoing: Undoing, entry: Entry, account: Account, kind: Kind) -> Change:
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


def undo_invitation(undoing: Undoing, entry: Entry) -> None:
    """Suspend the invited account; the invitation email can't be recalled."""
    if entry.existed:
        undoing.cannot(entry, "the account existed before the run and is not changed")
        return
    if entry.scim_id is None:
        undoing.cannot(entry, "unknown whether the invitation was sent; 1Password shows no account")
        return
    undoing.cannot(entry, "the invitation email was sent; the account is suspended, not deleted")
    set_active(undoing, entry, active=False)


def set_active(undoing: Undoing, entry: Entry, *, active: bool) -> None:
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
        reason = f"{change.reason}, but protected"
        undoing.held.append(Held(change.kind, Hold.PROTECTED, reason, change.user, user_key=change.key))
        return
    undoing.changes.append(change._replace(attributes={"active": Difference(before=not active, after=active)}))


def restore_attributes(undoing: Undoing, entry: Entry) -> None:
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


def restore(undoing: Undoing, entry: Entry, account: Account, kind: Kind, name: str, now: str) -> None:
    before, after = entry.attributes[name].before, entry.attributes[name].after
    if not isinstance(before, str) or not before or compared_form(name, now) == compared_form(name, before):
        return
    if compared_form(name, now) != compared_form(name, str(after)):
        undoing.cannot(entry, f'{name} was changed to "{now}" after the run; not changed')
        return
    if undoing.is_of_later_run(entry, name, now):
        return
    change = base_change(undoing, entry, account, kind)
    undoing.changes.append(change._replace(attributes={name: Difference(now, before)}))
