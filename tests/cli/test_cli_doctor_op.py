"""`jc1p doctor` with the 1Password CLI: a fake `op` on the PATH, truthful, silent, slow or lying."""

import json
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from support.inprocess import jc1p

from jc1p.doctor.probes.op_cli import ask_op
from jc1p.sandbox.server import Sandbox

Found = Mapping[str, Mapping[str, Any]]
OF_CLI = {"onepassword_cli", "administrators_protected", "hidden_groups", "pending_accounts"}
PROGRAM = """#!/bin/sh
env > "{folder}/environment"
case "$1 $2 $3 $4" in
  "group user list Owners") cat "{folder}/owners" ;;
  "group user list Administrators") cat "{folder}/administrators" ;;
  "group list --format json") cat "{folder}/groups" ;;
  "user list --format json") cat "{folder}/users" ;;
  *) exit 3 ;;
esac
"""


class FakeCli:
    """An `op` that prints what the test sets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.becomes(PROGRAM.format(folder=folder))
        self.says(owners=[], administrators=[], groups=[], users=[])

    def becomes(self, script: str) -> None:
        (self.folder / "op").write_text(script)
        (self.folder / "op").chmod(0o755)

    def says(self, **lists: list[dict[str, str]]) -> None:
        for name, rows in lists.items():
            (self.folder / name).write_text(json.dumps(rows))

    @property
    def path(self) -> str:
        return f"{self.folder}:{os.environ['PATH']}"


@pytest.fixture
def op(tmp_path: Path) -> FakeCli:
    return FakeCli(tmp_path / "bin")


def examined(config: Path, op: FakeCli, **environment: str) -> Found:
    done = jc1p("-c", config, "doctor", "-o", "json", environment={"PATH": op.path, **environment})
    return {finding["check"]: finding for finding in done.document["findings"]}


def user(email: str, state: str = "ACTIVE") -> dict[str, str]:
    return {"id": "X", "name": "N", "email": email, "type": "MEMBER", "state": state}


def accounts(sandbox: Sandbox) -> list[str]:
    return [each["userName"] for each in sandbox.bridge.users() if each["active"]]


def test_owners_and_administrators_who_are_not_protected_are_named(sandbox: Sandbox, config: Path, op: FakeCli) -> None:
    owner, admin, gone, protected = accounts(sandbox)[:4]
    config.write_text(re.sub(r"protected: .*", f"protected: [{protected}]", config.read_text()))
    op.says(owners=[user(owner), user(protected), user("stranger@example.net")], users=[user(owner)],
            administrators=[user(admin.upper()), user(gone, "SUSPENDED")])  # fmt: skip
    found = examined(config, op)["administrators_protected"]
    assert found["status"] == "warning"
    assert all(name in found["seen"] for name in (owner, admin))
    assert not any(name in found["seen"] for name in (gone, protected, "stranger"))


def test_group_that_provisioning_cannot_see_is_named_where_the_scope_has_its_name(
    sandbox: Sandbox, config: Path, op: FakeCli
) -> None:
    jc1p("-c", config, "sync", "-y")
    shown = [{"id": each["id"], "name": each["displayName"]} for each in sandbox.bridge.groups()]
    name = shown[0]["name"]
    op.says(users=[user(accounts(sandbox)[0])],
            groups=[*shown, {"id": "hidden", "name": name.upper()}, {"id": "other", "name": "Book club"}])  # fmt: skip
    found = examined(config, op)["hidden_groups"]
    assert (found["status"], name.upper() in found["seen"]) == ("warning", True)
    assert "Book club" not in found["seen"]
    op.says(groups=shown)
    assert examined(config, op)["hidden_groups"]["status"] == "ok"


def test_who_never_set_up_their_account_is_told_with_the_day_that_jc1p_invited_them(
    sandbox: Sandbox, config: Path, op: FakeCli
) -> None:
    old = accounts(sandbox)[0]
    jc1p("-c", config, "sync", "-y", environment={"JC1P_NOW": "2026-10-01T08:00:00Z"})
    new = next(email for email in accounts(sandbox) if email.lower() in sandbox.bridge.invitations)
    op.says(users=[user(old, "TRANSFER_STARTED"), user(new, "TRANSFER_STARTED"), user("x@y.zz", "TRANSFER_STARTED")])
    found = examined(config, op)["pending_accounts"]
    assert found["status"] == "info"
    assert f"{new} (invited 2026-10-01)" in found["seen"]
    assert f"{old} (not invited by a run that the journal has)" in found["seen"]
    assert "x@y.zz" not in found["seen"]


def test_cli_of_another_account_is_said_and_claims_nothing(config: Path, op: FakeCli) -> None:
    op.says(owners=[user("boss@other.example")], users=[user("boss@other.example", "TRANSFER_STARTED")],
            groups=[{"id": "g", "name": "Engineering"}])  # fmt: skip
    found = examined(config, op)
    assert OF_CLI & found.keys() == {"onepassword_cli"}
    assert "another 1Password account" in found["onepassword_cli"]["next"]


@pytest.mark.parametrize(
    "script", ["echo locked >&2; exit 1", "echo not json", "echo '{}'", "echo '[[]]'", "echo '[]'", "kill -9 $$"]
)
def test_cli_that_is_odd_is_said_and_claims_nothing(config: Path, op: FakeCli, script: str) -> None:
    op.becomes(f"#!/bin/sh\n{script}\n")
    found = examined(config, op)
    assert found["onepassword_cli"]["status"] in {"info", "ok"}
    assert {found[check]["status"] for check in OF_CLI & found.keys()} <= {"info", "ok"}
    assert found.get("administrators_protected", {"status": "info"})["status"] == "info"


def test_cli_that_hangs_costs_its_patience_once(op: FakeCli, monkeypatch: pytest.MonkeyPatch) -> None:
    op.becomes("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setenv("PATH", op.path)
    began = time.monotonic()
    seen = ask_op((), patience=0.2)
    assert time.monotonic() - began < 30, "the minute that it sleeps"
    assert seen is not None
    assert (seen.administrators, seen.groups, seen.users) == (None, None, None)
    assert "took longer" in seen.remark


def test_cli_gets_none_of_the_variables_that_secrets_come_from(sandbox: Sandbox, config: Path, op: FakeCli) -> None:
    text = re.sub(r"api_key: .*", "api_key: ${CANARY_KEY}", config.read_text())
    config.write_text(re.sub(r"token: .*", "token: ${CANARY_TOKEN}", text))
    secrets = {"CANARY_KEY": sandbox.jumpcloud.key, "CANARY_TOKEN": sandbox.bridge.token}
    assert "onepassword_cli" in examined(config, op, **secrets)
    given = (op.folder / "environment").read_text()
    assert not [text for pair in secrets.items() for text in pair if text in given]
    assert "PATH=" in given


def test_without_a_cli_nothing_is_said(config: Path, tmp_path: Path) -> None:
    done = jc1p("-c", config, "doctor", "-o", "json", environment={"PATH": str(tmp_path)})
    assert not OF_CLI & {finding["check"] for finding in done.document["findings"]}
