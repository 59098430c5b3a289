"""`make help` is for newcomers: it lists every target that is meant to be typed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

TOP = Path(__file__).parents[2]


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_make_help_lists_every_target_with_what_it_does() -> None:
    phony = re.search(r"\.PHONY: ((?:.*\\\n)*.*)", (TOP / "Makefile").read_text())
    assert phony
    done = subprocess.run(["make", "--silent", "help"], cwd=TOP, capture_output=True, text=True, check=True)
    listed = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert set(listed) == set(phony[1].replace("\\", " ").split())
    assert all(listed.values())


def test_hooks_before_a_commit_run_the_tools_that_are_pinned_here() -> None:
    (repository,) = yaml.safe_load((TOP / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        program = TOP / hook["entry"].split()[0]
        assert (program.parent, hook["language"]) == (TOP / ".venv" / "bin", "system")
        assert (Path(sys.executable).parent / program.name).exists()
