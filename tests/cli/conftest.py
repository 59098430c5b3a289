"""A company of 40 that each command test may change, and its configuration."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.inprocess import jc1p
from support.installed import config_for

from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=40, groups=8)) as made:
        yield made


@pytest.fixture
def config(sandbox: Sandbox, tmp_path: Path) -> Path:
    return config_for(sandbox, tmp_path)


@pytest.fixture
def synced(config: Path) -> Path:
    assert jc1p("-c", config, "sync", "-y").code == 0
    return config
