"""The installed `jc1p` as a subprocess, like cron runs it: exit code, and separate stdout and stderr.

For what only a separate process shows: signals, lost streams, encodings, start-up. `support.inprocess` does the rest.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

from jc1p.sandbox.server import Sandbox

PROGRAM = Path(sys.executable).with_name("jc1p")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """stdout as the one JSON document that it must be."""
        parsed: dict[str, Any] = json.loads(self.out)
        return parsed


def surroundings(cwd: Path | None, more: Mapping[str, str] | None) -> dict[str, str]:
    """The environment of a command: the minimum for programs, and what a test adds."""
    return {"PATH": os.environ["PATH"], "HOME": str(cwd or "/nonexistent"), "LANG": "C.UTF-8", **(more or {})}


def run_installed(
    *arguments: str | Path, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> Done:
    """Run the installed command without a terminal, in an environment with only the given variables."""
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)],
        capture_output=True, text=True, cwd=cwd, env=surroundings(cwd, environment), timeout=100, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


def wait_until(is_so: Callable[[], object], running: "subprocess.Popen[Any]") -> None:
    """Wait for something that a running command does, without using the processor."""
    while not is_so():
        assert running.poll() is None
        sleep(0.001)


def config_for(sandbox: Sandbox, folder: Path, *, replace: tuple[str, str] = ("", ""), more: str = "") -> Path:
    """A ready configuration file for a sandbox, with one text replaced and more appended."""
    path = folder / "jc1p.yaml"
    text = (
        sandbox.config_text(folder / "state").replace(*replace) if replace[0] else sandbox.config_text(folder / "state")
    )
    path.write_text(text + more)
    path.chmod(0o600)
    return path
