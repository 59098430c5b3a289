"""One list never shows one row, or shows it wrong, and nothing else gives it away: nothing is taken from anyone.

Every list that a removal may rest on, for every form of scope. The next list to be read must be added to LIES.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest
from support.effort import product_of
from support.inprocess import jc1p
from support.installed import Done, config_for

from jc1p.sandbox.knobs import BridgeKnobs, JumpCloudKnobs
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

GUARD = """
groups: {{when_removed: {when_removed}, empty: create}}
guard: {{suspensions: 99, member_removals: 99, group_member_removals: 99, group_deletions: 9, source_shrink: 99}}
http: {{attempts: 1}}
"""
BY_APPLICATION = "  application: 1Password Business\n"
SCOPES = {
    "application": BY_APPLICATION,
    "application and excluded groups": BY_APPLICATION + "  exclude_groups: [Slack]\n",
    "application and groups": BY_APPLICATION + "  groups: [Solo]\n",
    "groups": "  groups: [Eng, Solo, Hollow]\n",
    "globs": '  groups: ["E*", "Sol?", "Hollow*"]\n',
}
PEOPLE = ("ann", "bob", "cat", "dir")
GROUPS: Mapping[str, tuple[str, ...]] = {"Eng": ("ann", "bob"), "Solo": ("cat",), "Hollow": (), "Slack": ("ann", "cat")}
ASSIGNED = ("Eng", "Solo", "Hollow")

USERS, NAMES, ASSIGNED_GROUPS = "/systemusers", "/v2/usergroups", "/associations?targets=user_group"
ASSIGNED_USERS, WITH_ACCESS, MEMBERS, PATHS = "/associations?targets=user", "/users", "/members", "paths"


@dataclass(frozen=True)
class Lie:
    """What lists leave out, by the name of a person or group; `stale` are fields of ann in the list of users."""

    jumpcloud: tuple[tuple[str, tuple[str, ...]], ...] = ()
    bridge: tuple[str, ...] = ()
    stale: str = ""
    omits_paths: bool = False

    def __str__(self) -> str:
        lists = [f"{path} without {' '.join(names)}" for path, names in self.jumpcloud]
        return ", ".join([*lists, *self.bridge, *filter(None, [self.stale]), *["no paths"] * self.omits_paths])


def without(path: str, *names: str) -> Lie:
    return Lie(((path, names),))


LIES = [
    *[without(USERS, name) for name in PEOPLE],
    *[without(NAMES, name) for name in ASSIGNED],
    *[without(ASSIGNED_GROUPS, name) for name in ASSIGNED],
    *[without(WITH_ACCESS, name) for name in PEOPLE],
    *[without(MEMBERS, name) for name in PEOPLE],
    without(ASSIGNED_USERS, "dir"),
    *[without(PATHS, name) for name in ASSIGNED],
    *[Lie(((ASSIGNED_GROUPS, (name,)), (PATHS, (name,)))) for name in ASSIGNED],
    *[Lie(((ASSIGNED_GROUPS, (name,)),), omits_paths=True) for name in ASSIGNED],
    Lie(((ASSIGNED_GROUPS, ("Solo",)), (WITH_ACCESS, ("cat",)))),
    Lie(((ASSIGNED_GROUPS, ("Eng",)), (WITH_ACCESS, ("ann", "bob")))),
    Lie(((ASSIGNED_USERS, ("dir",)), (WITH_ACCESS, ("dir",)))),
    Lie(stale="state"),
    Lie(stale="password"),
    *[Lie(bridge=(name,)) for name in (*PEOPLE, *ASSIGNED)],
]
"""Some lists belong to one index of the service and may lie together."""
STALE = {"": {}, "state": {"state": "SUSPENDED", "suspended": True}, "password": {"password_expired": True}}


@dataclass(frozen=True)
class Case:
    scope: str
    when_removed: str
    lie: Lie

    def __str__(self) -> str:
        return f"{self.scope}, {self.when_removed}: {self.lie}"


CASES = [Case(scope, removed, lie) for scope in SCOPES for removed in ("keep", "empty", "delete") for lie in LIES]


def traits(case: Case) -> set[tuple[str, ...]]:
    is_hardest = case.scope == "application and excluded groups" and case.when_removed == "delete"
    return {("scope", case.scope, case.when_removed), *([("lie", str(case.lie))] if is_hardest else [])}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


class Company:
    """Everything in sync, by a run before the lie begins."""

    def __init__(self, sandbox: Sandbox, folder: Path, case: Case) -> None:
        self.sandbox, world = sandbox, sandbox.world
        sandbox.turn(asdict(JumpCloudKnobs()), asdict(BridgeKnobs()))
        sandbox.bridge.forget_everything()
        world.users.clear()
        world.groups.clear()
        world.assigned_users, world.assigned_groups, world.dangling_assignments = [], [], 0
        self.people = {name: str(world.add_user(name.capitalize(), "Example", email=f"{name}@example.com",
                                                activated=True)["id"]) for name in PEOPLE}  # fmt: skip
        self.groups = {name: world.add_group(name) for name in GROUPS}
        for name, members in GROUPS.items():
            self.groups[name].members[:] = [self.people[each] for each in members]
        world.assigned_groups = [self.groups[name].id for name in ASSIGNED]
        world.assigned_users = [self.people["dir"]]
        auditor = sandbox.bridge.add_account("auditor@partner.example", "Aud Itor")
        more = GUARD.format(when_removed=case.when_removed)
        self.config = config_for(sandbox, folder, replace=(BY_APPLICATION, SCOPES[case.scope]), more=more)
        text = self.config.read_text()
        self.config.write_text(text.replace("users:\n", "users:\n  when_password_expired: suspend\n"))
        assert self.sync().code == 0
        hollow = next(each["id"] for each in sandbox.bridge.groups() if each["displayName"] == "Hollow")
        sandbox.bridge.handle("PATCH", f"/Groups/{hollow}", {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "add", "path": "members", "value": [{"value": auditor}]}],
        })  # fmt: skip

    def sync(self) -> Done:
        return jc1p("-c", self.config, "sync", "-y", "-o", "json")

    def begin(self, lie: Lie) -> None:
        ids = self.people | {name: group.id for name, group in self.groups.items()}
        unlisted = {path: [ids[name] for name in names] for path, names in lie.jumpcloud}
        stale = {self.people["ann"]: STALE[lie.stale]}
        everything = (*self.sandbox.bridge.users(), *self.sandbox.bridge.groups())
        there = {each["externalId"]: each["id"] for each in everything if each.get("externalId")}
        hidden = [there[ids[name]] for name in lie.bridge if ids[name] in there]
        self.sandbox.turn({"unlisted": unlisted, "stale_users": stale, "omits_paths": lie.omits_paths},
                          {"unlisted": hidden})  # fmt: skip

    def has(self) -> tuple[object, ...]:
        served = self.sandbox.bridge
        active = {each["userName"] for each in served.users() if each["active"]}
        return active, {each["id"]: (each["displayName"], tuple(each["members"])) for each in served.groups()}


@pytest.mark.parametrize("case", product_of(CASES, traits), ids=str)
def test_a_list_that_lies_about_a_row_takes_nothing(sandbox: Sandbox, tmp_path: Path, case: Case) -> None:
    company = Company(sandbox, tmp_path, case)
    before = company.has()
    company.begin(case.lie)
    done = company.sync()
    assert company.has() == before, done.out
    error = done.document["error"] or {}
    assert (done.code, error.get("code")) in {(0, None), (1, "incomplete_read"), (1, "not_found")}


def test_an_old_list_gives_no_suspended_user_the_account_back(sandbox: Sandbox, tmp_path: Path) -> None:
    company = Company(sandbox, tmp_path, Case("application", "keep", without(USERS, "ann")))
    ann = sandbox.world.users[company.people["ann"]]
    ann.update(state="SUSPENDED", suspended=True)
    assert company.sync().code == 0
    before = company.has()
    sandbox.turn({"stale_users": {company.people["ann"]: {"state": "ACTIVATED", "suspended": False}}}, {})
    done = company.sync()
    assert company.has() == before, done.out
    assert (done.code, done.document["error"]["code"]) == (1, "incomplete_read")
    assert "ann@example.com would have been reactivated" in done.document["error"]["message"]
    sandbox.turn({"stale_users": {}}, {})
    ann.update(state="ACTIVATED", suspended=False)
    assert company.sync().code == 0
    assert "ann@example.com" in company.has()[0]  # type: ignore[operator]
