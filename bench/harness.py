"""Runs whole programs against the simulators; their cost comes from the operating system's accounting."""

import compileall
import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
JUMPCLOUD_CONCURRENCY, BRIDGE_CONCURRENCY = 8, 4
CONFIG = """\
jumpcloud: {{url: "{jumpcloud}", api_key: "${{JC1P_SANDBOX_KEY:-jca_sandbox}}"}}
onepassword: {{scim_url: "{onepassword}", token: "${{JC1P_SANDBOX_TOKEN:-sandbox-bridge-token}}"}}
scope: {{application: 1Password Business}}
users: {{protected: [olivia.owner@example.com]}}
guard: {{creations: 100000, suspensions: 100000}}
http: {{jumpcloud_concurrency: {jumpcloud_concurrency}, onepassword_concurrency: {bridge_concurrency}}}
state: {{path: "{state}"}}
"""


@dataclass(frozen=True)
class Cost:
    """A finished process: wall and CPU in seconds, peak memory in MB, exit code, output."""

    wall: float
    cpu: float
    rss: float
    code: int
    out: str


def measure(command: list[str]) -> Cost:
    """Run a command to its end."""
    with tempfile.TemporaryFile("w+") as out, tempfile.NamedTemporaryFile("r") as cost:
        subprocess.run([sys.executable, "-S", str(HERE / "launch.py"), cost.name, *command], stdout=out, check=True)
        out.seek(0)
        return Cost(**json.load(cost), out=out.read())


@dataclass(frozen=True)
class Company:
    """Both simulators, the folder of the configuration and the state, and operations on them."""

    urls: dict[str, str]
    folder: Path

    def control(self, service: str, what: str) -> Any:
        """One of the simulator's control commands."""
        with urllib.request.urlopen(f"{self.urls[service]}/_bench/{what}", timeout=600) as answer:
            return json.load(answer)

    def take_log(self) -> dict[str, list[tuple[str, str]]]:
        """Method and path of every request since the last call, by service."""
        return {service: [tuple(each) for each in self.control(service, "log")] for service in self.urls}

    def set_latency(self, milliseconds: float) -> None:
        for service in self.urls:
            self.control(service, f"latency?{milliseconds}")

    def start_over(self) -> None:
        """Empty 1Password, and delete the state of earlier runs."""
        self.control("onepassword", "forget")
        subprocess.run(["rm", "-rf", str(self.folder / "state")], check=True)

    def plan(self) -> Cost:
        """`jc1p plan` with JSON output."""
        return self.jc1p("plan", "--output", "json")

    def sync(self, *arguments: str) -> Cost:
        """`jc1p sync --yes`, as cron runs it."""
        return self.jc1p("sync", "--yes", *arguments)

    def jc1p(self, *arguments: str) -> Cost:
        cost = measure([sys.executable, "-m", "jc1p", "-c", str(self.folder / "jc1p.yaml"), *arguments])
        if cost.code:
            raise SystemExit(f"jc1p exited {cost.code}:\n{cost.out[-2000:]}")
        return cost


@contextmanager
def company(users: int, groups: int) -> Iterator[Company]:
    """Both simulators, each in its own process, while the context lasts."""
    # With PYTHONDONTWRITEBYTECODE, each start would compile all of jc1p again.
    compileall.compile_dir(HERE.parent / "jc1p", quiet=1)
    with ExitStack() as stack, tempfile.TemporaryDirectory(prefix="jc1p-bench-") as name:
        processes = {}
        for service in ("jumpcloud", "onepassword"):
            command = [
                sys.executable,
                str(HERE / "simulators.py"),
                service,
                "--users",
                str(users),
                "--groups",
                str(groups),
            ]
            processes[service] = stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
        urls = {}
        for service, process in processes.items():
            assert process.stdout
            stack.callback(process.terminate)
            urls[service] = json.loads(process.stdout.readline())
        made = Company(urls, Path(name))
        config = CONFIG.format(**urls, state=made.folder / "state", jumpcloud_concurrency=JUMPCLOUD_CONCURRENCY,
                               bridge_concurrency=BRIDGE_CONCURRENCY)  # fmt: skip
        (made.folder / "jc1p.yaml").write_text(config)
        yield made
