"""Accounts without a user in scope, and suspended users: what may be removed, and what holds it.

The table behind these rules is docs/lifecycle.md.
"""

from collections.abc import Iterable, Sequence

from jc1p.core.attributes import listed, quoted_name
from jc1p.core.folding import fold
from jc1p.core.models import Account, Group, Person, PersonState
from jc1p.core.plan import Change, Difference, Held, Hold, Kind, PlanWarning, user_key
from jc1p.core.planning.people_result import Standing, has_expired_password, is_suspended, why_not_provisioned
from jc1p.core.planning.situation import Situation
from jc1p.core.policy import Ownership


def plan_others(situation: Situation, standing: Standing) -> None:
    """Accounts outside the scope: managed ones may be suspended, the others are only counted."""
    settled = {situation.account_by_person.get(id_) for id_ in situation.desired.people}
    settled |= situation.matches.ambiguous_accounts
    others = [account for id_, account in situation.actual.accounts.items() if id_ not in settled]
    for account in sorted_accounts(others):
        found = situation.matches.by_account.get(account.id)
        person = situation.source.people[found.person_id] if found else None
        if is_excluded(situation, account, person):
            standing.excluded.add(account.id)
            standing.leave_alone(person, account, "excluded by scope.exclude_users")
            warn_of_leaver(situation, standing, account, person)
            continue
        if not is_owned(situation, account):
            standing.unowned.add(account.id)
            standing.leave_alone(person, account, why_unowned(situation, person))
            continue
        if account.active and not situation.is_protected(account):
            standing.owned.add(account.id)
        plan_loss(situation, standing, account, person)


def is_excluded(situation: Situation, account: Account, person: Person | None) -> bool:
    """Excluded from any change; a user who was deleted in JumpCloud is excluded by the account's address."""
    if person:
        return person.id in situation.desired.excluded
    return situation.desired.scope.excludes_address(account.user_name)


def warn_of_leaver(situation: Situation, standing: Standing, account: Account, person: Person | None) -> None:
    """Warn that an excluded user would be suspended without the exclusion."""
    stays = person is not None and person.state is not PersonState.SUSPENDED
    stays = stays and person is not None and person.id in situation.desired.excluded_in_scope
    if account.active and not stays and is_owned(situation, account):
        message = f"excluded by scope.exclude_users, {why_lost(situation, account, person)}, and still active"
        standing.draft.warnings.append(PlanWarning("excluded_leaver", situation.email_of(account), message))


def sorted_accounts(accounts: Iterable[Account]) -> list[Account]:
    return sorted(accounts, key=lambda account: (fold(account.user_name), account.id))


def is_owned(situation: Situation, account: Account) -> bool:
    """Whether jc1p may suspend an account without a user in scope (the contract's Ownership)."""
    found = situation.matches.by_account.get(account.id)
    linked = account.id in situation.linked_accounts
    match situation.policy.users.ownership:
        case Ownership.LINKED:
            return linked
        case Ownership.DIRECTORY:
            return linked or found is not None
        case Ownership.ALL:
            return True


def why_unowned(situation: Situation, person: Person | None) -> str:
    ownership = situation.policy.users.ownership
    if person is None:
        return f"no JumpCloud user has this account, and users.ownership is {ownership}: jc1p does not manage it"
    where = "not matched by scope.users" if person.id in situation.desired.kept_out else "in no group in scope"
    return f"{where}, and never linked; users.ownership is {ownership}: jc1p does not manage it"


def plan_loss(situation: Situation, standing: Standing, account: Account, person: Person | None) -> None:
    """Suspend a managed account whose person is suspended, unassigned or deleted, or say why not."""
    if not account.active:
        if person is not None and person.id in situation.desired.people:
            standing.unchanged.append(account.id)
        standing.leave_alone(person, account, f"{why_lost(situation, account, person)}, and already suspended")
        return
    policy = situation.policy.users
    change = Change(
        Kind.SUSPEND_USER,
        user_key(person.id if person else None, account.id),
        why_lost(situation, account, person),
        user=person.email if person else account.user_name,
        jumpcloud_id=person.id if person else situation.matches.gone.get(account.id),
        scim_id=account.id,
        attributes={"active": Difference(before=True, after=False)},
    )
    if person and person.state is PersonState.STAGED and not policy.provision_staged:
        standing.leave_alone(person, account, why_not_provisioned(situation, person))
        return
    key, wanted = loss_policy(situation, person)
    if not (person and is_suspended(situation, person)):
        standing.absent.add(account.id)
    if not wanted:
        standing.leave_alone(person, account, f"{change.reason}, and users.{key} is ignore")
        if account.id in standing.owned:
            standing.removable.add(account.id)
        return
    if held := hold_loss(situation, change, account):
        standing.draft.held.append(held)
    else:
        standing.draft.changes.append(change)


def loss_policy(situation: Situation, person: Person | None) -> tuple[str, bool]:
    """The configuration key that decides about a loss, and whether it suspends."""
    policy = situation.policy.users
    if person is None:
        return "when_deleted", policy.suspend_deleted
    if person.state is PersonState.SUSPENDED:
        return "when_suspended", policy.suspend_suspended
    if has_expired_password(situation, person):
        return "when_password_expired", policy.suspend_password_expired
    return "when_unassigned", policy.suspend_unassigned


def why_lost(situation: Situation, account: Account, person: Person | None) -> str:
    if person is None:
        gone = account.id in situation.matches.gone
        return "deleted from JumpCloud" if gone else "no JumpCloud user has this account"
    if person.state is PersonState.SUSPENDED:
        return "suspended in JumpCloud"
    if has_expired_password(situation, person):
        return "the password expired in JumpCloud"
    if person.id in situation.desired.kept_out:
        return "no longer in scope: scope.users does not match the user"
    return "no longer assigned: in no group in scope"


def hold_loss(situation: Situation, change: Change, account: Account) -> Held | None:
    """The reason not to suspend now; protection is checked first."""
    if situation.is_protected(account):
        reason = f"{change.reason}, but protected"
        return Held(change.kind, Hold.PROTECTED, reason, change.user, user_key=change.key)
    if not situation.actual.accounts_complete:
        reason = f"{change.reason}, but jc1p could not read all 1Password accounts"
        return Held(change.kind, Hold.INCOMPLETE_READ, reason, change.user, user_key=change.key)
    person = situation.source.people.get(change.jumpcloud_id or "")
    if person and is_suspended(situation, person):
        return None
    # A clock that was ahead when the loss was seen must not delay the suspension forever.
    since = min(situation.memory.absent_since.get(account.id, situation.now), situation.now)
    until = since + situation.policy.users.grace_period
    if situation.now < until:
        reason = f"{change.reason}; to be suspended after {until:%Y-%m-%d %H:%M} UTC (grace period)"
        return Held(change.kind, Hold.GRACE_PERIOD, reason, change.user, user_key=change.key)
    return None


def why_taken_out(situation: Situation, group: Group, leaving: Sequence[Account]) -> str:
    """Why members leave a group in scope: they left it in JumpCloud, or the filter no longer includes them."""
    by_account, kept_out = situation.matches.by_account, situation.desired.kept_out
    filtered = [each for each in leaving if each.id in by_account and by_account[each.id].person_id in kept_out]
    if filtered and len(filtered) == len(leaving):
        return f"scope.users does not match {'this user' if len(filtered) == 1 else 'these users'}"
    reason = f"no longer in the JumpCloud group {quoted_name(group.name)}"
    emails = listed([situation.email_of(each) for each in filtered])
    return f"{reason}, or not matched by scope.users: {emails}" if filtered else reason
