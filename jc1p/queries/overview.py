"""Both sides, side by side: a row for every person and account, and one for every group. Pure.

The plan decides what should change; a row only names the kinds of change that are planned for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from jc1p.core.folding import fold
from jc1p.core.models import Account, Group, MembershipView, Person, PersonState
from jc1p.core.plan import Plan, group_key, user_key
from jc1p.core.planning import Situation
from jc1p.core.planning.group_pairs import pair_by_evidence


class AccountState(StrEnum):
    """The state of an account, as SCIM shows it."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class UserRow:
    """A person and their account; fields of a missing side are None. `groups` put the person in scope.

    `pending` is the new address of an email change that the user hasn't confirmed. `owned` means that jc1p manages the
    account; `changes` and `held` are the plan's kinds and codes.
    """

    email: str
    name: str
    jumpcloud_id: str | None
    jumpcloud_state: PersonState | None
    in_scope: bool
    groups: tuple[str, ...]
    scim_id: str | None
    account_email: str | None
    account_name: str | None
    account_state: AccountState | None
    account_groups: tuple[str, ...]
    matched_by: str | None
    owned: bool
    pending: str | None
    changes: tuple[str, ...]
    held: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A JumpCloud group and its 1Password group; fields of a missing side are None.

    Members are emails: JumpCloud members in scope, and the members that the bridge shows. JumpCloud's are None for
    groups out of scope, whose members are not read; 1Password's are None if the bridge shows none.
    """

    name: str
    jumpcloud_id: str | None
    in_scope: bool
    jumpcloud_members: tuple[str, ...] | None
    scim_id: str | None
    account_group: str | None
    account_members: tuple[str, ...] | None
    changes: tuple[str, ...]
    held: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Planned:
    """Kinds of change by key, codes of held items by key, and 1Password groups by account."""

    kinds: Mapping[str, tuple[str, ...]]
    codes: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]]


def index_plan(situation: Situation, plan: Plan) -> _Planned:
    kinds: dict[str, list[str]] = defaultdict(list)
    codes: dict[str, list[str]] = defaultdict(list)
    groups: dict[str, list[str]] = defaultdict(list)
    for change in plan.changes:
        for key in (change.key, *(member.key for member in change.members)):
            kinds[key].append(change.kind.value)
    for item in plan.held:
        codes[item.user_key or item.group_key].append(item.code.value)
    for group in sorted(situation.actual.groups.values(), key=lambda group: (fold(group.name), group.id)):
        for member in group.members:
            groups[member].append(group.name)
    return _Planned(*(unrepeated(found) for found in (kinds, codes, groups)))


def unrepeated(found: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(dict.fromkeys(words)) for key, words in found.items()}


# --- users --------------------------------------------------------------------------------------------------


def user_rows(situation: Situation, plan: Plan) -> list[UserRow]:
    """All JumpCloud users, and the accounts without a JumpCloud user, by email."""
    planned, accounts = index_plan(situation, plan), situation.actual.accounts
    by_person, by_account = situation.matches.by_person, situation.matches.by_account
    rows = [
        user_row(situation, plan, planned, person, accounts[by_person[id_].account_id] if id_ in by_person else None)
        for id_, person in situation.source.people.items()
    ]
    rows += [
        user_row(situation, plan, planned, None, account) for id_, account in accounts.items() if id_ not in by_account
    ]
    return sorted(rows, key=lambda row: (fold(row.email), row.jumpcloud_id or "", row.scim_id or ""))


def user_row(
    situation: Situation, plan: Plan, planned: _Planned, person: Person | None, account: Account | None
) -> UserRow:
    email = person.email if person else account.user_name if account else ""
    wanted = situation.wanted[person.id] if person else None
    found = situation.matches.by_person.get(person.id) if person else None
    request = situation.memory.requests.get((account.id, "userName")) if account else None
    is_pending = request and account and fold(request.value) != fold(account.user_name)
    key = user_key(person.id if person else None, account.id if account else None)
    return UserRow(
        email=email,
        name=wanted.display_name if wanted else account.display_name if account else "",
        jumpcloud_id=person.id if person else situation.matches.gone.get(account.id) if account else None,
        jumpcloud_state=person.state if person else None,
        in_scope=person is not None and person.id in situation.desired.people,
        groups=situation.desired.through.get(person.id, ()) if person else (),
        scim_id=account.id if account else None,
        account_email=account.user_name if account else None,
        account_name=account.display_name if account else None,
        account_state=(AccountState.ACTIVE if account.active else AccountState.SUSPENDED) if account else None,
        account_groups=planned.groups.get(account.id, ()) if account else (),
        matched_by=found.by.value if found else None,
        owned=account is not None
        and account.id not in plan.unowned | plan.excluded | situation.matches.ambiguous_accounts,
        pending=request.value if request and is_pending else None,
        changes=planned.kinds.get(key, ()),
        held=planned.codes.get(key, ()),
    )


# --- groups -------------------------------------------------------------------------------------------------


def group_rows(situation: Situation, plan: Plan) -> list[GroupRow]:
    """Every JumpCloud group, and the 1Password groups without a JumpCloud group, by name."""
    planned, pairs = index_plan(situation, plan), pair_by_evidence(situation)
    taken = {pushed.id for pushed in pairs.values()}
    rows = [group_row(situation, planned, group, pairs.get(id_)) for id_, group in situation.source.groups.items()]
    rows += [
        group_row(situation, planned, None, each) for id_, each in situation.actual.groups.items() if id_ not in taken
    ]
    return sorted(rows, key=lambda row: (not row.in_scope, fold(row.name), row.jumpcloud_id or "", row.scim_id or ""))


def group_row(situation: Situation, planned: _Planned, group: Group | None, pushed: Group | None) -> GroupRow:
    source_id = group.id if group else situation.source_of_group.get(pushed.id, "") if pushed else ""
    name = group.name if group else pushed.name if pushed else ""
    is_in_scope = group is not None and group.id in situation.desired.groups
    return GroupRow(
        name=name,
        jumpcloud_id=source_id or None,
        in_scope=is_in_scope,
        jumpcloud_members=people_of(situation, situation.desired.groups[group.id]) if group and is_in_scope else None,
        scim_id=pushed.id if pushed else None,
        account_group=pushed.name if pushed else None,
        account_members=accounts_of(situation, pushed) if pushed else None,
        changes=planned.kinds.get(group_key(source_id), ()) if source_id else (),
        held=planned.codes.get(group_key(source_id), ()) if source_id else (),
    )


def people_of(situation: Situation, group: Group) -> tuple[str, ...]:
    return tuple(sorted((situation.source.people[id_].email for id_ in group.members), key=fold))


def accounts_of(situation: Situation, pushed: Group) -> tuple[str, ...] | None:
    """Emails of a group's members, as in JumpCloud; None if the bridge shows no memberships."""
    if situation.actual.membership_view is MembershipView.NONE:
        return None
    accounts = situation.actual.accounts
    shown = (situation.email_of(accounts[id_]) if id_ in accounts else id_ for id_ in pushed.members)
    return tuple(sorted(shown, key=fold))
