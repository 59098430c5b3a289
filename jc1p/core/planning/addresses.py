"""Email changes to an address that another account has: which change waits, which comes first, what holds both.

An address is a resource that one change frees and another takes (docs/adr/0018-names-are-resources.md).
"""

from jc1p.core.folding import fold
from jc1p.core.matching import ONE_OR_TWO
from jc1p.core.models import Account
from jc1p.core.plan import Change, Held, Hold, Kind, user_key
from jc1p.core.planning.situation import Draft, Situation


def settle_renames(situation: Situation, draft: Draft) -> None:
    """Order email changes that need each other's addresses; hold those whose address won't become free."""
    renames = {change.key: change for change in draft.changes if change.kind is Kind.RENAME_USER}
    settled: list[Change] = []
    for change in draft.changes:
        holder = address_holder(situation, change)
        if holder is None:
            settled.append(change)
        elif runs_in_circle(situation, renames, change):
            reason = "these users swap emails. Change one of them to a temporary email first"
            draft.held.append(Held(change.kind, Hold.AMBIGUOUS_MATCH, reason, change.user, user_key=change.key))
        elif waiting := wait_for_address(situation, draft, change, holder):
            settled.append(waiting)
    draft.changes[:] = settled


def address_holder(situation: Situation, change: Change) -> Account | None:
    """The other account that has the address an email change wants."""
    if change.kind is not Kind.RENAME_USER:
        return None
    holder = situation.occupied.get(fold(str(change.attributes["userName"].after)))
    return holder if holder and holder.id != change.scim_id else None


def runs_in_circle(situation: Situation, renames: dict[str, Change], start: Change) -> bool:
    seen: set[str] = set()
    change: Change | None = start
    while change and change.key not in seen:
        seen.add(change.key)
        holder = address_holder(situation, change)
        found = situation.matches.by_account.get(holder.id) if holder else None
        change = renames.get(user_key(found.person_id, None)) if found else None
    return change is not None


def wait_for_address(situation: Situation, draft: Draft, change: Change, holder: Account) -> Change | None:
    """The change, to run after the email change that frees its address; None when it has to be held."""
    found = situation.matches.by_account.get(holder.id)
    key = user_key(found.person_id if found else None, holder.id)
    if any(other.kind is Kind.RENAME_USER and other.key == key for other in draft.changes):
        return change._replace(after=key)
    address = holder.user_name
    if found and is_waiting_for_email(situation, holder, situation.wanted[found.person_id].user_name):
        reason = f"{situation.email_of(holder)} still has the email {address} and has not confirmed the change"
        draft.held.append(Held(change.kind, Hold.AWAITING_CONFIRMATION, reason, change.user, user_key=change.key))
    else:
        reason = f"{address} is the address of {whose_account(situation, holder, change)}"
        draft.held.append(Held(change.kind, Hold.AMBIGUOUS_MATCH, reason, change.user, user_key=change.key))
    return None


def whose_account(situation: Situation, holder: Account, change: Change) -> str:
    """The account that has the address, with both records and what to do if it is linked to another person."""
    found = situation.matches.by_account.get(holder.id)
    if found is None:
        return f"another 1Password account ({holder.id})"
    other = situation.source.people[found.person_id]
    return (
        f"the 1Password account {holder.id}, which belongs to {other.email} (JumpCloud {other.id}, {other.state}); "
        f"this is JumpCloud {change.jumpcloud_id}. {ONE_OR_TWO}"
    )


def is_waiting_for_email(situation: Situation, account: Account, wanted: str) -> bool:
    """True when the change to this address was sent and 1Password still shows the old one."""
    request = situation.memory.requests.get((account.id, "userName"))
    if request is None or fold(account.user_name) == fold(wanted):
        return False
    return fold(request.value) == fold(wanted)
