"""Credentials are only in request headers, even if a gateway quotes them in its answer."""

import base64
import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from support.effort import product_of
from support.inprocess import jc1p
from support.installed import Done, config_for, run_installed
from support.receiving import Receiver

from jc1p.sandbox.faults import Fault, Kind
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

KEY, TOKEN, SECRET = "jca-canary-key-77aa", 'canary"bridge<token>-88bb', "canary-client-secret-99cc"
HOOK = "canary-hook-66dd"
PROXY_PASSWORD = "canary-proxy/55cc+x"
PROXY = f"http://me:{quote(PROXY_PASSWORD, safe='')}@127.0.0.1:9"
PROXY_SECRETS = (
    PROXY_PASSWORD,
    quote(PROXY_PASSWORD, safe=""),
    base64.b64encode(f"me:{PROXY_PASSWORD}".encode()).decode(),
)
"""As it is, as written, and as sent."""
ONE_TRY = "http: {attempts: 1}\n"
NOTIFY = """\
notify:
  - slack: ${JC1P_HOOK}/slack?sig=canary-hook-66dd
  - {webhook: "${JC1P_HOOK}", detail: names}
  - {exec: [cat, canary-hook-66dd]}
"""
SOMEBODY = "norman.nodisplay@example.com"

READING = [
    ["plan"], ["plan", "-o", "json"], ["sync", "-y"], ["drift", "-o", "json"], ["why", SOMEBODY, "-o", "json"],
    ["why", "Engineering"], ["users", "list"], ["users", "list", "-o", "csv"], ["users", "show", SOMEBODY],
    ["groups", "list", "-o", "json"], ["groups", "show", "Engineering"], ["import", "-o", "json"],
    ["import", "--csv", "CSV"], ["plan", "--out", "PLAN"],
    ["doctor", "--verbose"], ["doctor", "-o", "json"], ["drift", "--metrics", "METRICS"],
]  # fmt: skip
OTHERS = [
    ["sync", "--dry-run", "--log-level", "debug", "--log-format", "json"], ["sync"], ["sink"], [],
    ["config", "check"], ["config", "show"], ["config", "show", "-o", "json"], ["config", "schema"],
    ["config", "init"], ["history"], ["history", "-o", "json"], ["history", "show", "last"], ["rollback", "last", "-y"],
    ["pause"], ["resume", "-o", "json"], ["apply", "PLAN", "-y", "-o", "json"],
]  # fmt: skip


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=40, groups=8)) as made:
        made.jumpcloud.key, made.bridge.token, made.jumpcloud.client_secret = KEY, TOKEN, SECRET
        yield made


@pytest.fixture
def config(sandbox: Sandbox, tmp_path: Path) -> Path:
    path = config_for(sandbox, tmp_path, more=ONE_TRY + NOTIFY)
    text = path.read_text().replace(f":-{KEY}", "").replace(f":-{TOKEN}", "")
    path.write_text(text.replace("${JC1P_SANDBOX_TOKEN}", "'${JC1P_SANDBOX_TOKEN}'"))
    return path


@pytest.fixture
def service_account(config: Path) -> Path:
    """The same configuration with OAuth instead of the key."""
    path = config.with_name("oauth.yaml")
    credential = "client_id: sandbox-client\n  client_secret: ${JC1P_SANDBOX_SECRET}"
    path.write_text(config.read_text().replace("api_key: ${JC1P_SANDBOX_KEY}", credential))
    path.chmod(0o600)
    return path


def run(config: Path, command: list[str], *more: str) -> Done:
    files = {"CSV": "all.csv", "PLAN": "plan.json", "METRICS": "jc1p.prom"}
    words = [str(config.parent / files[word]) if word in files else word for word in command]
    hook = f"http://127.0.0.1:9/{HOOK}"
    environment = {
        "JC1P_HOOK": hook,
        "JC1P_SANDBOX_KEY": KEY,
        "JC1P_SANDBOX_TOKEN": TOKEN,
        "JC1P_SANDBOX_SECRET": SECRET,
        "HTTPS_PROXY": PROXY,
    }
    return jc1p("-c", config, *words, *more, environment=environment)


def forms(secret: str) -> set[str]:
    return {secret, json.dumps(secret)[1:-1]}


def in_base64(secret: str) -> Iterator[str]:
    """The base64 of a secret at each alignment, without what depends on its neighbours."""
    for before in range(3):
        yield base64.b64encode(b"x" * before + secret.encode()).decode()[4:-4]


def check(sandbox: Sandbox, *seen: Done, folder: Path | None = None) -> None:
    """No credential is in the output, nor in any written file."""
    told = "".join(done.out + done.err for done in seen)
    basic = base64.b64encode(f"sandbox-client:{SECRET}".encode()).decode()
    secrets = {
        form
        for each in (KEY, TOKEN, SECRET, HOOK, basic, *PROXY_SECRETS, *sandbox.jumpcloud.tokens)
        for form in forms(each)
    }
    assert [each for each in secrets if each in told] == []
    plainer = re.sub(r"<[^<>]*>|\\+(?=[\"'/])", "", unquote(told))
    plainer += re.sub(r"\\+u00([0-9a-f]{2})", lambda match: chr(int(match[1], 16)), told)
    encoded = {form for each in (KEY, TOKEN, SECRET) for form in in_base64(each)}
    assert [each for each in (KEY, TOKEN, SECRET, *encoded) if each in plainer] == []
    files = [path for path in (folder.rglob("*") if folder else []) if path.is_file() and path.suffix != ".yaml"]
    assert [path for path in files for each in secrets if each.encode() in path.read_bytes()] == []


@pytest.mark.parametrize("command", product_of([*READING, *OTHERS], lambda words: {tuple(words[:1])}), ids=" ".join)
def test_no_command_leaks_a_secret(sandbox: Sandbox, config: Path, command: list[str]) -> None:
    seen = [run(config, command), run(config, command, "--debug")]
    literal = config.with_name("literal.yaml")
    literal.write_text(config.read_text().replace("${JC1P_SANDBOX_KEY}", KEY + "\n  api_kye: " + KEY))
    check(sandbox, *seen, run(literal, command), folder=config.parent)
    assert not [request for request in sandbox.requests if KEY in str(request) or "canary" in str(request)]


SERVICES = ("jumpcloud", "onepassword")
KINDS: tuple[Kind, ...] = ("echo-401", "echo-400", "echo-500")


@pytest.mark.parametrize("quoted", product_of(list(product(SERVICES, KINDS)), set), ids="-".join)
def test_quoted_credential_is_masked_while_reading(sandbox: Sandbox, config: Path, quoted: tuple[str, Kind]) -> None:
    service, kind = quoted
    commands = READING if kind == "echo-401" else READING[:2]
    sandbox.faults.append(Fault(kind, service=service, times=10_000))
    seen = [run(config, command, "--debug") for command in commands]
    check(sandbox, *seen, folder=config.parent)
    assert {done.code for done in seen} == {1}
    assert "invalid token" in seen[0].err
    assert "********" in seen[0].err


SPELLED: tuple[Kind, ...] = ("echo-base64", "echo-percent", "echo-escaped", "echo-tags")


@pytest.mark.parametrize("spelled", product_of(list(product(SERVICES, SPELLED)), set), ids="-".join)
def test_credential_in_another_spelling_is_masked(sandbox: Sandbox, config: Path, spelled: tuple[str, Kind]) -> None:
    service, kind = spelled
    sandbox.faults.append(Fault(kind, service=service, times=10_000))
    seen = [run(config, ["sync", "-y", "-o", "json"], "--debug"), run(config, ["doctor"], "--debug")]
    check(sandbox, *seen, folder=config.parent)
    assert seen[0].code == 1
    assert "********" in seen[0].err or "not shown" in seen[0].err


@pytest.mark.parametrize("kind", ["echo-400", *SPELLED])
def test_credential_in_another_spelling_is_masked_while_applying(sandbox: Sandbox, config: Path, kind: Kind) -> None:
    sandbox.faults.append(Fault(kind, service="onepassword", method="POST", times=10_000))
    done = run(config, ["sync", "-y", "-o", "json"], "--debug")
    check(sandbox, done, folder=config.parent)
    assert done.code in {1, 5}


@pytest.mark.parametrize("command", [["sync", "-y"], pytest.param(["drift"], marks=pytest.mark.matrix)], ids=" ".join)
def test_neither_jc1p_nor_its_children_leak_a_secret(sandbox: Sandbox, config: Path, command: list[str]) -> None:
    """In a process of its own: this also covers what its children write to standard output and error."""
    heard, script = config.with_name("heard"), config.with_name("told.sh")
    script.write_text(f"echo the child prints $1; echo the child fails with $1 >&2; env >>'{heard}'; exit 3\n")
    told = f"{{exec: [sh, {script}, canary-hook-66dd]}}"
    config.write_text(config.read_text().replace("{exec: [cat, canary-hook-66dd]}", told))
    environment = {"JC1P_HOOK": f"http://127.0.0.1:9/{HOOK}", "JC1P_SANDBOX_KEY": KEY, "JC1P_SANDBOX_TOKEN": TOKEN}
    sandbox.faults.append(Fault("echo-400", service="onepassword", method="POST", times=10_000))
    seen = [run_installed("-c", config, *command, *more, environment=environment) for more in ((), ("--debug",))]
    check(sandbox, *seen, folder=config.parent)
    assert all(done.code in {1, 3, 5} for done in seen)
    assert "PATH=" in heard.read_text()
    assert "exit code 3: the child fails with ********" in seen[0].err


@pytest.mark.parametrize(
    ("method", "kind"), [("POST", "echo-400"), ("POST", "echo-401"), ("PATCH", "echo-400"), ("PATCH", "echo-500")]
)
@pytest.mark.parametrize("output", [pytest.param("text", marks=pytest.mark.matrix), "json"])
def test_quoted_credential_is_masked_while_applying(
    sandbox: Sandbox, config: Path, output: str, method: str, kind: Kind
) -> None:
    sandbox.faults.append(Fault(kind, service="onepassword", method=method, times=10_000))
    done = run(config, ["sync", "-y", "-o", output], "--debug")
    check(sandbox, done, folder=config.parent)
    assert done.code in {1, 5}
    assert "invalid token: Bearer ********" in done.out


@pytest.mark.parametrize("quoted", product_of(list(product(("oauth2", "systemusers"), KINDS)), set), ids="-".join)
def test_service_accounts_secret_and_its_tokens_are_masked(
    sandbox: Sandbox, service_account: Path, quoted: tuple[str, Kind]
) -> None:
    path, kind = quoted
    assert run(service_account, ["plan"]).code == 0
    sandbox.faults.append(Fault(kind, service="jumpcloud", path=path, times=10_000))
    seen = [run(service_account, ["plan", "-o", "json"], "--debug"), run(service_account, ["users", "list"])]
    check(sandbox, *seen, folder=service_account.parent)
    assert "********" in seen[1].err


@pytest.mark.parametrize(
    "answers",
    product_of([[200] * 9, [404] * 9, [500] * 9], lambda codes: {codes[0] == 404}),
    ids=["taken", "unknown", "down"],
)
def test_address_of_a_webhook_is_in_no_word_log_or_file(sandbox: Sandbox, config: Path, answers: list[int]) -> None:
    with Receiver(answers) as receiver:
        text = config.read_text().replace("${JC1P_HOOK}", f"{receiver.url}/${{JC1P_HOOK}}")
        config.write_text(text.replace("canary-hook-66dd]", "x]"))
        sandbox.faults.append(Fault("echo-401", service="onepassword", times=10_000))
        done = run(config, ["sync", "-y", "--metrics", "METRICS", "-o", "json"], "--debug", "--log-format", "json")
    check(sandbox, done, folder=config.parent)
    assert HOOK in receiver.paths[0]
    assert (done.code, (config.parent / "jc1p.prom").exists()) == (1, True)
    assert TOKEN not in json.dumps(receiver.got)
    assert "********" in json.dumps(receiver.got)
    assert not set(receiver.headers[0]) & {"Authorization", "x-api-key"}


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_password_of_a_proxy_is_in_no_word_log_or_file(sandbox: Sandbox, config: Path, command: list[str]) -> None:
    text = config.read_text().replace(sandbox.jumpcloud_url, "https://jc.example.invalid")
    config.write_text(text.replace(sandbox.bridge_url, "https://scim.example.invalid"))
    done = run(config, command, "--debug", "--log-format", "json")
    check(sandbox, done, folder=config.parent)
    assert done.code == 1
    assert "through the proxy 127.0.0.1:9" in done.out + done.err or command[0] == "doctor"
