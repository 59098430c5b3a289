"""Secrets: their sources, and fetching one into a SecretStr. Nothing here prints a value.

The configuration says where a secret comes from. This module fetches it when a command needs it: from the text itself
(after ${VAR}), a file, a command, or 1Password (`op://`).
"""

import os
import re
import shlex
import shutil
import stat
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple, assert_never

from pydantic import SecretStr

from jc1p.errors import ConfigError
from jc1p.runtime.bounded_read import LARGEST_NOTE, read_bounded
from jc1p.runtime.programs import ProgramFailed, output_of, program_name

COMMAND_TIMEOUT = 30
"""Seconds that a secret command may take."""


class Given(NamedTuple):
    """The value itself, from the configuration or an environment variable."""

    value: SecretStr


class FromFile(NamedTuple):
    """The content of a file, without white space around it."""

    path: Path


class FromCommand(NamedTuple):
    """The standard output of a command, run without a shell, without white space around it."""

    argv: tuple[str, ...]


class FromOnePassword(NamedTuple):
    """A secret reference, op://vault/item/field, read with the 1Password CLI."""

    reference: str


SecretSource = Given | FromFile | FromCommand | FromOnePassword


def describe(source: SecretSource) -> str:
    """The source of a secret, in words."""
    match source:
        case Given():
            return "given in the configuration or an environment variable"
        case FromFile():
            return f"from the file {source.path}"
        case FromCommand():
            return f"from the command {program_name(source.argv)}"
        case FromOnePassword():
            return f"from {source.reference}"
        case _:
            assert_never(source)


def resolve_secret(
    source: SecretSource, *, key: str, timeout: float = COMMAND_TIMEOUT, withheld: Collection[str] = ()
) -> SecretStr:
    """Fetch a secret; `timeout` limits a command, in seconds; `withheld` are variables that it doesn't get.

    Raises:
        ConfigError: it can't be fetched, is empty, or contains white space; names the configuration key.
    """
    match source:
        case Given():
            value = source.value.get_secret_value()
        case FromFile():
            value = read_file(source.path, key)
        case FromCommand():
            value = run_command(source.argv, key, timeout, withheld=withheld)
        case FromOnePassword():
            value = read_reference(source.reference, key, timeout, withheld)
        case _:
            assert_never(source)
    return checked(value, key, describe(source))


def why_missing(source: SecretSource, key: str) -> str:
    """Why a secret can't be fetched, as far as this shows without running a command; "" if nothing is wrong."""
    program = "op" if isinstance(source, FromOnePassword) else source.argv[0] if isinstance(source, FromCommand) else ""
    if program:
        why = missing_program(program)
        return f"{key}: {why}" if why else ""
    try:
        resolve_secret(source, key=key)
    except ConfigError as error:
        return error.message
    return ""


def missing_program(program: str) -> str:
    """Why a program can't be started; "" if it is there."""
    return "" if shutil.which(program) else f"program {program_name((program,))} not found on the PATH"


PASTED = {
    re.compile(r"""(["']).*\1$|[\u201c\u201d\u201e\u2018\u2019]""", re.DOTALL): "is in quotes",
    re.compile(r"bearer\s", re.IGNORECASE): "begins with the word Bearer",
    re.compile(r"(export\s+)?[A-Z][A-Z0-9_]*=+[^=]"): "begins with a name and =",
}
"""What is pasted together with a credential, and what an error says of it. No credential has one of these forms."""


def checked(value: str, key: str, where: str) -> SecretStr:
    value = value.strip(" \t\r\n")
    if not value:
        raise ConfigError(f"{key} is empty ({where})", hint="Store the credential there, then run again.")
    for form, what in PASTED.items():
        if form.match(value):
            raise ConfigError(f"{key} {what} ({where})", hint="Store only the credential itself.")
    if any(character.isspace() for character in value):
        raise ConfigError(
            f"{key} contains a space or line break ({where})",
            hint="Store only the credential, on one line.",
        )
    if not value.isprintable() or not value.isascii():
        raise ConfigError(
            f"{key} contains characters that a credential cannot have ({where})",
            hint="Copy the credential again, and store it as plain text.",
        )
    return SecretStr(value)


UNREADABLE = "Check the path, and that the user who runs jc1p can read the file."


def read_file(path: Path, key: str) -> str:
    try:
        return read_bounded(path, LARGEST_NOTE).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ConfigError(f"{key}: cannot read the file {path}: {reason}", hint=UNREADABLE) from None


def is_readable_by_others(path: Path) -> bool:
    """True when other users may read a file; False if it doesn't exist.

    The group's bit counts only for a file that this user owns. systemd's credentials and Kubernetes' secrets belong to
    root and are readable through a group or an access list, which shows as that bit.
    """
    try:
        found = path.stat()
    except OSError:
        return False
    is_ours = found.st_uid == os.geteuid()
    return not stat.S_ISDIR(found.st_mode) and bool(found.st_mode & (stat.S_IROTH | (stat.S_IRGRP if is_ours else 0)))


def run_command(
    argv: tuple[str, ...], key: str, timeout: float = COMMAND_TIMEOUT, *, withheld: Collection[str] = (),
    by_hand: str = "",
) -> str:  # fmt: skip
    """The output of a command. No error contains it, since a failing program may print the secret itself."""
    by_hand = by_hand or f"{program_name(argv)}, with the arguments that {key} has in the configuration"
    hint = f"jc1p does not show its output, which may contain the secret. To test, run it as this user: {by_hand}."
    try:
        return output_of(argv, timeout=timeout, withheld=withheld).decode()
    except ProgramFailed as error:
        raise ConfigError(f"{key}: {error}", hint=hint) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{key}: the output of the command {program_name(argv)} is not text", hint=hint) from None


def read_reference(reference: str, key: str, timeout: float, withheld: Collection[str]) -> str:
    if shutil.which("op") is None:
        raise ConfigError(
            f"{key}: {reference} needs the 1Password CLI, but op is not on the PATH",
            hint="Install the 1Password CLI, or use an environment variable, a file or a command.",
        )
    argv = ("op", "read", "--no-newline", reference)
    return run_command(argv, key, timeout, withheld=withheld, by_hand=f"`op read {shlex.quote(reference)}`")
