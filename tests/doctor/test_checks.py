"""Judging observations without network: one finding for each possible problem, and no guesses."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.builders import NOW, account, group, jc, op, person, pushed, source, target

from jc1p.core.events import Event
from jc1p.core.guard import Limit, Limits
from jc1p.core.matching import Links
from jc1p.core.models import ConnectorEvents, MembershipView, Person, PersonState, SourceDirectory
from jc1p.core.past_runs import Entry, PastRun, Status
from jc1p.core.plan import Kind
from jc1p.core.policy import Policy, UserPolicy
from jc1p.core.scope import Scope
from jc1p.doctor import AREAS, Area, Check, Examined, Finding, Severity, judge, to_ask
from jc1p.doctor.checks.health import parse_version
from jc1p.doctor.observations import BridgeSeen, Call, Component, Health, JumpCloudSeen, MachineSeen, Reply, Tls, Way
from jc1p.errors import (
    AmbiguousApplication,
    Forbidden,
    GroupNotFound,
    IncompleteRead,
    OrganizationRequired,
    RequestRefused,
    StateUnavailable,
    Unauthorized,
    Unreachable,
)  # fmt: skip

DOC = Path(__file__).parents[2] / "docs" / "doctor.md"

FINE = Reply(200, total=2, clock_off=0.4)
REFUSED = Reply(401, said="unauthorized")
PAGE = Reply(200, is_json=False, said="Sign in")
DOWN = Unreachable("JumpCloud: GET got no answer (refused)", service="JumpCloud")
SOURCES = ("ConfirmationWatcher", "RedisCache", "SCIMServer", "StartProvisionWatcher")
WELL = Health(200, "2.9.16", components=tuple(Component(name, "healthy", 5.0) for name in SOURCES))
WAY = Way("scim.example.com", ("192.0.2.1",), tls=Tls(NOW + timedelta(days=60)))


def company(*people: Person) -> SourceDirectory:
    people = people or (person("ann"), person("bob"))
    return source(people, [group("eng", *(each.username for each in people))])


def jumpcloud(**other: Any) -> JumpCloudSeen:
    seen = JumpCloudSeen(
        address="https://console.jumpcloud.com", credential="API key", organizations=FINE,
        calls=dict.fromkeys(Call, FINE), application=jc("app"), directory=company(), events=ConnectorEvents(),
    )  # fmt: skip
    return replace(seen, **other)


def bridge(**other: Any) -> BridgeSeen:
    seen = BridgeSeen(
        address="https://scim.example.com", stray_path="", is_hosted=False, way=WAY, ping=Reply(200, is_json=False),
        health=WELL, bases={"/scim": FINE}, base="/scim", users=FINE, groups=FINE, stranger=REFUSED,
        directory=target([account("ann", linked=True), account("bob")], [pushed("eng", "ann")]),
    )  # fmt: skip
    return replace(seen, **other)


NOT_LISTED: dict[str, Any] = {"users": None, "groups": None, "directory": None}
UNREACHED = bridge(ping=DOWN, bases={"/scim": DOWN}, base=None, health=None, stranger=None, **NOT_LISTED)
MACHINE = MachineSeen("jc1p.yaml", state_folder="state", told_of=frozenset(Event))
PROTECTS = Policy(users=UserPolicy(protected=("ann@example.com",)))


def findings(**seen: Any) -> Mapping[Check, Finding]:
    given: dict[str, Any] = {
        "machine": MACHINE, "jumpcloud": jumpcloud(), "bridge": bridge(), "scope": Scope("1Password Business"),
        "policy": PROTECTS, "limits": Limits(), "now": NOW,
    }  # fmt: skip
    given |= seen
    found = judge(Examined(**given))
    assert len({finding.check for finding in found}) == len(found)
    return {finding.check: finding for finding in found}


def about(check: Check, **seen: Any) -> Finding:
    return findings(**seen)[check]


def test_every_check_has_an_area_and_stands_in_the_document() -> None:
    assert set(AREAS) == set(Check)
    assert set(AREAS.values()) == set(Area)
    text = DOC.read_text()
    assert [check for check in Check if f"`{check}`" not in text] == []


def test_all_is_well() -> None:
    found = findings()
    assert {each.check: each.seen for each in found.values() if each.status is not Severity.OK} == {}
    where_there_are_any = {
        Check.HOSTED_PROVISIONING, Check.GOOGLE_WORKSPACE_MODE, Check.CONFIG_CERTIFICATES, Check.CREDENTIAL_END,
        Check.ONEPASSWORD_CLI, Check.ADMINISTRATORS_PROTECTED, Check.HIDDEN_GROUPS, Check.PENDING_ACCOUNTS,
    }  # fmt: skip
    assert set(Check) - found.keys() == where_there_are_any
    assert list(found) == [check for check in Check if check in found]


def test_whatever_is_wrong_comes_with_what_to_do() -> None:
    refused = bridge(health=REFUSED, bases={"/scim": REFUSED}, base=None, **NOT_LISTED)
    seen = (findings(bridge=refused), findings(bridge=UNREACHED), findings(jumpcloud=jumpcloud(organizations=REFUSED)))
    bad = [each for found in seen for each in found.values() if each.status in {Severity.FAILURE, Severity.WARNING}]
    assert len(bad) >= 3
    assert all(each.next for each in bad)


# --- JumpCloud ----------------------------------------------------------------------------------------------

NOTHING_READ: dict[str, Any] = {"calls": {}, "application": None, "directory": None, "events": None}


@pytest.mark.parametrize(
    ("organizations", "failed", "word"),
    [
        (DOWN, Check.JUMPCLOUD_REACHABLE, "no answer"),
        (PAGE, Check.JUMPCLOUD_REACHABLE, "web page"),
        (Reply(404), Check.JUMPCLOUD_REACHABLE, "404"),
        (REFUSED, Check.JUMPCLOUD_CREDENTIAL, "refuses the API key"),
        (Reply(302), Check.JUMPCLOUD_CREDENTIAL, "jc1p sent the credential to "),
        (Unauthorized("no token was given", service="JumpCloud"), Check.JUMPCLOUD_CREDENTIAL, "no token"),
        (Reply(403), Check.JUMPCLOUD_ORGANIZATION, "403"),
    ],
)
def test_what_depends_on_a_failure_is_not_checked_and_never_ok(organizations: Any, failed: Check, word: str) -> None:
    found = findings(jumpcloud=jumpcloud(organizations=organizations, **NOTHING_READ))
    assert [each.check for each in found.values() if each.status is Severity.FAILURE] == [failed]
    assert word in found[failed].seen
    for check in (Check.JUMPCLOUD_USERS, Check.JUMPCLOUD_READING, Check.DUPLICATE_EMAILS, Check.EMAIL_OVERLAP,
                  Check.SCOPE_SIZE, Check.JUMPCLOUD_CONNECTOR):  # fmt: skip
        assert (found[check].status, "not checked" in found[check].seen) == (Severity.INFO, True), check
    assert found[Check.BRIDGE_LISTS].status is Severity.OK


@pytest.mark.parametrize("call", list(Call))
def test_forbidden_call_names_the_scope_that_the_role_lacks(call: Call) -> None:
    calls = dict.fromkeys(Call, FINE) | {call: Reply(403, said="Forbidden")}
    found = findings(jumpcloud=jumpcloud(calls=calls, directory=None))
    (failed,) = [each for each in found.values() if each.status is Severity.FAILURE]
    assert failed.check == f"jumpcloud_{call}"
    assert ".readonly" in str(failed.next)
    assert failed.check in found[Check.JUMPCLOUD_READING].seen


def test_error_of_the_client_is_the_finding() -> None:
    several = OrganizationRequired("2 organizations: A, B", hint="Set jumpcloud.org_id.")
    found = about(Check.JUMPCLOUD_ORGANIZATION, jumpcloud=jumpcloud(organization=several, **NOTHING_READ))
    assert (found.status, found.seen, found.next) == (
        Severity.FAILURE,
        "2 organizations: A, B",
        "Set jumpcloud.org_id.",
    )
    ambiguous = AmbiguousApplication("2 match", hint="Use the id.")
    found = about(Check.JUMPCLOUD_APPLICATION, jumpcloud=jumpcloud(application=ambiguous, directory=None))
    assert (found.status, found.seen) == (Severity.FAILURE, "2 match")
    gone = jumpcloud(directory=GroupNotFound("no group Enginering", hint="Correct it."))
    assert about(Check.SCOPE_GROUPS, jumpcloud=gone).status is Severity.FAILURE
    short = jumpcloud(directory=IncompleteRead("stayed incomplete", hint="Again."))
    assert about(Check.JUMPCLOUD_READING, jumpcloud=short).status is Severity.FAILURE


def test_without_an_application_nothing_is_said_about_one() -> None:
    calls = {Call.USERS: FINE, Call.GROUPS: FINE}
    found = findings(jumpcloud=jumpcloud(wants_application=False, application=None, calls=calls))
    assert not {Check.JUMPCLOUD_APPLICATION, Check.JUMPCLOUD_ASSOCIATIONS, Check.JUMPCLOUD_APPLICATIONS} & found.keys()
    assert {each.status for each in found.values()} == {Severity.OK}


@pytest.mark.parametrize(
    ("events", "status", "word"),
    [
        (ConnectorEvents(3, 1), Severity.WARNING, "3 times"),
        (ConnectorEvents(0, 2), Severity.OK, "2 by connectors of other applications"),
        (RequestRefused("refused", service="JumpCloud", status=402), Severity.INFO, "402"),
        (RequestRefused("refused (500)", service="JumpCloud", status=500), Severity.INFO, "500"),
        (Forbidden("forbidden", service="JumpCloud"), Severity.INFO, "403"),
        (DOWN, Severity.INFO, "no answer"),
    ],
)
def test_second_writer_is_a_warning_and_not_knowing_is_not_ok(events: Any, status: Severity, word: str) -> None:
    found = about(Check.JUMPCLOUD_CONNECTOR, jumpcloud=jumpcloud(events=events))
    assert (found.status, word in found.seen) == (status, True)


def test_people_in_scope_without_an_email_of_their_own() -> None:
    twins = (person("ann"), person("anna", email="Ann@Example.com"), person("bob", email="none"))
    found = findings(jumpcloud=jumpcloud(directory=company(*twins)))
    assert found[Check.DUPLICATE_EMAILS].status is Severity.FAILURE
    assert "ann@example.com (ann, anna)" in found[Check.DUPLICATE_EMAILS].seen
    assert (found[Check.MISSING_EMAILS].status, "bob" in found[Check.MISSING_EMAILS].seen) == (Severity.WARNING, True)


def test_globs_that_fit_nothing_and_empty_scopes() -> None:
    found = findings(jumpcloud=jumpcloud(unmatched_globs=("Eng*",)))
    assert (found[Check.SCOPE_GROUPS].status, "Eng*" in found[Check.SCOPE_GROUPS].seen) == (Severity.WARNING, True)
    empty = jumpcloud(directory=source([person("ann")], []))
    assert about(Check.SCOPE_SIZE, jumpcloud=empty).status is Severity.FAILURE
    allowed = Limits(allow_empty_source=True)
    assert about(Check.SCOPE_SIZE, jumpcloud=empty, limits=allowed).status is Severity.WARNING
    assert about(Check.SCOPE_GROUPS, jumpcloud=empty).status is Severity.INFO


# --- the bridge ---------------------------------------------------------------------------------------------


def test_bridge_that_is_down_leaves_the_rest_unchecked() -> None:
    found = findings(bridge=UNREACHED)
    assert [each.check for each in found.values() if each.status is Severity.FAILURE] == [Check.BRIDGE_REACHABLE]
    for check in (Check.BRIDGE_TOKEN, Check.BRIDGE_HEALTH, Check.BRIDGE_LISTS, Check.GROUP_VISIBILITY,
                  Check.EMAIL_OVERLAP):  # fmt: skip
        assert found[check].status is Severity.INFO
    assert found[Check.JUMPCLOUD_READING].status is found[Check.SCOPE_SIZE].status is Severity.OK


@pytest.mark.parametrize(
    ("reply", "failed"),
    [
        (REFUSED, Check.BRIDGE_TOKEN),
        (Reply(403), Check.BRIDGE_ACCESS),
        (PAGE, Check.BRIDGE_BASE_PATH),
        (Reply(404), Check.BRIDGE_BASE_PATH),
        (Reply(302), Check.BRIDGE_BASE_PATH),
        (Reply(500), Check.BRIDGE_PROVISIONING),
    ],
)
def test_first_answer_of_scim_names_one_cause(reply: Reply, failed: Check) -> None:
    found = findings(bridge=bridge(bases={"/scim": reply}, base=None, **NOT_LISTED))
    assert [each.check for each in found.values() if each.status is Severity.FAILURE] == [failed]


STATUSES = (200, 302, 400, 401, 403, 404, 405, 418, 429, 500, 502, 503)


@pytest.mark.parametrize("ping", [Reply(200), Reply(404), Reply(502), DOWN], ids=["200", "404", "502", "down"])
@pytest.mark.parametrize(
    "health", [WELL, Reply(401), Reply(404), Reply(502), DOWN, None], ids=["well", "401", "404", "502", "down", "none"]
)
def test_1password_that_cannot_be_read_is_always_a_failure(ping: Any, health: Any) -> None:
    answers = [DOWN, PAGE, *(Reply(status) for status in STATUSES)]
    for reply in answers:
        first = bridge(ping=ping, health=health, bases={"/scim": reply}, base=None, stranger=None, **NOT_LISTED)
        later = bridge(ping=ping, health=health, users=reply, directory=None)
        for seen in [later] if reply == Reply(200) else [first, later]:
            assert Severity.FAILURE in {each.status for each in findings(bridge=seen).values()}, seen


@pytest.mark.parametrize("status", STATUSES)
def test_jumpcloud_that_cannot_be_read_is_always_a_failure(status: int) -> None:
    first = jumpcloud(organizations=Reply(status, is_json=status != 200), **NOTHING_READ)
    calls = {call: Reply(status, is_json=status != 200) for call in Call}
    for seen in (first, jumpcloud(calls=calls, directory=None)):
        assert Severity.FAILURE in {each.status for each in findings(jumpcloud=seen).values()}, seen


def test_500_is_the_provisioning_switch_only_where_the_bridge_lives() -> None:
    off = {"bases": {"/scim": FINE}, "users": Reply(500), "groups": Reply(500), "directory": None}
    found = findings(bridge=bridge(**off))
    assert "turn on Provisioning users & groups" in str(found[Check.BRIDGE_PROVISIONING].next)
    sick = findings(bridge=bridge(**off, ping=Reply(502)))
    assert sick[Check.BRIDGE_PROVISIONING].status is Severity.INFO
    assert sick[Check.BRIDGE_LISTS].status is Severity.FAILURE


def test_stranger_who_is_answered_is_a_loud_failure() -> None:
    loud = about(Check.BRIDGE_STRANGERS, bridge=bridge(stranger=FINE))
    assert (loud.status, "ANYONE" in loud.seen) == (Severity.FAILURE, True)
    for reply, status in (
        (Reply(403), Severity.OK),
        (Reply(302), Severity.OK),
        (PAGE, Severity.INFO),
        (None, Severity.INFO),
    ):
        assert about(Check.BRIDGE_STRANGERS, bridge=bridge(stranger=reply)).status is status


@pytest.mark.parametrize(
    ("tls", "status", "word"),
    [
        (Tls(NOW + timedelta(days=14)), Severity.OK, "14 days"),
        (Tls(NOW + timedelta(days=13, hours=23)), Severity.WARNING, "13 days"),
        (Tls(trouble="certificate has expired", code=10), Severity.FAILURE, "has expired"),
        (Tls(trouble="Hostname mismatch", code=62), Severity.FAILURE, "another host name"),
        (Tls(trouble="unable to get local issuer certificate", code=20), Severity.FAILURE, "intermediate"),
        (Tls(trouble="something new", code=99), Severity.FAILURE, "something new"),
        (Tls(trouble="Connection refused"), Severity.INFO, "refused"),
        (Tls(), Severity.INFO, "is unknown"),
    ],
)
def test_certificates_in_words(tls: Tls, status: Severity, word: str) -> None:
    found = about(Check.BRIDGE_TLS, bridge=bridge(way=replace(WAY, tls=tls)))
    assert (found.status, word in found.seen) == (status, True), found.seen


def test_names_proxies_and_stray_paths() -> None:
    lost = findings(bridge=bridge(way=Way("scim.exmaple.com", trouble="Name or service not known")))
    assert lost[Check.BRIDGE_RESOLVES].status is Severity.FAILURE
    assert lost[Check.BRIDGE_TLS].status is Severity.INFO
    proxied = findings(bridge=bridge(way=Way("scim.example.com", is_proxied=True)))
    assert proxied[Check.BRIDGE_RESOLVES].status is proxied[Check.BRIDGE_TLS].status is Severity.INFO
    assert about(Check.BRIDGE_ADDRESS, bridge=bridge(stray_path="/bridge")).status is Severity.WARNING
    assert about(Check.BRIDGE_REACHABLE, bridge=bridge(ping=Reply(404))).status is Severity.INFO
    assert about(Check.BRIDGE_REACHABLE, bridge=bridge(ping=DOWN)).status is Severity.INFO


def well_but(*components: Component) -> Health:
    others = {each.source: each for each in (*WELL.components, *components)}
    return replace(WELL, components=tuple(others.values()))


@pytest.mark.parametrize(
    ("health", "status", "word"),
    [
        (well_but(Component("RedisCache", "Unhealthy")), Severity.FAILURE, "RedisCache is Unhealthy"),
        (well_but(Component("RedisCache", "HEALTHY")), Severity.OK, "healthy"),
        (well_but(Component("SCIMServer", "healthy", 1800, is_stale=True)), Severity.WARNING, "30 min old"),
        (replace(WELL, components=WELL.components[1:]), Severity.INFO, "no report of ConfirmationWatcher"),
        (replace(WELL, status=503), Severity.OK, "4 components"),
        (Reply(404), Severity.INFO, "no /health"),
        (REFUSED, Severity.INFO, "401"),
        (PAGE, Severity.WARNING, "without a report"),
        (DOWN, Severity.INFO, "no answer"),
    ],
)
def test_health(health: Any, status: Severity, word: str) -> None:
    found = about(Check.BRIDGE_HEALTH, bridge=bridge(health=health))
    assert (found.status, word in found.seen) == (status, True), found.seen


@pytest.mark.parametrize(
    ("version", "status"),
    [("2.8.5", Severity.WARNING), ("2.9.0", Severity.INFO), ("v2.9.16", Severity.OK), ("3.0.0", Severity.OK),
     ("", Severity.INFO), ("newest", Severity.INFO)],
)  # fmt: skip
def test_versions_are_never_a_failure(version: str, status: Severity) -> None:
    assert about(Check.BRIDGE_VERSION, bridge=bridge(health=replace(WELL, version=version))).status is status


def test_versions_are_numbers() -> None:
    assert parse_version("2.9.16-beta.1") == (2, 9, 16)
    assert parse_version("2.10.0") > parse_version("2.9.16")  # type: ignore[operator]
    assert parse_version("2..9") is None


def test_hosted_provisioning_and_workspace_mode_are_recognised() -> None:
    hosted = bridge(is_hosted=True, health=Reply(404))
    found = findings(bridge=hosted)
    assert found[Check.HOSTED_PROVISIONING].status is found[Check.BRIDGE_HEALTH].status is Severity.INFO
    assert len(to_ask(hosted)) < len(to_ask(bridge()))
    google = well_but(Component("GoogleWorkspaceWatcher", "healthy"))
    assert about(Check.GOOGLE_WORKSPACE_MODE, bridge=bridge(health=google)).status is Severity.WARNING


def test_slow_lists_are_a_warning() -> None:
    slow = Reply(200, total=2, seconds=5.1)
    assert about(Check.BRIDGE_LATENCY, bridge=bridge(users=slow)).status is Severity.WARNING


# --- what the bridge shows ----------------------------------------------------------------------------------


def test_groups_and_memberships_that_do_not_show() -> None:
    found = findings(bridge=bridge(directory=target([account("ann")], view=MembershipView.NONE)))
    assert found[Check.GROUP_VISIBILITY].status is found[Check.MEMBERSHIP_VISIBILITY].status is Severity.INFO
    assert "Manage Groups" in str(found[Check.GROUP_VISIBILITY].next)
    blind = target([account("ann")], [pushed("eng")], view=MembershipView.NONE)
    assert about(Check.MEMBERSHIP_VISIBILITY, bridge=bridge(directory=blind)).status is Severity.WARNING
    short = target([account("ann")], complete=False)
    assert about(Check.BRIDGE_READING, bridge=bridge(directory=short)).status is Severity.WARNING
    failed = bridge(directory=IncompleteRead("the list failed"))
    assert about(Check.BRIDGE_READING, bridge=failed).status is Severity.FAILURE


def test_external_ids_are_known_by_reading_back() -> None:
    dropped = bridge(directory=target([account("ann")]))
    assert about(Check.EXTERNAL_IDS, bridge=dropped).status is Severity.INFO
    linked = Links(users={jc("ann"): op("ann")})
    assert about(Check.EXTERNAL_IDS, bridge=dropped, links=linked).status is Severity.WARNING


def test_groups_of_one_name_are_told_with_their_ids() -> None:
    twice = target([], [pushed("Eng"), pushed("eng ", id_="SECOND")])
    found = about(Check.DUPLICATE_GROUP_NAMES, bridge=bridge(directory=twice))
    assert (found.status, "SECOND" in found.seen) == (Severity.WARNING, True)


# --- both sides ---------------------------------------------------------------------------------------------


def test_people_who_would_be_invited_twice() -> None:
    directory = target([account("bob", email="bob@old.example", display_name="Bob Example")])
    found = about(Check.EMAIL_OVERLAP, bridge=bridge(directory=directory))
    assert found.status is Severity.WARNING
    assert "bob@example.com like bob@old.example" in found.seen
    assert "jc1p import" in str(found.next)


def test_people_who_stand_differently_on_both_sides() -> None:
    people = [person("ann"), *(person(f"p{n}", state=PersonState.SUSPENDED) for n in range(6))]
    accounts = [account("ann", active=False), *(account(f"p{n}") for n in range(6))]
    seen: dict[str, Any] = {
        "jumpcloud": jumpcloud(directory=company(*people)), "bridge": bridge(directory=target(accounts)),
    }  # fmt: skip
    found = findings(**seen)
    assert found[Check.WOULD_REACTIVATE].status is Severity.INFO
    assert "ann@example.com" in found[Check.WOULD_REACTIVATE].seen
    assert found[Check.WOULD_SUSPEND].status is Severity.WARNING
    assert "6 users" in found[Check.WOULD_SUSPEND].seen
    assert "and 1 more" in found[Check.WOULD_SUSPEND].seen
    many = Limits(suspensions=Limit(percent=10, floor=6))
    assert about(Check.WOULD_SUSPEND, **seen, limits=many).status is Severity.INFO
    ignored = Policy(users=UserPolicy(suspend_suspended=False))
    assert about(Check.WOULD_SUSPEND, **seen, policy=ignored).status is Severity.OK


def test_reserved_names_in_scope() -> None:
    have = source([person("ann"), person("bob")], [group("Owners", "ann", "bob")])
    found = about(Check.RESERVED_NAMES, jumpcloud=jumpcloud(directory=have))
    assert (found.status, "Owners" in found.seen) == (Severity.WARNING, True)


def test_owners_are_protected_by_somebody_who_exists() -> None:
    assert about(Check.OWNERS_PROTECTED, policy=Policy()).status is Severity.WARNING
    typo = Policy(users=UserPolicy(protected=("anne@example.com", "*@corp.example")))
    found = about(Check.OWNERS_PROTECTED, policy=typo)
    assert (found.status, "anne@example.com" in found.seen, "corp" in found.seen) == (Severity.WARNING, True, False)
    assert about(Check.OWNERS_PROTECTED, policy=typo, bridge=bridge(directory=None)).status is Severity.INFO


@pytest.mark.parametrize(
    ("limit", "status"),
    [
        (Limit(percent=10, floor=3), Severity.OK),
        (Limit(percent=49.9), Severity.OK),
        (Limit(percent=50), Severity.WARNING),
        (Limit(floor=500), Severity.WARNING),
        (Limit(floor=3), Severity.OK),
    ],
)
def test_guard_that_lets_everything_through(limit: Limit, status: Severity) -> None:
    assert about(Check.GUARD_LIMITS, limits=Limits(suspensions=limit)).status is status


# --- this machine -------------------------------------------------------------------------------------------


def run(run_id: str) -> PastRun:
    entry = Entry(1, Kind.CREATE_USER, "k", Status.UNKNOWN, user="ann@example.com")
    return PastRun(run_id, "sync", datetime(2026, 11, 23, tzinfo=UTC), 1, (entry,))


@pytest.mark.parametrize(
    ("machine", "check", "status", "word"),
    [
        ({"ignored_keys": ("c.yaml:2:3: old",)}, Check.CONFIG_FILE, Severity.WARNING, "c.yaml:2:3: old"),
        ({"config_warnings": ("token in plain text",)}, Check.CONFIG_SECRETS, Severity.WARNING, "plain text"),
        ({"config_untrusted": "its folder"}, Check.CONFIG_PERMISSIONS, Severity.WARNING, "other users can change"),
        ({"state_trouble": StateUnavailable("can't be used")}, Check.STATE_FOLDER, Severity.FAILURE, "can't be used"),
        ({"state_damage": "file is not a database"}, Check.STATE_FOLDER, Severity.WARNING, "damaged"),
        ({"is_new": True}, Check.STATE_FOLDER, Severity.OK, "will be created"),
        (
            {"lost_receivers": ("notify[0].exec: program page not found on the PATH",)},
            Check.NOTIFICATIONS,
            Severity.WARNING,
            "notify[0].exec: program page not found",
        ),
        ({"told_of": frozenset()}, Check.NOTIFICATIONS, Severity.WARNING, "no notifications are sent"),
        ({"told_of": frozenset({Event.CHANGES, Event.FAILED})}, Check.NOTIFICATIONS, Severity.WARNING, "for refused"),
        ({"paused": "paused since Monday"}, Check.PAUSED, Severity.WARNING, "Monday"),
        ({"running": "run 1 (process 2)"}, Check.RUN_LOCK, Severity.INFO, "run 1"),
        ({"unsettled": (run("a"), run("b"))}, Check.INTERRUPTED_RUNS, Severity.WARNING, "2 earlier runs"),
    ],
)
def test_this_machine(machine: Any, check: Check, status: Severity, word: str) -> None:
    found = about(check, machine=replace(MACHINE, **machine))
    assert (found.status, word in found.seen) == (status, True), found.seen


@pytest.mark.parametrize(
    ("off", "status", "word"),
    [(60.0, Severity.OK, "within"), (61.0, Severity.WARNING, "61 s ahead of"), (-3600.0, Severity.WARNING, "behind")],
)
def test_clock(off: float, status: Severity, word: str) -> None:
    found = about(Check.CLOCK, bridge=bridge(stranger=replace(REFUSED, clock_off=off)))
    assert (found.status, word in found.seen) == (status, True), found.seen


def test_clock_is_not_checked_where_nobody_tells_the_time() -> None:
    found = about(Check.CLOCK, bridge=UNREACHED, jumpcloud=jumpcloud(organizations=DOWN, **NOTHING_READ))
    assert found.status is Severity.INFO
