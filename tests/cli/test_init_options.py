"""`jc1p init` without a terminal: every answer is an option, and missing ones are named first."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from support.inprocess import jc1p
from support.installed import Done, config_for

from jc1p.sandbox.server import Sandbox
from jc1p.sandbox.world import OWNER, make_world

KEY, TOKEN, SECRET = "jca-canary-key-77aa", "canary-bridge-token-88bb", "canary-client-secret-99cc"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(make_world(users=40, groups=8)) as made:
        made.jumpcloud.key, made.bridge.token, made.jumpcloud.client_secret = KEY, TOKEN, SECRET
        yield made


@pytest.fixture
def options(sandbox: Sandbox) -> dict[str, str]:
    """Every required option, with its value."""
    return {
        "--region": sandbox.jumpcloud_url, "--api-key-from": "KEY", "--application": "1Password Business",
        "--scim-url": sandbox.bridge_url, "--token-from": "TOKEN", "--protect": OWNER, "--notify": "none",
    }  # fmt: skip


def init(folder: Path, options: dict[str, str], *more: str) -> Done:
    folder.chmod(0o700)
    words = [word for option, value in options.items() for word in (option, value)]
    environment = {"KEY": KEY, "TOKEN": TOKEN, "SECRET": SECRET, "BAD": "canary-wrong-key-11ee"}
    done = jc1p("init", "--no-input", *words, *more, cwd=folder, environment=environment)
    assert not any(secret in done.out + done.err for secret in (KEY, TOKEN, SECRET, "canary-wrong-key-11ee"))
    return done


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_options_alone_set_jc1p_up(sandbox: Sandbox, options: dict[str, str], tmp_path: Path) -> None:
    done = init(tmp_path, options)
    assert done.code == 0
    assert done.out.startswith("Wrote jc1p.yaml.\n")
    assert "0 failures, 1 warning" in done.out
    assert "export" not in done.out
    written = tmp_path / "jc1p.yaml"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert (KEY in written.read_text(), TOKEN in written.read_text()) == (False, False)
    assert left_in(tmp_path) == ["jc1p.yaml"]
    assert {request.method for request in sandbox.requests} == {"GET", "POST"}  # POST asks Directory Insights
    assert not sandbox.bridge.invitations


@pytest.mark.parametrize("option", ["--region", "--api-key-from", "--application", "--scim-url", "--token-from",
                                    "--protect", "--notify"])  # fmt: skip
def test_each_missing_answer_is_named_before_any_request(
    sandbox: Sandbox, options: dict[str, str], tmp_path: Path, option: str
) -> None:
    del options[option]
    done = init(tmp_path, options)
    assert (done.code, done.out) == (2, "")
    assert f"{option} " in done.err
    assert not any(f"{other} " in done.err for other in options if other != "--client-id")
    assert (left_in(tmp_path), sandbox.requests) == ([], [])


def test_without_a_terminal_nothing_is_asked(sandbox: Sandbox, tmp_path: Path) -> None:
    done = jc1p("init", "--region", sandbox.jumpcloud_url, cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "6 answers are missing" in done.err


def test_file_that_is_there_is_kept_and_said_before_anything_else(tmp_path: Path) -> None:
    (tmp_path / "jc1p.yaml").write_text("mine")
    done = init(tmp_path, {})
    assert done.code == 2
    assert "jc1p.yaml already exists" in done.err
    assert "missing" not in done.err
    assert (tmp_path / "jc1p.yaml").read_text() == "mine"
    (tmp_path / "jc1p.yaml").unlink()
    (tmp_path / "jc1p.yaml").symlink_to("nowhere")
    assert "already exists" in init(tmp_path, {}).err


def test_folder_that_is_not_there_is_said_before_anything_else(options: dict[str, str], tmp_path: Path) -> None:
    done = init(tmp_path, options, "-c", "nowhere/jc1p.yaml")
    assert done.code == 2
    assert "does not exist" in done.err


@pytest.mark.parametrize("option", ["--api-key-from", "--token-from", "--client-secret-from"])
def test_secret_on_the_command_line_is_refused_and_not_repeated(
    options: dict[str, str], tmp_path: Path, option: str
) -> None:
    done = init(tmp_path, {**options, option: "canary-wrong-key-11ee"})
    assert done.code == 2
    assert f"{option}: enter where the secret is" in done.err
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ({"--api-key-from": "BAD"}, 1, "JumpCloud refused the credential (401"),
        ({"--api-key-from": "UNSET"}, 2, "there is nothing in $UNSET"),
        ({"--api-key-from": "./key"}, 2, "there is nothing in the file key"),
        ({"--token-from": "BAD"}, 1, "refused the token (401"),
        ({"--token-from": "{command: [cat, canary-argument]}"}, 2, "the command cat failed"),
        ({"--token-from": "op://vault/item/field"}, 2, "needs the 1Password CLI"),
        ({"--application": "1Pass"}, 1, 'JumpCloud has no application "1Pass"'),
        ({"--region": "mars"}, 2, "--region: enter us, eu or in"),
        ({"--region": "http://127.0.0.1:1"}, 1, "127.0.0.1:1"),
        ({"--scim-url": "acme.1password.com"}, 2, "is the account's sign-in address"),
        ({"--scim-url": "http://127.0.0.1:1"}, 1, "127.0.0.1:1"),
        ({"--protect": "not-an-address"}, 2, "--protect: not-an-address is not an email address"),
        ({"--notify": "pigeon=X"}, 2, "--notify: write KIND=WHERE"),
        ({"--notify": "slack=TOKEN"}, 2, "https://"),
        ({"--client-id": "id", "--client-secret-from": "SECRET"}, 2, "not both"),
    ],
)
def test_answer_that_is_wrong_ends_it_with_nothing_written(
    options: dict[str, str], tmp_path: Path, changed: dict[str, str], code: int, said: str
) -> None:
    done = init(tmp_path, options | changed)
    assert done.code == code, done.err
    assert said in done.err
    assert "canary-argument" not in done.err
    assert left_in(tmp_path) == []


def test_everything_can_be_said_by_options(sandbox: Sandbox, options: dict[str, str], tmp_path: Path) -> None:
    sandbox.jumpcloud_knobs.organizations = 2
    (tmp_path / "token").write_text(TOKEN)
    del options["--api-key-from"], options["--application"]
    more = {
        "--client-id": sandbox.jumpcloud.client_id, "--client-secret-from": "SECRET", "--group": "Engineering",
        "--org-id": "5f1a00000000000000000001", "--token-from": "./token", "--notify": "exec=/bin/true",
    }  # fmt: skip
    (tmp_path / "token").chmod(0o600)
    done = init(tmp_path, options | more, "--group", "Sales, *", "--protect", "*@partner.example", "-c", "my jc1p.yaml")
    assert done.code == 0, done.err + done.out
    assert "0 failures, 0 warnings" in done.out
    assert "jc1p -c 'my jc1p.yaml' sync --dry-run" in done.out
    written = yaml.safe_load((tmp_path / "my jc1p.yaml").read_text())
    assert written["scope"]["groups"] == ["Engineering", "Sales, *"]
    assert written["jumpcloud"]["org_id"] == "5f1a00000000000000000001"
    assert written["onepassword"]["token"] == {"file": "token"}
    assert written["users"]["protected"] == [OWNER, "*@partner.example"]


def test_failing_doctor_is_exit_one_and_the_file_stays(
    sandbox: Sandbox, options: dict[str, str], tmp_path: Path
) -> None:
    sandbox.bridge_knobs.healthy = False
    done = init(tmp_path, options)
    assert done.code == 1
    assert done.out.startswith("Wrote jc1p.yaml.\n")
    assert "FAIL bridge_health" in done.out
    assert left_in(tmp_path) == ["jc1p.yaml"]


def test_running_sandbox_is_used(sandbox: Sandbox, options: dict[str, str], tmp_path: Path) -> None:
    config_for(sandbox, tmp_path).rename(tmp_path / "jc1p-sandbox.yaml")
    kept = {name: options[name] for name in ("--application", "--protect", "--notify")}
    done = init(tmp_path, kept, "--sandbox")
    assert done.code == 0, done.err
    assert jc1p("sync", "--dry-run", cwd=tmp_path).code == 0
    assert not (tmp_path / ".local").exists()


def test_sandbox_that_does_not_run_is_said(options: dict[str, str], tmp_path: Path) -> None:
    done = init(tmp_path, {}, "--sandbox")
    assert done.code == 2
    assert "jc1p sandbox" in done.err
