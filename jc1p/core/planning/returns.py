"""Decides whether a suspended account is reactivated: giving access back needs a reason, as removing it does.

A return is due for an account that jc1p suspended, or whose person it saw suspended in JumpCloud (or with an expired
password, if that suspends) while the account was inactive. All other accounts were suspended by an admin or another
tool, perhaps on purpose. They stay suspended until an admin decides otherwise. State and journal remember the cause; if
neither knows it, the account stays suspended.
"""

from collections.abc import Iterator

from jc1p.core.models import Account, Person
from jc1p.core.plan import Held, Hold, Kind, user_key
from jc1p.core.planning.people_result import is_password_unknown, is_provisioned, is_suspended
from jc1p.core.planning.situation import Situation
from jc1p.core.policy import SuspendedBy, Suspension
from jc1p.runtime.command_lines import command_line

DUE = frozenset({SuspendedBy.JC1P, SuspendedBy.JUMPCLOUD})


def is_return_due(situation: Situation, account: Account) -> bool:
    """Whether jc1p suspended this account, or saw its person suspended in JumpCloud meanwhile."""
    known = situation.memory.suspensions.get(account.id)
    return known is not None and known.by in DUE


def hold_return(situation: Situation, person: Person, account: Account) -> Held | None:
    """Why an active JumpCloud user's account stays suspended; None if nothing holds the return."""
    key = user_key(person.id, account.id)
    if key in situation.reactivate:
        return None
    is_unknown = is_password_unknown(situation, person)
    is_due = is_return_due(situation, account) or situation.policy.users.reactivate_elsewhere
    if is_due and not is_unknown:
        return None
    known = situation.memory.suspensions.get(account.id)
    why = CANNOT_TELL if is_unknown else why_elsewhere(person, known)
    reason = f"{why}. To restore access: {command_line('sync', '--reactivate', person.email)}"
    is_new = known is None and not is_unknown
    return Held(Kind.REACTIVATE_USER, Hold.SUSPENDED_ELSEWHERE, reason, person.email, is_new=is_new, user_key=key)


def held_return(situation: Situation, person: Person, account: Account) -> Held | None:
    """Why a user's return is held; None if nothing holds it or no return is due: active, out of scope, suspended."""
    if account.active or person.id not in situation.desired.people or not is_provisioned(situation, person):
        return None
    return hold_return(situation, person, account)


CANNOT_TELL = "active in JumpCloud and suspended in 1Password, but JumpCloud does not say whether the password expired"


def why_elsewhere(person: Person, known: Suspension | None) -> str:
    """That an admin or another tool suspended an account, since when this is known, and the likely cause."""
    since = f", first seen {known.since:%Y-%m-%d %H:%M} UTC" if known else ""
    said = f"active in JumpCloud, and suspended in 1Password, but not by jc1p{since}"
    return f"{said}. {LIKELY_CONNECTOR}" if person.password_expired else said


LIKELY_CONNECTOR = "The password expired in JumpCloud: probably JumpCloud's own connector suspended the account"
"""JumpCloud's other stock connectors send such people as inactive (facts/jumpcloud-api.md, corrections of 4.6)."""


def suspensions_seen(situation: Situation, *, is_whole: bool) -> Iterator[tuple[str, SuspendedBy]]:
    """Ids of suspended accounts that are new to jc1p, with who suspended them as far as this reading shows.

    Only a run that `is_whole` (allowed, not narrowed) takes a suspension in JumpCloud for the cause. A user whose
    password may have expired is skipped.
    """
    for account_id, found in situation.matches.by_account.items():
        account = situation.actual.accounts.get(account_id)
        if account is None or account.active or account_id in situation.memory.suspensions:
            continue
        person = situation.source.people[found.person_id]
        if is_suspended(situation, person):
            if is_whole:
                yield account_id, SuspendedBy.JUMPCLOUD
        elif is_password_unknown(situation, person):
            continue
        elif person.id in situation.desired.people and is_provisioned(situation, person):
            yield account_id, SuspendedBy.SOMEBODY_ELSE


def returned(situation: Situation) -> list[str]:
    """Ids of accounts that were suspended and are active now: their remembered suspension is over."""
    accounts = situation.actual.accounts
    return [id_ for id_ in situation.memory.suspensions if id_ in accounts and accounts[id_].active]
