"""Finds people to invite who may already have an account, under an address that matching couldn't find.

Strong evidence holds the invitation, weak evidence only warns (the contract's "Probable duplicates"). Pure. Uses
indexes, since comparing every person with every account would take quadratic time.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from jc1p.core.folding import blur, fold
from jc1p.core.matching import group_by
from jc1p.core.models import Account, NewAccount, Person
from jc1p.core.nothing import NOTHING

OTHER_EMAIL = "their alternate or recovery email"
MOST_ALIKE = 5
"""Accounts named per person and kind of evidence: a list of a thousand people called "Info" would be useless."""


class Resemblance(NamedTuple):
    """An account that may be a person's, and why; `is_strong` holds the invitation."""

    account: Account
    why: str
    is_strong: bool


class AccountIndex(NamedTuple):
    """Accounts without a match, indexed by what people may share with them."""

    by_address: Mapping[str, Sequence[Account]] = NOTHING
    by_blurred_address: Mapping[str, Sequence[Account]] = NOTHING
    by_name: Mapping[str, Sequence[Account]] = NOTHING
    by_local_part: Mapping[str, Sequence[Account]] = NOTHING
    by_name_and_local_part: Mapping[tuple[str, str], Sequence[Account]] = NOTHING


class Crowd(NamedTuple):
    """How many people and accounts have a name, and how many people list an alternate or recovery address."""

    people_by_name: Mapping[str, int] = NOTHING
    accounts_by_name: Mapping[str, int] = NOTHING
    people_by_other_address: Mapping[str, int] = NOTHING

    def is_only_theirs(self, name: str) -> bool:
        """True for a full name that exactly one person and one account have."""
        is_full = " " in name
        return is_full and self.people_by_name.get(name, 0) <= 1 and self.accounts_by_name.get(name, 0) <= 1


def count_crowd(
    people: Iterable[Person], wanted: Mapping[str, NewAccount], accounts: Iterable[Account]
) -> Crowd:  # fmt: skip
    """Count all people and accounts, in scope or not, matched or not."""
    everybody = list(people)
    return Crowd(
        people_by_name=Counter(fold(wanted[person.id].display_name) for person in everybody),
        accounts_by_name=Counter(fold(account.display_name) for account in accounts),
        people_by_other_address=Counter(
            address for person in everybody for address in {fold(each) for each in person.other_emails}
        ),
    )


def index_accounts(accounts: Iterable[Account]) -> AccountIndex:
    """Index the accounts that have no match."""
    listed = sorted(accounts, key=lambda account: (fold(account.user_name), account.id))
    return AccountIndex(
        by_address=group_by(listed, lambda account: fold(account.user_name)),
        by_blurred_address=group_by(listed, lambda account: blurred_address(account.user_name)),
        by_name=group_by(listed, lambda account: fold(account.display_name)),
        by_local_part=group_by(listed, lambda account: local_part(account.user_name)),
        by_name_and_local_part=group_by(listed, name_and_local_part),
    )


def name_and_local_part(account: Account) -> tuple[str, str] | None:
    name, local = fold(account.display_name), local_part(account.user_name)
    return (name, local) if name and local else None


def local_part(address: str) -> str:
    """The part before the @, without dots and plus-tags: a.lee+work@example.com and alee@corp.example are alike."""
    return fold(address).partition("@")[0].partition("+")[0].replace(".", "")


def blurred_address(address: str) -> str:
    """The form in which addresses look alike; an international domain looks like its ASCII form (xn--…)."""
    local, at, domain = blur(address).rpartition("@")
    try:
        return f"{local}{at}{domain if domain.isascii() else domain.encode('idna').decode()}"
    except UnicodeError:
        return f"{local}{at}{domain}"


def resemblances(person: Person, wanted: NewAccount, index: AccountIndex, crowd: Crowd) -> list[Resemblance]:
    """Accounts that may be this person's, with the strongest evidence for each, strong ones first."""
    found: dict[str, Resemblance] = {}

    def note(accounts: Iterable[Account], why: str, *, is_strong: bool) -> None:
        for account in islice(accounts, MOST_ALIKE):
            known = found.get(account.id)
            if known is None or (is_strong and not known.is_strong):
                found[account.id] = Resemblance(account, why, is_strong)

    for address in map(fold, person.other_emails):
        is_shared = crowd.people_by_other_address.get(address, 0) > 1
        why = "an alternate or recovery email that several users have" if is_shared else OTHER_EMAIL
        note(index.by_address.get(address, ()), why, is_strong=not is_shared)
    lookalikes = index.by_blurred_address.get(blurred_address(wanted.user_name), ())
    note(lookalikes, f"an email with letters that look like {wanted.user_name}", is_strong=True)
    name, local = fold(wanted.display_name), local_part(wanted.user_name)
    both = index.by_name_and_local_part.get((name, local), ())
    note(both, "the same name and local part", is_strong=True)
    if crowd.is_only_theirs(name):
        note(index.by_name.get(name, ()), "the same full name, and no other user has it", is_strong=True)
    note(index.by_name.get(name, ()), "the same name", is_strong=False)
    note(index.by_local_part.get(local, ()), "the same local part", is_strong=False)
    return sorted(found.values(), key=lambda each: not each.is_strong)
