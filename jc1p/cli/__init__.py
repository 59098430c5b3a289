"""The command tree. main() is the one place where errors become exit codes.

A command body is: load, call one function, render, exit. What a command needs is imported inside it, so
that `--help` and completion start quickly.
"""

import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated

import typer

from jc1p import __version__
from jc1p.cli.config import config_app
from jc1p.cli.history import history_app
from jc1p.cli.imports import import_
from jc1p.cli.lists import groups_app, users_app
from jc1p.cli.options import Common, ConfigOption, DebugOption, LogFormatOption, LogLevelOption, NoColorOption
from jc1p.cli.pausing import pause, resume
from jc1p.cli.sandbox import demo, sandbox
from jc1p.cli.sync import apply, drift, plan, rollback, sync
from jc1p.cli.why import why

if TYPE_CHECKING:
    from jc1p.errors import Jc1pError

app = typer.Typer(
    name="jc1p",
    help="Keep a 1Password Business account in step with a JumpCloud directory.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def show_version(*, value: bool) -> None:
    """Print the version and stop."""
    if value:
        typer.echo(f"jc1p {__version__}")
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
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", callback=lambda value: show_version(value=value), is_eager=True,
                           help="Show the version.")
    ] = False,
) -> None:  # fmt: skip
    """Keep a 1Password Business account in step with a JumpCloud directory.

    stdout is the result, stderr is the talk. Nothing is ever deleted: people who leave are suspended.
    """
    ctx.obj = Common(config, log_level, log_format, no_color, debug)


app.command()(sync)
app.command()(plan)
app.command()(apply)
app.command()(drift)
app.command()(why)
app.command("import")(import_)
app.add_typer(users_app, name="users")
app.add_typer(groups_app, name="groups")
app.add_typer(config_app, name="config")
app.add_typer(history_app, name="history")
app.command()(rollback)
app.command()(pause)
app.command()(resume)
app.command()(sandbox)
app.command()(demo)


def main() -> None:
    """Run the command line and exit with the contract's code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A name that the terminal's encoding lacks must not end a run.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command line; the exit code. Usage errors are told here, everything else in the commands."""
    from jc1p.errors import Jc1pError

    try:
        code = app(arguments, prog_name="jc1p", standalone_mode=False)
    except typer.TyperException as error:
        return tell_usage(arguments, error.format_message())
    except Jc1pError as error:
        return tell(arguments, error)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as error:
        if "--debug" in arguments:
            raise
        return tell(arguments, unexpected(error))
    return code if isinstance(code, int) else 0


def tell_usage(arguments: list[str], message: str) -> int:
    """A usage error that typer found, told like any other."""
    from jc1p.errors import UsageError

    return tell(arguments, UsageError(message, hint="`jc1p --help` and `jc1p COMMAND --help` show what is accepted."))


def tell(arguments: list[str], error: "Jc1pError") -> int:
    """Tell an error that met no command: on stderr, and as the document where stdout should hold one."""
    from dataclasses import replace
    from datetime import UTC, datetime

    from jc1p.cli.session import console
    from jc1p.render.document import render_document
    from jc1p.render.text import print_error
    from jc1p.run import RunRecord

    print_error(console(stderr=True, no_color="--no-color" in arguments), error)
    if wants_json(arguments):
        command = next((word for word in arguments if not word.startswith("-")), "")
        record = RunRecord(command, "", datetime.now(UTC), dry_run=True)
        sys.stdout.write(render_document(replace(record, error=error)) + "\n")
    return error.exit_code


def wants_json(arguments: list[str]) -> bool:
    """True when the command line asks for JSON, even if it is wrong otherwise."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    named = {"--output", "-o"}
    return any((word in named and value == "json") or word in {"--output=json", "-ojson"} for word, value in pairs)


def unexpected(error: Exception) -> "Jc1pError":
    """A bug of ours, as an error for people."""
    from jc1p.errors import Jc1pError

    return Jc1pError(
        f"unexpected {type(error).__name__}: this is a bug in jc1p",
        hint="Run it again with --debug and report what it prints; secrets are masked, names of people are not.",
    )
