"""Options that several commands share, each declared once; the commands interpret the values."""

import inspect
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from jc1p.cli.usage.shell_completion import complete_group, complete_limit
from jc1p.cli.usage.variables import is_given, variables_used
from jc1p.core.nothing import NOTHING

if TYPE_CHECKING:
    from jc1p.core.run_options import RunOptions


class ListOutput(StrEnum):
    """Output format of a list."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


COMMON = "Options of every command"
NARROWING = "What may change in this run"


class Output(StrEnum):
    """Output format."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class LogLevel(StrEnum):
    """How much is logged to stderr."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """The format of log lines."""

    TEXT = "text"
    JSON = "json"


class Common(NamedTuple):
    """The options that all commands have, if given."""

    config: Path | None = None
    log_level: LogLevel | None = None
    log_format: LogFormat | None = None
    no_color: bool = False
    debug: bool = False
    verbose: bool = False
    quiet: bool = False
    variables: Mapping[str, str] = NOTHING
    """The options that are set by variables, including the command's own, each with its variable."""

    def named_config(self, environment: Mapping[str, str]) -> str:
        """The configuration file as typed; "" if jc1p found it, or a variable names it for the next command too."""
        named = str(self.config or "")
        return "" if named == environment.get("JC1P_CONFIG") else named

    def over(self, other: "Common") -> "Common":
        """These options, and the other's for those not given: `jc1p -c FILE sync` is `jc1p sync -c FILE`."""
        return Common(
            config=self.config or other.config,
            log_level=self.log_level or other.log_level,
            log_format=self.log_format or other.log_format,
            no_color=self.no_color or other.no_color,
            debug=self.debug or other.debug,
            verbose=self.verbose or (other.verbose and not self.quiet),
            quiet=self.quiet or (other.quiet and not self.verbose),
            variables={**other.variables, **self.variables},
        )


def common_of(ctx: typer.Context, given: Mapping[str, Any]) -> Common:
    """The options that all commands have, for this command.

    Variables are read before the command's name, so options after the name take precedence. Raises typer.BadParameter
    for options that exclude each other.
    """
    said = {name for name in given if is_given(ctx, name)}
    if ctx.obj is not None or len(said & {"quiet", "verbose"}) == 1:
        loses = {"quiet", "verbose"} if ctx.obj is None else given.keys()
        given = {name: value for name, value in given.items() if name in said or name not in loses}
    common = Common(**given, variables=dict(variables_used(ctx)))
    if common.quiet and common.verbose:
        raise typer.BadParameter("--quiet and --verbose exclude each other", ctx=ctx)
    return common


ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", metavar="FILE", rich_help_panel=COMMON,
        help="Configuration file. Default: ./jc1p.yaml, the user's config folder, /etc/jc1p/config.yaml.",
    ),
]  # fmt: skip
LogLevelOption = Annotated[
    LogLevel | None,
    typer.Option("--log-level", rich_help_panel=COMMON, help="Log level. Default: warning."),
]
LogFormatOption = Annotated[
    LogFormat | None, typer.Option("--log-format", rich_help_panel=COMMON, help="Log format. Default: text.")
]
NoColorOption = Annotated[
    bool, typer.Option("--no-color", rich_help_panel=COMMON, help="No colours (NO_COLOR does the same).")
]
DebugOption = Annotated[
    bool, typer.Option("--debug", rich_help_panel=COMMON, help="Debug log, with tracebacks of errors.")
]
VerboseOption = Annotated[
    bool,
    typer.Option("--verbose", "-v", rich_help_panel=COMMON,
                 help="Show ids, and list unchanged and skipped items individually."),
]  # fmt: skip
QuietOption = Annotated[
    bool,
    typer.Option("--quiet", "-q", rich_help_panel=COMMON,
                 help="Print nothing if all is in sync and fine, otherwise only the last lines."),
]  # fmt: skip
OutputOption = Annotated[Literal[Output.TEXT, Output.JSON], typer.Option("--output", "-o", help="Output format.")]
RunOutputOption = Annotated[Output, typer.Option("--output", "-o", help="Output format.")]
ReportOption = Annotated[
    list[Path] | None,
    typer.Option("--report", metavar="FILE", help="Write a report to FILE: .html, .md, .json or .csv (repeatable)."),
]
MetricsOption = Annotated[
    Path | None,
    typer.Option("--metrics", metavar="FILE", help="Write Prometheus metrics to FILE, for node_exporter."),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Apply without asking.")]
OnlyOption = Annotated[
    str | None,
    typer.Option(
        "--only", metavar="users|groups", rich_help_panel=NARROWING, help="Change only users, or only groups."
    ),
]
UserOption = Annotated[
    list[str] | None,
    typer.Option("--user", metavar="EMAIL", rich_help_panel=NARROWING,
                 help="Change only this user and their memberships (repeatable)."),
]  # fmt: skip
GroupOption = Annotated[
    list[str] | None,
    typer.Option("--group", metavar="NAME", autocompletion=complete_group, rich_help_panel=NARROWING,
                 help="Change only this group and its memberships (repeatable)."),
]  # fmt: skip
NoRemovalsOption = Annotated[
    bool, typer.Option("--no-removals", rich_help_panel=NARROWING, help="Suspend and remove nothing in this run.")
]
LimitOption = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=0, rich_help_panel=NARROWING, help="Invite at most N users in this run."),
]
AllowOption = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="KIND=N", autocompletion=complete_limit, rich_help_panel=NARROWING,
                 help="Raise a safety limit for this run, such as suspensions=12 (repeatable)."),
]  # fmt: skip
AllowAgainOption = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="KIND=N", autocompletion=complete_limit,
                 help="Confirm a limit that the plan raises, such as suspensions=12 (repeatable)."),
]  # fmt: skip
InviteOption = Annotated[
    list[str] | None,
    typer.Option("--invite", metavar="EMAIL", rich_help_panel=NARROWING,
                 help="Invite this user although 1Password has a probable duplicate (repeatable)."),
]  # fmt: skip

RecreateOption = Annotated[
    list[str] | None,
    typer.Option("--recreate", metavar="NAME", rich_help_panel=NARROWING,
                 help="Create this group again after its 1Password group vanished (repeatable)."),
]  # fmt: skip

ReactivateOption = Annotated[
    list[str] | None,
    typer.Option("--reactivate", metavar="EMAIL", rich_help_panel=NARROWING,
                 help="Reactivate this account although jc1p did not suspend it; patterns work (repeatable)."),
]  # fmt: skip

ReferenceOption = Annotated[
    str | None,
    typer.Option("--reference", metavar="TEXT", help="Ticket or reason, stored in history, reports and JSON."),
]

COMMON_OPTIONS: Mapping[str, tuple[object, object]] = {
    "config": (ConfigOption, None),
    "log_level": (LogLevelOption, None),
    "log_format": (LogFormatOption, None),
    "no_color": (NoColorOption, False),
    "debug": (DebugOption, False),
    "verbose": (VerboseOption, False),
    "quiet": (QuietOption, False),
}
NARROWING_OPTIONS: Mapping[str, tuple[object, object]] = {
    "only": (OnlyOption, None),
    "user": (UserOption, None),
    "group": (GroupOption, None),
    "no_removals": (NoRemovalsOption, False),
    "limit": (LimitOption, None),
    "allow": (AllowOption, None),
    "invite": (InviteOption, None),
    "recreate": (RecreateOption, None),
    "reactivate": (ReactivateOption, None),
    "reference": (ReferenceOption, None),
}
"""Parameter to its annotation and default, as typer reads them from a signature."""

Command = Callable[..., None]


def takes_common(command: Command) -> Command:
    """Give a command the options that all commands have; it gets them as `common`, including those before its name."""

    def gather(ctx: typer.Context, given: dict[str, Any]) -> Common:
        return common_of(ctx, given).over(ctx.obj or Common())

    return spread(command, "common", COMMON_OPTIONS, gather)


def takes_narrowing(command: Command) -> Command:
    """Give a command the options that limit what may change in this run; it gets them as `options`."""

    def gather(_: typer.Context, given: dict[str, Any]) -> "RunOptions":
        from jc1p.core.run_options import RunOptions

        return RunOptions(
            only=given["only"], users=tuple(given["user"] or ()), groups=tuple(given["group"] or ()),
            no_removals=given["no_removals"], limit=given["limit"], allow=tuple(given["allow"] or ()),
            invite=tuple(given["invite"] or ()), recreate=tuple(given["recreate"] or ()),
            reactivate=tuple(given["reactivate"] or ()), reference=(given["reference"] or "").strip() or None,
        )  # fmt: skip

    return spread(command, "options", NARROWING_OPTIONS, gather)


def refuse_before(ctx: typer.Context, *names: str) -> None:
    """Refuse options before a command that don't apply to it. Raises UsageError."""
    from jc1p.errors import UsageError

    given = [name for name in names if is_given(ctx, name)]
    if given:
        option = f"--{given[0].replace('_', '-')}"
        shown = f"`{ctx.command_path} {ctx.invoked_subcommand} --help` shows its options."
        raise UsageError(f"{option} has no effect before {ctx.invoked_subcommand}", hint=shown)


def spread(
    command: Command, name: str, options: Mapping[str, tuple[object, object]],
    gather: Callable[[typer.Context, dict[str, Any]], object],
) -> Command:  # fmt: skip
    """A command with one parameter that is spread into several options on the command line, and gathered again."""

    @wraps(command)
    def spread_out(ctx: typer.Context, **given: Any) -> None:
        own = {option: given.pop(option) for option in options}
        command(**context(ctx), **given, **{name: gather(ctx, own)})

    def context(ctx: typer.Context) -> dict[str, typer.Context]:
        return {"ctx": ctx} if "ctx" in signature.parameters else {}

    signature = inspect.signature(command)
    first = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    kept = [first, *(each for each in signature.parameters.values() if each.name not in {"ctx", name})]
    more = [
        inspect.Parameter(option, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
        for option, (annotation, default) in options.items()
    ]
    parameters = [*kept, *more]
    spread_out.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    spread_out.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters} | {"return": None}
    return spread_out
