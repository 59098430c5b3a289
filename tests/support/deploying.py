"""The files of deploy/ as data: parsed, with their command lines, and the linters for them."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from jc1p.cli import app

TOP = Path(__file__).parents[2]
DEPLOY = TOP / "deploy"
GITHUB = TOP / ".github"
"""This repository's own CI and forms."""
WORKFLOWS = sorted((DEPLOY / "github").glob("*.yml"))
UNITS = DEPLOY / "systemd"
CHART = DEPLOY / "helm" / "jc1p"

RUNS = re.compile(
    r"""^(?: sudo\s+(?:-u\s+\S+\s+)?
          | printf\s.*\|\s*xargs\s.*?\s(?=jc1p\s)
          | exec\s+systemd-run\s.*?\s(?=/opt/jc1p/bin/jc1p\s)
          | \S+\s\*\s\*\s\*\s\*\s+\S+\s+\S+/jc1p-cron\s+
          | docker\s+run\s.*?\s(?=jc1p:)
        )?
        (?: (?:/opt/jc1p/bin/)?jc1p(?::\S+)? | jc1p-as-service(?:\s+@\S+)? )
        \s+ (?P<arguments>.*)$""",
    re.VERBOSE,
)
"""A shell line that runs jc1p, directly or through another program."""


def parsed(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def documents(text: str) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all(text) if each]


# --- command lines ------------------------------------------------------------------------------------------


def shell_lines(text: str) -> Iterator[str]:
    """Lines joined like in a shell, without comments and prompts."""
    for line in text.replace("\\\n", " ").splitlines():
        bare = line.strip().removeprefix("$ ")
        if bare and not bare.startswith("#"):
            yield bare


def strings(tree: object) -> Iterator[str]:
    """All text in a parsed tree that is executed: scripts of pipelines."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            if key in {"run", "script", "before_script"}:
                yield from [value] if isinstance(value, str) else value
            else:
                yield from strings(value)
    elif isinstance(tree, list):
        for each in tree:
            yield from strings(each)


def fenced(text: str) -> str:
    """The commands in a page."""
    return "\n".join(part.removeprefix("console") for part in text.split("```")[1::2] if part.startswith("console"))


def scripts() -> dict[str, list[str]]:
    """By file: the shell lines in deploy/ and in its two pages."""
    found = {path: "\n".join(strings(parsed(path))) for path in [*WORKFLOWS, DEPLOY / "gitlab" / ".gitlab-ci.yml"]}
    found |= {path: path.read_text() for path in [UNITS / "jc1p-as-service", DEPLOY / "cron" / "jc1p.crontab"]}
    found |= {path: fenced(path.read_text()) for path in [TOP / "docs" / "deploy.md", TOP / "docs" / "fleet.md"]}
    found |= {
        path: "\n".join(line.removeprefix("ExecStart=") for line in path.read_text().splitlines()
                        if line.startswith("ExecStart=/opt"))
        for path in UNITS.glob("jc1p*.service") if "failed" not in path.name
    }  # fmt: skip
    return {str(path.relative_to(TOP)): list(shell_lines(text)) for path, text in found.items()}


def command_lines() -> list[tuple[str, list[str]]]:
    """Each jc1p command line in deploy/, with its file."""
    found = [(name, words) for name, lines in scripts().items() for line in lines if (words := arguments(line))]
    for job in documents((DEPLOY / "kubernetes" / "indexed-job.yaml").read_text()):
        (container,) = job["spec"]["template"]["spec"]["containers"]
        found.append(("deploy/kubernetes/indexed-job.yaml", container["args"]))
    values = parsed(CHART / "values.yaml")
    return [*found, ("deploy/helm/jc1p", ["--config", "/etc/jc1p/config.yaml", *values["args"]])]


def arguments(line: str) -> list[str]:
    """The arguments for jc1p if a line runs it; nothing for other lines."""
    found = RUNS.match(line)
    if not found:
        return []
    words = shlex.split(found["arguments"].replace('"$@"', "sync"), comments=True)
    end = next((n for n, word in enumerate(words) if word in {"|", ">", "&&", ";"}), len(words))
    return words[:end]


def parse(words: list[str]) -> Any:
    """Parse a command line like jc1p, without running it. Raises typer.TyperException if jc1p would exit 2."""
    command: Any = typer.main.get_command(app)
    context = command.make_context("jc1p", list(words))
    while hasattr(command, "resolve_command"):
        left = [*context._protected_args, *context.args]  # noqa: SLF001 - as it does itself
        if not left and command.invoke_without_command:  # `jc1p sandbox` runs by itself, and has subcommands
            break
        name, command, rest = command.resolve_command(context, left)
        context = command.make_context(name, list(rest), parent=context)
    return context


# --- linters ------------------------------------------------------------------------------------------------


def tool(name: str) -> str:
    """A linter's path. If it is missing, the test is skipped, or fails if JC1P_NEED_LINTERS is set, as in CI."""
    beside = Path(sys.executable).with_name(name)
    path = str(beside) if beside.exists() else shutil.which(name)
    if path:
        return path
    reason = f"{name} is not installed: `make deploy-check` brings it (systemd-analyze, promtool: Debian's packages)"
    if os.environ.get("JC1P_NEED_LINTERS"):
        pytest.fail(reason)
    pytest.skip(reason)


def lint(name: str, *words: str | Path, cwd: Path = TOP, is_quiet: bool = False) -> str:
    """Run a linter that must exit 0; returns its stdout. With `is_quiet`, its stderr must be empty."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [tool(name), *map(str, words)], capture_output=True, text=True, cwd=cwd, check=False, timeout=60,
        env={**os.environ, "PATH": path}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, f"{name}: {done.stdout}\n{done.stderr}"
    assert not (is_quiet and done.stderr), f"{name}: {done.stderr}"
    return done.stdout
