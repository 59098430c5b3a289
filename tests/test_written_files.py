"""Files that the command line names: whose they are, and what is known of them before anything is read."""

import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE

import pytest
from inprocess import jc1p
from installed import config_for

from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=30, groups=6)) as made:
        yield made


@pytest.fixture(name="umask")
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("is_there", [False, True])
def test_csv_of_an_import_is_its_owners_alone(sandbox: Sandbox, tmp_path: Path, *, is_there: bool) -> None:
    config, file = config_for(sandbox, tmp_path), tmp_path / "all.csv"
    if is_there:
        file.write_text("yesterday")
        file.chmod(0o644)
    assert jc1p("-c", config, "import", "--csv", file).code == 0
    assert file.read_text(encoding="utf-8").startswith("finding,evidence,account_email,")
    assert S_IMODE(file.stat().st_mode) == 0o600
