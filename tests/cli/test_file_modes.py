"""Owner and mode of every file and folder that any command writes, under a umask that removes nothing."""

import ast
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest
import typer
from support.inprocess import jc1p
from support.installed import PROGRAM, config_for

import jc1p as package
from jc1p.cli import app
from jc1p.runtime.atomic_write import make_private
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import APPLICATION_LABEL, OWNER, make_world
from jc1p.state.lock import hold_lock
from jc1p.state.store import open_state

RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{4}")
PAIR = re.compile(r"127\.0\.0\.1_\d+-[0-9a-f]{12}")

OWNERS_ALONE = {
    "init.yaml", "set-up.yaml", "sandbox.yaml", "import.csv", "saved-plan.json", "summary", "outputs", "bundle.json",
    *(f"{name}.{suffix}" for name in ("sync", "plan", "drift", "apply", "rollback", "review")
      for suffix in ("html", "md", "json", "csv")),
    *(f"made/state/PAIR/{name}" for name in
      ("state.db", "run.lock", "paused.json", "notified.json", "last_runs.json", "journal/RUN.jsonl")),
}  # fmt: skip
FOLDERS = {"made", "made/state", "made/state/PAIR", "made/state/PAIR/journal"}
READABLE_BY_ALL = {f"{name}.prom" for name in ("sync", "plan", "drift", "apply", "rollback")}
"""For node_exporter, which is another user: only numbers."""

NO_FILES = {
    "config check", "config show", "config schema", "why", "users list", "users show", "groups list",
    "groups show", "history", "history show", "resume", "report merge", "sandbox day", "sandbox confirm",
    "sandbox fault", "status", "help", "version", "completion",
}  # fmt: skip
TEMPORARY = {"demo"}
"""In a folder that is deleted at the end; the same helper writes there."""


@pytest.fixture(autouse=True)
def umask_that_takes_nothing_away() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture(name="sandbox")
def small_company() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


def files_of(folder: Path, name: str) -> list[str | Path]:
    """Every file option of a run."""
    reports = [
        option for suffix in ("html", "md", "json", "csv") for option in ("--report", folder / f"{name}.{suffix}")
    ]
    return [*reports, "--metrics", folder / f"{name}.prom"]


def written(folder: Path, given: Path) -> dict[str, str]:
    """Mode by name of everything in a folder except the given file."""
    named = {path: PAIR.sub("PAIR", RUN_ID.sub("RUN", str(path.relative_to(folder)))) for path in folder.rglob("*")}
    return {name: oct(S_IMODE(path.lstat().st_mode)) for path, name in named.items() if path != given}


def run_sandbox(folder: Path) -> None:
    command = [str(PROGRAM), "sandbox", "--users", "30", "--groups", "6", "--config-out", str(folder / "sandbox.yaml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        assert any(line.strip() == "sandbox ready" for line in iter(running.stdout.readline, ""))
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 0


def run_everything(sandbox: Sandbox, folder: Path) -> Iterator[str]:
    """Run every command that writes, with all files that it can write; yields the names."""
    more = "notify:\n- {exec: ['true']}\n"
    config = config_for(sandbox, folder, replace=(str(folder / "state"), str(folder / "made" / "state")), more=more)
    step = {"GITHUB_STEP_SUMMARY": str(folder / "summary"), "GITHUB_OUTPUT": str(folder / "outputs")}
    lines: list[tuple[str, list[str | Path], int]] = [
        ("config init", ["--config", folder / "init.yaml"], 0),
        (
            "init",
            [
                "--config",
                folder / "set-up.yaml",
                "--no-input",
                "--sandbox",
                "--sandbox-file",
                config,
                "--application",
                APPLICATION_LABEL,
                "--protect",
                OWNER,
                "--notify",
                "none",
            ],
            0,
        ),
        ("drift", files_of(folder, "drift"), 3),
        ("plan", ["--out", folder / "saved-plan.json", *files_of(folder, "plan")], 0),
        ("apply", [folder / "saved-plan.json", "--yes", *files_of(folder, "apply")], 0),
        ("rollback", ["2", "--dry-run", *files_of(folder, "rollback")], 4),
        ("sync", ["--yes", *files_of(folder, "sync")], 0),
        ("review", ["--close", *files_of(folder, "review")[:-2]], 0),
        ("import", ["--csv", folder / "import.csv", "--link", "--yes"], 0),
        ("doctor", ["--record", folder / "bundle.json"], 0),
        ("pause", ["--reason", "audit"], 0),
    ]
    for name, arguments, code in lines:
        done = jc1p("-c", config, *name.split(), *arguments, environment=step)
        assert done.code == code, (name, done.err)
        yield name
    run_sandbox(folder)
    yield "sandbox"


def test_every_file_that_a_command_writes_is_its_owners_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    commands = set(run_everything(sandbox, tmp_path))
    expected = dict.fromkeys(OWNERS_ALONE, "0o600") | dict.fromkeys(READABLE_BY_ALL, "0o644")
    assert written(tmp_path, tmp_path / "jc1p.yaml") == expected | dict.fromkeys(FOLDERS, "0o700")
    assert commands | NO_FILES | TEMPORARY == set(leaves(typer.main.get_command(app)))


def leaves(command: Any, name: str = "") -> Iterator[str]:
    """Every command, including groups that do something themselves."""
    inside = getattr(command, "commands", {})
    if not inside or command.invoke_without_command:
        yield name
    for word, each in inside.items():
        yield from leaves(each, f"{name} {word}".strip())


# --- temporary files ----------------------------------------------------------------------------------------

KILLED_WRITER = """
import os, sys
from pathlib import Path
from jc1p.state.store import open_state
os.umask(0)
with open_state(Path(sys.argv[1])) as state:
    db = state._connection
    db.execute("PRAGMA cache_size = 1")
    db.execute("BEGIN IMMEDIATE")
    db.executemany("INSERT INTO links VALUES ('user', ?, ?)", [(f"p{n}", f"a{n}") for n in range(9999)])
    os._exit(9)
"""


def test_what_a_killed_writer_leaves_is_its_owners_alone(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED_WRITER, tmp_path / "pair"], check=False)
    names = {path.name: S_IMODE(path.stat().st_mode) for path in (tmp_path / "pair").iterdir()}
    assert names == {"state.db": 0o600, "state.db-journal": 0o600}


def test_note_of_who_holds_the_lock_is_its_owners_alone(tmp_path: Path) -> None:
    with hold_lock(tmp_path / "pair", "run 1"), open_state(tmp_path / "pair"):
        modes = {path.name: S_IMODE(path.stat().st_mode) for path in (tmp_path / "pair").iterdir()}
    assert modes == {"run.holder": 0o600, "run.lock": 0o600, "state.db": 0o600}


def test_file_that_is_there_is_closed_to_others_and_keeps_what_its_owner_may(tmp_path: Path) -> None:
    for before, after in ((0o644, 0o600), (0o444, 0o400), (0o600, 0o600)):
        (path := tmp_path / "file").touch()
        path.chmod(before)
        make_private(path)
        assert S_IMODE(path.stat().st_mode) == after


# --- one helper writes --------------------------------------------------------------------------------------

WRITERS = {"write_text", "write_bytes", "touch", "mkdir", "makedirs", "mkstemp", "NamedTemporaryFile", "copyfile"}
ALLOWED = {"runtime/atomic_write.py"}
LINE_BY_LINE = "state/journal.py"


def calls_that_write(tree: ast.AST) -> Iterator[str]:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        texts = [each.value for each in [*call.args, *(word.value for word in call.keywords)]
                 if isinstance(each, ast.Constant)]  # fmt: skip
        modes = [text for text in texts if isinstance(text, str) and re.fullmatch(r"[rwaxbt+]{1,3}", text)]
        if name in WRITERS or (name in {"open", "fdopen"} and any(set(mode) & set("wax+") for mode in modes)):
            yield name
        elif name == "open" and "O_CREAT" in ast.unparse(call):
            yield "os.open"


@pytest.mark.matrix
def test_files_are_written_by_one_helper() -> None:
    top = Path(package.__file__).parent
    # One tree at a time: garbage collection walks through everything that is kept.
    found = {
        str(path.relative_to(top)): set(calls_that_write(ast.parse(path.read_text()))) for path in top.rglob("*.py")
    }
    assert {name: calls for name, calls in found.items() if calls and name not in ALLOWED} == {
        LINE_BY_LINE: {"os.open"},
        "cli/terminal/streams.py": {"open"},  # the null device
        "clients/http/tls.py": {"NamedTemporaryFile"},  # certificates for a library that takes files only
    }
