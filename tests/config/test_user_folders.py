"""A user whom the system doesn't know, as in many containers; a locale that lacks the characters of a path."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.installed import config_for

from jc1p.errors import ExitCode
from jc1p.runtime.ownership import ROOT
from jc1p.sandbox.server import Sandbox

UNKNOWN = 61001
LOOK = f"""
import os
import platformdirs.unix, pwd
from jc1p.config.files import find_config
from jc1p.config.user_folders import user_state_folder
from jc1p.errors import ConfigError

os.setresuid({UNKNOWN}, {UNKNOWN}, {UNKNOWN})
for look in (lambda: find_config(None, {{}}), user_state_folder):
    try:
        print(look())
    except ConfigError as error:
        print(error, error.hint)
"""


@pytest.mark.skipif(os.geteuid() != ROOT, reason="only root can become an unknown user")
@pytest.mark.parametrize("home", [None, "", "no/absolute/path"])
def test_user_without_a_home_folder_is_told_what_to_set(home: str | None) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "HOME" and not name.startswith("XDG_")}
    environment |= {} if home is None else {"HOME": home}
    done = subprocess.run([sys.executable, "-c", LOOK], env=environment, capture_output=True, text=True, check=True)
    found, state = done.stdout.splitlines()
    assert "looked for jc1p.yaml, /etc/jc1p/config.yaml" in found
    assert "no home folder" in state
    assert "state.path" in state


@pytest.mark.parametrize("command", [("sync", "--dry-run"), ("status",), ("config", "check")], ids="-".join)
def test_path_that_the_locale_cannot_name_is_told_with_its_key(tmp_path: Path, command: tuple[str, ...]) -> None:
    config = config_for(Sandbox(), tmp_path, replace=(str(tmp_path / "state"), "/tmp/état"))
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-m", "jc1p", "-c", config, *command], env={"PATH": os.environ["PATH"], **plain},
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == ExitCode.USAGE, done.stderr
    assert "state.path" in done.stderr
    assert "PYTHONUTF8=1" in done.stderr
