"""Every command that jc1p suggests works as it is pasted: it names the configuration of the command line."""

import re
import shlex
from pathlib import Path

import pytest
from support.inprocess import jc1p
from support.installed import Done

from jc1p.sandbox.server import Sandbox

SUGGESTED = re.compile(r"(?:`|: )jc1p ([^`\n]*)")


def commands_in(done: Done) -> list[list[str]]:
    """What is suggested on both streams, in words; help needs no configuration."""
    found = [shlex.split(each) for each in SUGGESTED.findall(done.out + done.err)]
    return [words for words in found if "--help" not in words]


@pytest.fixture
def odd(config: Path) -> Path:
    """The configuration in a file whose name a shell would split."""
    return config.rename(config.with_name("my company.yaml"))


LINES = {
    "ending": ("sync", "-y"),
    "pause": ("pause",),
    "unknown run": ("rollback", "2026"),
    "unknown group": ("review", "--group", "nope"),
    "unknown user": ("why", "nope@example.com"),
    "bad date": ("review", "--since", "never"),
    "no saved plan": ("apply", "nope.json"),
    "bad invitation": ("plan", "--invite", "nope@example.com"),
    "no command": ("undo",),
    "no argument": ("why",),
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
@pytest.mark.parametrize("is_first", [True, False], ids=["before", "after"])
def test_suggestion_has_the_configuration_of_the_command_line(
    odd: Path, line: tuple[str, ...], *, is_first: bool
) -> None:
    done = jc1p("-c", odd, *line) if is_first else jc1p(*line, "--config", odd)
    commands = commands_in(done)
    assert commands
    assert {tuple(each[:2]) for each in commands} == {("-c", str(odd))}


def test_blocked_plan_suggests_commands_that_name_the_configuration(sandbox: Sandbox, synced: Path) -> None:
    for group in sandbox.world.groups.values():
        group.members.clear()
    blocked = jc1p("-c", synced, "plan")
    assert blocked.code == 4
    commands = commands_in(blocked)
    assert len(commands) >= 1
    assert {tuple(each[:2]) for each in commands} == {("-c", str(synced))}
    markdown = jc1p("-c", synced, "plan", "-o", "markdown").out
    assert f"jc1p -c {synced} sync --allow" in markdown


def test_configuration_that_jc1p_finds_itself_is_not_named(config: Path) -> None:
    for environment in ({"JC1P_CONFIG": str(config)}, {}):
        done = jc1p("sync", "-y", cwd=config.parent, environment=environment)
        assert re.search(r"Undo: jc1p rollback|nothing to do", done.out)
        assert "jc1p -c" not in jc1p("status", cwd=config.parent, environment=environment).out


@pytest.mark.parametrize("name", ["--all", "-x", "o'brien & co"])
def test_suggestion_with_a_name_like_an_option_works_as_it_is_pasted(sandbox: Sandbox, config: Path, name: str) -> None:
    sandbox.world.add_group(name)
    (words,) = commands_in(jc1p("-c", config, "users", "show", "--", name))
    shown = jc1p(*words)
    assert (shown.code, name in shown.out) == (0, True)
