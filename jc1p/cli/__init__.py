"""The command tree. Only main() turns errors into exit codes.

A command body does this: load, call one function, render, exit. It imports what it needs inside, so that `--help` and
completion start quickly.
"""

import gc
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from jc1p import __version__
from jc1p.cli.commands.about import completion, show_help, version
from jc1p.cli.commands.config import config_app
from jc1p.cli.commands.doctor import doctor
from jc1p.cli.commands.history import history_app
from jc1p.cli.commands.import_ import import_
from jc1p.cli.commands.init import init
from jc1p.cli.commands.pause import pause, resume
from jc1p.cli.commands.report_merge import report_app
from jc1p.cli.commands.review import review
from jc1p.cli.commands.runs import apply, drift, plan, rollback, sync
from jc1p.cli.commands.sandbox import demo, sandbox_app
from jc1p.cli.commands.status import status
from jc1p.cli.commands.users_groups import groups_app, users_app
from jc1p.cli.commands.why import why
from jc1p.cli.terminal.streams import OutputLost, say, take_over
from jc1p.cli.usage.help import App
from jc1p.cli.usage.options import (
    ConfigOption,
    DebugOption,
    LogFormatOption,
    LogLevelOption,
    NoColorOption,
    QuietOption,
    VerboseOption,
    common_of,
)
from jc1p.cli.usage.variables import naming_variables, says, variables_used

if TYPE_CHECKING:
    from jc1p.errors import Jc1pError

RARELY = 250_000
"""New objects between two garbage collections: directories are large and contain no garbage, so each one costs time."""

TAKE_A_VALUE = frozenset({"-c", "--config", "--log-level", "--log-format"})
"""Options before the command whose value could be mistaken for one."""

PLAINER = {
    "Invalid value: ": "",
    "Value error, ": "",
    "Input should be a valid integer, unable to parse string as an integer": "must be a whole number",
    "Input should be a valid number, unable to parse string as a number": "must be a number",
    "Input should be greater than or equal to": "must be at least",
    "Input should be less than or equal to": "must be at most",
    "Input should be greater than": "must be more than",
    "Input should be less than": "must be less than",
}
"""typer's messages about values, and jc1p's wording for them."""

TOO_MANY = "Got unexpected extra argument(s)"
QUOTE = "Put quotes around a name with spaces. "

app = App(
    name="jc1p",
    help="Keep a 1Password Business account in sync with a JumpCloud directory.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def show_version(*, value: bool) -> None:
    """Print the version and stop."""
    if value:
        say(f"jc1p {__version__}")
        raise typer.Exit


@app.callback()
def common_options(
    ctx: typer.Context,
    *,
    config: ConfigOption = None,
    log_level: LogLevelOption = None,
    log_format: LogFormatOption = None,
    no_color: NoColorOption = False,
    debug: DebugOption = False,
    verbose: VerboseOption = False,
    quiet: QuietOption = False,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", callback=lambda value: show_version(value=value), is_eager=True,
                           help="Show the version.")
    ] = False,
) -> None:  # fmt: skip
    """Keep a 1Password Business account in sync with a JumpCloud directory.

    No account is ever deleted: users who leave are suspended.
    """
    gc.freeze()
    gc.set_threshold(RARELY, 20, 20)
    gc.enable()
    ctx.obj = common_of(ctx, {
        "config": config, "log_level": log_level, "log_format": log_format, "no_color": no_color, "debug": debug,
        "verbose": verbose, "quiet": quiet,
    })  # fmt: skip


EVERYDAY, EXPLAIN, SET_UP, UNDO, TRY = "Everyday", "Explain", "Set up", "Undo", "Try"
app.command(rich_help_panel=EVERYDAY)(sync)
app.command(rich_help_panel=EVERYDAY)(plan)
app.command(rich_help_panel=EVERYDAY)(apply)
app.command(rich_help_panel=EVERYDAY)(drift)
app.command(rich_help_panel=EVERYDAY)(status)
app.command(rich_help_panel=EXPLAIN)(why)
app.add_typer(users_app, name="users", rich_help_panel=EXPLAIN)
app.add_typer(groups_app, name="groups", rich_help_panel=EXPLAIN)
app.command(rich_help_panel=EXPLAIN)(review)
app.add_typer(report_app, name="report", rich_help_panel=EXPLAIN)
app.command(rich_help_panel=SET_UP)(init)
app.add_typer(config_app, name="config", rich_help_panel=SET_UP)
app.command(rich_help_panel=SET_UP)(doctor)
app.command("import", rich_help_panel=SET_UP)(import_)
app.add_typer(history_app, name="history", rich_help_panel=UNDO)
app.command(rich_help_panel=UNDO)(rollback)
app.command(rich_help_panel=UNDO)(pause)
app.command(rich_help_panel=UNDO)(resume)
ABOUT = "About"
app.command("help", rich_help_panel=ABOUT)(show_help)
app.command(rich_help_panel=ABOUT)(version)
app.command(rich_help_panel=ABOUT)(completion)
app.command(rich_help_panel=TRY)(demo)
app.add_typer(sandbox_app, name="sandbox", rich_help_panel=TRY)


def main() -> None:
    """Run the command line and exit with the contract's code."""
    code = run_to_the_end(sys.argv[1:], stdout_is_open=take_over())
    # The interpreter looks for garbage once more when it ends: 30 ms at 10,000 users.
    gc.freeze()
    sys.exit(code)


def run_to_the_end(arguments: list[str], *, stdout_is_open: bool) -> int:
    """Run, and flush the output while a failure can still be reported."""
    from jc1p.errors import ExitCode

    try:
        code = run(arguments) if stdout_is_open else tell_closed(arguments)
        sys.stdout.flush()
    except OutputLost as lost:
        if not lost.reader_left:
            sys.stderr.write(f"error: cannot write the result to stdout: {lost.reason}\n")
        return ExitCode.FAILED
    return code


def run(arguments: list[str]) -> int:
    """Run a command line; returns the exit code. Usage errors are reported here, all others in the commands."""
    from jc1p.errors import Interrupted, in_our_words

    try:
        code = invoke(app.for_words(arguments), arguments)
    except typer.TyperException as error:
        return tell_usage(arguments, error)
    except OutputLost:
        raise
    except (KeyboardInterrupt, typer.Abort):
        return tell(arguments, Interrupted("interrupted"))
    except Exception as error:  # noqa: BLE001 - the last place to turn it into a message
        return tell(arguments, in_our_words(error))
    return code if isinstance(code, int) else 0


def invoke(commands: App, arguments: list[str]) -> object:
    """Run a command line. If the command doesn't exist, load all of them, to suggest a similar one."""
    try:
        return commands(arguments, prog_name="jc1p", standalone_mode=False)
    except typer.TyperException as error:
        if commands is app or not error.format_message().startswith("No such command "):
            raise
    return invoke(app, arguments)


def tell_usage(arguments: list[str], error: typer.TyperException) -> int:
    """A usage error that typer found, told like any other; `jc1p` without a command shows its help."""
    from jc1p.cli.usage.habits import meant_command, meant_option
    from jc1p.errors import UsageError

    message = error.format_message()
    context: typer.Context | None = getattr(error, "ctx", None)
    # An option without its value comes without a context.
    path = context.command_path if context else f"jc1p {command_in(arguments)}".strip()
    hint = f"See `{path} --help`."
    if context and type(error).__name__ == "NoArgsIsHelpError":
        if path == "jc1p":
            say(message)
            return UsageError.exit_code
        names = ", ".join(getattr(context.command, "commands", {}))
        return tell(arguments, UsageError(f"{path} needs a command: {names}", hint=for_example(path) + hint))
    message = plain(message)
    message = naming_variables(message, dict(variables_used(context)))
    if message.startswith("Missing argument "):
        hint = for_example(path) + hint
    if message.startswith(TOO_MANY):
        message = f"Unexpected argument '{message.removeprefix(TOO_MANY).strip(' ()')}'."
        hint = (QUOTE if takes_arguments(context) else "") + hint
    if message.startswith("No such command "):
        word = message.removeprefix("No such command ").split("'")[1]
        before = arguments[: arguments.index(word)] if word in arguments else arguments
        meant = meant_command(f"{command_in(before)} {word}".strip())
        message, hint = (f"No such command '{word}'.", meant) if meant else (message, hint)
    elif option := meant_option(arguments, message, options_of(context)):
        message, hint = f"No such option: {option.typed}.", f"{option.meant} {hint}"
    return tell(arguments, UsageError(message, hint=hint))


def options_of(context: typer.Context | None) -> frozenset[str]:
    """The options of a command, as typed."""
    return frozenset(name for each in (context.command.params if context else ()) for name in each.opts)


def takes_arguments(context: typer.Context | None) -> bool:
    """Whether a command takes anything but options."""
    return context is not None and any(not each.opts[0].startswith("-") for each in context.command.params)


def for_example(path: str) -> str:
    """How a command is used, as the beginning of a hint; "" where no example is known."""
    from itertools import chain

    from jc1p.cli.usage.examples import EXAMPLES

    found = next((each for each in chain(*EXAMPLES.values()) if each.startswith(f"{path} ")), "")
    return f"For example `{found}`. " if found else ""


def plain(message: str) -> str:
    """A usage error in one line, without the wording of validation libraries."""
    for theirs, ours in PLAINER.items():
        message = message.replace(theirs, ours)
    return " ".join(message.split())


def tell_closed(arguments: list[str]) -> int:
    """Report a closed stdout before anything is changed instead of after."""
    from jc1p.errors import UsageError

    hint = "Redirect stdout to a file or to /dev/null. Nothing was read or changed."
    return tell(arguments, UsageError("stdout is closed: the result cannot be shown", hint=hint))


def tell(arguments: list[str], error: "Jc1pError") -> int:
    """Report an error outside of any command: on stderr, and as the document if stdout should have one."""
    import traceback
    from datetime import UTC, datetime

    from jc1p.cli.session import console, print_json
    from jc1p.core.run_record import RunRecord
    from jc1p.document.render import document
    from jc1p.reports.markdown import render_markdown
    from jc1p.reports.notices import print_error

    config = config_in(arguments)
    no_color = "--no-color" in arguments or says("JC1P_NO_COLOR")
    print_error(console(stderr=True, no_color=no_color, config=config), error)
    if "--debug" in arguments or says("JC1P_DEBUG"):
        traceback.print_exception(error)
    record = RunRecord(command_in(arguments), "", datetime.now(UTC), dry_run=True, error=error, named_config=config)
    if wants(arguments, "json"):
        print_json(document(record))
    elif wants(arguments, "markdown"):
        say(render_markdown(record, error.exit_code).rstrip())
    return error.exit_code


def config_in(arguments: list[str]) -> str:
    """The configuration that a command line names, even if the line is invalid otherwise; "" without one."""
    for word, value in zip(arguments, [*arguments[1:], ""], strict=False):
        if word in {"-c", "--config"}:
            return value
        if word.startswith("--config="):
            return word.removeprefix("--config=")
    return ""


def wants(arguments: list[str], output: str) -> bool:
    """True when the command line asks for this output format, even if it is invalid otherwise."""
    named = {"--output", "-o"}
    if not any(word in named or word.startswith(("--output=", "-o")) for word in arguments):
        return os.environ.get("JC1P_OUTPUT") == output
    return any(
        (word in named and value == output) or word in {f"--output={output}", f"-o{output}"}
        for word, value in zip(arguments, [*arguments[1:], ""], strict=False)
    )


def command_in(arguments: list[str]) -> str:
    """The command in a command line, such as "users list"; "" without one."""
    here: object = typer.main.get_command(app)
    words = []
    for option, word in zip(["", *arguments], arguments, strict=False):
        known = getattr(here, "commands", {})
        if word in known and option not in TAKE_A_VALUE:
            here = known[word]
            words.append(word)
    return " ".join(words)
