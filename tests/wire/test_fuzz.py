"""Every parser of outside data: for any input, it raises nothing but our own errors.

A few inputs each time, thousands with the mark `matrix`.
"""

import asyncio
import json
import os
import shutil
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from support.builders import account, group, person, plan_for, pushed, source, target
from support.odd import contents, odd, text_of, values
from support.wire import ROOT, Clock, bridge, few, jumpcloud, service_account

from jc1p.cli.actions.held_plans import options_of
from jc1p.clients.http.bodies import decoder
from jc1p.clients.http.exchange import Answer
from jc1p.clients.http.proxies import check_proxies, proxy_of, proxy_secrets
from jc1p.clients.http.responses import http_date, redirect_of, retry_after_seconds
from jc1p.clients.http.responses import text_of as said_of
from jc1p.clients.jumpcloud import insights
from jc1p.clients.jumpcloud.connection import ApiKey
from jc1p.clients.jumpcloud.errors import explain as explain_jumpcloud
from jc1p.clients.jumpcloud.oauth import OAuth, ServiceAccount
from jc1p.clients.jumpcloud.parse import access_by_path, id_of, parse_path, parse_person, target_id, target_type
from jc1p.clients.scim import wire
from jc1p.clients.scim.errors import blamed_attributes, explain, hint_for, is_conflict
from jc1p.config import load_config
from jc1p.core.models import NewAccount, NewPerson
from jc1p.core.past_runs import Status, recent_removals
from jc1p.core.plan import Kind
from jc1p.core.policy import SuspendedBy
from jc1p.core.run_options import parse_allowance
from jc1p.doctor.probes.bridge import discovery_of
from jc1p.doctor.probes.health import parse_health
from jc1p.doctor.probes.replies import reply_of
from jc1p.errors import ConfigError, Jc1pError
from jc1p.notify.incident_file import NAME as NOTIFIED
from jc1p.notify.incident_file import read_told
from jc1p.queries.fleet.documents import read_document
from jc1p.reports.history import entry_values, run_values
from jc1p.reports.prometheus import parse_earlier
from jc1p.state.database import SCHEMA_VERSION, SCHEMAS
from jc1p.state.journal import FOLDER, Journal
from jc1p.state.lock import running
from jc1p.state.memberships import read_digests, read_records
from jc1p.state.past_journals import read_runs
from jc1p.state.pause import NAME as PAUSED
from jc1p.state.pause import end_pause, read_pause
from jc1p.state.recovery import addresses_in_doubt, describe_run, ids_of, read_past, recall_suspensions
from jc1p.state.saved_plan import read_plan
from jc1p.state.store import State, open_state

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

FEW, MANY = (
    settings(max_examples=15),
    settings(max_examples=2000, phases=(Phase.explicit, Phase.generate, Phase.shrink)),
)
SOME = pytest.mark.parametrize(
    "effort", [FEW, pytest.param(MANY, marks=[pytest.mark.matrix, pytest.mark.timeout(600)])], ids=["few", "many"]
)
"""How many inputs are tried."""


def try_all(effort: settings, inputs: st.SearchStrategy[Any], check: Callable[[Any], object]) -> None:
    """Pass the inputs for this effort to a parser."""

    def checked(drawn: Any) -> None:
        check(drawn)

    given(inputs)(settings(effort, suppress_health_check=list(HealthCheck), deadline=None)(checked))()


# --- answers of the services: single parsers ----------------------------------------------------------------

SCIM_USER = {
    "id": "AB",
    "userName": "ann@example.com",
    "displayName": "Ann",
    "active": True,
    "externalId": "x",
    "name": {"givenName": "Ann", "familyName": "E", "formatted": "Ann E"},
    "emails": [{"value": "a@b.c", "primary": True}],
    "groups": [{"value": "G"}],
}
SCIM_GROUP = {"id": "G", "displayName": "Eng", "members": [{"value": "AB"}], "externalId": "y"}
PERSON = {
    "_id": "5f",
    "email": "ann@example.com",
    "username": "ann",
    "firstname": "Ann",
    "lastname": "E",
    "state": "ACTIVATED",
    "suspended": False,
    "activated": True,
    "alternateEmail": "x@y.z",
    "recoveryEmail": {"address": "r@y.z"},
    "attributes": [{"name": "team", "value": "x"}],
    "department": "Sales",
}
EDGE = {"id": "5f", "type": "user", "to": {"id": "6a", "type": "user"}, "from": {"id": "7"},
        "paths": [[{"to": {"id": "6a", "type": "user_group"}}, {"to": {"id": "5f"}}]], "name": "Eng", "_id": "5f",
        "displayLabel": "1Password", "displayName": "1Password"}  # fmt: skip
LIST = {"Resources": [SCIM_USER, SCIM_GROUP], "totalResults": 2, "startIndex": 1, "itemsPerPage": 2}
PAGE = {"results": [PERSON], "totalCount": 1}
SCIM_ERROR = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": "no", "scimType": "uniqueness",
              "status": "409", "message": "no", "error": "no"}  # fmt: skip
CONFIG = {"patch": {"supported": True}, "filter": {"supported": True, "maxResults": 200},
          "authenticationSchemes": [{"type": "oauthbearertoken"}], "documentationUri": "x"}  # fmt: skip
HEALTH = {
    "version": "2.9",
    "build": "209",
    "retrievedAt": "2026-11-24T12:00:00Z",
    "reports": [{"source": "redis", "state": "healthy", "time": "2026-11-24T12:00:00Z", "expires": "x"}],
}
TOKEN = {"access_token": "t", "expires_in": 3600, "token_type": "bearer"}
EVERY_BODY: list[dict[str, Any]] = [SCIM_USER, SCIM_GROUP, PERSON, EDGE, LIST, PAGE, SCIM_ERROR, CONFIG, HEALTH, TOKEN]

NAMES = sorted({name for body in EVERY_BODY for name in body} | {"value", "to", "type", "address", "supported"})
bodies = odd(EVERY_BODY) | values(NAMES)
statuses = st.sampled_from([200, 201, 204, 207, 302, 400, 401, 403, 404, 409, 418, 429, 500, 501, 503, 520, 599])
header_values = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=12) | st.sampled_from(
    [
        "9" * 400,
        "-5",
        "NaN",
        "1e999",
        "Mon, 01 Jan 2024 00:00:00 +9999999",
        "Mon, 31 Dec 9999 23:59:59 -2359",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Mon, 01 Jan 99999 00:00:00 GMT",
        "text/html; charset=idna",
        "text/html; charset=undefined",
        "text/html; charset=zlib_codec",
        'text/plain; charset="utf-16',
        "application/json",
        "application/scim+json; charset=unicode_escape",
        "text/html;charset=mbcs;charset=hex",
        "gzip, gzip",
        "br",
        "/login?t=1",
        "https://[::1",
        "//",
        "0",
        "1",
    ]
)
HEADERS = ["Retry-After", "Date", "Content-Type", "Content-Encoding", "Location", "x-total-count"]
header_sets = st.dictionaries(st.sampled_from(HEADERS), header_values).map(
    lambda found: httpx.Headers([(name.encode(), value.encode("latin-1")) for name, value in found.items()])
)


@dataclass(frozen=True)
class Came:
    status: int
    headers: httpx.Headers
    content: bytes


answers = st.builds(Came, statuses, header_sets, contents | bodies.map(lambda body: text_of(body).encode()))


def parse_scim(body: object) -> None:
    page = wire.parse_page(body)
    for row in [body, *(page.resources if page else [])]:
        user, found = wire.parse_user_row(row), wire.parse_group_row(row)
        for id_ in (user.account.id if user.account else "x", found.group.id if found.group else "x", *user.groups):
            assert is_usable(id_)
        assert all(is_usable(id_) for id_ in (found.group.members if found.group else ()))
    discovery_of(body)
    parse_health(200, body)


def parse_jumpcloud(body: object) -> None:
    rows = [each for each in (body if isinstance(body, list) else [body]) if isinstance(each, dict)]
    for row in rows:
        parse_person(row, frozenset({"department", "attributes.team"}))
        assert all(is_usable(id_) or not id_ for id_ in (id_of(row), target_id(row)))
        target_type(row)
    access_by_path({str(number): parse_path(row) for number, row in enumerate(rows)})
    insights.count_events(rows, frozenset({"1password"}))


def is_usable(id_: str) -> bool:
    """Whether an id stays one segment of a path, even if a gateway undoes its quoting."""
    return bool(id_) and id_ not in {".", ".."} and not any(each in "/\\?#" or ord(each) < 32 for each in id_)


def parse_error(came: Came) -> None:
    said = said_of(came.content, came.headers, hide=str)
    assert len(said) <= 200
    answer = Answer(came.status, came.headers, json_or_none(came.content), said)
    for known in (explain, explain_jumpcloud):
        assert isinstance(known(answer, "GET /x"), Jc1pError)
    hint_for(answer), is_conflict(answer), blamed_attributes(answer, ["externalId"]), reply_of(answer)


def json_or_none(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def parse_headers(came: Came) -> None:
    wait = retry_after_seconds(came.headers)
    assert wait is None or 0 <= wait < 10**12
    redirect_of(came.headers)
    http_date(came.headers.get("Date", ""))
    with suppress(ValueError, zlib.error):  # the request path handles these as a damaged answer
        decoder(came.headers)(came.content, 100)


def parse_token(body: object) -> None:
    async def fetch() -> Answer:
        return Answer(200, httpx.Headers(), body, "")

    async def use() -> int:
        auth = OAuth(service_account(), fetch, Clock())
        await auth.headers()
        return auth.issue

    with suppress(Jc1pError):
        assert asyncio.run(use()) == 1


PARSERS: dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], object]]] = {
    "SCIM": (bodies | odd([LIST, SCIM_USER, SCIM_GROUP]), parse_scim),
    "JumpCloud": (bodies | st.lists(odd([PERSON, EDGE])), parse_jumpcloud),
    "error pages": (answers, parse_error),
    "headers": (answers, parse_headers),
    "tokens": (odd([TOKEN]) | bodies, parse_token),
    "documents of a fleet": (
        contents.map(lambda each: each.decode("utf-8", "replace")),
        lambda text: read_document("x", "x", text),
    ),
    "earlier metrics": (
        st.text(max_size=60)
        | st.sampled_from(["9" * 5000, "1e999", "."]).map(
            lambda number: f'jc1p_last_success_timestamp_seconds{{command="sync"}} {number}\n'
        ),
        parse_earlier,
    ),
}


@SOME
@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_lets_nothing_out_but_our_errors(name: str, effort: settings) -> None:
    inputs, parse = PARSERS[name]
    try_all(effort, inputs, parse)


# --- answers of the services: whole calls -------------------------------------------------------------------

NEW = NewAccount("ann@example.com", "Ann E", "Ann", "E", "5f")
MOST_REQUESTS = 60


async def use_bridge() -> None:
    async with bridge(retry=few(2)) as scim:
        for call in (
            scim.read_directory, scim.read_version, lambda: scim.create_user(NEW), lambda: scim.read_account("AB"),
            lambda: scim.update_user("AB", {"active": False, "displayName": "Ann"}), lambda: scim.read_members(["G"]),
            lambda: scim.create_group("Eng", "6a"), lambda: scim.add_members("G", ["AB"]),
            lambda: scim.remove_members("G", ["AB"]), lambda: scim.link_group("G", "6a"), lambda: scim.look("/health"),
        ):  # fmt: skip
            await ending_in_our_words(call)


async def use_jumpcloud(credential: ServiceAccount | None = None) -> None:
    key = ApiKey(SecretStr("canary-key"))
    async with jumpcloud(retry=few(2), credential=credential or key) as source_:
        for call in (
            lambda: source_.read_directory(application="1Password", choose_groups=lambda each: frozenset(each.groups)),
            lambda: source_.find_person("5f"),
            lambda: source_.read_groups_of("5f"),
            lambda: source_.read_members("6a", "E"),
            lambda: source_.has_group("6a"),
            lambda: source_.read_access_of_user("5f"),
            lambda: source_.read_access_of_group("6a"),
            lambda: source_.create_person(NewPerson("a@b.c", "a", "A", "B", "A B")),
            lambda: source_.count_connector_events(ROOT, NOW, frozenset({"x"})),
        ):
            await ending_in_our_words(call)


async def use_service_account() -> None:
    await use_jumpcloud(service_account())


async def ending_in_our_words(call: Callable[[], Any]) -> None:
    try:
        await call()
    except Jc1pError:
        return
    except ExceptionGroup as several:
        if several.split(Jc1pError)[1]:
            raise


@SOME
@pytest.mark.parametrize("use", [use_bridge, use_jumpcloud, use_service_account], ids=lambda each: each.__name__)
def test_a_client_lets_nothing_out_but_our_errors(use: Callable[[], Any], effort: settings) -> None:
    def answer_with(pool: list[Came]) -> None:
        sent = 0

        def answer(_: httpx.Request) -> httpx.Response:
            nonlocal sent
            sent += 1
            if sent % MOST_REQUESTS == 0:
                raise httpx.ConnectError("enough")
            came = pool[sent % len(pool)]
            return httpx.Response(came.status, headers=came.headers, stream=Stream(came.content))

        with respx.mock(assert_all_called=False) as router:
            router.route().mock(side_effect=answer)
            asyncio.run(use())

    if effort is MANY:
        effort = settings(effort, max_examples=300)
    good = st.builds(
        Came,
        st.just(200),
        st.just(httpx.Headers({"Content-Type": "application/json"})),
        (bodies | odd([LIST, PAGE]) | st.lists(odd([PERSON, EDGE]), max_size=3)).map(
            lambda body: text_of(body).encode()
        ),
    )
    try_all(effort, st.lists(good | answers, min_size=1, max_size=5), answer_with)


class Stream(httpx.AsyncByteStream):
    """A body as it arrives from a network: nothing is decoded before it is read."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    async def __aiter__(self) -> Any:
        yield self.content


# --- files ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def a_run(folder: Path) -> tuple[Path, list[dict[str, Any]]]:
    """The journal of a run with some of everything, all applied; its file and its lines."""
    have = source([person("ann"), person("bob")], [group("eng", "ann")], assigned=["bob"])
    plan = plan_for(have, target([account("bob", linked=True), account("cat", linked=True)], [pushed("eng", "bob")]))
    run_id = f"{NOW:%Y%m%dT%H%M%SZ}-ab12"
    head = {"run_id": run_id, "command": "sync", "created_at": NOW.isoformat(), "planned": len(plan.changes),
            "allowed": {"suspensions": 0}, "fingerprint": "x", "is_first": False}  # fmt: skip
    shutil.rmtree(folder, ignore_errors=True)  # damaged by an earlier test
    with Journal(folder, head) as journal:
        journal.intend(plan.changes, plan.ids)
        for change in plan.changes:
            journal.settle(change, Status.APPLIED, scim_id=change.scim_id or "NEW")
        journal.end(in_doubt=0, failed=())
    path = folder / FOLDER / f"{run_id}.jsonl"
    return path, [json.loads(line) for line in path.read_text().splitlines()]


def use_journals(folder: Path) -> None:
    with open_state(folder) as state:
        past, runs = read_past(folder, NOW + timedelta(hours=1)), read_runs(folder)
        recall_suspensions(folder, state, past.unsettled)
    addresses_in_doubt(past.unsettled)
    recent_removals(runs)
    for run in runs:
        describe_run(run), ids_of(run)
        json.dumps([run_values(run, None), *(entry_values(entry) for entry in run.entries)], allow_nan=False)


@SOME
def test_a_damaged_line_of_a_journal_loses_nothing_else(folder: Path, effort: settings) -> None:
    path, records = a_run(folder / "lines")
    whole = path.read_bytes().splitlines()
    before = read_runs(path.parent.parent)[0]

    def spoil(damage: tuple[int, bytes | dict[str, Any]]) -> None:
        position, line = damage
        if isinstance(line, dict):
            # A change that the run doesn't have: two with the same number are one.
            line = text_of(line | ({"id": 1000} if isinstance(line.get("id"), int) else {})).encode()
        lines = [*whole[:position], line.replace(b"\n", b""), *whole[position:]]
        path.write_bytes(b"\n".join(lines) + b"\n")
        use_journals(path.parent.parent)
        (run,) = read_runs(path.parent.parent)
        assert [each for each in run.entries if each.id < 1000] == list(before.entries)

    lines = [record for record in records if record["type"] in {"intent", "result", "followed"}]
    damages = st.tuples(st.integers(1, len(whole)), odd(lines) | contents)
    try_all(effort, damages, spoil)


@SOME
def test_any_journal_is_read_or_left_out(folder: Path, effort: settings) -> None:
    path, records = a_run(folder / "any")

    def write(lines: list[bytes | dict[str, Any]]) -> None:
        path.write_bytes(b"\n".join(text_of(each).encode() if isinstance(each, dict) else each for each in lines))
        use_journals(path.parent.parent)

    try_all(effort, st.lists(odd(records) | contents, max_size=8), write)


@SOME
def test_any_note_of_a_pause_pauses_and_resume_clears_it(folder: Path, effort: settings) -> None:
    # The words have NOW itself, at which such a pause has ended.
    before = NOW - timedelta(seconds=1)

    def write(content: bytes) -> None:
        (folder / PAUSED).write_bytes(content)
        pause = read_pause(folder, before)
        assert pause
        assert pause.told(before)
        json.dumps(pause.reason, allow_nan=False)
        assert end_pause(folder, before)
        assert read_pause(folder, before) is None

    later = (NOW + timedelta(days=1)).isoformat()
    note = odd([{"since": NOW.isoformat(), "reason": "audit"}, {"since": NOW.isoformat(), "until": later}]).map(
        lambda each: text_of(each).encode()
    )
    try_all(effort, note | contents, write)


def test_a_note_of_a_pause_that_is_a_fifo_pauses_and_resume_clears_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / PAUSED)
    assert "cannot read" in str(read_pause(tmp_path, NOW))
    end_pause(tmp_path, NOW)
    assert read_pause(tmp_path, NOW) is None


@SOME
def test_any_memory_of_notifications_is_read_or_told(folder: Path, effort: settings) -> None:
    episode = {"content": {"failed": 1}, "since": NOW.isoformat(), "told_at": None}

    def write(episodes: tuple[dict[str, Any], bytes | None]) -> None:
        spoilt, content = episodes
        memory = {"format_version": 1, "receivers": {"r": {"sync": {"failed": spoilt}}}}
        (folder / NOTIFIED).write_bytes(text_of(memory).encode() if content is None else content)
        read_told(folder)

    try_all(effort, st.tuples(odd([episode]), st.none() | contents), write)


@SOME
def test_any_saved_plan_is_read_or_told(folder: Path, effort: settings) -> None:
    plan = {"format_version": 1, "jc1p_version": "0", "command": "plan", "run_id": "x", "created_at": NOW.isoformat(),
            "dry_run": True, "fingerprint": "x", "changes": [{"id": 1, "kind": "suspend_user"}], "held": [],
            "options": {"only": None, "users": []}, "summary": {}, "warnings": []}  # fmt: skip

    def write(content: bytes) -> None:
        path = folder / "plan.json"
        path.write_bytes(content)
        with suppress(Jc1pError):
            read_plan(path)

    try_all(effort, contents | odd([plan]).map(lambda each: text_of(each).encode()), write)


@SOME
def test_any_options_of_a_saved_plan_are_taken_or_told(effort: settings) -> None:
    options = {
        "users": ["a@b.c"],
        "groups": [],
        "only": None,
        "limit": 1,
        "no_removals": False,
        "allow": {"suspensions": 1},
    }

    def take(saved: dict[str, Any]) -> None:
        with suppress(Jc1pError):
            options_of(saved, Path("plan.json"))

    try_all(effort, odd([options]), take)


@SOME
def test_any_note_of_who_holds_the_lock_is_read(folder: Path, effort: settings) -> None:
    def write(holder: str) -> None:
        (folder / "run.holder").write_text(holder, errors="replace")
        running(folder)

    processes = st.integers(0, 10**30).map(lambda number: f"run x (process {number})")
    try_all(effort, processes | st.text() | st.just(f"run x (process {'9' * 5000})"), write)


# --- the state file ---------------------------------------------------------------------------------------------

VERSIONS = (slice(18, 20), slice(60, 64))
"""Where a file has the version of SQLite's format, and of our schema."""
TABLES: dict[str, tuple[object, ...]] = {
    "links": ("user", "5f", "AB"), "requests": ("AB", "userName", "x", NOW.isoformat(), 1),
    "absences": ("AB", NOW.isoformat()), "added": ("G", "AB"), "good_runs": ("scope", 5, NOW.isoformat()),
    "suspensions": ("AB", "jc1p", NOW.isoformat()), "proven": ("2.9", "suspend_user"), "done_once": ("x",),
    "member_writes": ("G", "added", "AB CD"), "filled": ("scope", "email", "5f"),
    "names": ("organization", "Acme", NOW.isoformat()), "seen_ids": ("user", "AB", 1, "ann"),
    "seen_runs": (1, "r", "sync", NOW.isoformat(), "", ""), "seen_groups": ("G", "d1", 1), "stays": (1, 1, 1, 0, 0, 0),
    "reviews": (NOW.isoformat(), "r", "", ""),
}  # fmt: skip
cells = (
    st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.binary(max_size=8)
    | st.sampled_from(["", "..", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-11-24", "9" * 400,
                       "2026-13-45T00:00:00+00:00", "jc1p", "nobody", "user", "group", "removed"])
)  # fmt: skip


def read_everything(state: State) -> Iterator[object]:
    memory = state.memory()
    yield from (state.links(), memory, state.last_member_writes(), state.proven("2.9"), state.is_done("x"))
    yield from (state.people_before("scope"), state.has_good_run(), state.filled_before("scope"))
    yield from (read_records(state), read_digests(state), state.organization(NOW))
    for moment in (*memory.absent_since.values(), *(each.since for each in memory.suspensions.values())):
        yield NOW - moment
    for request in memory.requests.values():
        yield (NOW - request.first_sent, request.runs + 1, request.value.casefold())


def remember_everything(state: State) -> None:
    state.remember_links("user", {"5f": "AB"})
    state.remember_request("AB", "userName", "x", NOW)
    state.remember_absences(["AB"], NOW)
    state.remember_members("G", added=["AB"])
    state.remember_member_write("G", "added", ["AB"])
    state.remember_suspensions({"AB": SuspendedBy.JC1P}, NOW)
    state.remember_proven("2.9", [Kind.SUSPEND_USER])
    state.remember_good_run("scope", 5, NOW)
    state.remember_filled("scope", {"email": frozenset({"5f"})})


@SOME
def test_rows_of_the_state_that_make_no_sense_are_ignored_one_by_one(
    folder: Path, effort: settings, caplog: pytest.LogCaptureFixture
) -> None:
    path = folder / "state.db"
    lax = "".join(SCHEMAS).replace(" NOT NULL", "").replace(" WITHOUT ROWID", "")
    # As a row number, SQLite would accept only an integer.
    lax = (
        lax.replace("\nWITHOUT ROWID", "")
        .replace("number INTEGER PRIMARY", "number PRIMARY")
        .replace(" CHECK (kind IN ('user', 'group'))", "")
    )

    def tamper(damage: list[tuple[str, int, object]]) -> None:
        path.unlink(missing_ok=True)
        with sqlite3.connect(path) as db:
            db.executescript(f"{lax} PRAGMA user_version = {SCHEMA_VERSION};")
            for table, row in TABLES.items():
                db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)
            for table, column, cell in damage:
                row = TABLES[table]
                place = column % len(row)
                row = (*row[:place], cell, *row[place + 1 :])
                with suppress(sqlite3.IntegrityError):
                    db.execute(f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(row))})", row)
        db.close()
        with open_state(folder, read_only=True) as state:
            list(read_everything(state))
        with open_state(folder) as state:
            list(read_everything(state))
            remember_everything(state)
        caplog.clear()
        with open_state(folder) as state:
            list(read_everything(state))
            memory = state.memory()
            assert state.links().users["5f"] == "AB"
            assert "AB" in memory.absent_since
            assert state.people_before("scope") == 5
            assert memory.suspensions["AB"].by is SuspendedBy.JC1P
        assert not caplog.records
        assert not path.with_name("state.db.damaged").exists()

    damages = st.tuples(st.sampled_from(sorted(TABLES)), st.integers(0, 4), cells)
    try_all(effort, st.lists(damages, min_size=1, max_size=4), tamper)


@SOME
def test_a_state_file_with_flipped_bytes_never_stops_the_run_after_the_next(folder: Path, effort: settings) -> None:
    path = folder / "flipped" / "state.db"
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    with open_state(path.parent) as state:
        remember_everything(state)
    whole = path.read_bytes()

    def flip(spots: list[tuple[int, bytes]]) -> None:
        content = bytearray(whole)
        for position, new in spots:
            content[position : position + len(new)] = new
        for version in VERSIONS:
            content[version] = whole[version]  # a newer version is refused, not damaged
        path.write_bytes(content)
        with suppress(Jc1pError), open_state(path.parent, read_only=True) as state:
            list(read_everything(state))
        with open_state(path.parent) as state:
            list(read_everything(state))
            remember_everything(state)

    spots = st.tuples(st.integers(0, len(whole) - 9), st.binary(min_size=1, max_size=8))
    try_all(effort, st.lists(spots, min_size=1, max_size=6), flip)


# --- configuration, options and environment -------------------------------------------------------------------

YAMLS = (
    "a: " * 5,
    "[" * 10_000,
    "{a: " * 10_000,
    "- " * 10_000,
    "a: &a [*a]\n",
    "a: !!python/object:os.system x\n",
    "&a !!binary x: 1\n",
    "%YAML 9.9\n---\na",
    "a: 1\n---\nb: 2\n",
    "\x00",
    "a: \x07",
    "\ufeffa: 1\n",
    "? [a]: b\n",
    "<<: *x\n",
    "a: &x {b: 1}\n<<: *x\n",
    "!!set {a, b}\n",
    "a: !<tag:yaml.org,2002:timestamp> 9999-99-99\n",
    "jumpcloud: ${" * 50,
    "\n".join(
        f"l{number}: &l{number} [{', '.join([f'*l{number - 1}'] * 9) if number else '1'}]" for number in range(30)
    ),
    "a:\n" + "".join("  " * depth + "a:\n" for depth in range(1, 3000)),
    "on: yes\nno: 0o9\n",
    "a" * 2_000_000,
)


@SOME
def test_any_configuration_is_loaded_or_told(folder: Path, effort: settings) -> None:
    path = folder / "jc1p.yaml"
    good = (
        "jumpcloud: {api_key: abcdefgh}\nonepassword: {scim_url: 'https://scim.example.com', token: abcdefgh}\n"
        "scope: {groups: [Eng]}\n"
    )

    def load(text: str) -> None:
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        with suppress(ConfigError):
            load_config(path, {"A": "x"})

    values_ = values(
        ["jumpcloud", "onepassword", "users", "groups", "guard", "http", "notify", "state", "scope", "path"]
    )
    anything = values_.map(lambda value: good + text_of({"http": value, "guard": value, "notify": [value]}))
    sections = st.sampled_from(["users", "groups", "guard", "http", "notify", "state", "scope"])
    one = st.tuples(sections, values_).map(lambda pair: f"{good}{pair[0]}: {text_of(pair[1])}\n")
    try_all(effort, st.sampled_from(YAMLS) | st.text(max_size=60) | anything | one, load)


@pytest.mark.parametrize("text", YAMLS, ids=range(len(YAMLS)))
def test_odd_yaml_is_a_configuration_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "jc1p.yaml").write_bytes(text.encode())
    with pytest.raises(ConfigError):
        load_config(tmp_path / "jc1p.yaml", {})


@pytest.mark.parametrize("kind", ["device", "fifo", "folder", "socket"])
def test_a_configuration_that_is_no_file_is_told_at_once(tmp_path: Path, kind: str) -> None:
    path = Path("/dev/zero") if kind == "device" else tmp_path / "jc1p.yaml"
    match kind:
        case "fifo":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "socket":
            os.mknod(path, 0o140600)
    with pytest.raises(ConfigError, match=str(path)):
        load_config(path, {})


@SOME
def test_any_proxy_is_used_or_told(effort: settings) -> None:
    def check(found: dict[str, str]) -> None:
        with suppress(Jc1pError):
            check_proxies("https://scim.example.com", found)
            proxy_of("https://scim.example.com", found)
        assert all(isinstance(each, SecretStr) for each in proxy_secrets(found))

    names = st.sampled_from(["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "NO_PROXY", "no_proxy", "HTTP_PROXY"])
    proxies = st.text(max_size=20) | st.sampled_from(
        [
            "http://u:p#w@h:1",
            "socks5://h",
            "h:99999",
            "http://[::1",
            "::1/64",
            "http://u:p@[::1]:80",
            "*",
            "[",
            "fe80::/10",
        ]
    )
    try_all(effort, st.dictionaries(names, proxies), check)


@SOME
def test_any_allowance_is_taken_or_told(effort: settings) -> None:
    def take(entry: str) -> None:
        with suppress(Jc1pError):
            key, number = parse_allowance(entry)
            assert key
            assert number >= 0

    numbers = st.text(max_size=9) | st.sampled_from(["9" * 400, "9" * 5000, "-1", "1e9", "\u0663", "NaN", ""])
    try_all(effort, st.text(max_size=9) | numbers.map(lambda number: f"suspensions={number}"), take)
