"""Asking: TLS on loopback, how answers are interpreted, invalid reports, and state that doctor doesn't touch."""

import asyncio
import os
import resource
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from support.wire import BRIDGE, ROOT, TOKEN, bridge, jumpcloud

from jc1p.clients.http.exchange import Answer
from jc1p.clients.http.tls import TlsFiles
from jc1p.clients.jumpcloud.insights import CONNECTOR_EVENTS, count_events, question
from jc1p.core.models import ConnectorEvents
from jc1p.doctor.checks.machine import judge_certificates
from jc1p.doctor.findings import Severity
from jc1p.doctor.observations import Tls
from jc1p.doctor.probes.bridge import discovery_of
from jc1p.doctor.probes.health import parse_health
from jc1p.doctor.probes.machine import ask_machine, ask_state, ends_of
from jc1p.doctor.probes.network import ask_the_way, shake_hands
from jc1p.doctor.probes.replies import attempt, reply, reply_of
from jc1p.errors import IncompleteRead, RequestRefused, StateUnavailable, Unreachable
from jc1p.state.lock import hold_lock, running
from jc1p.state.store import open_state

pytestmark = pytest.mark.anyio
CERTIFICATES = Path(__file__).parents[1] / "certificates"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=CERTIFICATES / "authority.pem")


@asynccontextmanager
async def served(certificate: str | None) -> AsyncIterator[int]:
    """A loopback port that speaks TLS with a test certificate, or only closes connections."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / certificate, CERTIFICATES / "key.pem")

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "localhost", 0, ssl=context, family=2)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_whole_chain_is_trusted_until_its_end() -> None:
    async with served("chain.pem") as port:
        way = await ask_the_way(f"https://localhost:{port}", trusting())
    assert way.tls
    assert way.tls.ends
    assert way.tls.ends > NOW + timedelta(days=10_000)
    assert "127.0.0.1" in way.addresses


@pytest.mark.parametrize(
    ("certificate", "codes"),
    [("leaf.pem", {20, 21}), ("expired.pem", {10}), ("other-name.pem", {62}), (None, {None})],
)
async def test_what_is_wrong_with_a_certificate_has_a_code(certificate: str | None, codes: set[int | None]) -> None:
    async with served(certificate) as port:
        tls = await shake_hands("localhost", port, trusting())
    assert tls.code in codes
    assert tls.trouble
    assert tls.ends is None


def test_certificates_of_the_configuration_are_known_by_their_end() -> None:
    files = TlsFiles(CERTIFICATES / "authority.pem", CERTIFICATES / "expired.pem", CERTIFICATES / "key.pem")
    ends = ends_of(files)
    assert ends["onepassword.client_certificate"] == datetime(2020, 2, 1, tzinfo=UTC)
    finding = judge_certificates(ends, NOW)
    assert finding.status is Severity.WARNING
    assert "onepassword.client_certificate is valid until 2020-02-01" in finding.seen
    assert judge_certificates({"http.ca_file": ends["http.ca_file"]}, NOW).status is Severity.OK
    assert ends_of(TlsFiles(CERTIFICATES / "key.pem")) == {}


async def test_authority_that_this_machine_does_not_know_is_not_trusted() -> None:
    async with served("chain.pem") as port:
        tls = await shake_hands("localhost", port, ssl.create_default_context())
    assert tls.code in {18, 19, 20}


async def test_nobody_there_and_no_such_name() -> None:
    async with served("chain.pem") as port:
        pass
    assert (await shake_hands("localhost", port, trusting())).code is None
    lost = await ask_the_way(f"https://{'a' * 64}.example")
    assert (bool(lost.trouble), lost.addresses, lost.tls) == (True, (), None)


class DeadAndLive(asyncio.SelectorEventLoop):
    """For this loop each name has an address that never answers (`dead`), and a live one."""

    dead: tuple[str, int]

    async def getaddrinfo(self, host: object, port: Any, **_: object) -> Any:
        live = ("127.0.0.1", port)
        # A server asks for port 0.
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", each) for each in ([self.dead, live] if port else [live])]


def test_host_with_a_dead_address_is_reached_at_the_next() -> None:
    async def shake() -> Tls:
        async with served("chain.pem") as port:
            return await shake_hands("localhost", port, trusting())

    # A queue that is full: the kernel drops further connections to this address.
    with ExitStack() as sockets, asyncio.Runner(loop_factory=DeadAndLive) as runner:
        server = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        DeadAndLive.dead = server.getsockname()
        for _ in range(4):
            one = sockets.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(DeadAndLive.dead)
        tls = runner.run(shake())
    assert (tls.trouble, bool(tls.ends)) == ("", True)


async def test_behind_a_proxy_nothing_is_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert (await ask_the_way("https://scim.example")).is_proxied
    assert not (await ask_the_way("http://127.0.0.1:1")).is_proxied


# --- answers ------------------------------------------------------------------------------------------------


@respx.mock
async def test_one_look_takes_whatever_comes_and_never_tries_again() -> None:
    route = respx.get(f"{BRIDGE}/health").respond(503, json={"version": "2.9.16", "reports": []})
    stranger = respx.get(f"{BRIDGE}/scim/Users").respond(200, html="<p>Sign in")
    async with bridge() as client:
        answer = await client.look("/health")
        page = await reply(client.look("/scim/Users", signed=False))
    assert (answer.status, answer.body["version"], route.call_count) == (503, "2.9.16", 1)
    assert route.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert "Authorization" not in stranger.calls[0].request.headers
    assert str(page) == "200, no JSON: Sign in"


@respx.mock
async def test_nothing_that_comes_is_the_error_itself() -> None:
    respx.get(f"{BRIDGE}/ping").mock(side_effect=httpx.ConnectError("refused"))
    async with bridge() as client:
        assert isinstance(await reply(client.look("/ping")), Unreachable)


def test_answer_tells_how_far_the_clocks_are_apart() -> None:
    early = datetime.now(UTC) - timedelta(seconds=90)
    headers = httpx.Headers({"Date": f"{early:%a, %d %b %Y %H:%M:%S GMT}", "Content-Type": "application/json"})
    off = reply_of(Answer(200, headers, {"totalResults": 3, "Resources": []})).clock_off
    assert off is not None
    assert 89 < off < 95
    assert reply_of(Answer(200, httpx.Headers(), {"totalResults": 3})).clock_off is None
    assert reply_of(Answer(200, httpx.Headers({"Content-Type": "text/plain"}), {})).is_json is False


async def test_first_of_our_own_errors_is_found_in_what_tasks_raise() -> None:
    async def fail() -> None:
        raise ExceptionGroup("tasks", [ExceptionGroup("inner", [IncompleteRead("short")])])

    async def break_down() -> None:
        raise ExceptionGroup("tasks", [ValueError("a bug")])

    assert isinstance(await attempt(fail()), IncompleteRead)
    with pytest.raises(ExceptionGroup):
        await attempt(break_down())


@pytest.mark.parametrize("body", [None, [], "text", {}, {"reports": "none"}, {"version": 3.0, "reports": None}, 7])
def test_health_may_be_anything(body: object) -> None:
    found = parse_health(200, body)
    assert found is None or found.components == ()


def test_reports_are_stale_by_the_bridges_own_clock() -> None:
    row = {
        "source": "RedisCache",
        "time": "2026-08-20T10:00:00Z",
        "expires": "2026-08-20T10:10:00Z",
        "state": "healthy",
    }
    for retrieved, stale in (("2026-08-20T10:10:00Z", False), ("2026-08-20T10:10:01Z", True), ("soon", True)):
        health = parse_health(200, {"reports": [row, "odd", {}], "retrievedAt": retrieved})
        assert health
        assert [each.is_stale for each in health.components] == [stale, False]
        assert health.components[1].source == "an unnamed component"


def test_discovery_in_words() -> None:
    body = {"patch": {"supported": True}, "filter": {"supported": True, "maxResults": 10000}, "sort": {},
            "authenticationSchemes": [{"type": "oauthbearertoken"}, None]}  # fmt: skip
    assert discovery_of(body) == (
        "patch: supported", "filter: supported", "sort: not supported", "filter.maxResults: 10000",
        "authentication: oauthbearertoken",
    )  # fmt: skip
    assert discovery_of(["odd"]) == ()


# --- Directory Insights -------------------------------------------------------------------------------------


def test_events_are_ours_unless_they_name_another_application() -> None:
    rows = [
        {"event_type": "user_update_provision", "application": {"display_label": "1PASSWORD business"}},
        {"event_type": "user_update_provision", "application": {"name": "slack"}},
        {"event_type": "user_update_provision"},
        "odd",
    ]
    assert count_events(rows, frozenset({"1Password Business"})) == ConnectorEvents(ours=2, others=1)


@respx.mock
async def test_insights_are_asked_at_their_own_host_with_the_same_credential() -> None:
    insights = "https://insights.example/v1"
    route = respx.post(f"{insights}/events").respond(json=[])
    async with jumpcloud(org_id="5f1a00000000000000000001") as client:
        assert await client.count_connector_events(insights, NOW, frozenset()) == ConnectorEvents()
        request = route.calls[0].request
        assert request.headers["x-api-key"]
        assert request.headers["x-org-id"] == "5f1a00000000000000000001"
        assert question(NOW)["start_time"] == "2026-11-24T12:00:00Z"
        assert set(CONNECTOR_EVENTS) == set(question(NOW)["search_term"]["or"][0]["event_type"])
        route.respond(402, json={"message": "not enabled"})
        refused = await attempt(client.count_connector_events(insights, NOW, frozenset()))
    assert isinstance(refused, RequestRefused)
    assert refused.status == 402


@respx.mock
async def test_organizations_are_asked_without_the_header_that_they_refuse() -> None:
    route = respx.get(url__startswith=f"{ROOT}/api/").respond(json={"totalCount": 0, "results": []})
    async with jumpcloud(org_id="5f1a00000000000000000001") as client:
        await client.look("/organizations", {"limit": 1})
        await client.look("/systemusers", {"limit": 1})
    assert ["x-org-id" in call.request.headers for call in route.calls] == [False, True]


# --- this machine -------------------------------------------------------------------------------------------


def test_lock_is_found_held_without_being_taken(tmp_path: Path) -> None:
    assert running(tmp_path) is None
    with hold_lock(tmp_path, "run 1"):
        assert running(tmp_path) == f"run 1 (process {os.getpid()})"
    assert running(tmp_path) is None


def test_note_of_a_killed_run_is_over_although_its_process_id_is_in_use(tmp_path: Path) -> None:
    """In a container every run has the same process id."""
    with hold_lock(tmp_path, "run 1"):
        note = (tmp_path / "run.holder").read_text()
    (tmp_path / "run.holder").write_text(note)
    assert running(tmp_path) is None
    (tmp_path / "run.lock").unlink()
    assert running(tmp_path) is None


def test_runs_start_while_the_lock_is_looked_at(tmp_path: Path) -> None:
    with hold_lock(tmp_path, "run 1"):
        pass
    (tmp_path / "run.holder").write_text("run 1 (process 1)")
    is_over = threading.Event()

    def look() -> None:
        while not is_over.is_set():
            running(tmp_path)

    looking = [threading.Thread(target=look) for _ in range(2)]
    for each in looking:
        each.start()
    try:
        for number in range(200):
            with hold_lock(tmp_path, f"run {number}"):
                pass
            (tmp_path / "run.holder").write_text("run 1 (process 1)")
    finally:
        is_over.set()
        for each in looking:
            each.join()


def test_state_is_read_and_never_made(tmp_path: Path) -> None:
    config = tmp_path / "jc1p.yaml"
    config.touch(mode=0o600)
    folder = tmp_path / "state" / "pair"
    new = ask_machine(config, (), folder, ask_state(folder), NOW)
    assert (new.is_new, new.state_trouble, new.config_untrusted) == (True, None, "")
    assert not folder.parent.exists()
    with open_state(folder) as state:
        state.remember_links("user", {"a": "b"})
    before = sorted(path.name for path in folder.iterdir())
    remembered = ask_state(folder)
    assert remembered.links.users == {"a": "b"}
    assert ask_machine(config, (), folder, remembered, NOW).is_new is False
    assert sorted(path.name for path in folder.iterdir()) == before


@contextmanager
def full_disk() -> Iterator[None]:
    """This process can't write another byte to any file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("is_new", [True, False])
def test_full_disk_is_told_as_a_run_tells_it(tmp_path: Path, is_new: bool) -> None:
    folder = tmp_path / "state"
    if not is_new:
        with open_state(folder):
            pass
    with full_disk():
        trouble = ask_state(folder).trouble
        with pytest.raises(StateUnavailable) as told, hold_lock(folder, "run 1"):
            pass
    assert trouble
    assert (trouble.message, trouble.hint) == (told.value.message, told.value.hint)
    assert "File too large" in trouble.message
    assert list(tmp_path.iterdir()) == [folder]


def test_state_that_cannot_be_used_is_told_not_raised(tmp_path: Path) -> None:
    config = tmp_path / "jc1p.yaml"
    config.touch()
    folder = tmp_path / "state"
    with open_state(folder):
        pass
    (folder / "paused.json").mkdir()
    assert "cannot read" in str(ask_machine(config, (), folder, ask_state(folder), NOW).paused)
    (folder / "state.db").write_bytes(b"no database" * 200)
    assert ask_state(folder).damage
    assert ask_state(config).trouble
