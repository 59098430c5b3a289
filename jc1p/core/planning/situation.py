"""The input of planning: both directories, the matches, the policy and what earlier runs remembered."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from jc1p.core.attributes import WantedAccounts
from jc1p.core.duplicates import AccountIndex, Crowd, count_crowd, index_accounts
from jc1p.core.folding import all_matching, fold, fold_all, matches_any
from jc1p.core.matching import Links, Matches, group_by, linked_person, match
from jc1p.core.models import Account, Group, NewAccount, SourceDirectory, TargetDirectory
from jc1p.core.plan import Change, Held, PlanWarning
from jc1p.core.policy import Memory, Policy, group_attribute
from jc1p.core.scope import Desired, Scope, select


@dataclass(frozen=True, eq=False, repr=False)
class Situation:
    """Everything that a plan depends on. `wanted` holds each person's attributes by person id."""

    source: SourceDirectory
    desired: Desired
    actual: TargetDirectory
    matches: Matches
    wanted: Mapping[str, NewAccount]
    policy: Policy
    links: Links
    memory: Memory
    now: datetime
    invite: frozenset[str] = frozenset()
    """Folded emails to invite although a probable duplicate exists (--invite)."""
    recreate: frozenset[str] = frozenset()
    """Keys of groups to create although their 1Password group vanished (--recreate)."""
    reactivate: frozenset[str] = frozenset()
    """Keys of users to reactivate although jc1p didn't suspend them (--reactivate)."""
    lists_are_cut: bool = False
    """1Password's lists leave members out, so each group was read separately."""
    vanished_groups: frozenset[str] = frozenset()
    """JumpCloud ids whose linked 1Password group neither the list nor a GET shows."""

    @cached_property
    def occupied(self) -> Mapping[str, Account]:
        """Folded address to the account that has it."""
        return dict(zip(self._addresses, self.actual.accounts.values(), strict=True))

    @cached_property
    def _addresses(self) -> list[str]:
        """The folded addresses of all accounts, in their order."""
        return fold_all([account.user_name for account in self.actual.accounts.values()])

    @cached_property
    def emails(self) -> frozenset[str]:
        """The folded emails of all JumpCloud users, in scope or not."""
        return frozenset(self._emails)

    @cached_property
    def _emails(self) -> list[str]:
        """The same, in the order of the users."""
        return fold_all([person.email for person in self.source.people.values()])

    def people_with(self, email: str) -> list[str]:
        """Ids of the JumpCloud users with an email, in scope or not."""
        wanted = fold(email)
        return [id_ for id_, each in zip(self.source.people, self._emails, strict=True) if wanted and each == wanted]

    @cached_property
    def account_by_person(self) -> Mapping[str, str]:
        """Person id to the id of their matched account."""
        return {id_: found.account_id for id_, found in self.matches.by_person.items()}

    @cached_property
    def keeps_external_id(self) -> bool | None:
        """Whether the bridge keeps externalId, found out by reading back; None if nothing shows it.

        jc1p sends it with every create and link. So if no linked account shows one, the bridge did not keep them
        (facts/scim-bridge.md 13.4).
        """
        accounts = self.actual.accounts
        if any(account.external_id for account in accounts.values()):
            return True
        return False if accounts.keys() & set(self.links.users.values()) else None

    @cached_property
    def keeps_group_external_id(self) -> bool | None:
        """Whether the bridge keeps the externalId of groups; None if nothing shows it."""
        groups = self.actual.groups
        if any(group.external_id for group in groups.values()):
            return True
        was_sent = any((id_, group_attribute("externalId")) in self.memory.requests for id_ in groups)
        return False if was_sent else None

    @property
    def linked_accounts(self) -> AbstractSet[str]:
        """Accounts with a link in state or as externalId, to any user."""
        return self.source_of_account.keys()

    @property
    def source_of_account(self) -> Mapping[str, str]:
        """SCIM id of an account to the JumpCloud id it is linked to, by externalId or, failing that, by state."""
        return self.matches.linked

    @cached_property
    def leftovers(self) -> AccountIndex:
        """Accounts without a match, which may be probable duplicates."""
        taken = self.matches.by_account.keys() | self.matches.ambiguous_accounts
        return index_accounts(each for each in self.actual.accounts.values() if each.id not in taken)

    @cached_property
    def crowd(self) -> Crowd:
        """How many people and accounts have a name, for judging a resemblance."""
        return count_crowd(self.source.people.values(), self.wanted, self.actual.accounts.values())

    @cached_property
    def source_of_group(self) -> Mapping[str, str]:
        """SCIM id of a group to the JumpCloud id it is linked to, by state or, failing that, by externalId."""
        groups = self.actual.groups
        remembered = {scim_id: id_ for id_, scim_id in self.links.groups.items() if scim_id in groups}
        shown = {group.id: id_ for group in groups.values() if (id_ := linked_person(group.external_id))}
        return shown | remembered

    @cached_property
    def group_linked_to(self) -> Mapping[str, Group]:
        """JumpCloud group id to the 1Password group that is linked to it; state wins over externalId."""
        linked = {id_: self.actual.groups[scim_id] for scim_id, id_ in self.source_of_group.items()}
        remembered = {
            id_: self.actual.groups[scim_id]
            for id_, scim_id in self.links.groups.items()
            if scim_id in self.actual.groups
        }
        return linked | remembered

    @cached_property
    def _groups_by_name(self) -> Mapping[str, list[Group]]:
        return group_by(self.actual.groups.values(), lambda group: fold(group.name))

    def bearers(self, name: str) -> list[Group]:
        """The 1Password groups that have a name."""
        return self._groups_by_name.get(fold(name), [])

    def email_of(self, account: Account) -> str:
        """The email that admins know an account by: its person's in JumpCloud, otherwise its own."""
        found = self.matches.by_account.get(account.id)
        return self.source.people[found.person_id].email if found else account.user_name

    @cached_property
    def protected_accounts(self) -> frozenset[str]:
        """Ids of the read accounts that are never suspended, renamed or removed from a group."""
        if not self.policy.users.protected:
            return frozenset()
        listed = all_matching(self.occupied.keys() | self.emails, self.policy.users.protected)
        people = {id_ for id_, email in zip(self.source.people, self._emails, strict=True) if email in listed}
        accounts = {
            id_ for id_, address in zip(self.actual.accounts, self._addresses, strict=True) if address in listed
        }
        return frozenset(accounts.union(self.account_by_person[id_] for id_ in people & self.account_by_person.keys()))

    def is_protected(self, account: Account) -> bool:
        """Never suspended, renamed or removed from a group."""
        if account.id in self.actual.accounts:
            return account.id in self.protected_accounts
        return self._bears_protected_name(account)

    def _bears_protected_name(self, account: Account) -> bool:
        return self.is_protected_address(account.user_name) or self.is_protected_address(self.email_of(account))

    def is_protected_address(self, address: str) -> bool:
        """An address that `users.protected` lists, or that one of its globs fits."""
        return matches_any(address, self.policy.users.protected)


def situate(
    source: SourceDirectory,
    actual: TargetDirectory,
    scope: Scope,
    policy: Policy,
    links: Links,
    memory: Memory,
    now: datetime,
) -> Situation:
    """Compute scope, wanted attributes and matches."""
    users = policy.users
    wanted = WantedAccounts(source.people, users.templates, users.aliases)
    return Situation(
        source=source,
        desired=select(source, scope),
        actual=actual,
        matches=match(source.people, actual.accounts, links, wanted, users.aliases),
        wanted=wanted,
        policy=policy,
        links=links,
        memory=memory,
        now=now,
    )


class Draft:
    """A plan in the making."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.held: list[Held] = []
        self.warnings: list[PlanWarning] = []
