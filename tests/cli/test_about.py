"""`help`, `version`, `completion`, and the shell's completions."""

from pathlib import Path

import pytest
from support.inprocess import jc1p
from support.installed import config_for, run_installed

from jc1p import __version__
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world


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
    return [word for each in lines_completed(line, folder, "bash") for word in each.split()]


def lines_completed(line: str, folder: Path, shell: str) -> list[str]:
    words = {"_JC1P_COMPLETE": f"complete_{shell}", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    fish = {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"} if shell == "fish" else {}
    return run_installed(cwd=folder, environment=words | fish).out.splitlines()


def test_limits_and_runs_are_completed(tmp_path: Path) -> None:
    assert "suspensions=" in completed("jc1p sync --allow susp", tmp_path)
    assert completed("jc1p rollback ", tmp_path) == ["last"], "without a configuration nothing else is known"


@pytest.mark.matrix
def test_group_names_are_completed_without_a_network_and_nothing_in_them_acts(tmp_path: Path) -> None:
    with Sandbox(make_world(users=30, groups=6)) as sandbox:
        sandbox.world.add_group("Sales $(touch here)")
        sandbox.world.add_group("--yes")
        config_for(sandbox, tmp_path)
        assert completed("jc1p why Eng", tmp_path) == []
        assert jc1p("-c", tmp_path / "jc1p.yaml", "sync", "--yes").code == 0
    for line in ("jc1p why Eng", "jc1p groups show Eng", "jc1p sync --group Eng"):
        assert completed(line, tmp_path) == ["Engineering"], line
    escaped = [r"Sales\ \$\(touch\ here\)", r"Sales\,\ EMEA"]
    assert lines_completed("jc1p why Sales", tmp_path, "bash") == escaped
    assert "--yes" not in lines_completed("jc1p why ", tmp_path, "bash")
    assert "Sales" not in lines_completed("jc1p why ", tmp_path, "fish")[0]
