"""Accounts and groups that get a different owner: the warning `takes_over`.

Anyone who can set an address or a name in JumpCloud can take over what 1Password has under it. So a match by address or
name is shown before all other warnings if the account is protected, was linked to another record, or if the group has
members.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from jc1p.core.matching import Match, MatchedBy
from jc1p.core.models import Account, Person
from jc1p.core.plan import TAKES_OVER, Change, PlanWarning
from jc1p.core.planning.situation import Situation

BY_ADDRESS = frozenset({MatchedBy.EMAIL, MatchedBy.ALIAS})
"""The kinds of match without a link: only these can take over an account."""


def takeover(subject: str, key: str, what: str, facts: Sequence[str], becomes: str) -> PlanWarning:
    """The warning, the same for both: what it is, why that matters, and the new owner."""
    return PlanWarning(TAKES_OVER, subject, f"{what} {' and '.join(facts)}. It becomes {becomes}", key)


def former_link(what: str, jumpcloud_id: str) -> str:
    """The former link, as the last of the facts."""
    return f"was linked to the JumpCloud {what} {jumpcloud_id}, which was deleted"


class Takeover(NamedTuple):
    """An account that a person gets without a link; `former` is the JumpCloud id it was linked to, None for none.

    `by` is the evidence of the match.
    """

    person: Person
    account: Account
    by: str
    former: str | None
    is_protected: bool

    def warning(self, key: str) -> PlanWarning:
        """The warning to show."""
        what = f"the 1Password account {self.account.user_name} ({self.account.id}), matched by {self.by},"
        facts = ["is protected"] if self.is_protected else []
        facts += [former_link("user", self.former)] if self.former else []
        whose = f"the account of the JumpCloud user {self.person.email} ({self.person.id})"
        return takeover(self.person.email, key, what, facts, f"{whose} and gets that user's name and groups")


def account_takeover(situation: Situation, person: Person, account: Account, by: str) -> Takeover | None:
    """What a person without a link takes over; None if the account had no link and isn't protected."""
    former, is_protected = situation.source_of_account.get(account.id), situation.is_protected(account)
    return Takeover(person, account, by, former, is_protected) if former or is_protected else None


def by_address(situation: Situation, found: Match) -> Takeover | None:
    """What a match takes over; None for a link."""
    if found.by not in BY_ADDRESS:
        return None
    account, person = situation.actual.accounts[found.account_id], situation.source.people[found.person_id]
    return account_takeover(situation, person, account, found.by)


def account_takeovers(situation: Situation, changes: Iterable[Change]) -> dict[str, Takeover]:
    """By user key, the takeovers that a plan carries out: each of these changes records the account's new owner."""
    keys = {change.key: change.scim_id for change in changes if change.jumpcloud_id and change.scim_id}
    matches = {key: situation.matches.by_account.get(scim_id) for key, scim_id in keys.items()}
    taken = {key: by_address(situation, found) for key, found in matches.items() if found}
    return {key: each for key, each in taken.items() if each}
