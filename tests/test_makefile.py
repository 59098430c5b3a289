"""`make help` is where a newcomer looks: every target that is meant to be typed is in it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_make_help_lists_every_target_with_what_it_does() -> None:
    phony = re.search(r"\.PHONY: ((?:.*\\\n)*.*)", (TOP / "Makefile").read_text())
    assert phony
    done = subprocess.run(["make", "--silent", "help"], cwd=TOP, capture_output=True, text=True, check=True)
    listed = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert set(listed) == set(phony[1].replace("\\", " ").split())
    assert all(listed.values())
