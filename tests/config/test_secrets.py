"""Secrets: from text, file, command and op://, and clear errors that never contain one."""

import os
import traceback
from pathlib import Path

import pytest
from pydantic import SecretStr

from jc1p.config.secrets import FromCommand, FromFile, FromOnePassword, Given, SecretSource, describe, resolve_secret
from jc1p.errors import ConfigError
from jc1p.runtime.redaction import mask

CANARY = "canary-5e77"


def resolve(source: SecretSource) -> str:
    return resolve_secret(source, key="onepassword.token").get_secret_value()


def failure(source: SecretSource) -> str:
    with pytest.raises(ConfigError, match=r"onepassword\.token") as caught:
        resolve(source)
    assert CANARY not in str(caught.value)
    return caught.value.message


def test_file_loses_one_newline(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{CANARY}\n")
    assert resolve(FromFile(tmp_path / "token")) == CANARY


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\n\n", " \n", "\t"])
def test_spaces_and_lines_after_a_secret_do_no_harm(tmp_path: Path, ending: str) -> None:
    (tmp_path / "token").write_bytes(f"\ufeff{CANARY}{ending}".encode())
    assert resolve(FromFile(tmp_path / "token")) == CANARY


@pytest.mark.parametrize("token", ["eyJhbGciOi.J9_-~+/==", "ABC=", "A_B==", "/abc+def/=", "~abc"])
def test_every_form_of_token_is_accepted(token: str) -> None:
    assert resolve(Given(SecretStr(token))) == token


def test_command_runs_without_a_shell() -> None:
    assert resolve(FromCommand(("printf", "%s", CANARY))) == CANARY
    assert "space or line break" in failure(FromCommand(("echo", CANARY, "; echo")))


def test_reference_is_read_with_the_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "op"
    program.write_text(f'#!/bin/sh\n[ "$*" = "read --no-newline op://v/i/f" ] && printf {CANARY}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert resolve(FromOnePassword("op://v/i/f")) == CANARY


def test_reference_without_the_cli_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert "op is not on the PATH" in failure(FromOnePassword("op://v/i/f"))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (FromFile(Path("/nonexistent/token")), "cannot read"),
        (FromCommand(("/nonexistent/program",)), "not found"),
        (FromCommand(("sh", "-c", "exit 3")), "the command sh failed with exit code 3"),
        (FromCommand(("sh -c canary-5e77",)), "command sh … not found"),
        (FromCommand(("printf", "\\377\\376")), "is not text"),
        (FromCommand(("sh", "-c", "yes")), "printed more than 64 kB"),
        (Given(SecretStr("")), "is empty"),
        (Given(SecretStr(f"{CANARY} {CANARY}")), "space or line break"),
        (Given(SecretStr(f"{CANARY}é")), "that a credential cannot have"),
        (Given(SecretStr(f'"{CANARY}"')), "is in quotes"),
        (Given(SecretStr(f"'{CANARY}'")), "is in quotes"),
        (Given(SecretStr(f"Bearer {CANARY}")), "begins with the word Bearer"),
        (Given(SecretStr(f"JUMPCLOUD_API_KEY={CANARY}")), "begins with a name and ="),
    ],
)
def test_what_cannot_be_had_is_told(source: SecretSource, words: str) -> None:
    assert words in failure(source)


@pytest.mark.parametrize(
    "script",
    [f"echo {CANARY} >&2; exit 3", f"echo {CANARY}; exit 3", f"set -x; : {CANARY}; exit 3", f"printf {CANARY}"],
)
def test_nothing_that_a_secret_command_prints_is_shown(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, script: str
) -> None:
    program = tmp_path / "wrapper"
    program.write_text(f"#!/bin/sh\n{script}\nprintf '\\377'\n")
    program.chmod(0o755)
    with pytest.raises(ConfigError) as caught:
        resolve(FromCommand((str(program), f"--password={CANARY}")))
    told = f"{caught.value.message} {caught.value.hint}"
    assert "onepassword.token: " in told
    assert f"To test, run it as this user: {program}, with the arguments that onepassword.token has" in told
    assert CANARY not in told + "".join(traceback.format_exception(caught.value)).replace(script, "")
    assert "".join(capfd.readouterr()) == ""


def test_failing_reference_names_the_command_to_run_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "op").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "op").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(ConfigError) as caught:
        resolve(FromOnePassword("op://My Vault/i/f"))
    assert "`op read 'op://My Vault/i/f'`" in str(caught.value.hint)


def test_secret_command_ends_in_time_also_when_it_closed_its_output() -> None:
    for script in ("sleep 60", "exec >&-; sleep 60"):
        with pytest.raises(ConfigError, match=r"the command sh took longer than 0\.2 s"):
            resolve_secret(FromCommand(("sh", "-c", script)), key="onepassword.token", timeout=0.2)


def test_secret_command_gets_the_environment_without_the_variables_of_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_OF_JUMPCLOUD", CANARY)
    monkeypatch.setenv("VAULT", "engineering")
    source = FromCommand(("sh", "-c", 'printf %s "${KEY_OF_JUMPCLOUD-none}-$VAULT"'))
    found = resolve_secret(source, key="onepassword.token", withheld={"KEY_OF_JUMPCLOUD"})
    assert found.get_secret_value() == "none-engineering"


def test_descriptions_and_masks_hold_no_secret() -> None:
    secret = SecretStr(CANARY)
    sources: list[SecretSource] = [
        Given(secret),
        FromFile(Path("t")),
        FromCommand(("pass", CANARY)),
        FromOnePassword("op://v/i/f"),
    ]
    assert CANARY not in "".join(describe(source) for source in sources) + repr(sources[0])
    assert mask(f"a {CANARY} b", [secret, SecretStr("")]) == "a ******** b"


def test_masks_know_every_form_in_which_a_secret_travels() -> None:
    secret = SecretStr('pass"word<&>/+')
    text = 'pass"word<&>/+ pass\\"word<&>/+ pass%22word%3C%26%3E%2F%2B pass&quot;word&lt;&amp;&gt;/+'
    assert mask(text, [secret]) == " ".join(["********"] * 4)
    assert mask("token-and-more token", [SecretStr("token-"), SecretStr("token-and-more")]) == "******** token"


def test_masks_leave_words_of_json_whole() -> None:
    assert mask('{"a": null, "b": false}', [SecretStr("null"), SecretStr("false")]) == '{"a": null, "b": false}'
