"""Where commands of the pages run: a sandbox, a folder with its configuration, and this process as the terminal.

They run in this process, since there are many, and a slow check would not be used. A simulated reader sits at the
terminal and answers yes.
"""

import io
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import httpx

from jc1p.cli import run
from jc1p.cli.commands.sandbox import PORTS, port_for
from jc1p.config import load_config
from jc1p.config.settings import state_folder_of
from jc1p.sandbox.days import advance_day
from jc1p.sandbox.faults import parse_fault
from jc1p.sandbox.knobs import BridgeKnobs, JumpCloudKnobs
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world
from jc1p.state.lock import hold_lock

ORDERS = frozenset(
    {"exit", "run", "fresh", "before", "day", "jumpcloud", "bridge", "faults", "suspended", "unassigned", "replace",
     "more", "folder", "sandbox_file", "accounts", "locked", "terminal", "typed"}
)  # fmt: skip
"""The instructions that a comment before a block may contain; CONTRIBUTING.md explains the usual ones."""


YES = ("y",)
HIDDEN = "(hidden): "
"""The end of a question with hidden input."""
KEPT = frozenset({"PATH", "TMPDIR", "LANG"})
"""Environment variables that the commands get: none from CI, a proxy or a user's settings."""


class Terminal(io.StringIO):
    """A simulated user who types lines, which are shown unless input is hidden; or no user, as for cron."""

    def __init__(self, shown: io.StringIO, lines: Sequence[str], *, is_there: bool) -> None:
        super().__init__("".join(f"{line}\n" for line in lines) if is_there else "")
        self.shown = shown
        self.is_there = is_there

    def isatty(self) -> bool:
        """Whether there is a user."""
        return self.is_there

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]  # typeshed: bytes, from IOBase
        """The typed line, with the echo of a terminal."""
        typed = super().readline(-1 if size is None else size)
        self.shown.write("\n" if self.shown.getvalue().endswith(HIDDEN) else typed)
        return typed


class Stage:
    """A company, a folder and a configuration, until the stage is closed."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._home = Path.cwd()
        self._environment = dict(os.environ)
        self.is_attended = True
        self.typed: Sequence[str] = YES

    def __enter__(self) -> Self:
        self.set_up()
        return self

    def __exit__(self, *_: object) -> None:
        self.tear_down()

    def set_up(self) -> None:
        """Create a new company, and a folder with only its configuration."""
        self.folder = Path(self._open.enter_context(TemporaryDirectory(prefix="jc1p-docs-"))).resolve()
        made = Sandbox(make_world(users=40, groups=8))
        made.jumpcloud_port, made.bridge_port = (port_for(None, usual) for usual in PORTS)
        self.sandbox = self._open.enter_context(made)
        kept = {name: value for name, value in os.environ.items() if name in KEPT}
        os.environ.clear()
        os.environ.update(kept | {"HOME": str(self.folder), "COLUMNS": "120"})
        os.chdir(self.folder)
        self.configure({}, "")

    def tear_down(self) -> None:
        """Restore the previous state."""
        os.chdir(self._home)
        os.environ.clear()
        os.environ.update(self._environment)
        # Servers take a while to stop; the next page doesn't wait for that.
        threading.Thread(target=self._open.close).start()
        self._open = ExitStack()

    def configure(self, replace: Mapping[str, str], more: str) -> None:
        """The sandbox's configuration, with texts replaced and lines appended."""
        text = self.sandbox.config_text(self.folder / "state")
        for old, new in replace.items():
            if old not in text:
                raise ValueError(f"the configuration doesn't hold {old!r}")
            text = text.replace(old, new)
        path = self.folder / "jc1p.yaml"
        path.write_text(text + more, encoding="utf-8")
        path.chmod(0o600)

    @contextmanager
    def as_ordered(self, orders: Mapping[str, Any]) -> Iterator[None]:
        """Set the stage for one block, and undo its settings afterwards."""
        if unknown := orders.keys() - ORDERS:
            raise ValueError(f"there is no order {', '.join(sorted(unknown))}")
        if orders.get("fresh"):
            self.tear_down()
            self.set_up()
        for line in orders.get("before", []):
            code, text = self.run(str(line).split())
            if code:
                raise ValueError(f"jc1p {line} exits {code}: {text}")
        if orders.get("day"):
            # The company's random generator also shuffles lists, so its state depends on earlier requests.
            self.sandbox.world.random.seed(self.sandbox.world.days)
            advance_day(self.sandbox.world)
        self._move_people(orders)
        for email, name in orders.get("accounts", {}).items():
            self._add_account(email, name)
        self.configure(orders.get("replace", {}), orders.get("more", ""))
        if orders.get("folder") == "empty":
            (self.folder / "jc1p.yaml").unlink()
        self.folder.chmod(0o777 if orders.get("folder") == "open" else 0o700)
        if orders.get("sandbox_file"):
            (self.folder / "jc1p.yaml").rename("jc1p-sandbox.yaml")
        self.sandbox.turn(orders.get("jumpcloud", {}), orders.get("bridge", {}))
        self.sandbox.faults[:] = [parse_fault(text) for text in orders.get("faults", [])]
        self.is_attended = orders.get("terminal", True)
        self.typed = [self.filled(line) for line in orders.get("typed", YES)]
        try:
            with self._lock() if orders.get("locked") else nullcontext():
                yield
        finally:
            self.is_attended, self.typed = True, YES
            self.sandbox.turn(asdict(JumpCloudKnobs()), asdict(BridgeKnobs()))
            self.sandbox.faults.clear()
            self.configure({}, "")

    def filled(self, line: str) -> str:
        """The typed line, with the sandbox's addresses and credentials."""
        made = self.sandbox
        return str(line).format(
            jumpcloud=made.jumpcloud_url, key=made.jumpcloud.key, bridge=made.bridge_url, token=made.bridge.token
        )

    def _move_people(self, orders: Mapping[str, Any]) -> None:
        world = self.sandbox.world
        for user in list(world.users.values())[12 : 12 + int(orders.get("suspended", 0))]:
            user.update(state="SUSPENDED", suspended=True)
        if orders.get("unassigned"):
            world.assigned_groups.clear()
            world.assigned_users.clear()

    def _add_account(self, email: str, name: str) -> None:
        """Add an account as if it was invited by hand."""
        given, _, family = name.partition(" ")
        body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": email, "displayName": name,
                "name": {"givenName": given, "familyName": family}, "active": True}  # fmt: skip
        address = f"{self.sandbox.bridge_url}/scim/Users"
        headers = {"Authorization": f"Bearer {self.sandbox.bridge.token}"}
        httpx.post(address, json=body, headers=headers).raise_for_status()

    def _lock(self) -> AbstractContextManager[None]:
        """Simulate another run in progress."""
        config = load_config(self.folder / "jc1p.yaml", {}).config
        return hold_lock(state_folder_of(config), "run 20261124T001200Z-7f3a")

    def run(self, words: Sequence[str], variables: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Run jc1p with these words; returns the exit code and everything that a terminal would show."""
        shown = io.StringIO()
        before = dict(os.environ)
        os.environ.update(variables or {})
        try:
            with (
                as_terminal(Terminal(shown, self.typed, is_there=self.is_attended)),
                redirect_stdout(shown),
                redirect_stderr(shown),
            ):
                code = run([self.newest_run() if word == "RUN" else word for word in words])
        finally:
            os.environ.clear()
            os.environ.update(before)
        return code, self.with_usual_ports(shown.getvalue())

    def with_usual_ports(self, text: str) -> str:
        """A text with the ports that pages use, even if another program occupies one of them."""
        addresses = (self.sandbox.jumpcloud_url, self.sandbox.bridge_url)
        for address, usual in zip(addresses, PORTS, strict=True):
            host, _, port = address.partition("://")[2].rpartition(":")
            text = text.replace(f"{host}:{port}", f"{host}:{usual}")
        return text

    def newest_run(self) -> str:
        """The id of the last run, for RUN in pages."""
        _, shown = self.run(["history"])
        return max(re.findall(r"\b\d{8}T\d{6}Z-[0-9a-f]{4}\b", shown), default="RUN")

    def drive(self, words: Sequence[str]) -> str:
        """Send a curl command of a page to the sandbox; returns "" or the problem."""
        address = next((word for word in words if "/_sandbox/" in word), "")
        data = next((after for word, after in pairwise(words) if word in {"-d", "--data"}), None)
        method = "POST" if data is not None or "POST" in words else "GET"
        target = f"{self.sandbox.jumpcloud_url}/_sandbox/{address.partition('/_sandbox/')[2]}"
        answer = httpx.request(method, target, content=data)
        return "" if answer.is_success else f"the sandbox answers {answer.status_code} to {method} {address}"


@contextmanager
def as_terminal(terminal: Terminal) -> Iterator[None]:
    """Simulate a terminal with or without a user; restores signal handling afterwards."""
    before = sys.stdin
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    sys.stdin = terminal
    try:
        yield
    finally:
        sys.stdin = before
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, handlers)
