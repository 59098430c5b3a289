"""Suggested commands: quoted for a shell where they need it, and with the configuration that was given."""

import shlex

import pytest
from rich.console import Console
from rich.text import Text

from jc1p.reports.lines import Screen, print_lines
from jc1p.runtime.command_lines import command_line, with_config


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("sync", "--recreate", "Operations"), "jc1p sync --recreate Operations"),
        (("sync", "--recreate", "Sales Team"), "jc1p sync --recreate 'Sales Team'"),
        (("sync", "--reactivate", "ann+it@example.com"), "jc1p sync --reactivate ann+it@example.com"),
    ],
)
def test_word_is_quoted_only_where_a_shell_needs_it(words: tuple[str, ...], shown: str) -> None:
    assert command_line(*words) == shown
    assert shlex.split(command_line(*words, config="my file.yaml")) == ["jc1p", "-c", "my file.yaml", *words]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Run it again, or run `jc1p doctor`.", "Run it again, or run `jc1p -c a.yaml doctor`."),
        ("Undo: jc1p rollback last", "Undo: jc1p -c a.yaml rollback last"),
        ("`jc1p users list` and `jc1p why X`", "`jc1p -c a.yaml users list` and `jc1p -c a.yaml why X`"),
        ("Next: jc1p -c b.yaml plan", "Next: jc1p -c b.yaml plan"),
        ("jc1p suspends nothing: jc1p's list is short", "jc1p suspends nothing: jc1p's list is short"),
        ("hint: jc1p sends no change", "hint: jc1p sends no change"),
        ("error: jc1p does not use x", "error: jc1p does not use x"),
        ("warning: jc1p reads x", "warning: jc1p reads x"),
        ("See `jc1p groups list --help`.", "See `jc1p groups list --help`."),
        ("`jc1p demo` needs none, `jc1p init` writes one", "`jc1p demo` needs none, `jc1p init` writes one"),
        ("this jc1p reads version 1", "this jc1p reads version 1"),
    ],
)
def test_suggested_command_names_the_configuration(text: str, shown: str) -> None:
    assert with_config(text, "a.yaml") == shown
    assert with_config(shown, "a.yaml") == shown
    assert with_config(text, "") == text


def test_console_shows_commands_with_the_configuration_and_keeps_styles(capsys: pytest.CaptureFixture[str]) -> None:
    console = Screen()
    console.config = "it's.yaml"
    print_lines(console, [Text.assemble("hint: ", ("run `jc1p plan`", "red"), " now")])
    print_lines(Console(), [Text("hint: run `jc1p plan`")])
    assert capsys.readouterr().out == """hint: run `jc1p -c 'it'"'"'s.yaml' plan` now\nhint: run `jc1p plan`\n"""
