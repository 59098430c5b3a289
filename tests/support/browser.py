"""A real headless Chromium, controlled over a pipe with the DevTools protocol: no port, no driver, no package.

CI installs Debian's package `chromium`. Without a browser the tests that need one are skipped, unless
JC1P_NEED_CHROMIUM=1 requires it.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
WITH_PIPES = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)
"""Chromium reads commands from descriptor 3 and writes answers to 4."""


def chromium() -> str:
    """The browser's path; without one, skips the test, or fails it if a browser is required."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and os.environ.get("JC1P_NEED_CHROMIUM") == "1":
        pytest.fail("JC1P_NEED_CHROMIUM=1, and no Chromium is installed: apt-get install chromium")
    if found is None:
        pytest.skip("no Chromium is installed (apt-get install chromium)")
    return found


class Page:
    """One page, with its requests, output and errors."""

    def __init__(self, commands: int, answers: int) -> None:
        self.commands = os.fdopen(commands, "wb")
        self.answers = os.fdopen(answers, "rb")
        self.number = 0
        self.session: str | None = None
        self.waiting = b""
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; events in between are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.commands.write(json.dumps(message).encode() + b"\0")
        self.commands.flush()
        while (heard := self.hear()).get("id") != self.number:
            self.events.append(heard)
        assert "error" not in heard, heard
        result: dict[str, Any] = heard["result"]
        return result

    def hear(self) -> dict[str, Any]:
        while b"\0" not in self.waiting:
            part = os.read(self.answers.fileno(), 1 << 20)
            assert part, "the browser is gone"
            self.waiting += part
        message, _, self.waiting = self.waiting.partition(b"\0")
        heard: dict[str, Any] = json.loads(message)
        return heard

    def open(self, path: Path) -> None:
        """Load a file and wait until it is complete."""
        self.events.clear()
        self.call("Page.navigate", url=path.absolute().as_uri())
        while not self.heard("Page.loadEventFired"):
            self.events.append(self.hear())

    def heard(self, method: str) -> list[dict[str, Any]]:
        """The events of one kind since the page was opened."""
        return [event["params"] for event in self.events if event.get("method") == method]

    def evaluate(self, script: str) -> Any:
        """The value of a script in the page; waits for promises."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def type(self, text: str) -> None:
        """Type into the focused element."""
        self.call("Input.insertText", text=text)
        self.settle()

    def press(self, key: str) -> None:
        """Press and release a key."""
        code = {"Tab": 9, " ": 32, "Escape": 27}[key]
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if key == " " and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **text)
        self.settle()

    def settle(self) -> None:
        """Wait until the page has finished its next frames."""
        self.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    def requests(self) -> list[str]:
        """Every requested address."""
        return [event["request"]["url"] for event in self.heard("Network.requestWillBeSent")]

    def complaints(self) -> list[str]:
        """Errors, log lines, and requests that the page's policy refused."""
        thrown = [event["exceptionDetails"]["text"] for event in self.heard("Runtime.exceptionThrown")]
        logged = [event["entry"]["text"] for event in self.heard("Log.entryAdded")]
        return [*thrown, *logged, *(str(event["args"]) for event in self.heard("Runtime.consoleAPICalled"))]

    def screenshot(self, *, width: int = 1180, height: int = 1000) -> bytes:
        """The page as PNG."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """A separate browser with an empty profile."""
    program = chromium()
    to_read, commands = os.pipe()
    answers, to_write = os.pipe()
    command = [sys.executable, "-c", WITH_PIPES, str(to_read), str(to_write), program, *FLAGS]
    profile = f"--user-data-dir={folder / 'profile'}"
    with subprocess.Popen(
        [*command, profile, "about:blank"], pass_fds=(to_read, to_write), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": str(folder)},
    ) as running:  # fmt: skip
        os.close(to_read)
        os.close(to_write)
        page = Page(commands, answers)
        try:
            yield page
        finally:
            page.session = None
            page.commands.close()
            running.terminate()
            running.wait(timeout=20)
            page.answers.close()
