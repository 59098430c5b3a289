"""Options by environment variables: JC1P_OUTPUT for --output, JC1P_LOG_LEVEL for --log-level, and so on.

The order is option, variable, configuration, default. Options that allow or narrow something have no variable: they
must be on the command line of that run, so that a forgotten `export` can't apply them to the next.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

PREFIX = "JC1P_"
PERMIT_OR_NARROW = frozenset(
    {"--yes", "--allow", "--invite", "--reactivate", "--recreate", "--accept", "--canary", "--canary-group", "--user",
     "--group", "--only", "--limit", "--no-removals", "--link", "--create", "--pause"}
)  # fmt: skip
"""Options without a variable, in every command that has them; some change something by themselves."""
ANSWERED_AT_ONCE = frozenset({"--help", "--version", "--install-completion", "--show-completion"})
TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})


def variable_of(option: str) -> str | None:
    """The variable of a long option, None when it has none."""
    if option in PERMIT_OR_NARROW | ANSWERED_AT_ONCE:
        return None
    return PREFIX + option.removeprefix("--").replace("-", "_").upper()


def add_variables(parameters: list[Any]) -> None:
    """Give each option of a command its variable."""
    for option in parameters:
        if option.opts[0].startswith("-"):
            option.envvar, option.show_envvar = variable_of(long_name(option)), False


def long_name(option: Any) -> str:
    """Text such as --output."""
    return str(max(option.opts, key=len))


def is_given(ctx: Any, name: str) -> bool:
    """True for an option on the command line itself."""
    return source(ctx, name) == "COMMANDLINE"


def source(ctx: Any, name: str) -> str:
    return getattr(ctx.get_parameter_source(name), "name", "")


def variables_used(ctx: Any) -> Iterator[tuple[str, str]]:
    """The options of a command that are set by variables, each with its variable."""
    while ctx is not None:
        for option in ctx.command.params:
            if source(ctx, option.name) == "ENVIRONMENT":
                yield long_name(option), str(option.envvar)
        ctx = ctx.parent


def naming_variables(message: str, used: Mapping[str, str]) -> str:
    """A message about options, with the variables that they came from."""
    names = [variable for option, variable in used.items() if option in message and variable not in message]
    return f"{', '.join(names)}: {message}" if names else message


def says(variable: str) -> bool:
    """True when a switch's variable turns it on, for use before any command line is read."""
    return os.environ.get(variable, "").strip().lower() in TRUE
