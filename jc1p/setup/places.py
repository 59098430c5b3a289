"""Where to read a secret from, in an admin's words and in the file's. Never the secret itself."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

import yaml

from jc1p.config.secrets import FromCommand, FromFile, FromOnePassword
from jc1p.setup.quoting import flow, quoted

VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
"""A plain name; a key doesn't look like this, and must not be taken for one."""
BRACED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
REFERENCE = re.compile(r"op://[^/]+/[^/]+/.+")
FORMS = "a variable's name, a path, op://vault/item/field or {command: [program, argument]}"


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable; `default` is for values that are not secret, such as the sandbox's key."""

    name: str
    default: str | None = None


SecretPlace = Variable | FromFile | FromCommand | FromOnePassword


def parse_place(text: str) -> SecretPlace:
    """The place of a secret: NAME or ${NAME}, a path with a slash, op://…, {file: PATH} or {command: [argv]}.

    Raises:
        ValueError: it is none of these; never quotes it, since it may be the secret itself.
    """
    text = text.strip()
    if "\0" in text:
        raise ValueError("it cannot contain a NUL character")
    if VARIABLE.fullmatch(text):
        return Variable(text)
    if found := BRACED.fullmatch(text):
        return Variable(found[1], found[2])
    if text.startswith("op://"):
        if not REFERENCE.fullmatch(text):
            raise ValueError("a 1Password reference looks like op://vault/item/field")
        return FromOnePassword(text)
    if text.startswith("{"):
        return parse_mapping(text)
    if text.startswith(("/", "./", "../", "~/")):
        return FromFile(Path(text))
    raise ValueError(f"enter where the secret is, not the secret: {FORMS}; a path begins with / ./ ../ or ~/")


def parse_mapping(text: str) -> SecretPlace:
    """{file: PATH} or {command: [argv]}, as in the file. Raises ValueError."""
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        value = None
    match value:
        case {"file": str() as path, **others} if path and not others:
            return FromFile(Path(path))
        case {"command": [_, *_] as argv, **others} if not others and all(isinstance(word, str) for word in argv):
            return FromCommand(tuple(argv))
    raise ValueError(f"enter {FORMS}")


def written(place: SecretPlace) -> str:
    """A place as the value of a key in YAML."""
    match place:
        case Variable(name, None):
            return f"${{{name}}}"
        case Variable(name, default):
            return flow(f"${{{name}:-{default}}}")
        case FromFile(path):
            return f"{{file: {quoted(str(path))}}}"
        case FromCommand(argv):
            return f"{{command: [{', '.join(quoted(word) for word in argv)}]}}"
        case FromOnePassword(reference):
            return quoted(reference)
        case _:
            assert_never(place)


def said_of_place(place: SecretPlace) -> str:
    """A place for messages; a command without its arguments, which may contain a credential."""
    match place:
        case Variable(name):
            return f"${name}"
        case FromFile(path):
            return f"the file {path}"
        case FromCommand(argv):
            return f"the command {argv[0].split(maxsplit=1)[0] if argv[0].split() else argv[0]}"
        case FromOnePassword(reference):
            return reference
        case _:
            assert_never(place)
