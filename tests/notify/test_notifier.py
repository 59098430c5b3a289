"""`notify` in whole runs over sockets: which receiver gets what, and that errors there don't affect a run."""

import json
import ssl
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.builders import NOW
from support.inprocess import jc1p
from support.installed import Done, config_for
from support.receiving import Receiver

from jc1p.core.events import Detail, Event
from jc1p.core.guard import Refusal, Verdict
from jc1p.core.plan import Change, Held, Hold, Kind, Plan
from jc1p.core.run_record import RunRecord
from jc1p.errors import (
    ExitCode,
    IncompleteRead,
    Interrupted,
    Jc1pError,
    Locked,
    PlanMoved,
    StateUnavailable,
    Unexpected,
    Unreachable,
    UsageError,
)
from jc1p.notify.formats import as_document, as_slack, as_teams
from jc1p.notify.incident_file import NAME
from jc1p.notify.incidents import Decision
from jc1p.notify.messages import MOST_NAMES, Notice, Surroundings, describe, redacted
from jc1p.notify.senders import LONGEST_SAID
from jc1p.notify.triggers import occasion_of
from jc1p.sandbox.faults import ALWAYS, Fault
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import World, make_world, settle
from jc1p.state.lock import hold_lock

CERTIFICATES = Path(__file__).parents[1] / "certificates"
QUICK = "http: {attempts: 1}\n"
TIGHT = "guard: {suspensions: 0, member_removals: 0, creations: 0}\n"


@pytest.fixture
def world() -> World:
    world = make_world(users=30, groups=6, accounts=False)
    settle(world)
    return world


@pytest.fixture
def sandbox(world: World) -> Iterator[Sandbox]:
    with Sandbox(world) as made:
        yield made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


def notifying(sandbox: Sandbox, folder: Path, *receivers: str, more: str = "") -> Path:
    listed = "".join(f"  - {{{each}}}\n" for each in receivers)
    return config_for(sandbox, folder, more=f"{QUICK}{more}notify:\n{listed}")


def sync(config: Path, *more: str, at: datetime | None = None) -> Done:
    return jc1p("-c", config, "sync", "-y", *more, environment={"JC1P_NOW": at.isoformat()} if at else None)


def hire(world: World, name: str) -> None:
    world.assigned_users.append(world.add_user(name, "Newcomer")["id"])


def test_a_run_that_changes_nothing_is_told_to_nobody(sandbox: Sandbox, tmp_path: Path, receiver: Receiver) -> None:
    config = notifying(sandbox, tmp_path, f"webhook: {receiver.url}")
    assert (sync(config).code, receiver.got) == (0, [])
    assert not list((tmp_path / "state").rglob(NAME))


def test_changes_refusal_failure_and_recovery_are_told_once_each(
    sandbox: Sandbox, world: World, tmp_path: Path, receiver: Receiver
) -> None:
    config = notifying(sandbox, tmp_path, f"webhook: {receiver.url}")
    hire(world, "Ida")
    assert [sync(config).code for _ in range(2)] == [0, 0]
    tight = config.with_name("tight.yaml")
    tight.write_text(config.read_text() + TIGHT)
    hire(world, "Joe")
    assert [sync(tight).code for _ in range(3)] == [4, 4, 4]
    sandbox.faults.append(Fault("503", service="onepassword", times=ALWAYS))
    assert [sync(tight).code for _ in range(3)] == [1, 1, 1]
    sandbox.faults.clear()
    assert [sync(tight).code, sync(config).code, sync(config).code] == [4, 0, 0]
    assert receiver.titles == [
        "changes: jc1p sync made 1 change in 1Password",
        "refused: jc1p blocked a plan; nothing was changed",
        "failed: jc1p sync failed; nothing was changed",
        "recovered: jc1p sync succeeded again",
    ]
    refusal = receiver.got[1]
    assert refusal["bridge"] == sandbox.bridge_url.removeprefix("http://")
    assert refusal["findings"] == [{"limit": "creations", "planned": 1, "allowed": 0}]
    assert f"allow it once: jc1p -c {tight} sync ... --allow creations=1" in refusal["text"]
    assert "@" not in json.dumps(receiver.got)


def test_looking_by_hand_is_told_to_nobody_and_pausing_neither(
    sandbox: Sandbox, world: World, tmp_path: Path, receiver: Receiver
) -> None:
    config = notifying(sandbox, tmp_path, f"webhook: {receiver.url}", more=TIGHT)
    hire(world, "Ida")
    for command in (["sync", "--dry-run"], ["plan"], ["why", "ida.newcomer@example.com"], ["sync"], ["doctor"]):
        assert jc1p("-c", config, *command).code in {0, 1, 2, 4}
    assert jc1p("-c", config, "pause").code == sync(config).code == 0
    assert receiver.got == []


def test_long_pause_is_told_once_and_its_end_too(
    sandbox: Sandbox, world: World, tmp_path: Path, receiver: Receiver
) -> None:
    config = notifying(sandbox, tmp_path, f"webhook: {receiver.url}, on: [failed, recovered]")

    def on(day: int, *command: str) -> int:
        return jc1p("-c", config, *command, environment={"JC1P_NOW": f"2026-11-{day:02}T08:00:00Z"}).code

    assert on(1, "pause", "--reason", "audit of ann@example.com") == 0
    assert [on(day, "sync", "-y") for day in (2, 8)] == [0, 0]
    assert receiver.got == []
    assert [on(day, "sync", "-y") for day in (9, 10, 20)] == [0, 0, 0]
    assert [on(20, "plan"), on(20, "resume"), on(20, "sync", "-y")] == [0, 0, 0]
    assert receiver.titles == [
        "failed: jc1p has been paused for more than seven days; nothing was changed",
        "recovered: jc1p sync succeeded again",
    ]
    assert f"End the pause: jc1p -c {config} resume" in receiver.got[0]["text"]
    assert "@" not in json.dumps(receiver.got)


def test_drift_is_told_once_and_its_end_too(sandbox: Sandbox, world: World, tmp_path: Path, receiver: Receiver) -> None:
    config = notifying(sandbox, tmp_path, f"webhook: {receiver.url}, detail: names")
    hire(world, "Ida")
    assert [jc1p("-c", config, "drift").code for _ in range(2)] == [3, 3]
    world.assigned_users.pop()
    assert [jc1p("-c", config, "drift").code for _ in range(2)] == [0, 0]
    assert receiver.titles == [
        "changes: 1Password has drifted from JumpCloud: 1 change waiting", "recovered: jc1p drift succeeded again"
    ]  # fmt: skip
    assert receiver.got[0]["names"] == ["Invite ida.newcomer@example.com"]


def test_failed_changes_are_told_as_partial_until_others_fail(
    sandbox: Sandbox, world: World, tmp_path: Path, receiver: Receiver
) -> None:
    config = notifying(sandbox, tmp_path, f"webhook: {receiver.url}, detail: names")
    hire(world, "Ida")
    sandbox.faults.append(Fault("echo-400", service="onepassword", method="POST", times=ALWAYS))
    assert [sync(config).code for _ in range(2)] == [5, 5]
    assert [told["event"] for told in receiver.got] == ["partial"]
    assert receiver.got[0]["names"] == ["Invite ida.newcomer@example.com: not done"]
    assert receiver.got[0]["outcome"] == {"applied": 0, "failed": 1, "skipped": 0}


def test_vanished_groups_are_notified_once_and_again_when_another_vanishes(
    sandbox: Sandbox, tmp_path: Path, receiver: Receiver
) -> None:
    config = notifying(sandbox, tmp_path, f"webhook: {receiver.url}, detail: names")
    assert (sync(config).code, receiver.got) == (0, [])
    first, second = (each["id"] for each in sandbox.bridge.groups()[:2])
    sandbox.bridge.hidden.add(first)
    assert (sync(config).code, sync(config).code) == (5, 5)
    (told,) = receiver.got
    assert "1 linked group vanished from 1Password" in json.dumps(told)
    assert "Managed Groups" in json.dumps(told)
    sandbox.bridge.hidden.add(second)
    assert sync(config).code == 5
    assert len(receiver.got) == 2
    assert "2 linked groups vanished" in json.dumps(receiver.got[1])
    sandbox.bridge.hidden -= {first, second}
    assert sync(config).code == 0
    assert len(receiver.got) == 3


def test_group_that_is_taken_over_is_notified_once(
    sandbox: Sandbox, world: World, tmp_path: Path, receiver: Receiver
) -> None:
    config = notifying(sandbox, tmp_path, f"webhook: {receiver.url}, detail: names")
    assert sync(config).code == 0
    account = next(each for each in sandbox.bridge.users() if each.get("externalId"))
    group = world.add_group("Directors")
    group.members.append(account["externalId"])
    world.assigned_groups.append(group.id)
    sandbox.bridge.add_group("Directors", [account["id"]])
    assert (sync(config).code, sync(config).code) == (0, 0)
    (told,) = receiver.got
    assert "took over 1 existing group" in json.dumps(told)
    assert "Directors: taken over" in json.dumps(told)


def test_protected_account_that_is_taken_over_is_notified_once_whatever_else_was_changed(
    sandbox: Sandbox, world: World, tmp_path: Path, receiver: Receiver
) -> None:
    config = notifying(sandbox, tmp_path, f"webhook: {receiver.url}, detail: names")
    assert sync(config).code == 0
    hire(world, "Olga")
    sandbox.bridge.add_account("olga.newcomer@example.com", "Olga Owner")
    config.write_text(config.read_text().replace("  protected: [", "  protected: [olga.newcomer@example.com, "))
    assert (sync(config).code, sync(config).code) == (0, 0)
    (told,) = receiver.got
    assert told["title"] == "jc1p sync made 1 change in 1Password and took over 1 existing account"
    assert "Olga.Newcomer@example.com: taken over".lower() in [each.lower() for each in told["names"]]


def test_narrow_run_does_not_call_it_well_again(
    sandbox: Sandbox, world: World, tmp_path: Path, receiver: Receiver
) -> None:
    config = notifying(sandbox, tmp_path, f"webhook: {receiver.url}, on: [refused, recovered]", more=TIGHT)
    hire(world, "Ida")
    assert sync(config).code == 4
    assert sync(config, "--user", "olivia.owner@example.com").code == 0
    assert [told["event"] for told in receiver.got] == ["refused"]


def test_a_secret_that_cannot_be_fetched_is_told_before_any_request(
    sandbox: Sandbox, tmp_path: Path, receiver: Receiver
) -> None:
    config = notifying(sandbox, tmp_path, f"webhook: {receiver.url}")
    config.write_text(config.read_text().replace("token: ${JC1P_SANDBOX_TOKEN", "token: {file: none}\n  #"))
    assert sync(config).code == 2
    assert [told["error"]["code"] for told in receiver.got] == ["config"]
    assert sandbox.requests == []


def test_every_kind_of_receiver_is_told(sandbox: Sandbox, world: World, tmp_path: Path, receiver: Receiver) -> None:
    heard = tmp_path / "heard"
    code = f"import sys; open({str(heard)!r}, 'w').write(sys.stdin.read())"
    (tmp_path / "hook").write_text(receiver.url + "/file\n")
    config = notifying(
        sandbox, tmp_path, f"slack: {receiver.url}/slack", f"teams: {receiver.url}/teams", "webhook: {file: hook}",
        f"webhook: {{command: [{sys.executable}, -c, \"print('{receiver.url}/command')\"]}}",
        f"exec: [{sys.executable}, -c, {json.dumps(code)}]", f"slack: {receiver.url}/quiet, on: [refused]",
    )  # fmt: skip
    hire(world, "Ida")
    done = sync(config)
    assert (done.code, done.err.count("cannot notify")) == (0, 0)
    assert sorted(receiver.paths) == ["/command", "/file", "/slack", "/teams"]
    assert json.loads(heard.read_text())["event"] == "changes"


def test_programs_get_the_environment_without_the_variables_of_secrets(
    sandbox: Sandbox, world: World, tmp_path: Path, receiver: Receiver
) -> None:
    heard = {name: tmp_path / name for name in ("exec", "address", "key")}
    seen = "import os, sys; open(sys.argv[1], 'w').write(' '.join(sorted(os.environ))); print(sys.argv[2])"
    program = tmp_path / "program.py"
    program.write_text(seen)
    run = {name: f"[{sys.executable}, -I, {program}, {path}" for name, path in heard.items()}
    config = notifying(
        sandbox, tmp_path, f"exec: {run['exec']}, x]", f"webhook: {{command: {run['address']}, '{receiver.url}']}}",
        'slack: "${HOOK:-https://hooks.example.com/x}", on: [refused]',
    )  # fmt: skip
    key = f"api_key: {{command: {run['key']}, {sandbox.jumpcloud.key}]}}\n  #"
    config.write_text(config.read_text().replace("api_key:", key))
    hire(world, "Ida")
    variables = {"JC1P_SANDBOX_TOKEN": sandbox.bridge.token, "HOOK": "https://hooks.example.com/x", "VAULT": "x"}
    done = jc1p("-c", config, "sync", "-y", environment=variables)
    assert (done.code, done.err.count("cannot notify")) == (0, 0)
    for path in heard.values():
        assert set(path.read_text().split()) & variables.keys() == {"VAULT"}


@pytest.mark.parametrize(("ca_file", "told"), [("authority.pem", 1), ("none.pem", 0)])
def test_receiver_with_a_certificate_of_the_configured_authority_is_told(
    refusing: Sandbox, tmp_path: Path, ca_file: str, told: int
) -> None:
    """If the file can't be read, the receivers that don't need it are told all the same."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATES / "chain.pem", CERTIFICATES / "key.pem")
    with Receiver(tls=tls) as inside, Receiver() as outside:
        config = notifying(refusing, tmp_path, f"webhook: {inside.url}/x", f"webhook: {outside.url}/x", more=TIGHT)
        text = config.read_text().replace("http: {", f"http: {{ca_file: {CERTIFICATES / ca_file}, ")
        config.write_text(text)
        done = sync(config, at=NOW)
    assert (done.code, len(inside.got), len(outside.got)) == (4, told, 1), done.err


def test_one_address_may_stand_there_twice(sandbox: Sandbox, world: World, tmp_path: Path, receiver: Receiver) -> None:
    one, two = (f"webhook: {receiver.url}, on: [{event}]" for event in ("refused", "failed"))
    config = notifying(sandbox, tmp_path, one, two, more=TIGHT)
    hire(world, "Ida")
    assert [sync(config).code for _ in range(3)] == [4, 4, 4]
    assert [told["event"] for told in receiver.got] == ["refused"]


def test_a_lock_that_is_held_for_long_is_told(sandbox: Sandbox, tmp_path: Path, receiver: Receiver) -> None:
    config = notifying(sandbox, tmp_path, f"webhook: {receiver.url}")
    assert sync(config).code == 0
    with hold_lock(next((tmp_path / "state").iterdir()), "run 1"):
        for minutes in (0, 30, 61, 90):
            done = sync(config, at=NOW + timedelta(minutes=minutes))
            assert (done.code, len(receiver.got)) == (6, minutes > 60)
    assert sync(config).code == 0
    assert [told["event"] for told in receiver.got] == ["failed", "recovered"]


# --- errors don't affect a run ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def refusing() -> Iterator[Sandbox]:
    """A company in which a tight guard blocks every run."""
    world = make_world(users=30, groups=6, accounts=False)
    settle(world)
    hire(world, "Ida")
    with Sandbox(world) as made:
        yield made


def broken_by(name: str, folder: Path, receiver: Receiver) -> tuple[str, str]:
    """A receiver with a problem, and the expected message."""
    python, ignores = f"exec: [{sys.executable}, -c, ", ", timeout: 0.3"
    receiver.answers[:] = {"slow": [0, 0], "500": [500, 500], "404": [404]}.get(name, [])
    at = f"webhook: {receiver.url}/x"
    return {
        "slow": (at + ignores, "no answer within 0.3 s, in 2 attempts"),
        "500": (at, "it answered 500, in 2 attempts"), "404": (at, "it answered 404: the webhook does not exist"),
        "down": ("webhook: http://127.0.0.1:9/x", "no answer: "),
        "no address in its file": ("slack: {file: none}", "notify[0].slack: cannot read the file "),
        "no address at all": (f"slack: {{command: [{sys.executable}, -c, print(1)]}}", "a webhook address needs https://"),
        "missing": ("exec: [no-such-command]", "command no-such-command not found"),
        "failing": (python + "'import sys; sys.exit(3)']", "it failed with exit code 3"),
        "hanging": (python + "'import time; time.sleep(60)']" + ignores, "it took longer than 0.3 s and was ended"),
        "damaged memory": (at, "open problems are notified again"),
        "memory that is a folder": (at, "cannot save which notifications were sent"),
        "metrics nowhere": (at, "the metrics file "), "metrics on a folder": (at, "not a regular file"),
    }[name]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["slow", "500", "404", "down", "no address in its file", "no address at all", "missing", "failing", "hanging",
     "damaged memory", "memory that is a folder", "metrics nowhere", "metrics on a folder"],
)  # fmt: skip
def test_whatever_goes_wrong_with_telling_changes_no_run(
    refusing: Sandbox, tmp_path: Path, receiver: Receiver, name: str
) -> None:
    entry, said = broken_by(name, tmp_path, receiver)
    silent = sync(config_for(refusing, tmp_path, more=QUICK + TIGHT), "-o", "json", at=NOW)
    folder = next((tmp_path / "state").iterdir())
    if name == "damaged memory":
        (folder / NAME).write_text("{")
    if name == "memory that is a folder":
        (folder / NAME).mkdir()
    file = {"metrics nowhere": tmp_path / "no" / "x.prom", "metrics on a folder": tmp_path}.get(name)
    config = notifying(refusing, tmp_path, entry, more=TIGHT)
    done = sync(config, "-o", "json", *(["--metrics", str(file)] if file else []), at=NOW)
    assert (silent.code, done.code) == (4, 4)
    assert same(done.document) == same(silent.document)
    assert said in done.err
    assert "warning: " in done.err
    assert "Traceback" not in done.err


def same(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in {"run_id", "duration_s", "requests"}}


def test_receiver_that_was_down_is_told_by_the_next_run(
    sandbox: Sandbox, world: World, tmp_path: Path, receiver: Receiver
) -> None:
    config = notifying(sandbox, tmp_path, f"webhook: {receiver.url}/x", more=TIGHT)
    hire(world, "Ida")
    receiver.answers[:] = [404]
    assert [sync(config).code for _ in range(3)] == [4, 4, 4]
    assert len(receiver.got) == 2


# --- words --------------------------------------------------------------------------------------------------

HOSTILE = "<!channel> @here [x](https://evil.example) `*_~\n<script> \u202ecod.exe &"
WHERE = Surroundings("scim.example.com", "/etc/jc1p/a b.yaml")


def notice(detail: Detail, *, people: int = 30, event: Event = Event.REFUSED) -> Notice:
    changes = [Change(Kind.SUSPEND_USER, f"user:{n}", "gone", user=f"p{n}@example.com", id=n) for n in range(people)]
    groups = Change(Kind.DELETE_GROUP, "group:x", "gone", group=HOSTILE, id=99)
    record = RunRecord(
        "drift" if event is Event.CHANGES else "sync", "run-1", NOW, dry_run=True, plan=Plan((groups, *changes)),
        verdict=Verdict((Refusal("suspensions", 30, 3, "suspends p1@example.com"),)),
        error=IncompleteRead(f"p1@example.com in {HOSTILE}\nsecond", hint="Ask p2@example.com."),
        organization=f"it@example.com {HOSTILE}",
    )  # fmt: skip
    return describe(record, ExitCode.REFUSED, Decision(event, {}, {}), WHERE, detail=detail)


def test_counts_hold_no_address_and_names_no_more_than_twenty() -> None:
    counts, names = notice(Detail.COUNTS, event=Event.FAILED), notice(Detail.NAMES, event=Event.CHANGES)
    assert "@example.com" not in str(counts)
    assert counts.names == ()
    assert (len(names.names), names.names_left_out) == (MOST_NAMES, 11)
    assert "p1@example.com in" in names.quote
    assert len(names.quote) < 2 * LONGEST_SAID


def test_what_others_wrote_is_data_in_slack_and_teams() -> None:
    made = notice(Detail.NAMES, event=Event.CHANGES)
    text = as_slack(made)["text"]
    assert text.split("\n")[1].startswith("JumpCloud organization: `it@example.com &lt;!channel&gt;")
    assert not [each for each in ("<!", "<s", "\u202e", " @here", "`*") if each in text]
    assert all(line.count("`") % 2 == 0 for line in text.split("\n"))
    (card,) = [each["content"] for each in as_teams(made)["attachments"]]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert {run["type"] for block in card["body"] for run in block["inlines"]} == {"TextRun"}
    assert "\u202e" not in json.dumps(card, ensure_ascii=False)
    record = RunRecord("sync", "run-1", NOW, dry_run=False)
    document = as_document(made, record, ExitCode.REFUSED, Decision(Event.CHANGES, {}, {}), WHERE)
    assert document["names_left_out"] == 11
    assert document["organization"].startswith("it@example.com <!channel>")
    assert "\n" not in document["organization"]


def test_organization_that_is_not_known_is_left_out() -> None:
    record = RunRecord("sync", "run-1", NOW, dry_run=False)
    decision = Decision(Event.FAILED, {}, {})
    made = describe(record, ExitCode.FAILED, decision, WHERE, detail=Detail.COUNTS)
    assert made.facts[0] == ("SCIM bridge", "scim.example.com")
    assert as_document(made, record, ExitCode.FAILED, decision, WHERE)["organization"] is None


def test_advice_can_be_typed() -> None:
    assert notice(Detail.COUNTS).next_step.endswith(
        "jc1p -c '/etc/jc1p/a b.yaml' sync ... --allow suspensions=30"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "code", "attended", "condition"),
    [
        (Interrupted("interrupted"), 130, False, "failed interrupted"), (Interrupted("interrupted"), 130, True, None),
        (UsageError("no"), 2, False, None), (StateUnavailable("full"), 2, True, "failed config"),
        (PlanMoved("moved"), 4, True, "moved"), (Locked("held"), 6, False, "locked"),
        (Unreachable("x", service="JumpCloud"), 1, False, "failed unreachable JumpCloud"),
        (Unexpected(ValueError("x")), 1, False, "failed failed"), (None, 1, False, "failed 1"), (None, 0, False, ""),
    ],
)  # fmt: skip
def test_what_a_run_ended_with_is_what_identifies_its_trouble(
    error: Jc1pError | None, code: int, attended: bool, condition: str | None
) -> None:
    record = RunRecord("sync", "r", NOW, dry_run=False, error=error)
    found = occasion_of(record, ExitCode(code), is_narrow=False, is_attended=attended)
    assert condition == (found and (found.trouble.condition if found.trouble else ""))


def test_removals_that_wait_for_a_complete_reading_are_partial_and_not_new_each_time() -> None:
    held = tuple(Held(Kind.SUSPEND_USER, Hold.INCOMPLETE_READ, "short", user=f"{n}@x") for n in range(2))
    runs = [RunRecord("sync", "r", NOW, dry_run=False, plan=Plan((), held[:count])) for count in (1, 2)]
    found = [occasion_of(run, ExitCode.IN_PART, is_narrow=False, is_attended=False) for run in runs]
    assert found[0] == found[1]
    assert found[0] is not None
    assert found[0].trouble is not None
    assert found[0].trouble.event is Event.PARTIAL


@pytest.mark.parametrize("command", ["plan", "why", "doctor", "import", "history"])
def test_commands_that_bring_nothing_in_step_tell_nobody(command: str) -> None:
    record = RunRecord(command, "r", NOW, dry_run=command != "import", error=IncompleteRead("x"))
    assert occasion_of(record, ExitCode.FAILED, is_narrow=False, is_attended=False) is None


def test_each_good_run_is_told_to_a_dead_mans_switch_and_no_other_run(
    sandbox: Sandbox, world: World, tmp_path: Path, receiver: Receiver
) -> None:
    config = notifying(sandbox, tmp_path, f"webhook: {receiver.url!r}, on: [ok]")
    assert [sync(config).code for _ in range(2)] == [0, 0]
    hire(world, "Ida")
    assert jc1p("-c", config, "drift").code == 3
    assert sync(config, "--only", "groups").code == 0
    assert sync(config).code == 0
    assert jc1p("-c", config, "pause").code == sync(config).code == jc1p("-c", config, "resume").code == 0
    sandbox.faults.append(Fault("503", service="onepassword", times=ALWAYS))
    assert sync(config).code == 1
    assert receiver.titles == [
        "ok: jc1p sync succeeded: nothing to do",
        "ok: jc1p sync succeeded: nothing to do",
        "ok: jc1p sync succeeded: 1 change made",
    ]


@pytest.mark.parametrize("address", ["pat.o'brien@example.com", "ann+1@example.com", "\u00e9@ex\u00e4mple.com"])
def test_address_is_left_out_as_a_whole(address: str) -> None:
    assert redacted(f"refused {address}, for no reason") == "refused (address left out), for no reason"
