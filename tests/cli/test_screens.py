"""Every command at 80 columns and in a pipe: lines break between words, and the last one is the result."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len
from support.inprocess import jc1p
from support.installed import config_for

from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

LEAVER, GROUP = "susi.suspended@example.com", "Engineering"
RESULTS = {
    "config check": r".*jc1p\.yaml: ok",
    "doctor": r"\d+ failures?, \d+ warnings?, \d+ info, \d+ ok",
    "plan": r"Plan: .+\.",
    "plan --report {folder}/plan.html": r"Plan: .+\.",
    "drift": r"Plan: .+\.",
    "sync --dry-run": r"Plan: .+\.",
    "import": r"\d+ 1Password accounts?: .+",
    "import --link --dry-run": r"Plan: \d+ to match\.",
    "import --link": r"\d+ linked, 0 failed, 0 skipped\.",
    "plan --out {folder}/plan.json": r"Plan: .+\.",
    "apply {folder}/plan.json --yes --report {folder}/r.html --report {folder}/r.csv":
        r"Applied \d+ changes in [\d.]+ s\. Undo: jc1p -c \S+ rollback \S+",
    "sync --yes": r"Plan: nothing to do.*\.",
    f"why {LEAVER}": r"Next sync: .+\.",
    f"why {GROUP}": r"Next sync: .+\.",
    "users list": r"\d+ users and accounts",
    f"users show {LEAVER}": r"Planned: .+",
    "groups list": r"\d+ groups",
    f"groups show {GROUP}": r"Planned: .+",
    "history": r"\d+ runs?\. Details: jc1p -c \S+ history show \S+",
    "history show {run}": r"\d+ changes: \d+ applied\.",
    "pause": r"Now paused.*`jc1p -c \S+ resume` ends the pause\.",
    "resume": r"Resumed. Before: paused.*\.",
    "rollback last --dry-run": r"(Plan: .+\.|Blocked by .+\.)",
    "report merge {folder}/merged.json": r".+",
}  # fmt: skip
"""The last line by command, in the order of running."""
BLOCKED = r"Blocked by \d safety limits?\. Nothing was changed \(exit 4\)\."


@pytest.fixture(name="sandbox", scope="module")
def one_sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=40, groups=8)) as made:
        yield made


OF_TERMINALS = re.compile(r"^(?:Not shown in \d+ columns:|  and [\d,]+ more )[^\n]*(?:\n  [^\n]*)*", re.MULTILINE)
"""Text about shortened tables and lists, which a pipe doesn't have."""


def words_of(text: str) -> set[str]:
    """Words, without those that differ from run to run."""
    return set(re.sub(r"\d{8}T\d{6}Z-\w+|\b[\d.,:]+\b", "", text).split())


def test_last_line_of_every_command_is_its_result_in_a_pipe_and_on_a_terminal(sandbox: Sandbox, tmp_path: Path) -> None:
    config = config_for(sandbox, tmp_path, more="guard: {suspensions: 99, reactivations: 99}\n")
    for command, result in RESULTS.items():
        if "merge" in command:
            jc1p("-c", config, "plan", "--report", tmp_path / "merged.json")
        run = jc1p("-c", config, "history", "-o", "json").document["runs"][0]["run_id"] if "{run}" in command else ""
        words = command.format(folder=tmp_path, run=run).split()
        narrow = jc1p("-c", config, *words, columns=80)
        assert narrow.code in {0, 3, 4}, (command, narrow)
        last = re.split(r"\n(?! )", narrow.out.rstrip())[-1]
        assert re.fullmatch(result, " ".join(last.split())), (command, last)
        reports = [line for line in narrow.out.splitlines() if line.startswith("Report:")]
        assert len(reports) == words.count("--report"), command
        if " --yes" in command or command in {"import --link", "pause", "resume"}:
            continue
        assert [line for line in narrow.out.splitlines() if cell_len(line) > 80 and " " in line.strip()] == [], command
        whole = jc1p("-c", config, *words)
        broken = {word for word in words_of(OF_TERMINALS.sub("", narrow.out)) - words_of(whole.out) if "…" not in word}
        assert not broken, (command, broken)


def test_blocked_run_ends_with_that(sandbox: Sandbox, tmp_path: Path) -> None:
    config = config_for(sandbox, tmp_path, more="guard: {creations: 0}\n")
    sandbox.bridge.forget_everything()
    for command in ("plan", "sync --yes", "sync --dry-run"):
        done = jc1p("-c", config, *command.split(), columns=80)
        assert done.code == 4
        assert re.fullmatch(BLOCKED, done.out.rstrip().splitlines()[-1])


def test_what_the_sandbox_and_config_init_say_fits_too(sandbox: Sandbox, tmp_path: Path) -> None:
    config = config_for(sandbox, tmp_path)
    new = tmp_path / f"{'a name of ' * 3}words.yaml"
    day = ["sandbox", "day", "--config-out", config]
    for words in (["sandbox", "--profile", "list"], day, ["-c", new, "config", "init"]):
        done = jc1p(*words, columns=80)
        assert done.code == 0, done
        said = [line for line in done.out.splitlines() if not line.startswith("  jc1p ")]
        assert [line for line in said if len(line) > 80 and " " in line.strip()] == []


def test_commands_that_config_init_prints_can_be_pasted(tmp_path: Path) -> None:
    new = tmp_path / "our jc1p.yaml"
    said = jc1p("-c", new, "config", "init").out
    assert f"jc1p -c '{new}' sync --dry-run" in said
