"""Every file that jc1p reads, as a device, a pipe or a wrong format: reported at once, without waiting."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.effort import product_of
from support.inprocess import jc1p
from support.installed import Done, config_for

from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

KINDS = ("device", "fifo", "folder", "unreadable", "not UTF-8", "64 MB")
LARGE = 64_000_000


def put(path: Path, kind: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    match kind:
        case "device":
            path.symlink_to("/dev/zero")
        case "fifo":
            os.mkfifo(path, 0o600)
        case "folder":
            path.mkdir(mode=0o700)
        case "not UTF-8":
            path.write_bytes(b"\xff\xfe\x00")
        case "64 MB":
            with path.open("wb") as file:
                file.truncate(LARGE)
        case "unreadable":
            path.write_text("{}")
    if kind not in {"device", "fifo", "folder"}:
        path.chmod(0o000 if kind == "unreadable" else 0o600)


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


Running = Callable[[Sandbox, Path, Path], Done]


@dataclass(frozen=True)
class Place:
    """A file that a command reads: its name below the folder, the correct exit codes, and the command."""

    name: str
    codes: tuple[int, ...]
    run: Running
    by: str = ""
    """The command, if several read the file."""

    def __str__(self) -> str:
        return f"{self.name} {self.by}".strip()


def secret(served: Sandbox, folder: Path, file: Path) -> Done:
    token = f"${{JC1P_SANDBOX_TOKEN:-{served.bridge.token}}}"
    return jc1p("-c", config_for(served, folder, replace=(token, f"{{file: {file}}}")), "sync", "--dry-run")


def client_certificate(served: Sandbox, folder: Path, file: Path) -> Done:
    token = "onepassword:\n"
    more = f"onepassword:\n  client_certificate: {{cert: {file}, key: {file}}}\n"
    config = config_for(served, folder, replace=(token, more))
    config.write_text(config.read_text().replace(served.bridge_url, "https://127.0.0.1:9"))
    return jc1p("-c", config, "sync", "--dry-run")


def authorities(served: Sandbox, folder: Path, file: Path) -> Done:
    config = config_for(served, folder, more=f"http: {{ca_file: {file}}}\n", replace=(served.bridge_url, HTTPS))
    return jc1p("-c", config, "sync", "--dry-run")


def replaced_authorities(served: Sandbox, folder: Path, file: Path) -> Done:
    config = config_for(served, folder, replace=(served.bridge_url, HTTPS))
    return jc1p("-c", config, "sync", "--dry-run", environment={"SSL_CERT_FILE": str(file)})


HTTPS = "https://127.0.0.1:9"


def command(*words: str) -> Running:
    """A command line; FILE stands for the file."""

    def run(served: Sandbox, folder: Path, file: Path) -> Done:
        given = [str(file) if word == "FILE" else word for word in words]
        return jc1p("-c", config_for(served, folder, more="notify: [{exec: [/bin/true]}]\n"), *given)

    return run


def merge(*options: str) -> Running:
    return lambda _, folder, file: jc1p("report", "merge", *(str(file) if each == "FILE" else each for each in options),
                                        cwd=folder)  # fmt: skip


USAGE = (2,)
PLACES = [
    Place("other.yaml", USAGE, lambda _, folder, file: jc1p("-c", file, "config", "check", cwd=folder)),
    Place("secret", USAGE, secret),
    Place("ca.pem", USAGE, authorities),
    Place("client.pem", USAGE, client_certificate),
    Place("replaced.pem", USAGE, replaced_authorities),
    Place("plan.json", USAGE, command("apply", "FILE", "-y")),
    Place("report.json", (0, 1, 2, 5), merge("FILE")),
    Place("names", USAGE, merge("--expect-file", "FILE", "FILE")),
    Place("sandbox.yaml", USAGE, lambda _, __, file: jc1p("sandbox", "day", "--config-out", file)),
    Place("out.csv", (0, 2), command("import", "--csv", "FILE")),
    Place("metrics.prom", (0, 2), command("sync", "--dry-run", "--metrics", "FILE")),
    Place("report.html", (0, 2), command("sync", "--dry-run", "--report", "FILE")),
    Place("STATE/paused.json", (0,), command("sync", "-y")),
    Place("STATE/run.holder", (0, 1, 2), command("sync", "-y")),
    Place("STATE/run.lock", (0, 1, 2), command("sync", "-y")),
    Place("STATE/state.db", (0, 1, 2), command("sync", "-y")),
    Place("STATE/state.db", (0, 2), command("sync", "--dry-run"), "dry run"),
    Place("STATE/state.db", (0,), command("status"), "status"),
    Place("STATE/last_runs.json", (0, 1), command("sync", "-y")),
    Place("STATE/last_runs.json", (0,), command("status"), "status"),
    Place(
        "sandbox.yaml",
        USAGE,
        lambda _, folder, file: jc1p(
            "-c", folder / "new.yaml", "init", "--no-input", "--sandbox", "--sandbox-file", file
        ),
        "init",
    ),
    Place("STATE/notified.json", (0, 1), command("sync", "-y")),
    Place("STATE/journal/20261124T001200Z-7f3a.jsonl", (0, 1), command("history")),
]
CAN_READ_ALL = os.geteuid() == 0


@pytest.fixture(scope="module")
def pair(served: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of the state folder of this pair of accounts."""
    folder = tmp_path_factory.mktemp("first")
    assert jc1p("-c", config_for(served, folder), "sync", "-y").code == 0
    (found,) = (folder / "state").iterdir()
    return found.name


EVERY = [(place, kind) for place in PLACES for kind in KINDS]


@pytest.mark.parametrize("case", product_of(EVERY, lambda case: {("place", str(case[0])), ("kind", case[1])}),
                         ids=lambda case: f"{case[0]} {case[1]}")  # fmt: skip
def test_no_file_makes_jc1p_wait_or_grow(served: Sandbox, pair: str, tmp_path: Path, case: tuple[Place, str]) -> None:
    place, kind = case
    if kind == "unreadable" and CAN_READ_ALL:
        pytest.skip("root may read everything")
    file = tmp_path / place.name.replace("STATE", f"state/{pair}")
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state" / pair).mkdir(mode=0o700)
    put(file, kind)
    done = place.run(served, tmp_path, file)
    assert done.code in place.codes, done
    assert "bug" not in done.err
    assert done.code == 0 or "error: " in done.err
