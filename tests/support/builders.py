"""Builders for tests: people, accounts, groups, directories and plans."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from jc1p.core.id_set import IdSet
from jc1p.core.matching import Links
from jc1p.core.models import (  # fmt: skip
    NO_FIELDS,
    Account,
    Group,
    MembershipView,
    Person,
    PersonState,
    SourceDirectory,
    TargetDirectory,
)
from jc1p.core.plan import Change, Plan
from jc1p.core.planning import Situation, build_plan, situate
from jc1p.core.policy import Memory, Policy, SuspendedBy, Suspension
from jc1p.core.run_options import recreated, users_meant
from jc1p.core.scope import Scope

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def jc(name: str) -> str:
    """The JumpCloud id of a name: 24 hex characters, the same each time."""
    return name.encode().hex().ljust(24, "0")[:24]


def op(name: str) -> str:
    """The SCIM id of a name."""
    return f"OP{name.upper()}"


def person(
    name: str, *, state: PersonState = PersonState.ACTIVATED, email: str = "", extra: Mapping[str, str] = NO_FIELDS,
    password_expired: bool | None = False, **fields: str,
) -> Person:  # fmt: skip
    return Person(
        id=jc(name),
        email=email or f"{name}@example.com",
        username=name,
        firstname=fields.pop("firstname", name.capitalize()),
        lastname=fields.pop("lastname", "Example"),
        state=state,
        password_expired=password_expired,
        extra=extra,
        **fields,  # type: ignore[arg-type]
    )


def account(
    name: str, *, active: bool = True, linked: bool = False, email: str = "", display_name: str = ""
) -> Account:
    return Account(
        id=op(name),
        user_name=email or f"{name}@example.com",
        display_name=display_name or f"{name.capitalize()} Example",
        active=active,
        external_id=jc(name) if linked else "",
    )


def group(name: str, *members: str, id_: str = "") -> Group:
    """A JumpCloud group with people as members."""
    return Group(id_ or jc("g" + name), name, IdSet(jc(member) for member in members))


def pushed(name: str, *members: str, id_: str = "", external_id: str = "") -> Group:
    """A 1Password group with accounts as members."""
    return Group(id_ or op("g" + name), name, IdSet(op(member) for member in members), external_id)


def source(people: Iterable[Person], groups: Iterable[Group] = (), *, assigned: Iterable[str] = ()) -> SourceDirectory:
    by_id = {group.id: group for group in groups}
    return SourceDirectory(
        people={person.id: person for person in people},
        groups=by_id,
        read_groups=frozenset(by_id),
        assigned_groups=frozenset(by_id),
        assigned_people=frozenset(jc(name) for name in assigned),
    )


def target(
    accounts: Iterable[Account] = (), groups: Iterable[Group] = (), *, complete: bool = True,
    view: MembershipView = MembershipView.GROUPS,
) -> TargetDirectory:  # fmt: skip
    return TargetDirectory(
        accounts={account.id: account for account in accounts},
        groups={group.id: group for group in groups},
        accounts_complete=complete,
        groups_complete=complete,
        membership_view=view,
    )


def situation(
    have: SourceDirectory,
    actual: TargetDirectory,
    *,
    policy: Policy | None = None,
    scope: Scope | None = None,
    links: Links | None = None,
    memory: Memory | None = None,
    now: datetime = NOW,
    invite: frozenset[str] = frozenset(),
    recreate: frozenset[str] = frozenset(),
    vanished: frozenset[str] = frozenset(),
    reactivate: tuple[str, ...] = (),
) -> Situation:
    whole = situate(have, actual, scope or Scope(), policy or Policy(), links or Links(), memory or Memory(), now)
    whole = replace(whole, vanished_groups=vanished)
    again, returning = recreated(whole, recreate), users_meant(whole, reactivate)
    return replace(whole, invite=invite, recreate=again, reactivate=returning)


def suspended_by(by: SuspendedBy, *names: str) -> Memory:
    """What earlier runs remember about these people's accounts."""
    return Memory(suspensions={op(name): Suspension(by, NOW) for name in names})


def plan_for(have: SourceDirectory, actual: TargetDirectory, **options: object) -> Plan:
    return build_plan(situation(have, actual, **options))  # type: ignore[arg-type]


def story(plan: Plan) -> list[str]:
    """A plan as short lines: the change and its subject."""
    return [line(change) for change in plan.changes]


def line(change: Change) -> str:
    members = f" {','.join(member.email.partition('@')[0] for member in change.members)}" if change.members else ""
    differences = "".join(
        f" {name}={difference.after}"
        for name, difference in change.attributes.items()
        if change.kind.value in {"update_user", "rename_user", "rename_group"}
    )
    return f"{change.kind} {change.subject.partition('@')[0]}{members}{differences}"


def held(plan: Plan) -> list[str]:
    return [f"{item.code} {item.kind} {(item.user or item.group or '').partition('@')[0]}" for item in plan.held]


def with_policy(policy: Policy | None = None, **users: object) -> Policy:
    policy = policy or Policy()
    return policy._replace(users=policy.users._replace(**users))  # type: ignore[arg-type]


def names(mapping: Mapping[str, object]) -> list[str]:
    return sorted(mapping)
