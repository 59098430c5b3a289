"""The command tree from typer: parses a command line without running it, and lists all options."""

import io
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from functools import cache
from typing import Any

import typer

from jc1p.cli import app

SAMPLES = {"N": "1", "…": "x", "PORT": "8001", "MS": "1", "users|groups": "users", "text|json": "json"}
"""Placeholders for values in pages, and a value for each."""

ANY_OPTIONS = "[OPTIONS]"


@cache
def root() -> Any:
    """The whole tree."""
    return typer.main.get_command(app)


def mistake_in(words: Sequence[str], *, whole: bool = True) -> str:
    """The error in a jc1p command line, without its first word; "" if there is none.

    Without `whole` it only names a command, and arguments may be missing.
    """
    context: Any = None
    here, rest = root(), [SAMPLES.get(word, word) for word in words if word != ANY_OPTIONS]
    name = "jc1p"
    try:
        with redirect_stdout(io.StringIO()):  # --help and --version print during parsing
            while True:
                context = here.make_context(name, rest, parent=context)
                if getattr(here, "commands", None) is None:
                    return ""
                left = [*context._protected_args, *context.args]  # noqa: SLF001 - what a group hands on
                if not left:
                    return "a command is missing" if whole and not here.invoke_without_command else ""
                name, here, rest = here.resolve_command(context, left)
    except typer.Exit:
        return ""
    except typer.TyperException as error:
        is_missing = type(error).__name__ in {"MissingParameter", "NoArgsIsHelpError", "BadOptionUsage"}
        return "" if is_missing and not whole else error.format_message() or "a command is missing"


def leaves() -> Iterator[tuple[str, Any]]:
    """Every command with its name, such as "users list"."""
    yield from below(root(), "")


def below(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    commands = getattr(command, "commands", None)
    if commands is None:
        yield name, command
        return
    if command.invoke_without_command:
        yield name, command
    for word, child in commands.items():
        yield from below(child, f"{name} {word}".strip())


def options() -> frozenset[str]:
    """Every option of every command, and of the program itself."""
    every = [root(), *(command for _, command in leaves())]
    found = {name for command in every for parameter in command.params for name in parameter.opts if name[0] == "-"}
    return frozenset(found | {"--help", "-h"})
