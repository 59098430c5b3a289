"""A user whom the system doesn't know, without HOME, as in many containers."""

import os
import subprocess
import sys

import pytest

from jc1p.runtime.ownership import ROOT

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
