"""Passwords that expire in JumpCloud, over sockets: who is suspended, who is reactivated, and the stated cause."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from support.inprocess import jc1p
from support.installed import Done, config_for

from jc1p.sandbox.faults import Fault
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


class Company:
    """Ann, Bob, Cat and Dan, all assigned directly and in sync."""

    def __init__(self, sandbox: Sandbox, folder: Path, policy: str) -> None:
        self.sandbox, world = sandbox, sandbox.world
        sandbox.faults.clear()
        sandbox.turn({"hidden_fields": []}, {})
        sandbox.bridge.forget_everything()
        world.users.clear()
        world.groups.clear()
        self.people = {
            name: world.add_user(name, "Example", email=f"{name}@example.com") for name in ("ann", "bob", "cat", "dan")
        }
        world.assigned_users, world.assigned_groups = [str(each["id"]) for each in self.people.values()], []
        self.config = config_for(sandbox, folder)
        given = yaml.safe_load(self.config.read_text())
        given["users"] = {**(given.get("users") or {}), "when_password_expired": policy}
        self.config.write_text(yaml.safe_dump(given))
        assert self.sync().code == 0

    def sync(self, *options: str) -> Done:
        return jc1p("-c", self.config, "sync", "--yes", "-o", "json", *options)

    def expires(self, name: str, *, expired: bool = True) -> None:
        self.people[name]["password_expired"] = expired

    def suspended(self) -> set[str]:
        return {each["userName"].partition("@")[0] for each in self.sandbox.bridge.users() if not each["active"]}

    def switch(self, name: str, *, active: bool) -> None:
        """A change in 1Password by JumpCloud's own connector, or by an admin."""
        (id_,) = (each["id"] for each in self.sandbox.bridge.users() if each["userName"] == f"{name}@example.com")
        self.sandbox.bridge.stored("Users")[id_].active = active

    def said(self, *words: str) -> str:
        return jc1p("-c", self.config, *words).out


@pytest.fixture
def suspending(server: Sandbox, tmp_path: Path) -> Company:
    return Company(server, tmp_path, "suspend")


@pytest.fixture
def ignoring(server: Sandbox, tmp_path: Path) -> Company:
    return Company(server, tmp_path, "ignore")


def kinds(done: Done) -> list[str]:
    return [f"{each['kind']} {each['user']}" for each in done.document["changes"]]


def test_expired_password_suspends_and_a_renewed_one_brings_back(suspending: Company) -> None:
    suspending.expires("bob")
    done = suspending.sync()
    assert (done.code, suspending.suspended()) == (0, {"bob"})
    assert done.document["changes"][0]["reason"] == "the password expired in JumpCloud"
    assert suspending.sync().document["changes"] == []
    suspending.expires("bob", expired=False)
    assert kinds(suspending.sync()) == ["reactivate_user bob@example.com"]
    assert suspending.suspended() == set()


def test_nothing_happens_for_a_password_by_default(ignoring: Company) -> None:
    ignoring.expires("bob")
    assert (ignoring.sync().document["changes"], ignoring.suspended()) == ([], set())


def test_renewed_password_is_a_return_that_was_seen_whoever_suspended_the_account(suspending: Company) -> None:
    suspending.expires("bob")
    suspending.switch("bob", active=False)
    assert suspending.sync().document["changes"] == []
    suspending.expires("bob", expired=False)
    assert kinds(suspending.sync()) == ["reactivate_user bob@example.com"]


def test_account_that_was_seen_suspended_before_the_password_expired_stays_so(suspending: Company) -> None:
    suspending.switch("bob", active=False)
    assert suspending.sync().document["held"][0]["code"] == "suspended_elsewhere"
    for expired in (True, False):
        suspending.expires("bob", expired=expired)
        assert (suspending.sync().document["changes"], suspending.suspended()) == ([], {"bob"})


def test_cause_is_named_where_the_connector_suspended_somebody(ignoring: Company) -> None:
    ignoring.expires("bob")
    ignoring.switch("bob", active=False)
    cause = "probably JumpCloud's own connector suspended the account"
    assert cause in ignoring.said("why", "bob@example.com")
    assert cause in ignoring.said("drift", "-v")
    held = jc1p("-c", ignoring.config, "drift", "-o", "json").document["held"]
    assert cause in held[0]["reason"]
    doctor = jc1p("-c", ignoring.config, "doctor", "-o", "json").document["findings"]
    (found,) = (each for each in doctor if each["check"] == "would_reactivate")
    assert "the password of bob@example.com expired in JumpCloud: its own connector probably" in found["seen"]
    assert "users.when_password_expired" in found["next"]


def test_cause_is_not_named_for_others(ignoring: Company) -> None:
    ignoring.switch("bob", active=False)
    for words in (("why", "bob@example.com"), ("drift", "-v"), ("doctor",)):
        assert "connector suspended" not in ignoring.said(*words)


def test_password_that_is_renewed_between_reading_and_suspending_spares_its_owner(suspending: Company) -> None:
    suspending.expires("bob")
    user = f"/systemusers/{suspending.people['bob']['id']}"
    suspending.sandbox.faults.append(
        Fault("slow", "jumpcloud", "GET", user, seconds=0, on_hit=lambda: suspending.expires("bob", expired=False))
    )
    done = suspending.sync()
    assert (done.code, done.document["error"]["code"], suspending.suspended()) == (1, "incomplete_read", set())
    assert "bob@example.com would have been suspended for an expired password" in done.document["error"]["message"]
    assert (suspending.sync().code, suspending.suspended()) == (0, set())


def test_field_that_cannot_be_read_suspends_nobody_and_brings_nobody_back(suspending: Company) -> None:
    suspending.expires("bob")
    assert suspending.sync().code == 0
    suspending.expires("cat")
    suspending.sandbox.turn({"hidden_fields": ["password_expired"]}, {})
    done = suspending.sync()
    assert (done.code, done.document["changes"], suspending.suspended()) == (0, [], {"bob"})
    assert "password_unknown" in {each["code"] for each in done.document["warnings"]}
    assert [each["code"] for each in done.document["held"]] == ["suspended_elsewhere"]
    assert kinds(suspending.sync("--reactivate", "bob@example.com")) == ["reactivate_user bob@example.com"]


def test_field_that_becomes_unreadable_when_read_again_ends_the_run(suspending: Company) -> None:
    suspending.expires("bob")
    user = f"/systemusers/{suspending.people['bob']['id']}"
    hide = {"hidden_fields": ["password_expired"]}
    suspending.sandbox.faults.append(
        Fault("slow", "jumpcloud", "GET", user, seconds=0, on_hit=lambda: suspending.sandbox.turn(hide, {}))
    )
    assert (suspending.sync().code, suspending.suspended()) == (1, set())


def test_limit_counts_expired_passwords_as_suspensions(suspending: Company) -> None:
    for name in suspending.people:
        suspending.expires(name)
    done = suspending.sync()
    assert (done.code, [each["limit"] for each in done.document["guard"]["findings"]]) == (4, ["suspensions"])
    assert suspending.suspended() == set()


def test_whoever_has_an_expired_password_is_not_invited(suspending: Company) -> None:
    new = suspending.sandbox.world.add_user("eve", "Example", email="eve@example.com", password_expired=True)
    suspending.sandbox.world.assigned_users.append(new["id"])
    assert suspending.sync().document["changes"] == []
    assert "not invited" in suspending.said("why", "eve@example.com")
    new["password_expired"] = False
    assert kinds(suspending.sync()) == ["create_user eve@example.com"]


def test_runs_with_nothing_to_do_ask_for_no_more_whoever_is_suspended(suspending: Company) -> None:
    def requests() -> list[str]:
        suspending.sandbox.requests.clear()
        assert suspending.sync().document["changes"] == []
        return sorted(f"{each.service} {each.path}" for each in suspending.sandbox.requests)

    plain = requests()
    suspending.expires("bob")
    suspending.switch("cat", active=False)
    assert suspending.sync().code == 0
    assert suspending.suspended() == {"bob", "cat"}
    assert [requests() for _ in range(3)] == [plain] * 3


@pytest.mark.parametrize("is_refused", [False, True])
def test_narrowed_or_refused_run_takes_no_expired_password_for_the_cause(suspending: Company, is_refused: bool) -> None:
    suspending.expires("bob")
    suspending.switch("bob", active=False)
    if is_refused:
        given = yaml.safe_load(suspending.config.read_text())
        suspending.config.write_text(yaml.safe_dump({**given, "guard": {"suspensions": 0}}))
        suspending.expires("cat")
        assert suspending.sync().code == 4
        suspending.config.write_text(yaml.safe_dump(given))
        suspending.expires("cat", expired=False)
    else:
        assert suspending.sync("--user", "ann@example.com").code == 0
    suspending.expires("bob", expired=False)
    done = suspending.sync()
    assert (done.document["changes"], [each["code"] for each in done.document["held"]]) == ([], ["suspended_elsewhere"])
