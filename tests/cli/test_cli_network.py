"""Whole commands under unusual environments, networks and time limits."""

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.inprocess import jc1p
from support.installed import PROGRAM, config_for

from jc1p.cli.terminal.stop_signals import TIME_TO_FINISH
from jc1p.sandbox.faults import parse_fault
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

PASSWORD = "canary-proxy-4e4e"
ELSEWHERE = """\
jumpcloud: {url: "https://jc.example.invalid", api_key: "${KEY:-canary-key-77aa}"}
onepassword: {scim_url: "https://scim.example.invalid", token: "${TOKEN:-canary-token-88bb}"}
scope: {groups: ["*"]}
http: {attempts: 1}
"""
COMMANDS = [["sync", "-y"], ["plan", "-o", "json"], ["doctor"], ["users", "list"], ["import"], ["why", "a@x.example"]]
UNUSABLE = [
    ("https_proxy", f"socks5://me:{PASSWORD}@proxy:1080"), ("https_proxy", f"http://me:1#{PASSWORD}@proxy:80"),
    ("https_proxy", f"http://me:{PASSWORD}@proxy:99999"), ("SSL_CERT_FILE", "/nowhere/at-all.pem"),
]  # fmt: skip


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


def elsewhere(folder: Path, more: str = "") -> Path:
    path = folder / "elsewhere.yaml"
    path.write_text(f"{ELSEWHERE}state: {{path: {folder / 'state'}}}\n{more}")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(("name", "value"), UNUSABLE)
def test_an_environment_that_cannot_be_used_is_a_configuration_error(name: str, value: str, tmp_path: Path) -> None:
    for command in COMMANDS:
        done = jc1p("-c", elsewhere(tmp_path), *command, environment={name: value})
        assert done.code == 2, (command, done.err)
        assert f"error: {name}" in done.err
        assert "bug" not in done.err
        assert PASSWORD not in done.out + done.err


def test_certificates_of_the_configuration_that_are_missing_are_named(tmp_path: Path) -> None:
    text = elsewhere(tmp_path).read_text()
    path = elsewhere(tmp_path)
    path.write_text(text.replace("http: {attempts: 1}", "http: {attempts: 1, ca_file: none.pem}"))
    done = jc1p("-c", path, "plan")
    assert (done.code, "http.ca_file: " in done.err) == (2, True)


@pytest.mark.parametrize("command", [*COMMANDS, ["doctor", "-o", "json"], ["plan", "--log-level", "debug", "--debug"]])
def test_a_proxys_password_shows_nowhere(command: list[str], tmp_path: Path) -> None:
    proxy = f"http://me:{PASSWORD}@127.0.0.1:9"
    done = jc1p("-c", elsewhere(tmp_path), *command, environment={"https_proxy": proxy})
    assert done.code == 1
    assert "127.0.0.1:9" in done.out + done.err
    assert PASSWORD not in done.out + done.err


def test_doctor_ends_with_the_time_of_a_run(sandbox: Sandbox, tmp_path: Path) -> None:
    config = config_for(sandbox, tmp_path, more="http: {max_run: 1s}\n")
    sandbox.faults.append(made := parse_fault("slow:onepassword:GET:/health:always"))
    made.seconds = 20
    done = jc1p("-c", config, "doctor", "-o", "json")
    assert (done.code, done.document["error"]["code"]) == (1, "deadline")


def test_a_run_without_time_stops_with_its_own_error(sandbox: Sandbox, tmp_path: Path) -> None:
    config = config_for(sandbox, tmp_path, more="http: {max_run: 1s}\n")
    sandbox.faults.append(made := parse_fault("slow:onepassword:GET:/Users:always"))
    made.seconds = 30
    done = jc1p("-c", config, "sync", "-y", "-o", "json")
    assert done.code == 1
    assert done.document["error"]["code"] == "deadline"
    assert "http.max_run" in done.document["error"]["message"]


@pytest.mark.parametrize("kind", ["slow-body", "timeout"])
def test_a_signal_is_heeded_at_once_while_an_answer_drips(sandbox: Sandbox, tmp_path: Path, kind: str) -> None:
    config = config_for(sandbox, tmp_path)
    sandbox.faults.append(parse_fault(f"{kind}:onepassword:GET:/Users:always"))
    running = subprocess.Popen(
        [PROGRAM, "-c", str(config), "sync", "-y"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 20
    while not sandbox.faults[0].made and time.monotonic() < deadline:
        time.sleep(0.02)
    running.send_signal(signal.SIGTERM)
    # Without the time for writes in flight, let alone the five minutes of `http.max_elapsed`.
    assert running.wait(TIME_TO_FINISH) == 130
