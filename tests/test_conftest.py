"""What the suite does to each test's report."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.matrix
def test_a_test_may_log_half_of_a_surrogate_pair(tmp_path: Path) -> None:
    test = tmp_path / "test_logs.py"
    test.write_text("import logging\ndef test_logs():\n    logging.warning('%s', '\\ud800')\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n1",
        "-pconftest",
        f"--rootdir={tmp_path}",
        f"-c{os.devnull}",
        str(test),
    ]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    ran = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    assert "INTERNALERROR" not in ran.stdout
