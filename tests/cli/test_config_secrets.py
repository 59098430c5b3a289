"""`config check` and `config show` with missing secrets."""

from pathlib import Path

import pytest
from support.inprocess import jc1p

TEXT = """\
jumpcloud:
  api_key: {key}
onepassword:
  scim_url: https://scim.example.com
  token: {token}
scope:
  groups: [eng]
"""
PRESENT = {"JC_KEY": "a-key-that-is-long", "OP_TOKEN": "a-token-that-is-long"}


def written(folder: Path, key: str = "${JC_KEY}", token: str = "${OP_TOKEN}") -> Path:
    path = folder / "jc1p.yaml"
    path.write_text(TEXT.format(key=key, token=token))
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    ("token", "said"),
    [("${OP_TOKEN}", "OP_TOKEN is not set"), ("{file: none}", "onepassword.token: cannot read the file"),
     ("{command: [no-such-program, secret-argument]}", "program no-such-program not found")],
)  # fmt: skip
def test_check_names_a_secret_that_is_not_there_and_accepts_it_when_told(tmp_path: Path, token: str, said: str) -> None:
    path = written(tmp_path, token=token)
    done = jc1p("-c", path, "config", "check", environment={"JC_KEY": "a-key-that-is-long"})
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "secret-argument" not in done.err
    done = jc1p("-c", path, "config", "check", "--no-secrets")
    assert (done.code, done.out) == (0, f"{path}: ok\n")


def test_check_without_secrets_still_finds_what_is_wrong(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text() + "user: {}\n")
    assert jc1p("-c", path, "config", "check", "--no-secrets").code == 2


def test_check_runs_no_secret_command(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    path = written(tmp_path, token=f"{{command: [touch, {mark}]}}")
    assert jc1p("-c", path, "config", "check", environment=PRESENT).code == 0
    assert not mark.exists()


def test_check_warns_about_owners_who_are_not_protected(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert "users.protected is empty" in jc1p("-c", path, "config", "check", environment=PRESENT).err
    path.write_text(path.read_text() + "users:\n  protected: [owner@example.com]\n")
    assert jc1p("-c", path, "config", "check", environment=PRESENT).err == ""


def test_show_says_which_secrets_are_unset(tmp_path: Path) -> None:
    path = written(tmp_path)
    shown = jc1p("-c", path, "config", "show", environment={"JC_KEY": "a-key-that-is-long"})
    assert shown.code == 0
    assert "api_key: '********'" in shown.out
    assert "token: <unset>" in shown.out
    assert jc1p("-c", path, "config", "show", "-o", "json").document["jumpcloud"]["api_key"] == "<unset>"


@pytest.mark.parametrize("command", ["config check", "sync --dry-run", "doctor", "users list", "import"])
def test_the_line_of_a_secret_that_is_not_there_is_named(tmp_path: Path, command: str) -> None:
    path = written(tmp_path, token="{file: none}")
    done = jc1p("-c", path, *command.split(), environment=PRESENT)
    assert f"{path}:5:10: onepassword.token: cannot read the file" in done.err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("http: {ca_file: none.pem}\n", "http.ca_file"),
        ("notify: [{exec: [/no/such/program, secret-argument]}]\n", ":8:17: notify[0].exec: program /no/such/program"),
    ],
)
def test_check_names_other_files_and_programs_that_are_not_there(tmp_path: Path, more: str, said: str) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text() + more)
    done = jc1p("-c", path, "config", "check", environment=PRESENT)
    assert (done.code, said in done.err, "secret-argument" in done.err) == (2, True, False)
    assert jc1p("-c", path, "config", "check", "--no-secrets").code == 0
