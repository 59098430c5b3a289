"""Names of commands and options in other tools, such as gh, terraform and kubectl, and jc1p's names for them."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

CHECK = "`jc1p config check` checks the configuration."
SHOW = "`jc1p config show` prints the configuration."
SIGN_IN = "jc1p reads its credentials from the configuration: `jc1p init` writes it, `jc1p doctor` tests them."
LISTS = "`jc1p users list` and `jc1p groups list` show both sides."
RUNS = "`jc1p history` shows past runs."
UNDO = "`jc1p rollback RUN` undoes a run; `jc1p history` shows the runs."
PREVIEW = "`jc1p plan` shows what a sync would change."
RESUME = "`jc1p resume` lets runs apply again."

COMMANDS = {
    "validate": CHECK,
    "lint": CHECK,
    "config validate": CHECK,
    "config lint": CHECK,
    "config test": CHECK,
    "config view": SHOW,
    "config get": SHOW,
    "config list": SHOW,
    "check": "`jc1p config check` checks the configuration, `jc1p drift` whether 1Password is in sync.",
    "setup": "`jc1p init` sets jc1p up.",
    "login": SIGN_IN,
    "auth": SIGN_IN,
    "ls": LISTS,
    "list": LISTS,
    "get": LISTS,
    "undo": UNDO,
    "revert": UNDO,
    "diff": PREVIEW,
    "preview": PREVIEW,
    "run": "`jc1p sync` syncs, `jc1p sync --dry-run` shows what it would change.",
    "log": RUNS,
    "logs": RUNS,
    "runs": RUNS,
    "explain": "`jc1p why EMAIL_OR_GROUP` explains what happens to a user or group.",
    "unpause": RESUME,
    "enable": RESUME,
    "disable": "`jc1p pause` stops all runs from applying.",
    "uninstall": "docs/set-up.md shows how to turn everything off.",
}

JSON = "Use `--output json`."
YES = "Use `--yes` to apply without asking."
DRY_RUN = "Use `--dry-run` to change nothing."
OUT = "Use `--out FILE` to save the plan."
FILE = "Use `--config FILE` to name the configuration."
EXIT_CODE = "`jc1p drift` exits 3 when the sides differ, and so does `jc1p plan --detailed-exitcode`."
OPTIONS = {
    "--json": JSON,
    "--format": JSON,
    "--auto-approve": YES,
    "-auto-approve": YES,
    "--force": YES,
    "--no-interactive": YES,
    "--non-interactive": YES,
    "--assume-yes": YES,
    "--check": DRY_RUN,
    "--whatif": DRY_RUN,
    "-n": DRY_RUN,
    "-out": OUT,
    "-f": FILE,
    "--file": FILE,
    "-detailed-exitcode": EXIT_CODE,
    "--detailed-exitcode": EXIT_CODE,
}
"""Used only where a command does not have such an option."""


class MeantOption(NamedTuple):
    """An option as typed, and what to write instead."""

    typed: str
    meant: str


def meant_command(words: str) -> str:
    """What a command of another tool is called here; "" if that is not known."""
    return COMMANDS.get(words, "")


def meant_option(arguments: Sequence[str], message: str, options: Collection[str]) -> MeantOption | None:
    """The option of another tool that a usage error is about, if `options`, the command's own, have its counterpart."""
    for word in arguments:
        name = word.partition("=")[0]
        # typer reads "-out" as "-o ut".
        is_about = message.startswith(f"No such option: {name[:2]}") or f"'{word.removeprefix('-o')}' is not" in message
        meant = OPTIONS.get(name, "") if is_about else ""
        counterpart = meant.removeprefix("Use `").split("`")[0].split()[0] if meant.startswith("Use ") else ""
        if meant and (not counterpart or counterpart in options):
            return MeantOption(name, meant)
    return None
