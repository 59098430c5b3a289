"""Options by variables: which have one, that help shows it, and that an option on the command line takes precedence."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.inprocess import jc1p

from tools.docs.tree import root

CONTRACT = {
    "--yes", "--allow", "--invite", "--reactivate", "--recreate", "--accept", "--canary", "--user", "--group", "--only",
    "--limit", "--no-removals",
}  # fmt: skip
CHANGE_MORE = {"--link", "--create", "--pause", "--canary-group"}
NONE = {*CONTRACT, *CHANGE_MORE, "--help", "--version", "--install-completion", "--show-completion"}


def every_option(here: Any = None, name: str = "") -> list[tuple[str, Any]]:
    here = here or root()
    found = [(name, option) for option in here.params if option.opts[0].startswith("-")]
    for word, child in getattr(here, "commands", {}).items():
        found += every_option(child, f"{name} {word}".strip())
    return found


@pytest.mark.parametrize(("command", "option"), every_option(), ids=lambda each: str(getattr(each, "opts", each)))
def test_option_has_a_variable_unless_it_permits_or_narrows(command: str, option: Any) -> None:
    name = max(option.opts, key=len)
    assert option.envvar == (None if name in NONE else "JC1P_" + name[2:].replace("-", "_").upper())


def test_help_shows_variables() -> None:
    shown = jc1p("sync", "--help", environment={"COLUMNS": "100"}).out
    assert "[JC1P_OUTPUT]" in shown
    assert "[JC1P_LOG_LEVEL]" in shown
    assert "JC1P_YES" not in shown
    assert "JC1P_ALLOW" not in shown


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "jc1p.yaml"
    path.write_text(
        "jumpcloud: {api_key: a}\nonepassword: {scim_url: https://scim.example.com, token: b}\n"
        f"scope: {{groups: [x]}}\nstate: {{path: {tmp_path / 'state'}}}\n"
    )
    path.chmod(0o600)
    return path


def test_variable_stands_for_the_option_and_the_option_beats_it(config: Path) -> None:
    named = {"JC1P_CONFIG": str(config), "JC1P_OUTPUT": "json"}
    assert json.loads(jc1p("status", environment=named).out)["config"] == str(config)
    assert jc1p("status", "--output", "text", environment=named).out.startswith("Configuration ")


@pytest.mark.parametrize("words", [("-v", "config", "check"), ("config", "check", "-v")])
def test_option_beats_the_variable_before_and_after_the_command(config: Path, words: tuple[str, ...]) -> None:
    done = jc1p(*words, environment={"JC1P_CONFIG": str(config), "JC1P_QUIET": "1"})
    assert done.code == 0
    assert "ok" in done.out
    assert not jc1p("config", "check", environment={"JC1P_CONFIG": str(config), "JC1P_QUIET": "1"}).out


def test_option_before_the_command_beats_the_variable(config: Path) -> None:
    other = config.with_name("other.yaml")
    done = jc1p("-c", str(config), "status", "-o", "json", environment={"JC1P_CONFIG": str(other)})
    assert json.loads(done.out)["config"] == str(config)


@pytest.mark.parametrize(
    ("line", "variable", "value"),
    [
        ("sync", "JC1P_OUTPUT", "xml"), ("sync", "JC1P_LOG_LEVEL", "loud"), ("status", "JC1P_MAX_AGE", "soon"),
        ("pause", "JC1P_FOR", "ever"), ("sync", "JC1P_DEBUG", "perhaps"),
    ],
)  # fmt: skip
def test_bad_value_names_its_variable(config: Path, line: str, variable: str, value: str) -> None:
    done = jc1p(line, environment={"JC1P_CONFIG": str(config), variable: value})
    assert done.code == 2
    assert f"{variable}: " in done.err


def test_bad_value_on_the_command_line_names_no_variable(config: Path) -> None:
    done = jc1p("-c", str(config), "status", "--max-age", "soon", environment={"JC1P_MAX_AGE": "1h"})
    assert (done.code, "JC1P_" in done.err) == (2, False)


def test_usage_error_is_a_document_where_the_variable_asks_for_one() -> None:
    done = jc1p("sync", "--nonsense", environment={"JC1P_OUTPUT": "json"})
    assert (done.code, json.loads(done.out)["error"]["code"]) == (2, "usage")


def test_dry_run_by_variable_doesnt_disturb_an_import_that_changes_nothing(config: Path) -> None:
    done = jc1p("import", environment={"JC1P_CONFIG": str(config), "JC1P_DRY_RUN": "1", "JC1P_CSV": "/nowhere/x.csv"})
    assert "goes with" not in done.err
    assert "JC1P_CSV: --csv: cannot write /nowhere/x.csv" in done.err


def test_variable_names_several_files(config: Path) -> None:
    files = f"{config.parent / 'none' / 'a.html'}:{config.parent / 'none' / 'b.json'}"
    done = jc1p("plan", "--only", "nonsense", environment={"JC1P_CONFIG": str(config), "JC1P_REPORT": files})
    assert "a.html: " in done.err
    assert "b.json: " in done.err
