"""JumpCloud's search as a quicker way to read: believed only once it has given the same as the plain plan."""

import asyncio
import logging
from collections import Counter
from pathlib import Path

import pytest
from support.installed import config_for
from support.syncing import OPEN, sync_once

from jc1p.config import Config, load_config
from jc1p.core.plan import Plan
from jc1p.errors import IncompleteRead
from jc1p.sandbox.knobs import JumpCloudKnobs
from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

GROUPS = "scope: {application: null, groups: [Engineering, Operations, Finance, Platform]}\n"


class Runs:
    """Whole syncs against one sandbox, with the requests that each sent to JumpCloud."""

    def __init__(self, sandbox: Sandbox, folder: Path, accelerators: str) -> None:
        self.sandbox, self.folder = sandbox, folder
        self.plain, self.quick = (self.config(name, more) for name, more in (("plain", ""), ("quick", accelerators)))

    def config(self, name: str, accelerators: str) -> Config:
        folder = self.folder / name
        folder.mkdir()
        path = config_for(self.sandbox, folder, more=OPEN)
        text = path.read_text().replace("scope:\n  application: 1Password Business\n", GROUPS)
        path.write_text(text.replace("\nonepassword:", f"\n  accelerators: [{accelerators}]\nonepassword:", 1))
        return load_config(path, {}).config

    def run(self, config: Config) -> tuple[Plan, Counter[str]]:
        self.sandbox.requests.clear()
        plan, _ = asyncio.run(sync_once(config, self.folder / ("quick" if config is self.quick else "plain") / "state"))
        asked = [each.path for each in self.sandbox.requests if each.service == "jumpcloud"]
        return plan, Counter(path.rpartition("/")[2] if path.endswith("members") else path for path in asked)


SEARCH, USERS, MEMBERS = "/api/search/systemusers", "/api/systemusers", "members"


def sandbox(**knobs: int) -> Sandbox:
    return Sandbox(make_world(users=250, groups=8), JumpCloudKnobs(**knobs))  # type: ignore[arg-type]


def test_search_is_believed_from_the_second_run_on(tmp_path: Path) -> None:
    with sandbox(large_search_pages=True, memberof_in_search=True) as served:
        runs = Runs(served, tmp_path, "large_pages, memberof")
        first, asked = runs.run(runs.quick)
        assert first.changes
        assert (asked[SEARCH], asked[USERS]) == (1, 3)
        assert asked[MEMBERS] >= 4
        second, asked = runs.run(runs.quick)
        assert (asked[SEARCH], asked[USERS], asked[MEMBERS]) == (1, 0, 0)
        assert second.is_empty
        plain, _ = runs.run(runs.plain)
        assert (plain.unchanged_users, plain.unchanged_groups) == (second.unchanged_users, second.unchanged_groups)


@pytest.mark.parametrize(
    ("knobs", "accelerators"),
    [
        ({"large_search_pages": False}, "large_pages"),
        ({"memberof_in_search": False}, "memberof"),
        ({"memberof_in_search": True, "memberof_forgets": 1}, "memberof"),
        ({"large_search_pages": True, "memberof_in_search": False}, "large_pages, memberof"),
    ],
)
def test_search_that_says_otherwise_is_never_believed(tmp_path: Path, knobs: dict[str, int], accelerators: str) -> None:
    with sandbox(**knobs) as served:
        runs = Runs(served, tmp_path, accelerators)
        for _ in range(2):
            plan, asked = runs.run(runs.quick)
            assert asked[USERS] == 3
            assert asked[MEMBERS] >= 4
        plain, _ = runs.run(runs.plain)
        assert (plan.is_empty, plain.is_empty) == (True, True)


def test_search_that_stops_keeping_its_promise_is_left_at_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with sandbox(large_search_pages=True, memberof_in_search=True) as served:
        runs = Runs(served, tmp_path, "large_pages, memberof")
        runs.run(runs.quick)
        served.jumpcloud_knobs.memberof_in_search = False
        with caplog.at_level(logging.WARNING, "jc1p"):
            plan, asked = runs.run(runs.quick)
        assert plan.is_empty
        assert (asked[USERS], asked[MEMBERS]) == (3, 4)
        assert "reading the plain way" in caplog.text
        served.jumpcloud_knobs.memberof_in_search = True
        _, asked = runs.run(runs.quick)
        assert asked[USERS] == 3


def test_memberof_that_turns_wrong_takes_nobody_out_of_a_group(tmp_path: Path) -> None:
    with sandbox(memberof_in_search=True) as served:
        runs = Runs(served, tmp_path, "memberof")
        runs.run(runs.quick)
        served.jumpcloud_knobs.memberof_forgets = 1
        before = served.bridge.groups()
        with pytest.RaisesGroup(pytest.RaisesExc(IncompleteRead, match="was short"), flatten_subgroups=True):
            runs.run(runs.quick)
        assert served.bridge.groups() == before
        plan, asked = runs.run(runs.quick)
        assert (plan.is_empty, asked[USERS]) == (True, 3)
