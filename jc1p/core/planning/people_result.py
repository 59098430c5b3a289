"""The result of planning for people, and whether a user's state asks for an account."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from itertools import filterfalse

from jc1p.core.models import Account, Person, PersonState
from jc1p.core.plan import Member, user_key
from jc1p.core.planning.situation import Draft, Situation


@dataclass(eq=False, repr=False)
class Standing:
    """The result of planning for people, as input for the groups that come next.

    `members` are the ids of the people who may be in groups. `owned` are the accounts that jc1p owns and
    that are active; `removable` the owned ones, active or to be reactivated, that may lose a membership.
    """

    draft: Draft = field(default_factory=Draft)
    members: set[str] = field(default_factory=set)
    owned: set[str] = field(default_factory=set)
    removable: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    left_alone: dict[str, str] = field(default_factory=dict)
    unowned: set[str] = field(default_factory=set)
    excluded: set[str] = field(default_factory=set)
    presumed_gone: set[str] = field(default_factory=set)
    unchanged: list[str] = field(default_factory=list)
    _named: dict[str, Member] = field(default_factory=dict)

    @cached_property
    def losable(self) -> AbstractSet[str]:
        """Accounts whose memberships jc1p manages; complete only after all people are planned."""
        return self.owned if self.removable <= self.owned else self.owned | self.removable

    def note_in_sync(self, found: Mapping[str, str], protected: frozenset[str]) -> None:
        """Note people who are in sync, by the account that each has; active, so jc1p owns those not protected."""
        self.unchanged += found.values()
        self.members.update(found)
        for ids in self.owned, self.removable:
            ids.update(filterfalse(protected.__contains__, found.values()))

    def named(self, person: Person) -> Member:
        """A person as a member: one shared object, because a first plan names each of them once for each group."""
        return self._named.get(person.id) or self._named.setdefault(
            person.id, Member(user_key(person.id, None), person.email)
        )

    def leave_alone(self, person: Person | None, account: Account | None, why: str) -> None:
        """Note why nothing is planned for a user."""
        self.left_alone[user_key(person.id if person else None, account.id if account else None)] = why


def has_expired_password(situation: Situation, person: Person) -> bool:
    """True for a user in scope who counts as suspended because the password expired and the policy says so."""
    policy = situation.policy.users
    return (
        policy.suspend_password_expired
        and person.password_expired is True
        and person.id in situation.desired.people
        and (person.state is not PersonState.STAGED or policy.provision_staged)
    )


def is_password_unknown(situation: Situation, person: Person) -> bool:
    """True for an active user whose record lacks the password state that the policy needs."""
    is_asked = situation.policy.users.suspend_password_expired and person.state is PersonState.ACTIVATED
    return is_asked and person.password_expired is None


def is_suspended(situation: Situation, person: Person) -> bool:
    """True when JumpCloud's state says to suspend a user, whatever groups they are in."""
    return person.state is PersonState.SUSPENDED or has_expired_password(situation, person)


def is_provisioned(situation: Situation, person: Person) -> bool:
    """True when a person's state asks for an account."""
    policy = situation.policy.users
    if has_expired_password(situation, person):
        return False
    match person.state:
        case PersonState.ACTIVATED:
            return True
        case PersonState.PASSWORD_PENDING:
            return policy.provision_password_pending
        case PersonState.STAGED:
            return policy.provision_staged
        case PersonState.SUSPENDED:
            return False


def why_not_provisioned(situation: Situation, person: Person) -> str:
    """Why a user in scope gets no account, or keeps a suspended one."""
    if has_expired_password(situation, person):
        return "the password expired in JumpCloud, and users.when_password_expired is suspend: not invited"
    match person.state:
        case PersonState.STAGED:
            return "staged in JumpCloud, and users.staged is ignore: not provisioned until activated"
        case PersonState.PASSWORD_PENDING:
            return "has no password in JumpCloud yet, and users.password_pending is wait"
        case PersonState.SUSPENDED:
            return "suspended in JumpCloud: not invited"
        case PersonState.ACTIVATED:
            return "activated"
