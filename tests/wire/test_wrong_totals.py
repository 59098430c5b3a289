"""Totals that are far too high: lists end when no new rows come, and never count as complete."""

from pathlib import Path

import pytest
from support.inprocess import jc1p
from support.installed import config_for

from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import make_world

FAR = 10**9


@pytest.mark.parametrize("side", ["jumpcloud", "bridge"])
def test_list_whose_total_is_absurd_ends_and_is_incomplete(tmp_path: Path, side: str) -> None:
    with Sandbox(make_world(users=40, groups=6)) as sandbox:
        config = config_for(sandbox, tmp_path)
        sandbox.turn(*({"total_off_by": FAR} if side == each else {} for each in ("jumpcloud", "bridge")))
        done = jc1p("-c", config, "plan", "-o", "json")
        assert len(sandbox.requests) < 1000
    if side == "jumpcloud":
        assert (done.code, done.document["error"]["code"]) == (1, "incomplete_read")
    else:
        assert (done.code, done.document["target"]["complete"]) == (5, False)
        assert done.document["summary"]["suspend_user"] == 0
