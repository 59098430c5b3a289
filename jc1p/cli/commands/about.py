"""`jc1p help`, `jc1p version` and `jc1p completion`: about jc1p itself."""

from enum import StrEnum
from typing import Annotated

import typer

from jc1p import __version__
from jc1p.cli.terminal.streams import say


class Shell(StrEnum):
    """A shell that can complete command lines."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def version() -> None:
    """Show the version, as --version does."""
    say(f"jc1p {__version__}")


def show_help(
    ctx: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="COMMAND", help="Such as sync, or config check.")] = None,
) -> None:
    """Show the help of jc1p, or of a command."""
    if ctx.parent is None:
        return
    context, command = ctx.parent, ctx.parent.command
    for word in words or ():
        found = getattr(command, "commands", {}).get(word)
        if found is None:
            from jc1p.errors import UsageError

            raise UsageError(f"No such command '{' '.join(words or ())}'.", hint="`jc1p help` lists all commands.")
        context, command = type(ctx)(found, parent=context, info_name=word), found
    text = command.get_help(context)
    if text:
        say(text.rstrip())


def completion(shell: Annotated[Shell, typer.Argument(metavar="bash|zsh|fish", help="The shell.")]) -> None:
    """Print the script that completes jc1p's command lines; load it from the shell's start-up file."""
    from typer._completion_shared import get_completion_script

    say(get_completion_script(prog_name="jc1p", complete_var="_JC1P_COMPLETE", shell=shell.value).rstrip())
