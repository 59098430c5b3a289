"""People about to be invited who may have an account already, under an address that matching couldn't find.

Strong evidence holds the invitation, weak evidence only warns (the contract's "Probable duplicates"). Pure, and
by index: comparing everybody with everybody would be quadratic.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from jc1p.attributes import fold_email, tidy
from jc1p.models import Account, NewAccount, Person


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


def index_accounts(accounts: Iterable[Account]) -> AccountIndex:
    """Index the accounts that are left over after matching."""
    by_address: dict[str, list[Account]] = defaultdict(list)
    by_name: dict[str, list[Account]] = defaultdict(list)
    by_local_part: dict[str, list[Account]] = defaultdict(list)
    for account in sorted(accounts, key=lambda account: (fold_email(account.user_name), account.id)):
        by_address[fold_email(account.user_name)].append(account)
        by_name[fold_name(account.display_name)].append(account)
        by_local_part[local_part(account.user_name)].append(account)
    for index in (by_address, by_name, by_local_part):
        index.pop("", None)
    return AccountIndex(dict(by_address), dict(by_name), dict(by_local_part))


def fold_name(name: str) -> str:
    return tidy(name).casefold()


def local_part(address: str) -> str:
    """What is before the @, without dots and plus-tags: a.lee+work@example.com and alee@corp.example are alike."""
    return fold_email(address).partition("@")[0].partition("+")[0].replace(".", "")


def resemblances(person: Person, wanted: NewAccount, index: AccountIndex) -> list[Resemblance]:
    """Accounts that may be this person's, the strongest evidence for each, strong ones first."""
    found: dict[str, Resemblance] = {}

    def note(accounts: Iterable[Account], why: str, *, is_strong: bool) -> None:
        for account in accounts:
            found.setdefault(account.id, Resemblance(account, why, is_strong))

    for address in person.other_emails:
        note(index.by_address.get(fold_email(address), ()), "their alternate or recovery email", is_strong=True)
    named = index.by_name.get(fold_name(wanted.display_name), ())
    called = index.by_local_part.get(local_part(wanted.user_name), ())
    both = {account.id for account in named} & {account.id for account in called}
    note((account for account in named if account.id in both), "the same name and local part", is_strong=True)
    note(named, "the same name", is_strong=False)
    note(called, "the same local part", is_strong=False)
    return sorted(found.values(), key=lambda each: not each.is_strong)
