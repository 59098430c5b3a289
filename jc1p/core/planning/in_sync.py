"""Finds users in sync before anything is created for them: nearly all users in nearly every run.

Only the plainest case is recognised: both services show the same texts, so their compared forms are equal too. All
other users go through people.py, which finds many of them in sync as well.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from jc1p.core.attributes import whole_fields
from jc1p.core.folding import fold
from jc1p.core.models import Account, Person, PersonState
from jc1p.core.planning.situation import Situation

ACTIVATED = PersonState.ACTIVATED


class Plain(NamedTuple):
    """The plain case under a policy: how to read its texts, and which users are no plain case."""

    texts: Callable[[Person], tuple[str, ...]]
    aliases: Mapping[str, str]
    suspends_expired: bool

    def is_in_sync(self, person: Person, account: Account) -> bool:
        """Active on both sides, linked, and with the same email and name, letter by letter."""
        user_name, display_name = self.texts(person)
        return (
            account.external_id == person.id
            and account.user_name == user_name
            and account.display_name == display_name
            and account.active
            and person.state is ACTIVATED
            and not (self.suspends_expired and person.password_expired)
            and user_name[:1].isalnum()
            and display_name[:1].isalnum()
            and not (self.aliases and fold(person.email) in self.aliases)
        )


def find_in_sync(situation: Situation) -> dict[str, str]:
    """Person id to account id of the users in scope who are plainly in sync."""
    users = situation.policy.users
    texts = whole_fields(users.templates)
    if texts is None:
        return {}
    is_in_sync = Plain(texts, users.aliases, users.suspend_password_expired).is_in_sync
    accounts, matched = situation.actual.accounts, situation.account_by_person
    return {
        id_: account_id
        for id_, person in situation.desired.people.items()
        if (account_id := matched.get(id_)) and is_in_sync(person, accounts[account_id])
    }
