"""Where planning for people leaves everybody, and whether somebody's state asks for an account."""

from dataclasses import dataclass, field
from functools import cached_property

from jc1p.core.models import Account, Person, PersonState
from jc1p.core.plan import Member, user_key
from jc1p.core.planning.situation import Draft, Situation


@dataclass
class Standing:
    """Where planning for people leaves everybody, for the groups that come next.

    `members` are the people who may be in groups, by person id. `owned` are the accounts that jc1p owns and
    that are active; `removable` the owned ones, active or to be reactivated, that may lose a membership.
    """

    draft: Draft = field(default_factory=Draft)
    members: dict[str, Member] = field(default_factory=dict)
    owned: set[str] = field(default_factory=set)
    removable: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    left_alone: dict[str, str] = field(default_factory=dict)
    unowned: set[str] = field(default_factory=set)
    excluded: set[str] = field(default_factory=set)
    unchanged: list[str] = field(default_factory=list)

    @cached_property
    def losable(self) -> frozenset[str]:
        """Accounts whose memberships jc1p owns; to be asked for once everybody is standing."""
        return frozenset(self.owned | self.removable)

    def leave_alone(self, person: Person | None, account: Account | None, why: str) -> None:
        """Note why nothing is planned for somebody."""
        self.left_alone[user_key(person.id if person else None, account.id if account else None)] = why


def is_provisioned(situation: Situation, person: Person) -> bool:
    """True when a person's state asks for an account."""
    policy = situation.policy.users
    match person.state:
        case PersonState.ACTIVATED:
            return True
        case PersonState.PASSWORD_PENDING:
            return policy.provision_password_pending
        case PersonState.STAGED:
            return policy.provision_staged
        case PersonState.SUSPENDED:
            return False


def why_not_provisioned(person: Person) -> str:
    """Why somebody in scope gets no account, or keeps a suspended one."""
    match person.state:
        case PersonState.STAGED:
            return "staged in JumpCloud, and users.staged is ignore: left alone until activated"
        case PersonState.PASSWORD_PENDING:
            return "has no password in JumpCloud yet, and users.password_pending is wait"
        case PersonState.SUSPENDED:
            return "suspended in JumpCloud: not invited"
        case PersonState.ACTIVATED:
            return "activated"
