"""Options that several commands share, each declared once; the values are told apart in the commands."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

COMMON = "Options of every command"
NARROWING = "What may change in this run"


class Output(StrEnum):
    """What stdout holds."""

    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    """How much is logged to stderr."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How log lines look."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Common:
    """The options of every command, as far as they were given."""

    config: Path | None = None
    log_level: LogLevel | None = None
    log_format: LogFormat | None = None
    no_color: bool = False
    debug: bool = False

    def over(self, other: "Common") -> "Common":
        """These options, with the other's where these say nothing: `jc1p -c FILE sync` is `jc1p sync -c FILE`."""
        return Common(
            config=self.config or other.config,
            log_level=self.log_level or other.log_level,
            log_format=self.log_format or other.log_format,
            no_color=self.no_color or other.no_color,
            debug=self.debug or other.debug,
        )


ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", metavar="FILE", rich_help_panel=COMMON,
        help="Configuration file; else $JC1P_CONFIG, ./jc1p.yaml, the user's config folder, /etc/jc1p/config.yaml.",
    ),
]  # fmt: skip
LogLevelOption = Annotated[
    LogLevel | None,
    typer.Option("--log-level", rich_help_panel=COMMON, help="Log to stderr from this level on."),
]
LogFormatOption = Annotated[
    LogFormat | None, typer.Option("--log-format", rich_help_panel=COMMON, help="Log lines as text or JSON.")
]
NoColorOption = Annotated[
    bool, typer.Option("--no-color", rich_help_panel=COMMON, help="No colours (NO_COLOR does the same).")
]
DebugOption = Annotated[
    bool, typer.Option("--debug", rich_help_panel=COMMON, help="Debug log, and tracebacks for errors.")
]
OutputOption = Annotated[Output, typer.Option("--output", "-o", help="What stdout holds.")]
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
                 help="Change only this person and their memberships (repeatable)."),
]  # fmt: skip
GroupOption = Annotated[
    list[str] | None,
    typer.Option("--group", metavar="NAME", rich_help_panel=NARROWING,
                 help="Change only this group and its memberships (repeatable)."),
]  # fmt: skip
NoRemovalsOption = Annotated[
    bool, typer.Option("--no-removals", rich_help_panel=NARROWING, help="Take nothing away in this run.")
]
LimitOption = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=0, rich_help_panel=NARROWING, help="Invite at most N people in this run."),
]
AllowOption = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="KIND=N", rich_help_panel=NARROWING,
                 help="Raise a guard limit for this run, such as suspensions=12 (repeatable)."),
]  # fmt: skip
InviteOption = Annotated[
    list[str] | None,
    typer.Option("--invite", metavar="EMAIL", rich_help_panel=NARROWING,
                 help="Invite although 1Password has a probable duplicate (repeatable)."),
]  # fmt: skip
