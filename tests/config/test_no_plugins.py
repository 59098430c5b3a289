"""pydantic loads no plugins in jc1p: whatever is installed beside it has no part in reading the configuration."""

import os
import subprocess
import sys
from pathlib import Path

READ = """
from pydantic import ValidationError
from jc1p.config import Config
try:
    Config.model_validate({})
except ValidationError as error:
    print(error.error_count(), "problems")
"""


def test_a_plugin_that_is_installed_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "nosy.py").write_text("print('a plugin was loaded')\nplugin = object()\n")
    installed = tmp_path / "nosy-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: nosy\nVersion: 1\n")
    (installed / "entry_points.txt").write_text("[pydantic]\nnosy = nosy:plugin\n")
    done = subprocess.run(
        [sys.executable, "-c", READ], env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout == "3 problems\n"
