"""Decides which 1Password account belongs to which JumpCloud person, and by what evidence.

Links come first, then externalId, email and alias, so that a renamed person keeps the account. Pure. What follows from
a match is decided in planning/.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, TypeVar

from jc1p.core.attributes import WantedAccounts
from jc1p.core.folding import fold, fold_all
from jc1p.core.models import Account, NewAccount, Person
from jc1p.core.nothing import NOTHING

Item = TypeVar("Item")


Key = TypeVar("Key")


def group_by(items: Iterable[Item], key: Callable[[Item], Key | None]) -> dict[Key, list[Item]]:
    """Items by key, in their order; items whose key is None or empty are skipped."""
    grouped: dict[Key, list[Item]] = defaultdict(list)
    for item in items:
        if found := key(item):
            grouped[found].append(item)
    return dict(grouped)


HEXADECIMAL = b"0123456789abcdef"
JUMPCLOUD_ID = re.compile(r"[0-9a-f]{24}", re.IGNORECASE)


class MatchedBy(StrEnum):
    """How a match was made, best evidence first."""

    LINK = "link"
    EXTERNAL_ID = "externalId"
    EMAIL = "email"
    ALIAS = "alias"


class Links(NamedTuple):
    """What state remembers: JumpCloud id to SCIM id, for people and for groups."""

    users: Mapping[str, str] = NOTHING
    groups: Mapping[str, str] = NOTHING


class Match(NamedTuple):
    """A person and their account."""

    person_id: str
    account_id: str
    by: MatchedBy


class Ambiguity(NamedTuple):
    """People and accounts that evidence connects in more than one way; jc1p changes none of them."""

    person_ids: frozenset[str]
    account_ids: frozenset[str]
    message: str


@dataclass(frozen=True, eq=False, repr=False)
class Matches:
    """The result of matching.

    `linked` maps accounts to the JumpCloud id they are linked to, by externalId or, failing that, by state; `gone` has
    those of them whose JumpCloud id is no longer listed.
    """

    by_person: Mapping[str, Match]
    by_account: Mapping[str, Match]
    ambiguities: tuple[Ambiguity, ...] = ()
    linked: Mapping[str, str] = field(default_factory=dict)
    gone: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def ambiguous_people(self) -> Mapping[str, Ambiguity]:
        """Person id to the ambiguity they are part of."""
        return {id_: case for case in self.ambiguities for id_ in case.person_ids}

    @cached_property
    def ambiguous_accounts(self) -> frozenset[str]:
        """Accounts that must not be changed."""
        return frozenset(id_ for case in self.ambiguities for id_ in case.account_ids)


def linked_person(external_id: str) -> str:
    """The JumpCloud id in an externalId: 24 hexadecimal characters, in lower case; "" for any other text."""
    return external_id.lower() if JUMPCLOUD_ID.fullmatch(external_id) else ""


ONE_OR_TWO = (
    "If both JumpCloud users are the same person, delete the older one: the other one then gets the account. "
    "Otherwise, "
    "change the email of one of them in JumpCloud"
)
"""What to do if two JumpCloud records want one account, for example after a person was hired again."""


class _Ledger:
    """Matches found so far; a person or account that is settled takes no part in later steps."""

    def __init__(self, people: Mapping[str, Person], accounts: Mapping[str, Account]) -> None:
        self.people, self.accounts = people, accounts
        self.found: list[Match] = []
        self.ambiguities: list[Ambiguity] = []
        self.settled_people: set[str] = set()
        self.settled_accounts: set[str] = set()

    def settle(self, person_id: str, account_id: str, by: MatchedBy) -> None:
        self.found.append(Match(person_id, account_id, by))
        self.settled_people.add(person_id)
        self.settled_accounts.add(account_id)

    def settle_all(self, accounts: Mapping[str, str], linked: AbstractSet[str]) -> None:
        """Person id to account id, none of them twice: the `linked` people by link, the others by externalId."""
        by = [MatchedBy.LINK if id_ in linked else MatchedBy.EXTERNAL_ID for id_ in accounts]
        self.found += map(Match, accounts.keys(), accounts.values(), by)
        self.settled_people |= accounts.keys()
        self.settled_accounts.update(accounts.values())

    def set_aside(self, people: Iterable[str], accounts: Iterable[str], why: str) -> None:
        person_ids, account_ids = frozenset(people), frozenset(accounts)
        names = ", ".join([*self.names_of(person_ids), *self.accounts_named(account_ids)])
        self.ambiguities.append(Ambiguity(person_ids, account_ids, f"{why}: {names}; jc1p changes none of them"))
        self.settled_people |= person_ids
        self.settled_accounts |= account_ids

    def hold_back(self, people: Iterable[str], holders: Iterable[str], address: str) -> None:
        """People whose address belongs to a user who already has an account."""
        person_ids = frozenset(people)
        message = (
            f"{' and '.join(self.names_of(holders))} has the email {address} and the account; "
            f"{' and '.join(self.names_of(person_ids))} gets no account. {ONE_OR_TWO}"
        )
        self.ambiguities.append(Ambiguity(person_ids, frozenset(), message))
        self.settled_people |= person_ids

    def names_of(self, people: Iterable[str]) -> list[str]:
        return [f"{self.people[id_].email} (JumpCloud {id_})" for id_ in sorted(people)]

    def accounts_named(self, accounts: Iterable[str]) -> list[str]:
        return [f"{self.accounts[id_].user_name} (1Password {id_})" for id_ in sorted(accounts)]


def match(
    people: Mapping[str, Person],
    accounts: Mapping[str, Account],
    links: Links,
    wanted: WantedAccounts,
    aliases: Mapping[str, str],
) -> Matches:
    """Match every JumpCloud person, in scope or not, against every account.

    `wanted` holds each person's attributes by person id (its user_name is what an invitation would use);
    `aliases` maps folded JumpCloud emails to folded 1Password emails.
    """
    ledger = _Ledger(people, accounts)
    shown = shown_ids(accounts)
    match_links(ledger, links, shown)
    match_addresses(ledger, wanted, aliases)
    linked = linked_ids(accounts, links, shown)
    gone = {
        account_id: person_id
        for account_id, person_id in linked.items()
        if person_id not in people and account_id not in ledger.settled_accounts
    }
    return Matches(
        by_person={found.person_id: found for found in ledger.found},
        by_account={found.account_id: found for found in ledger.found},
        ambiguities=tuple(ledger.ambiguities),
        linked=linked,
        gone=gone,
    )


def shown_ids(accounts: Mapping[str, Account]) -> dict[str, str]:
    """Account id to the JumpCloud id in its externalId."""
    shown = {id_: account.external_id for id_, account in accounts.items() if account.external_id}
    if are_ids(shown.values()):
        return shown
    return {id_: found for id_, external_id in shown.items() if (found := linked_person(external_id))}


def are_ids(texts: Collection[str]) -> bool:
    """Whether all are JumpCloud ids as JumpCloud writes them, found out for all at once: they nearly always are."""
    whole = "".join(texts)
    return set(map(len, texts)) <= {24} and whole.isascii() and not whole.encode().translate(None, HEXADECIMAL)


def linked_ids(accounts: Mapping[str, Account], links: Links, shown: Mapping[str, str]) -> dict[str, str]:
    """Account id to the JumpCloud id it is linked to, by externalId or, failing that, by state."""
    remembered = {scim_id: person_id for person_id, scim_id in links.users.items() if scim_id in accounts}
    return {**remembered, **shown}


def match_links(ledger: _Ledger, links: Links, shown: Mapping[str, str]) -> None:
    """Links in state and externalIds. If two links contradict each other, their people and accounts are set aside."""
    people, accounts = ledger.people, ledger.accounts
    written = {account_id: person_id for account_id, person_id in shown.items() if person_id in people}
    linked = {id_: found for id_, found in links.users.items() if id_ in people and found in accounts}
    if (agreed := without_contest(written, linked)) is not None:
        ledger.settle_all(agreed, linked.keys())
        return
    claims = {(person_id, account_id): MatchedBy.EXTERNAL_ID for account_id, person_id in written.items()}
    claims |= dict.fromkeys(linked.items(), MatchedBy.LINK)
    contested = contested_claims(claims)
    accounts_of = group_by(contested, lambda claim: claim[0])
    people_of = group_by(contested, lambda claim: claim[1])
    for claim in sorted(claims):
        person_id, account_id = claim
        if claim not in contested:
            ledger.settle(person_id, account_id, claims[claim])
        elif person_id not in ledger.settled_people or account_id not in ledger.settled_accounts:
            rivals = [*accounts_of[person_id], *people_of[account_id]]
            ledger.set_aside(
                {person for person, _ in rivals}, {account for _, account in rivals}, "several users with one link"
            )


def without_contest(written: Mapping[str, str], linked: Mapping[str, str]) -> dict[str, str] | None:
    """Person id to account id, from account id to person id and the reverse; None if a claim contradicts another."""
    agreed = {**dict(zip(written.values(), written.keys(), strict=True)), **linked}
    is_one_each = len(set(agreed.values())) == len(agreed)
    return agreed if is_one_each and list(map(agreed.get, written.values())) == list(written) else None


def contested_claims(claims: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Claims whose person claims another account too, or whose account another person claims."""
    claims = list(claims)
    people, accounts = Counter(person for person, _ in claims), Counter(account for _, account in claims)
    return frozenset(claim for claim in claims if people[claim[0]] > 1 or accounts[claim[1]] > 1)


def own_addresses(person: Person, wanted: NewAccount) -> set[str]:
    """The folded addresses that identify a person: the userName wanted for them and their email."""
    if wanted.user_name is person.email and person.email:
        return {fold(person.email)}
    return {fold(text) for text in (wanted.user_name, person.email) if text}


def match_addresses(ledger: _Ledger, wanted: WantedAccounts, aliases: Mapping[str, str]) -> None:
    """Email, then alias, for people without a link; if two people have one address, both are set aside."""
    left = ledger.people.keys() - ledger.settled_people
    unsettled = {id_: own_addresses(ledger.people[id_], wanted[id_]) for id_ in left}
    if not unsettled:
        return
    claimants = claimants_of({address for own in unsettled.values() for address in own}, ledger.people, wanted)
    by_address = accounts_at(claimants.keys() | set(aliases.values()), ledger.accounts)
    for person_id in sorted(unsettled):
        if person_id in ledger.settled_people:
            continue
        own = unsettled[person_id]
        rivals = {rival for address in own for rival in claimants[address]}
        if len(rivals) > 1:
            free = {id_ for id_ in rivals if id_ not in ledger.settled_people}
            address = " / ".join(sorted(own))
            accounts = free_accounts(ledger, by_address, own)
            if free == rivals or accounts:
                ledger.set_aside(free, accounts, f"several users with one email, {address}")
            else:
                ledger.hold_back(free, rivals - free, address)
            continue
        alias = aliases.get(fold(ledger.people[person_id].email))
        by_email = free_accounts(ledger, by_address, own - {alias})
        by_alias = free_accounts(ledger, by_address, {alias} if alias else set())
        if len(by_email | by_alias) > 1:
            ledger.set_aside({person_id}, by_email | by_alias, "several accounts for one user")
        elif by_email or by_alias:
            account_id = next(iter(by_email | by_alias))
            ledger.settle(person_id, account_id, MatchedBy.EMAIL if by_email else MatchedBy.ALIAS)


def claimants_of(
    addresses: AbstractSet[str], people: Mapping[str, Person], wanted: WantedAccounts
) -> dict[str, set[str]]:
    """All people that one of these addresses identifies, settled or not."""
    claimants: dict[str, set[str]] = {address: set() for address in addresses}
    emails = fold_all([person.email for person in people.values()])
    for person_id, email, user_name in zip(people, emails, wanted.addresses(emails), strict=True):
        if email in addresses or user_name in addresses:
            for address in own_addresses(people[person_id], wanted[person_id]) & addresses:
                claimants[address].add(person_id)
    return claimants


def accounts_at(addresses: AbstractSet[str], accounts: Mapping[str, Account]) -> dict[str, list[Account]]:
    """The accounts with one of these folded addresses."""
    found: dict[str, list[Account]] = defaultdict(list)
    folded = fold_all([account.user_name for account in accounts.values()])
    for account, address in zip(accounts.values(), folded, strict=True):
        if address in addresses:
            found[address].append(account)
    return found


def free_accounts(ledger: _Ledger, by_address: Mapping[str, list[Account]], addresses: Iterable[str]) -> set[str]:
    """Accounts at these addresses that have no match."""
    found = {account.id for address in addresses for account in by_address.get(address, ())}
    return found - ledger.settled_accounts
