"""The layout of help: plain words that fit the terminal, examples to copy, exit codes and the docs at the end.

typer's own help shows Python types and frames, and takes the time to import rich.
"""

import copy
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from jc1p.cli.usage.examples import EXAMPLES
from jc1p.cli.usage.quick_values import convert_quickly
from jc1p.cli.usage.variables import add_variables

WIDEST = 100
"""Longer lines are hard to read."""
FIRST_COLUMN = 32
"""Names wider than this have their text on the next line."""

DOCUMENTATION = "docs/README.md, docs/commands.md"
"""The documentation in the repository, or its address once pyproject.toml has one."""

GROUPS = {
    "Everyday": ("sync", "plan", "apply", "drift", "status"),
    "Explain": ("why", "users", "groups", "review", "report"),
    "Set up": ("init", "config", "doctor", "import"),
    "Undo": ("history", "rollback", "pause", "resume"),
    "Try": ("demo", "sandbox"),
    "More": (),
}
"""Commands in the order of the first page; others come last, in the order of the code."""

EXIT_CODES = (
    ("0", "done, nothing to do, or paused"),
    ("1", "failed"),
    ("2", "usage or configuration error"),
    ("3", "changes are due (drift, plan --detailed-exitcode)"),
    ("4", "blocked by a safety limit, or the saved plan is out of date"),
    ("5", "partly done"),
    ("6", "another run is in progress"),
    ("130", "interrupted"),
)


class HelpfulCommand(TyperCommand):
    """A command with our help, whose options can be set by variables."""

    def __init__(self, *given: Any, **settings: Any) -> None:
        super().__init__(*given, **settings)
        add_variables(self.params)

    def get_params(self, ctx: Any) -> list[Any]:
        """The options and arguments, including those that typer adds."""
        return convert_quickly(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        formatter.write(help_text(self, ctx))


class HelpfulGroup(TyperGroup):
    """A group of commands with our help, whose options can be set by variables."""

    def __init__(self, *given: Any, **settings: Any) -> None:
        super().__init__(*given, **settings)
        add_variables(self.params)

    def get_params(self, ctx: Any) -> list[Any]:
        """The options and arguments, including those that typer adds."""
        return convert_quickly(super().get_params(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        formatter.write(help_text(self, ctx))


class App(typer.Typer):
    """A typer application whose commands all have our help."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(cls=HelpfulGroup, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        """Like typer's method."""
        return super().command(name, **{"cls": HelpfulCommand, **settings})

    def for_words(self, words: Sequence[str]) -> "App":
        """The application with only those commands that a command line names, since creating all takes time.

        Returns itself if none is named, or if the others may be shown.
        """
        named = copy.copy(self)
        named.registered_commands = [each for each in self.registered_commands if command_name(each) in words]
        named.registered_groups = [each for each in self.registered_groups if each.name in words]
        is_about_all = not SHOW_ALL.isdisjoint(words) or not (named.registered_commands or named.registered_groups)
        return self if is_about_all else named


SHOW_ALL = frozenset({"help", "--help", "-h"})


def command_name(registered: Any) -> str:
    """The command's name on the command line."""
    return str(registered.name or typer.main.get_command_name(registered.callback.__name__))


def help_text(command: Any, ctx: Any) -> str:
    """The whole help of a command."""
    width = min(shutil.get_terminal_size().columns, WIDEST)
    return "\n".join(line.rstrip() for line in lines_of(command, ctx, width))


def lines_of(command: Any, ctx: Any, width: int) -> Iterator[str]:
    for paragraph in (command.help or "").split("\n\n"):
        yield from [*wrapped(paragraph, width), ""]
    yield from section("Usage", indented(" ".join([ctx.command_path, *usage_words(command)]), width))
    parameters = command.get_params(ctx)
    arguments = [each for each in parameters if not each.opts[0].startswith("-")]
    yield from section("Arguments", table([(argument_word(each), each.help) for each in arguments], width))
    for panel, commands in grouped(command):
        yield from section(panel, table([(each.name, first_sentence(each.help)) for each in commands], width))
    options = [each for each in parameters if each not in arguments and not each.hidden]
    for panel in dict.fromkeys(["Options", *map(panel_of, options)]):
        shown = [each for each in options if panel_of(each) == panel]
        yield from section(panel, table([(option_words(each), option_help(each)) for each in shown], width))
    path = " ".join(ctx.command_path.split()[1:])
    yield from section("Examples", [f"  $ {example}" for example in EXAMPLES.get(path, ())])
    yield from section("Exit codes", table(EXIT_CODES, width))
    yield from section("Documentation", indented(DOCUMENTATION, width))


def section(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A heading and its lines; nothing when there are none."""
    lines = list(lines)
    if lines:
        yield from [bold(title), *lines, ""]


def bold(text: str) -> str:
    """Bold on a terminal that supports it."""
    is_plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return text if is_plain else typer.style(text, bold=True)


def wrapped(text: str, width: int) -> list[str]:
    """Lines that break only between words, never inside an option."""
    return textwrap.wrap(" ".join(text.split()), max(width, 20), break_long_words=False, break_on_hyphens=False)


def indented(text: str, width: int) -> list[str]:
    return [f"  {line}" for line in wrapped(text, width - 2)]


def table(rows: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Two columns; after a name that is too wide, the text is on the next line."""
    column = max((len(name) for name, _ in rows if len(name) <= FIRST_COLUMN), default=FIRST_COLUMN) + 4
    for name, text in rows:
        first, *more = wrapped(text, width - column) or [""]
        if len(name) + 4 > column:
            yield f"  {name}"
            yield f"{'':{column}}{first}"
        else:
            yield f"  {name:{column - 2}}{first}"
        yield from (f"{'':{column}}{line}" for line in more)


def grouped(command: Any) -> Iterator[tuple[str, list[Any]]]:
    """A group's commands under their headings; a small group has a single heading."""
    commands = {name: each for name, each in getattr(command, "commands", {}).items() if not each.hidden}
    if not commands.keys() & set(GROUPS["Everyday"]):
        yield "Commands", list(commands.values())
        return
    named = {name for names in GROUPS.values() for name in names}
    for title, names in GROUPS.items():
        there = [commands[name] for name in names if name in commands]
        yield title, there or [each for name, each in commands.items() if title == "More" and name not in named]


def panel_of(option: Any) -> str:
    """The heading for an option."""
    return str(option.rich_help_panel or "Options")


def first_sentence(text: str | None) -> str:
    """A command's summary in a list: its first paragraph, up to the first full stop."""
    first = " ".join((text or "").split("\n\n")[0].split())
    return first.split(". ")[0].removesuffix(".") + "."


def usage_words(command: Any) -> list[str]:
    """The usage after a command's name."""
    words = ["[OPTIONS]"] if command.params else []
    words += [argument_word(each) for each in command.params if not each.opts[0].startswith("-")]
    if not hasattr(command, "commands"):
        return words
    return [*words, "[COMMAND]" if command.invoke_without_command else "COMMAND"]


def argument_word(argument: Any) -> str:
    """Text such as FILE, or [FILE] if it is optional."""
    word = str(argument.metavar or argument.name.upper())
    return word if argument.required else f"[{word}]"


def option_words(option: Any) -> str:
    """Text such as "-o, --output text|json"."""
    value = "" if option.is_flag else f" {value_word(option)}"
    return ", ".join(sorted(option.opts, key=len)) + value


def option_help(option: Any) -> str:
    """An option's description, its default, and its variable."""
    text = "Show this help." if "--help" in option.opts else " ".join((option.help or "").split())
    default = getattr(option.default, "value", option.default)
    text += "" if option.is_flag or default in {None, ""} else f" Default: {default}."
    return f"{text} [{option.envvar}]" if option.envvar else text


def value_word(option: Any) -> str:
    """The placeholder for an option's value."""
    if option.metavar:
        return str(option.metavar)
    if choices := option.type_descriptor.choices:
        return "|".join(str(getattr(choice, "value", choice)) for choice in choices)
    annotation = option.type_descriptor.annotation
    return "FILE" if option.type_descriptor.is_path else "N" if annotation in {int, float} else "TEXT"
