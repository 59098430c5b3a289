"""`help`, `version`, `completion`, and what the shell is told."""

from pathlib import Path

import pytest
from support.inprocess import jc1p
from support.installed import run_installed

from jc1p import __version__


def test_help_and_version_say_what_the_options_say() -> None:
    assert jc1p("version").out == jc1p("--version").out == f"jc1p {__version__}\n"
    assert "Validate the file" in jc1p("help", "config", "check").out
    assert "Usage\n  jc1p [OPTIONS]" in jc1p("help").out
    assert (jc1p("help").code, jc1p("help", "nope").code) == (0, 2)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_the_script(shell: str) -> None:
    done = jc1p("completion", shell)
    assert (done.code, done.err) == (0, "")
    assert "_JC1P_COMPLETE" in done.out


def completed(line: str, folder: Path) -> list[str]:
    words = {"_JC1P_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    return run_installed(cwd=folder, environment=words).out.split()


def test_limits_and_runs_are_completed(tmp_path: Path) -> None:
    assert "suspensions=" in completed("jc1p sync --allow susp", tmp_path)
    assert completed("jc1p rollback ", tmp_path) == ["last"], "without a configuration nothing else is known"
