"""People about to be invited who may have an account already, under an address that matching couldn't find.

Strong evidence holds the invitation, weak evidence only warns (the contract's "Probable duplicates"). Pure, and
by index: comparing everybody with everybody would be quadratic.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from jc1p.core.attributes import fold_email, tidy
from jc1p.core.matching import group_by
from jc1p.core.models import Account, NewAccount, Person

MOST_ALIKE = 5
"""Accounts named for one person and one kind of evidence: a thousand people called "Info" help nobody."""


@dataclass(frozen=True, slots=True)
class Resemblance:
    """One account that may be a person's, and why; `is_strong` holds the invitation."""

    account: Account
    why: str
    is_strong: bool


@dataclass(frozen=True, slots=True)
class AccountIndex:
    """Accounts that nobody was matched with, by what people may share with them."""

    by_address: Mapping[str, Sequence[Account]] = field(default_factory=dict)
    by_name: Mapping[str, Sequence[Account]] = field(default_factory=dict)
    by_local_part: Mapping[str, Sequence[Account]] = field(default_factory=dict)
    by_name_and_local_part: Mapping[tuple[str, str], Sequence[Account]] = field(default_factory=dict)


def index_accounts(accounts: Iterable[Account]) -> AccountIndex:
    """Index the accounts that are left over after matching."""
    listed = sorted(accounts, key=lambda account: (fold_email(account.user_name), account.id))
    return AccountIndex(
        by_address=group_by(listed, lambda account: fold_email(account.user_name)),
        by_name=group_by(listed, lambda account: fold_name(account.display_name)),
        by_local_part=group_by(listed, lambda account: local_part(account.user_name)),
        by_name_and_local_part=group_by(listed, name_and_local_part),
    )


def name_and_local_part(account: Account) -> tuple[str, str] | None:
    name, local = fold_name(account.display_name), local_part(account.user_name)
    return (name, local) if name and local else None


def fold_name(name: str) -> str:
    return tidy(name).casefold()


def local_part(address: str) -> str:
    """What is before the @, without dots and plus-tags: a.lee+work@example.com and alee@corp.example are alike."""
    return fold_email(address).partition("@")[0].partition("+")[0].replace(".", "")


def resemblances(person: Person, wanted: NewAccount, index: AccountIndex) -> list[Resemblance]:
    """Accounts that may be this person's, the strongest evidence for each, strong ones first."""
    found: dict[str, Resemblance] = {}

    def note(accounts: Iterable[Account], why: str, *, is_strong: bool) -> None:
        for account in islice(accounts, MOST_ALIKE):
            found.setdefault(account.id, Resemblance(account, why, is_strong))

    for address in person.other_emails:
        note(index.by_address.get(fold_email(address), ()), "their alternate or recovery email", is_strong=True)
    name, local = fold_name(wanted.display_name), local_part(wanted.user_name)
    both = index.by_name_and_local_part.get((name, local), ())
    note(both, "the same name and local part", is_strong=True)
    note(index.by_name.get(name, ()), "the same name", is_strong=False)
    note(index.by_local_part.get(local, ()), "the same local part", is_strong=False)
    return sorted(found.values(), key=lambda each: not each.is_strong)
