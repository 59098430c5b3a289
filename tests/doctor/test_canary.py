"""`doctor --canary`: it changes only its own account and group, whatever the bridge does."""

import asyncio
import json
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from support.inprocess import jc1p
from support.installed import PROGRAM, Done, config_for
from support.pseudo_terminal import TerminalSession
from support.pure_target import PureTarget

from jc1p.core.canary import ALLOWED, GROUP, USER, Canary, steps, why_refused
from jc1p.core.guard import LIMIT_KEYS
from jc1p.core.models import Account, Created, Group, NewAccount, Person, SourceDirectory, TargetDirectory
from jc1p.core.plan import Change, Kind
from jc1p.core.policy import GroupPolicy, Policy, UserPolicy
from jc1p.errors import BelongsToAnother, DeadlineReached, StateUnavailable
from jc1p.sandbox.faults import ALWAYS, Fault
from jc1p.sandbox.knobs import BridgeKnobs
from jc1p.sandbox.replay import read_bundle
from jc1p.sandbox.server import Sandbox, with_profile
from jc1p.sandbox.world import make_world
from jc1p.state.journal import Journal
from jc1p.state.lock import hold_lock
from jc1p.sync.canary import CanaryFate, OnlyItsOwn, fly
from jc1p.sync.observer import Unobserved
from jc1p.sync.run_deadline import RunDeadline

EMAIL, NAME = "canary@example.com", "Jc1p Canary Group"


@pytest.fixture(name="sandbox")
def small_company() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


def run_canary(
    sandbox: Sandbox, folder: Path, *more: str | Path, email: str = EMAIL, group: str = NAME, file: str = "bundle.json"
) -> Done:
    """The canary, in JSON; in any case, nothing that existed before has changed."""
    folder.mkdir(exist_ok=True)
    before = others(sandbox)
    config = folder / "jc1p.yaml"
    options = ("--canary", email, "--canary-group", group, *(more or ("--yes", "-o", "json")))
    done = jc1p(
        "-c", config if config.exists() else config_for(sandbox, folder), "doctor", "--record", folder / file, *options
    )
    assert others(sandbox) == before
    return done


def others(sandbox: Sandbox) -> Mapping[str, Any]:
    """Everything on both sides except the canary, including hidden groups."""
    return {
        "accounts": {each["id"]: each for each in sandbox.bridge.users() if each["userName"] != EMAIL},
        "groups": [each for each in sandbox.bridge.groups(hidden=True) if each["displayName"] != NAME],
        "people": {id_: dict(user) for id_, user in sandbox.world.users.items()},
    }


def account(sandbox: Sandbox) -> Mapping[str, Any] | None:
    return next((each for each in sandbox.bridge.users() if each["userName"] == EMAIL), None)


def group_is_there(sandbox: Sandbox) -> bool:
    return any(each["displayName"] == NAME for each in sandbox.bridge.groups(hidden=True))


def writes(sandbox: Sandbox) -> list[tuple[str, str]]:
    return [(each.method, each.path.partition("/scim")[2]) for each in sandbox.requests
            if each.service == "onepassword" and each.method != "GET"]  # fmt: skip


def statuses(done: Done) -> list[tuple[str, str]]:
    return [(each["kind"], each["status"]) for each in done.document["canary"]["steps"]]


# --- success ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "profile",
    ["default", *(pytest.param(each, marks=pytest.mark.matrix) for each in ("shape-2023", "strict", "blind"))],
)
def test_account_is_left_suspended_the_group_is_gone_and_the_sandbox_does_the_same(
    profile: str, tmp_path: Path
) -> None:  # fmt: skip
    source, bridge = with_profile(profile)
    bundles = []
    for number in range(2):
        with Sandbox(make_world(users=40, groups=8), source, bridge) as sandbox:
            done = run_canary(sandbox, tmp_path / str(number))
            assert done.code == 0, done.out + done.err
            assert {status for _, status in statuses(done)} == {"applied"}
            assert [kind for kind, _ in statuses(done)] == [step.kind.value for step in steps(Canary("", "", ""))]
            assert (account(sandbox) or {})["active"] is False
            assert not group_is_there(sandbox)
            assert sandbox.bridge.invitations == {EMAIL: 1}
            assert done.document["canary"]["left"] == [f"the account {EMAIL}, suspended: jc1p deletes no account"]
        text = (tmp_path / str(number) / "bundle.json").read_text()
        assert EMAIL not in text
        assert NAME not in text
        assert "jc1p-canary-" not in text
        bundles.append(json.loads(text))
        source, bridge = read_bundle(text.encode())
    assert bundles[0]["canary"] is True
    assert bundles[0]["answers"] == bundles[1]["answers"]
    answered = {row["question"] for row in bundles[0]["answers"] if row["answered"]}
    assert answered >= {"bridge_post_status", "bridge_suspension", "bridge_name_parts", "bridge_external_id"}


@pytest.mark.matrix
def test_knobs_that_only_a_canary_shows(tmp_path: Path) -> None:
    told = {
        "post_status": 200, "patch_status": 204, "name_split": "first", "refuses_filter_path": True,
        "keeps_external_id": False, "members": "detail-only",
    }  # fmt: skip
    with Sandbox(make_world(users=40, groups=8), bridge_knobs=BridgeKnobs(**told)) as sandbox:  # type: ignore[arg-type]
        done = run_canary(sandbox, tmp_path)
    assert done.code == 0, done.out
    assert told.items() <= done.document["recording"]["knobs"]["bridge"].items()


def test_a_canary_is_no_run_to_undo_and_counts_against_no_limit(sandbox: Sandbox, tmp_path: Path) -> None:
    assert run_canary(sandbox, tmp_path).code == 0
    assert ((account(sandbox) or {})["active"], group_is_there(sandbox)) == (False, False)
    config = tmp_path / "jc1p.yaml"
    assert jc1p("-c", config, "rollback", "last", "--dry-run").code == 1
    assert "9" in jc1p("-c", config, "history").out
    status = jc1p("-c", config, "status", "-o", "json").document
    assert not [each for each in status.get("limits") or [] if each.get("used")]
    assert ALLOWED.keys() <= set(LIMIT_KEYS)
    writes_before = writes(sandbox)
    plan = jc1p("-c", config, "plan", "-o", "json").document
    assert EMAIL not in json.dumps(plan["changes"])
    assert "interrupted_run" not in {each["code"] for each in plan["warnings"]}
    assert writes(sandbox) == writes_before


# --- refusals -----------------------------------------------------------------------------------------------

CANARY = Canary("New@Example.com", "Test Group", "mark")
SOURCE = SourceDirectory(people={}, groups={})
TARGET = TargetDirectory(accounts={}, groups={})


@pytest.mark.parametrize(
    ("source", "target", "policy", "words"),
    [
        (SourceDirectory({"p": Person("p", "new@example.COM")}, {}), TARGET, Policy(), "JumpCloud has a user"),
        (SourceDirectory({"p": Person("p", "x@x", other_emails=("new@example.com",))}, {}), TARGET, Policy(), "(p)"),
        (SOURCE, TargetDirectory({"a": Account("a", "NEW@example.com", active=False)}, {}), Policy(), "1Password has"),
        (SourceDirectory({}, {"g": Group("g", " test  group")}), TARGET, Policy(), "JumpCloud has a group called"),
        (
            SOURCE,
            TargetDirectory({}, {"g": Group("g", "\N{FULLWIDTH LATIN CAPITAL LETTER T}EST GROUP")}),
            Policy(),
            "1Password has a group called",
        ),
        (SOURCE, TargetDirectory({}, {}, accounts_complete=False), Policy(), "not be read completely"),
        (SOURCE, TargetDirectory({}, {}, groups_complete=False), Policy(), "not be read completely"),
        (SOURCE, TARGET, Policy(groups=GroupPolicy(protected=("test group",))), "(groups.protected)"),
        (SOURCE, TARGET, Policy(groups=GroupPolicy(protected=("test *",))), "(groups.protected)"),
        (SOURCE, TARGET, Policy(users=UserPolicy(protected=("*@example.com",))), "(users.protected)"),
    ],
)
def test_what_either_side_has_or_may_have_is_refused(
    source: SourceDirectory, target: TargetDirectory, policy: Policy, words: str
) -> None:
    reasons = list(why_refused(CANARY, source, target, policy))
    assert len(reasons) == 1
    assert words in reasons[0]


def test_built_in_group_is_refused_and_what_is_new_is_not() -> None:
    policy = Policy(groups=GroupPolicy(protected=()))
    assert list(why_refused(Canary("new@example.com", "owners", "mark"), SOURCE, TARGET, policy))
    assert not list(why_refused(CANARY, SOURCE, TARGET, policy))


def test_existing_address_and_group_are_refused_by_name_and_nothing_is_written(
    sandbox: Sandbox, tmp_path: Path
) -> None:  # fmt: skip
    email = str(sandbox.bridge.users()[0]["userName"])
    group = str(sandbox.bridge.groups()[0]["displayName"])
    done = run_canary(sandbox, tmp_path, email=email, group=group.upper())
    assert done.code == 1
    assert done.document["error"]["code"] == "canary_refused"
    assert f"1Password has an account with the address {email}" in done.document["error"]["message"]
    assert f"1Password has a group called {group}" in done.document["error"]["message"]
    assert not writes(sandbox)
    assert not (tmp_path / "bundle.json").exists()


@pytest.mark.parametrize("lies", [{"total_off_by": 3}, {"provisioning": False}])
def test_what_could_not_be_read_completely_is_refused(lies: Mapping[str, Any], tmp_path: Path) -> None:
    with Sandbox(make_world(users=30, groups=6), bridge_knobs=BridgeKnobs(**lies)) as sandbox:
        assert run_canary(sandbox, tmp_path).code == 1
        assert not writes(sandbox)


def test_account_that_no_list_shows_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.bridge_knobs.unlisted = [sandbox.bridge.add_account(EMAIL, "Ada Lovelace")]
    done = run_canary(sandbox, tmp_path)
    assert (done.code, "that no list shows" in done.document["error"]["message"]) == (1, True)
    assert not writes(sandbox)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--record", "b.json", "--canary", EMAIL), "go together"),
        (("--record", "b.json", "--canary-group", NAME), "go together"),
        (("--canary", EMAIL, "--canary-group", NAME), "--canary goes with --record"),
        (("--record", "b.json", "--canary", EMAIL, "--canary-group", NAME), "no terminal to ask for confirmation"),
        (("--record", "b.json", "--canary", "ada", "--canary-group", NAME, "--yes"), "not an email address"),
        (("--record", "b.json", "--canary", EMAIL, "--canary-group", " ", "--yes"), "the name is empty"),
    ],
)
def test_options_that_make_no_canary_are_mistakes(
    sandbox: Sandbox, tmp_path: Path, options: tuple[str, ...], words: str
) -> None:  # fmt: skip
    done = jc1p("-c", config_for(sandbox, tmp_path), "doctor", *options, cwd=tmp_path)
    assert done.code == 2
    assert words in done.err
    assert not sandbox.requests


def test_paused_runs_no_canary_and_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    jc1p("-c", config_for(sandbox, tmp_path), "pause")
    done = run_canary(sandbox, tmp_path, "--yes")
    assert done.code == 0
    assert "Paused since" in done.out
    assert not sandbox.requests
    assert not (tmp_path / "bundle.json").exists()


def test_another_run_keeps_the_canary_away(sandbox: Sandbox, tmp_path: Path) -> None:
    run_canary(sandbox, tmp_path, email="x@example.com", group="Owners")
    folder = next((tmp_path / "state").iterdir())
    with hold_lock(folder, "run x"):
        assert run_canary(sandbox, tmp_path).code == 6
    assert not writes(sandbox)


# --- failures -----------------------------------------------------------------------------------------------

HALFWAY = {
    "the change of the name": Fault("403", "onepassword", "PATCH", "/Users", times=1),
    "the reactivation": Fault("403", "onepassword", "PATCH", "/Users", times=1, skip=2),
    "the group's creation": Fault("403", "onepassword", "POST", "/Groups", times=ALWAYS),
    "the membership": Fault("403", "onepassword", "PATCH", "/Groups", times=1),
    "the removal of the member": Fault("403", "onepassword", "PATCH", "/Groups", times=5, skip=1),
    "the group's removal": Fault("403", "onepassword", "DELETE", "/Groups", times=1),
    "the last suspension": Fault("403", "onepassword", "PATCH", "/Users", times=1, skip=3),
}
QUICK = ("the membership",)


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=() if each in QUICK else pytest.mark.matrix) for each in HALFWAY]
)
def test_failure_halfway_is_cleaned_up(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    sandbox.faults.append(HALFWAY[name])
    done = run_canary(sandbox, tmp_path)
    assert done.code == 5, done.out
    assert "failed" in {status for _, status in statuses(done)}
    assert (account(sandbox) or {})["active"] is False
    assert not group_is_there(sandbox)
    assert done.document["canary"]["left"] == [f"the account {EMAIL}, suspended: jc1p deletes no account"]
    assert (tmp_path / "bundle.json").exists()


def test_invitation_that_is_refused_leaves_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.bridge_knobs.allowed_domains = ["elsewhere.example"]
    done = run_canary(sandbox, tmp_path)
    assert done.code == 1
    assert done.document["canary"]["left"] == []
    assert account(sandbox) is None


@pytest.mark.parametrize("times", [1, pytest.param(ALWAYS, marks=pytest.mark.matrix)])
def test_lost_answer_to_the_invitation_invites_once_and_leaves_it_suspended(
    sandbox: Sandbox, tmp_path: Path, times: int
) -> None:
    sandbox.faults.append(Fault("reset", "onepassword", "POST", "/Users", times=times, after=True))
    done = run_canary(sandbox, tmp_path)
    assert done.code in {0, 5}
    assert (account(sandbox) or {})["active"] is False
    assert sandbox.bridge.invitations == {EMAIL: 1}
    assert not group_is_there(sandbox)


def test_suspension_without_effect_is_said_and_learned(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.bridge_knobs.keeps_suspensions = False
    done = run_canary(sandbox, tmp_path)
    assert done.code == 5
    assert (account(sandbox) or {})["active"] is True
    assert "STILL ACTIVE" in done.document["canary"]["left"][0]
    assert done.document["recording"]["knobs"]["bridge"]["keeps_suspensions"] is False


def test_group_that_cannot_be_shown_to_be_new_is_left_alone(tmp_path: Path) -> None:
    knobs = BridgeKnobs(members="never", user_groups=False, keeps_external_id=False)
    with Sandbox(make_world(users=30, groups=6), bridge_knobs=knobs) as sandbox:
        done = run_canary(sandbox, tmp_path)
        assert done.code == 5
        assert group_is_there(sandbox)
        assert (account(sandbox) or {})["active"] is False
        assert any("perhaps the group" in each for each in done.document["canary"]["left"])
        assert not [each for each in writes(sandbox) if each[0] == "DELETE"]


# --- only its own account and group -------------------------------------------------------------------------


class Adopting(PureTarget):
    """Answers creates with existing resources, as if they were new."""

    async def create_user(self, new: NewAccount) -> Created:
        found = next(iter(self.accounts.values()))
        return Created(found.id, account=found._replace(user_name=new.user_name))

    async def create_group(self, name: str, external_id: str) -> Created:
        found = next(iter(self.groups.values()))
        return Created(found.id, group=found)


NEW = NewAccount("new@example.com", "Jc1p Canary", "Jc1p", "Canary", "")
DIRECTORY = TargetDirectory(
    {"a": Account("a", "ada@example.com", "Ada Lovelace")}, {"g": Group("g", "Test Group", frozenset({"a"}))}
)


async def nobody(_: str) -> None:
    return None


def test_what_a_create_adopts_is_never_touched() -> None:
    async def try_all() -> None:
        own = OnlyItsOwn(target := Adopting(DIRECTORY), CANARY, nobody)
        with pytest.raises(BelongsToAnother):
            await own.create_user(NEW)
        with pytest.raises(BelongsToAnother):
            await own.create_group("Test Group", "")
        assert (own.made, {call for call, _ in target.calls}) == ({}, {"read_group", "read_members"})
        assert own.fates == {USER: CanaryFate.NEVER_MADE, GROUP: CanaryFate.UNKNOWN}

    asyncio.run(try_all())


def test_target_is_shut_to_all_but_what_was_made() -> None:
    async def try_all() -> None:
        own = OnlyItsOwn(target := PureTarget(DIRECTORY), CANARY, nobody)
        created, group = await own.create_user(NEW), await own.create_group("New Group", "")
        known = list(target.calls)
        for refused in (
            own.update_user("a", {"active": False}), own.delete_group("g"), own.rename_group(group.id, "x"),
            own.add_members("g", [created.id]), own.add_members(group.id, ["a"]),
            own.remove_members("g", ["a"]), own.remove_members(group.id, [created.id, "a"]),
        ):  # fmt: skip
            with pytest.raises(BelongsToAnother):
                await refused
        assert target.calls == known

    asyncio.run(try_all())


class FullDisk(Journal):
    """Accepts this many intents, then no more."""

    left = 6

    def intend(self, changes: Sequence[Change], ids: Mapping[str, str]) -> None:
        self.left -= 1
        if self.left < 0:
            raise StateUnavailable("the journal can't be written")
        super().intend(changes, ids)


async def nothing(_: Change) -> None:
    return None


async def bug(change: Change) -> None:
    if change.kind is Kind.ADD_MEMBERS:
        raise RuntimeError("a bug")


@pytest.mark.parametrize(("journal", "after"), [(FullDisk, nothing), (Journal, bug)])
def test_full_disk_or_a_bug_halfway_is_cleaned_up(
    tmp_path: Path, journal: type[Journal], after: Callable[[Change], Awaitable[None]]
) -> None:
    target = PureTarget(DIRECTORY)
    own = OnlyItsOwn(target, CANARY, nobody)
    head = {"run_id": "20261126T000000Z-0000", "command": "doctor", "created_at": "2026-11-26T00:00:00+00:00"}
    flight = asyncio.run(fly(own, journal(tmp_path, head), Unobserved(), after, RunDeadline().ending()))
    assert (flight.is_good, flight.changed, bool(flight.stopped_by)) == (False, True, True)
    assert flight.fates == {USER: CanaryFate.SUSPENDED, GROUP: CanaryFate.REMOVED}
    assert target.groups == DIRECTORY.groups
    assert target.accounts["a"] == DIRECTORY.accounts["a"]
    assert [each.active for each in target.accounts.values() if each.user_name == CANARY.email] == [False]


def test_step_that_hangs_is_ended_by_the_time_limit_and_cleaned_up(tmp_path: Path) -> None:
    async def hang(change: Change) -> None:
        if change.kind is Kind.CREATE_GROUP:
            await asyncio.Event().wait()

    target = PureTarget(DIRECTORY)
    head = {"run_id": "20261126T000000Z-0000", "command": "doctor", "created_at": "2026-11-26T00:00:00+00:00"}
    own, limit = OnlyItsOwn(target, CANARY, nobody), RunDeadline(0.2).ending()
    flight = asyncio.run(fly(own, Journal(tmp_path, head), Unobserved(), hang, limit))
    assert isinstance(flight.stopped_by, DeadlineReached)
    assert flight.changed
    assert flight.fates == {USER: CanaryFate.SUSPENDED, GROUP: CanaryFate.REMOVED}


# --- asked, and interrupted ---------------------------------------------------------------------------------


def started(sandbox: Sandbox, folder: Path) -> "subprocess.Popen[str]":
    command = [PROGRAM, "-c", config_for(sandbox, folder), "doctor", "--record", folder / "bundle.json", "--yes",
               "--canary", EMAIL, "--canary-group", NAME]  # fmt: skip
    return subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_the_group(sandbox: Sandbox, running: "subprocess.Popen[str]") -> None:
    while not group_is_there(sandbox):
        assert running.poll() is None
        sleep(0.005)


@pytest.mark.matrix
def test_no_means_no_and_is_asked_before_anything_is_written(sandbox: Sandbox, tmp_path: Path) -> None:
    config, file = config_for(sandbox, tmp_path), tmp_path / "bundle.json"
    words = ("-c", config, "doctor", "--record", file, "--canary", EMAIL, "--canary-group", NAME)
    with TerminalSession(*words, cwd=tmp_path) as terminal:
        assert f"create the account {EMAIL}" in terminal.answer("Run the canary? [y/N]", "n")
        assert not writes(sandbox)
        assert terminal.end() == 130
    assert not file.exists()
    with TerminalSession(*words, cwd=tmp_path) as terminal:
        terminal.answer("Run the canary? [y/N]", "y")
        terminal.answer("[y/N, v shows all of it]", "y")
        assert terminal.end() == 0
    assert (account(sandbox) or {})["active"] is False


@pytest.mark.matrix
def test_ctrl_c_halfway_cleans_up(tmp_path: Path) -> None:
    with Sandbox(make_world(users=30, groups=6), latency_ms=30) as sandbox:
        running = started(sandbox, tmp_path)
        wait_for_the_group(sandbox, running)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
        assert running.returncode == 130, out + err
        assert "Left in 1Password: the account canary@example.com, suspended" in out
        assert (account(sandbox) or {})["active"] is False
        assert not group_is_there(sandbox)


@pytest.mark.matrix
def test_killed_halfway_is_told_by_the_next_run_and_never_taken_for_anybody(tmp_path: Path) -> None:
    with Sandbox(make_world(users=30, groups=6), latency_ms=30) as sandbox:
        running = started(sandbox, tmp_path)
        wait_for_the_group(sandbox, running)
        running.kill()
        running.communicate(timeout=60)
        sandbox.requests.clear()
        config = tmp_path / "jc1p.yaml"
        plan = jc1p("-c", config, "plan", "-o", "json").document
        assert [each["code"] for each in plan["warnings"]].count("interrupted_run") == 1
        assert EMAIL not in json.dumps(plan["changes"])
        assert NAME not in json.dumps(plan["changes"])
        again = run_canary(sandbox, tmp_path)
        assert again.code == 1
        assert f"1Password has an account with the address {EMAIL}" in again.document["error"]["message"]
        assert f'1Password has a group called "{NAME}"' in again.document["error"]["message"]
        assert not writes(sandbox)
