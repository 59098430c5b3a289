"""`jc1p rollback` of a run that isn't the newest: what happened since stays."""

from pathlib import Path
from typing import Any

from support.inprocess import jc1p

from jc1p.sandbox.server import Sandbox


def synced(config: Path, *more: str) -> str:
    """The id of a sync that applied everything."""
    done = jc1p("-c", config, "sync", "-y", "-o", "json", *more)
    assert done.code == 0, done.err
    return str(done.document["run_id"])


def staying(sandbox: Sandbox) -> dict[str, Any]:
    """An ordinary active user of JumpCloud."""
    users = (sandbox.world.users[id_] for id_ in sorted(sandbox.world.effective()))
    ordinary = [
        each for each in users if (each["state"], each["suspended"], each["activated"]) == ("ACTIVATED", False, True)
    ]
    return ordinary[-1]


def is_active(sandbox: Sandbox, user: dict[str, Any]) -> bool:
    return next(bool(each["active"]) for each in sandbox.bridge.users() if each["userName"] == user["email"])


def test_user_who_was_suspended_again_since_stays_suspended(sandbox: Sandbox, config: Path) -> None:
    synced(config)
    user = staying(sandbox)
    user.update(state="SUSPENDED", suspended=True)
    leave = synced(config)
    user.update(state="ACTIVATED", suspended=False)
    synced(config)
    user.update(state="SUSPENDED", suspended=True)
    dismissal = synced(config)
    done = jc1p("-c", config, "rollback", leave, "-y", "-o", "json")
    assert (done.code, done.document["changes"], is_active(sandbox, user)) == (0, [], False)
    assert f"`jc1p rollback {dismissal}` undoes it" in done.document["warnings"][0]["message"]
    assert jc1p("-c", config, "rollback", dismissal, "-y").code == 0
    assert is_active(sandbox, user)
