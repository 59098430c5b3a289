"""Installs the four SCIM servers into separate environments, and serves each on a free loopback port.

Pinned versions are beside each server, under servers/, together with the little code that they need.
"""

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".conformance"
SERVERS = Path(__file__).with_name("servers")
TOKEN = "conformance-token"
PATIENCE = 200
"""Twentieths of a second for a server to start."""


@dataclass(frozen=True)
class Server:
    """`command` starts it, with the token in the environment; its first line of output ends with its address."""

    name: str
    version: str
    install: Callable[[], None]
    command: tuple[str | Path, ...]

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"


def all_servers() -> list[Server]:
    return [scim2_server(), scimmy(), django("django-scim2"), django("django-scim2-server")]


def scim2_server() -> Server:
    """Installed with the sandbox, which is based on it; here it is separate."""
    program = Path(sys.executable).with_name("scim2-server")
    command = (program, "--port", str(free_port()), "--bearer-token", TOKEN)
    return Server("scim2-server", pinned(ROOT / "constraints.txt", "scim2-server"), lambda: None, command)


def free_port() -> int:
    """For a server that can't choose a port itself."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def scimmy() -> Server:
    ours, folder = SERVERS / "scimmy", HOME / "scimmy"

    def install() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "server.mjs"):
            shutil.copy(ours / name, folder / name)
        call("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent", "--prefix", folder)

    package = (ours / "package.json").read_text()
    version = package.partition('"scimmy": "')[2].partition('"')[0]
    return Server("SCIMMY", version, lambda: once(folder, ours, install), ("node", folder / "server.mjs"))


def django(name: str) -> Server:
    ours, folder = SERVERS / name.replace("-", "_"), HOME / name
    requirements = ours / "requirements.txt"
    python = folder / "bin" / "python"

    def install() -> None:
        venv.create(folder, with_pip=True, clear=True)
        call(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", requirements)

    command = (python, "-W", "ignore", SERVERS / "serve_django.py", ours)
    return Server(name, pinned(requirements, name), lambda: once(folder, ours, install), command)


def pinned(path: Path, name: str) -> str:
    """The version of a package in a file of `name==version` lines."""
    pins = dict(line.split("==") for line in path.read_text().splitlines() if "==" in line)
    return pins[name]


def once(folder: Path, ours: Path, install: Callable[[], None]) -> None:
    """Install, unless it was done with exactly these files and this Python."""
    files = sorted(path for path in ours.iterdir() if path.suffix in {".txt", ".json", ".mjs"})
    content = sys.version.encode() + b"".join(path.read_bytes() for path in files)
    digest = hashlib.sha256(content).hexdigest()
    mark = folder / "installed"
    if not mark.exists() or mark.read_text() != digest:
        install()
        mark.write_text(digest)


def call(*command: str | Path) -> None:
    """Run a command; its output is shown when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


@contextmanager
def served(server: Server) -> Iterator[str]:
    """The server's address while it serves; its output goes to a log under .conformance/."""
    HOME.mkdir(exist_ok=True)
    environment = {**os.environ, "CONFORMANCE_TOKEN": TOKEN, "PYTHONDONTWRITEBYTECODE": "1",
                   "PYTHONPATH": str(SERVERS)}  # fmt: skip
    with (
        (HOME / f"{server.name}.log").open("w") as log,
        subprocess.Popen(server.command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment) as running,
    ):
        try:
            found = address(running, server)
            wait_for(found)
            yield found
        finally:
            running.kill()


def address(running: "subprocess.Popen[str]", server: Server) -> str:
    """The address in the server's first line of output."""
    line = running.stdout.readline() if running.stdout else ""
    found = [word for word in line.split() if word.startswith("http://")]
    if not found:
        raise RuntimeError(f"{server.name} did not start; see {server.name}.log in .conformance")
    return found[0].rstrip("/")


def wait_for(found: str) -> None:
    """Some servers print their address before they listen."""
    parts = urlsplit(found)
    for _ in range(PATIENCE):
        with suppress(ConnectionRefusedError), socket.create_connection((parts.hostname or "", parts.port or 0)):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing answers at {found}")
