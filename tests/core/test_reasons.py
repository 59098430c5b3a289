"""The sentences of plans, the guard and rollback that an admin decides by, as a snapshot.

`UPDATE_SNAPSHOTS=1 make test` writes them again: read the difference as an admin would.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from support.builders import (
    NOW,
    account,
    group,
    jc,
    op,
    person,
    plan_for,
    pushed,
    situation,
    source,
    suspended_by,
    target,
    with_policy,
)
from support.runs import check

from jc1p.core.guard import LIMIT_KEYS, Limit, Limits, check_plan
from jc1p.core.matching import Links
from jc1p.core.models import PersonState, SourceDirectory
from jc1p.core.past_runs import Entry, PastMember, PastRun, Recent, Removed, Status
from jc1p.core.plan import Bases, Difference, Hold, Kind, Plan, group_key, user_key
from jc1p.core.planning.filters import Only, PlanFilter, narrow
from jc1p.core.policy import (
    GroupPolicy,
    Memory,
    Ownership,
    Policy,
    Request,
    SuspendedBy,
    Suspension,
    WhenRemoved,
    group_attribute,
)
from jc1p.core.rollback import invert
from jc1p.core.scope import Scope

SINCE = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
PROTECTED = with_policy(protected=("owner@*",))


def sent(*writes: tuple[str, str, str]) -> Memory:
    """Writes of two earlier runs: SCIM id, attribute, value."""
    return Memory(requests={(id_, name): Request(value, SINCE, 2) for id_, name, value in writes})


def groups(**options: object) -> Policy:
    return PROTECTED._replace(groups=GroupPolicy(**options))  # type: ignore[arg-type]


PROTECTS = "users.protected: "
"""Nearly every scene protects an owner who isn't there."""


def sentences(plan: Plan) -> list[str]:
    """All sentences of a plan, one per line."""
    return [
        *(f"{change.kind} {change.subject}: {change.reason}" for change in plan.changes),
        *(f"held ({each.code}) {each.kind} {each.user} {each.group}: {each.reason}" for each in plan.held),
        *(
            f"warning ({each.code}) {each.subject}: {each.message}"
            for each in plan.warnings
            if PROTECTS not in each.subject
        ),
        *(f"left alone {key}: {why}" for key, why in sorted(plan.left_alone.items())),
    ]


def people_without_account() -> dict[str, Plan]:
    joiners = source(
        [person("ann"), person("bob"), person("cat"), person("dan", state=PersonState.STAGED),
         person("eve", state=PersonState.PASSWORD_PENDING), person("fay", state=PersonState.SUSPENDED),
         person("gus")._replace(email=""), person("hal", email="hal at home")],
        [group("eng", "ann", "bob"), *(group(f"team {number}", "bob") for number in range(4))],
        assigned=["cat", "dan", "eve", "fay", "gus", "hal"],
    )  # fmt: skip
    alike = source(
        [person("ann"), person("bob")._replace(other_emails=("bobby@home.example",)), person("cat"), person("dan")],
        assigned=["ann", "bob", "cat", "dan"],
    )
    old = target([
        account("a1", email="a.nn+x@old.example", display_name="Ann Example"),
        account("b1", email="Bobby@home.example", display_name="Robert"),
        account("c1", email="katze@old.example", display_name="Cat Example"),
        account("d1", email="dan@old.example", display_name="Daniel"),
    ])  # fmt: skip
    taken = source([person("ann", email="lee@example.com"), person("lee", email="lee@example.com", firstname="Lee")])
    return {
        "joiners": plan_for(joiners, target(), policy=with_policy(PROTECTED, provision_password_pending=False)),
        "nobody protected": plan_for(source([]), target()),
        "remarks of both readings": plan_for(
            source([])._replace(remarks=("an odd row",)),
            target()._replace(remarks=("an odd list",)),
            policy=PROTECTED,
            scope=Scope(groups=("none-*",)),
        ),
        "alike": plan_for(alike, old, policy=PROTECTED),
        "alike, and invited": plan_for(alike, old, policy=PROTECTED, invite=frozenset({"ann@example.com"})),
        "one email, two people": plan_for(
            taken._replace(assigned_people=frozenset(taken.people)), target([account("lee")]), policy=PROTECTED
        ),
        "address of somebody who has yet to confirm": plan_for(
            source(
                [person("ann", email="ann@new.example"), person("lee", email="ann@example.com")],
                assigned=["ann", "lee"],
            ),
            target([account("ann", linked=True)]),
            policy=PROTECTED,
            memory=sent((op("ann"), "userName", "ann@new.example")),
        ),
        "one email, and one has the account": plan_for(
            source([person("ann"), person("lee", email="ann@example.com")], assigned=["ann", "lee"]),
            target([account("ann", linked=True)]),
            policy=PROTECTED,
        ),
        "address of another account": plan_for(
            source([person("ann"), person("lee")], assigned=["ann", "lee"]),
            target([account("ann", linked=True, email="lee@example.com")]),
            policy=with_policy(protected=("lee@*",)),
        ),
    }


def people_with_account() -> dict[str, Plan]:
    def known(*people: object, actual: list[object], **options: object) -> Plan:
        have = source(people, assigned=[each.username for each in people])  # type: ignore[attr-defined, arg-type]
        return plan_for(have, target(actual), **{"policy": PROTECTED, **options})  # type: ignore[arg-type]

    ann = person("ann", lastname="New")
    return {
        "differs": known(
            ann, person("bob", email="bob@new.example"), person("cat"), person("dan"),
            actual=[account("ann", linked=True), account("bob", linked=True), account("cat", linked=True, active=False),
                    account("dan")],
        ),
        "not kept": known(
            ann, person("cat"), actual=[account("ann", linked=True), account("cat", linked=True, active=False)],
            memory=sent((op("ann"), "displayName", "Ann New"), (op("cat"), "active", "true"))._replace(
                suspensions=suspended_by(SuspendedBy.JC1P, "cat").suspensions,
            ),
        ),
        "comes back": known(
            person("ann"), person("bob"), person("cat"),
            actual=[account(name, linked=True, active=False) for name in ("ann", "bob", "cat")],
            memory=Memory(suspensions={
                op(name): Suspension(by, NOW) for name, by in zip(("ann", "bob", "cat"), SuspendedBy, strict=True)
            }),
        ),
        "waits for confirmation": known(
            person("bob", email="bob@new.example"), actual=[account("bob", linked=True)],
            memory=sent((op("bob"), "userName", "bob@new.example")),
        ),
        "protected": known(
            person("bob", email="bob@new.example"),
            actual=[account("bob", linked=True, email="owner@example.com")],
        ),
        "no address any more": known(person("bob", email="bob at home"), actual=[account("bob", linked=True)]),
        "swap emails": known(
            person("ann", email="bob@example.com"), person("bob", email="ann@example.com"),
            actual=[account("ann", linked=True), account("bob", linked=True)],
        ),
        "waits, with an account": known(
            person("ann", state=PersonState.STAGED), person("bob", state=PersonState.PASSWORD_PENDING),
            actual=[account("ann", linked=True), account("bob", linked=True, active=False)],
            policy=with_policy(PROTECTED, provision_password_pending=False),
        ),
        "two accounts": known(
            person("ann"), actual=[account("ann"), account("old")],
            policy=with_policy(PROTECTED, aliases={"ann@example.com": "old@example.com"}),
        ),
        "one link twice": known(
            person("ann"), actual=[account("a1")._replace(external_id=jc("ann")), account("a2")],
            links=Links(users={jc("ann"): op("a2")}),
        ),
    }  # fmt: skip


LEFT = source([person("ann", state=PersonState.SUSPENDED), person("bob"), person("ex"), person("un")],
              assigned=["ann"])  # fmt: skip
OF_LEFT = target([account("ann", linked=True), account("bob", linked=True), account("cat", linked=True),
                  account("ex", linked=True), account("un"), account("stranger")])  # fmt: skip


def people_who_lose() -> dict[str, Plan]:
    scope = Scope(exclude_users=("ex@*",), groups=("none-*",))
    ignored = with_policy(PROTECTED, suspend_suspended=False, suspend_unassigned=False, suspend_deleted=False)
    asleep = target([each._replace(active=False) for each in OF_LEFT.accounts.values()])
    waiting = Memory(absent_since={op("bob"): NOW - timedelta(hours=1)})
    return {
        "leavers": plan_for(LEFT, OF_LEFT, policy=PROTECTED, scope=scope),
        "all accounts owned": plan_for(LEFT, OF_LEFT, policy=with_policy(PROTECTED, ownership=Ownership.ALL)),
        "losses ignored": plan_for(LEFT, OF_LEFT, policy=ignored),
        "already suspended": plan_for(LEFT, asleep, policy=PROTECTED),
        "all protected": plan_for(LEFT, OF_LEFT, policy=with_policy(protected=("*",))),
        "incomplete": plan_for(LEFT, OF_LEFT._replace(accounts_complete=False), policy=PROTECTED),
        "grace": plan_for(
            LEFT, OF_LEFT, policy=with_policy(PROTECTED, grace_period=timedelta(hours=12)), memory=waiting
        ),
        "not kept": plan_for(
            LEFT, OF_LEFT, policy=PROTECTED, memory=sent((op("ann"), "active", "false"), (op("bob"), "active", "false"))
        ),
    }


PAIR = [account("ann", linked=True), account("bob", linked=True)]


def in_groups(*made: object) -> SourceDirectory:
    return source([person("ann"), person("bob")], made, assigned=["ann", "bob"])  # type: ignore[arg-type]


def groups_in_scope() -> dict[str, Plan]:
    wrong = pushed("wrong", external_id=jc("geng"))
    both = in_groups(group("eng", "ann", "bob"))
    return {
        "new": plan_for(in_groups(group("eng", "ann"), group("ops", "bob")), target(PAIR), policy=PROTECTED),
        "movers": plan_for(in_groups(group("eng", "ann")), target(PAIR, [pushed("eng", "bob")]), policy=PROTECTED),
        "protected member": plan_for(
            in_groups(group("eng", "ann")), target(PAIR, [pushed("eng", "bob")]),
            policy=with_policy(protected=("bob@*",)),
        ),
        "incomplete": plan_for(
            in_groups(group("eng", "ann")), target(PAIR, [pushed("eng", "bob")], complete=False), policy=PROTECTED
        ),
        "protected name": plan_for(in_groups(group("Owners", "ann")), target(PAIR), policy=PROTECTED),
        "linked, with a protected name": plan_for(
            both, target(PAIR, [wrong._replace(name="Owners")]), policy=PROTECTED
        ),
        "renamed": plan_for(both, target(PAIR, [wrong]), policy=PROTECTED),
        "name that another bears": plan_for(
            both, target(PAIR, [wrong, pushed("eng", id_="OPOTHER")]), policy=PROTECTED
        ),
        "name not kept": plan_for(
            both, target(PAIR, [wrong]), policy=PROTECTED,
            memory=sent((op("gwrong"), group_attribute("displayName"), "eng")),
        ),
        "member not kept": plan_for(
            both, target(PAIR, [pushed("eng", "ann")]), policy=PROTECTED,
            memory=sent((op("geng"), "members/" + op("bob"), "true")),
        ),
        "several of one name": plan_for(
            both, target(PAIR, [pushed("eng", id_="OP1"), pushed("Eng", id_="OP2")]), policy=PROTECTED
        ),
        "rivals": plan_for(
            in_groups(group("eng", "ann"), group("ENG", "bob", id_=jc("other"))), target(PAIR), policy=PROTECTED
        ),
        "name of another's group": plan_for(
            in_groups(group("platform", "ann", id_=jc("gwrong")), group("wrong", "bob", id_=jc("gnew"))),
            target(PAIR, [wrong._replace(external_id=jc("gwrong")), pushed("platform")]), policy=PROTECTED,
        ),
        "no name": plan_for(in_groups(group(" ", "ann", id_=jc("gnone"))), target(PAIR), policy=PROTECTED),
        "vanished": plan_for(
            both, target(PAIR), policy=PROTECTED, links=Links(groups={jc("geng"): "OPOLD"}),
            vanished=frozenset({jc("geng")}),
        ),
    }  # fmt: skip


def groups_that_left() -> dict[str, Plan]:
    have = in_groups(group("eng", "ann"), group("ops", "bob"))
    have = have._replace(read_groups=frozenset({jc("geng")}))
    actual = target(PAIR, [pushed("eng", "ann"), pushed("ops", "ann", "bob", external_id=jc("gops")),
                           pushed("old", "ann", "bob", external_id=jc("gold"))])  # fmt: skip
    delete = groups(when_removed=WhenRemoved.DELETE)
    return {
        "keep": plan_for(have, actual, policy=PROTECTED),
        "empty": plan_for(have, actual, policy=groups(when_removed=WhenRemoved.EMPTY)),
        "delete": plan_for(have, actual, policy=delete),
        "delete, protected": plan_for(have, actual, policy=groups(when_removed=WhenRemoved.DELETE, protected=("old",))),
        "delete, incomplete": plan_for(have, actual._replace(groups_complete=False), policy=delete),
    }


def left_out() -> dict[str, Plan]:
    have = source(
        [person("ann"), person("bob"), person("cat"), person("dan", state=PersonState.SUSPENDED)],
        [group("eng", "ann", "bob", "cat"), group("ops", "bob")], assigned=["dan"],
    )  # fmt: skip
    actual = target([account("cat", linked=True), account("dan", linked=True)], [pushed("ops", "cat")])
    plan = plan_for(have, actual, policy=PROTECTED)
    narrowings = {
        "--only users": PlanFilter(only=Only.USERS),
        "--only groups": PlanFilter(only=Only.GROUPS),
        "--user": PlanFilter(users=frozenset({user_key(jc("ann"), None)})),
        "--group": PlanFilter(groups=frozenset({group_key(jc("gops"))})),
        "--no-removals": PlanFilter(no_removals=True),
        "--limit": PlanFilter(limit=1),
    }
    return {name: narrow(plan, each) for name, each in narrowings.items()}


SCENES = {
    "people_without_account": people_without_account,
    "people_with_account": people_with_account,
    "people_who_lose": people_who_lose,
    "groups_in_scope": groups_in_scope,
    "groups_that_left": groups_that_left,
    "left_out": left_out,
}


@pytest.mark.parametrize("scene", SCENES)
def test_plan_says_why(scene: str) -> None:
    check(f"reasons-{scene.replace('_', '-')}.txt", as_text({k: sentences(p) for k, p in SCENES[scene]().items()}))


def as_text(parts: Mapping[str, list[str]]) -> str:
    return "\n".join("\n".join((f"== {name}", *lines, "")) for name, lines in parts.items())


def test_every_hold_has_a_reason_in_the_snapshots() -> None:
    assert {each.code for scene in SCENES.values() for plan in scene().values() for each in plan.held} == set(Hold)


def test_every_limit_says_what_it_refuses() -> None:
    have = source(
        [person("ann", state=PersonState.SUSPENDED), person("bob"), person("cat"), person("new")],
        [group("eng", "bob"), group("ops")], assigned=["ann", "bob", "cat", "new"],
    )  # fmt: skip
    actual = target(
        [account(name, linked=True) for name in ("ann", "bob", "cat")],
        [pushed("eng", "bob", "cat"), pushed("ops", "bob"), pushed("old", external_id=jc("gold"))],
    )
    plan = plan_for(have, actual, policy=groups(when_removed=WhenRemoved.DELETE))
    nothing = Limits(**{key: Limit() for key in LIMIT_KEYS})  # type: ignore[arg-type]
    some = Limits(**{key: Limit(percent=100) for key in LIMIT_KEYS})  # type: ignore[arg-type]
    recent = Recent(
        {limit: {f"{limit} {each}": f"earlier {each}" for each in range(4)}
         for limit in ("suspensions", "group_deletions")},
        {(op(f"g{group}"), f"{group} {each}"): Removed(f"earlier {each}", group)
         for group, count in (("eng", 3), ("ops", 2)) for each in range(count)},
    )  # fmt: skip
    empty = plan_for(source([]), target(), policy=PROTECTED)

    def said(*arguments: object, **options: object) -> list[str]:
        findings = check_plan(*arguments, **options).findings  # type: ignore[arg-type]
        return [f"{each.limit} {each.planned} {each.allowed}: {each.message}" for each in findings]

    parts = {
        "nothing allowed": said(plan, nothing, people_before=9),
        "as much as there is, after a day of removals": said(
            plan, some._replace(suspensions=Limit(), member_removals=Limit(), group_member_removals=Limit(),
                          group_deletions=Limit()), recent=recent,
        ),
        "nobody": said(empty, some),
    }  # fmt: skip
    check("reasons-guard.txt", as_text(parts))


def entry(kind: Kind, scim_id: str | None, **known: object) -> Entry:
    known = {"user": "ann@example.com", "status": Status.APPLIED, **known}
    return Entry(1, kind, "user:x", scim_id=scim_id, **known)  # type: ignore[arg-type]


def test_rollback_says_what_it_takes_back_and_what_it_cannot() -> None:
    have = source([person("ann"), person("owner")], [group("eng", "ann")], assigned=["ann", "owner"])
    actual = target(
        [account("ann", linked=True), account("bob"), account("cat"), account("owner")],
        [pushed("eng", "ann", "bob", "owner")],
    )
    today = situation(have, actual, policy=PROTECTED)
    name = {"displayName": Difference("Ann Old", "Ann Example")}
    email = {"userName": Difference("old@example.com", "Ann@example.com")}
    moved = {"userName": Difference("old@example.com", "mid@example.com")}
    grouped = {"displayName": Difference("old", "eng")}
    named = ("ann", "owner", "gone")
    members = tuple(PastMember(user_key(jc(each), None), f"{each}@example.com", op(each)) for each in named)
    on_group = {"user": None, "group": "eng", "jumpcloud_id": jc("geng")}
    entries = {
        "invited": entry(Kind.CREATE_USER, op("ann")),
        "adopted": entry(Kind.CREATE_USER, op("ann"), existed=True),
        "invitation not known": entry(Kind.CREATE_USER, None, status=Status.UNKNOWN),
        "account gone": entry(Kind.SUSPEND_USER, op("zoe")),
        "reactivated": entry(Kind.REACTIVATE_USER, op("ann"), attributes=name),
        "reactivated, protected": entry(Kind.REACTIVATE_USER, op("owner")),
        "linked": entry(Kind.LINK_USER, op("ann")),
        "name": entry(Kind.UPDATE_USER, op("ann"), attributes=name),
        "name since": entry(Kind.UPDATE_USER, op("bob"), attributes=name),
        "email": entry(Kind.RENAME_USER, op("ann"), attributes=email),
        "email since": entry(Kind.RENAME_USER, op("ann"), attributes=moved),
        "email waits": entry(Kind.RENAME_USER, op("ann"), attributes=moved, awaits=True),
        "email, protected": entry(Kind.RENAME_USER, op("owner"), attributes=email),
        "group": entry(Kind.CREATE_GROUP, op("geng"), **on_group),
        "group deleted": entry(Kind.DELETE_GROUP, op("geng"), **on_group),
        "group renamed": entry(Kind.RENAME_GROUP, op("geng"), attributes=grouped, **on_group),
        "group renamed since": entry(
            Kind.RENAME_GROUP, op("geng"), attributes={"displayName": Difference("old", "mid")}, **on_group
        ),
        "group gone": entry(Kind.ADD_MEMBERS, op("gone"), members=members, **on_group),
        "members": entry(Kind.ADD_MEMBERS, op("geng"), members=members, **on_group),
        "members removed": entry(
            Kind.REMOVE_MEMBERS, op("geng"), members=(PastMember("account:cat", "cat@example.com", op("cat")),),
            **on_group,
        ),
    }  # fmt: skip

    def said(each: Entry) -> list[str]:
        plan = invert(PastRun("run-1", "sync", NOW, 1, (each,), ended=True), today, Bases())
        moves = [
            f"{change.kind} {change.key} {change.scim_id} {change.jumpcloud_id} "
            f"{[member.email for member in change.members]} "
            f"{ {name: (each.before, each.after) for name, each in change.attributes.items()} }"
            for change in plan.changes
        ]
        return [*sentences(plan), *moves]

    check("reasons-rollback.txt", as_text({name: said(each) for name, each in entries.items()}))
