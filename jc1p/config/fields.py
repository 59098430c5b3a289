"""Field types of the configuration with a syntax of their own: secrets, limits, durations, templates.

Each parser takes YAML data (text, lists, dicts of text) and raises ValueError with the accepted forms.
"""

import difflib
import os
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, PlainValidator, SecretStr, ValidationInfo, WithJsonSchema

from jc1p.config.durations import parse_duration
from jc1p.config.secrets import FromCommand, FromFile, FromOnePassword, Given, SecretSource
from jc1p.core.attributes import CORE_FIELDS, EXTRA_FIELDS, is_known_field, placeholders
from jc1p.core.guard import Limit
from jc1p.runtime.redaction import MASKED

# --- paths --------------------------------------------------------------------------------------------------


def parse_path(value: object, info: ValidationInfo) -> Path:
    """A path, with ~ for the home folder. Relative paths start at the configuration's folder, wherever jc1p is run."""
    if isinstance(value, Path):
        return value
    if not isinstance(value, str):
        raise ValueError("a path must be text, such as ~/jc1p")  # noqa: TRY004 - pydantic reports ValueErrors
    folder = (info.context or {}).get("folder", Path())
    try:
        return Path(folder / Path(whole_text(value)).expanduser())
    except RuntimeError:
        user = value.partition("/")[0].removeprefix("~")
        why = f"there is no user {user} for ~" if user else "this user has no home folder for ~; set HOME"
        raise ValueError(why) from None


def whole_text(value: str) -> str:
    """Text that the operating system accepts: it cuts text at a NUL character, and encodes it as the locale says."""
    if "\0" in value:
        raise ValueError("a path or command cannot contain a NUL character")
    try:
        os.fsencode(value)
    except UnicodeEncodeError:
        raise ValueError("the locale lacks some of its characters: set LC_ALL=C.UTF-8 or PYTHONUTF8=1") from None
    return value


PathField = Annotated[Path, BeforeValidator(parse_path)]

# --- secrets ------------------------------------------------------------------------------------------------


def parse_secret(value: object, info: ValidationInfo) -> SecretSource:
    """A string, op://vault/item/field, {file: PATH} or {command: [argv]}; paths are relative to the file's folder."""
    if isinstance(value, Given | FromFile | FromCommand | FromOnePassword):
        return value
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, str):
        return parse_secret_text(value)
    if isinstance(value, dict) and list(value) == ["file"] and isinstance(value["file"], str):
        return FromFile(parse_path(value["file"], info))
    if isinstance(value, dict) and list(value) == ["command"]:
        argv = value["command"]
        if isinstance(argv, list) and argv and all(isinstance(word, str) for word in argv):
            return FromCommand(tuple(whole_text(word) for word in argv))
        raise ValueError("command must be a list of the program and its arguments, such as [pass, show, jc1p]")
    raise ValueError("a secret must be ${NAME}, op://vault/item/field, {file: PATH} or {command: [program, argument]}")


def parse_secret_text(value: str) -> SecretSource:
    """A reference, or the secret itself. Raises ValueError, without the text, for another form in plain text."""
    if value.startswith("op:"):
        if not re.fullmatch(r"op://[^/]+/[^/]+/.+", value):
            raise ValueError("a 1Password reference looks like op://vault/item/field")
        return FromOnePassword(whole_text(value))
    if re.fullmatch(r"\$[A-Z_][A-Z0-9_]*", value):
        raise ValueError("a variable needs braces: ${NAME}")
    if is_path(value):
        raise ValueError("this is a path; write {file: PATH} to read the secret from it")
    return Given(SecretStr(value))


def is_path(value: str) -> bool:
    """True for text in place of a secret that is a path; a token may begin with / too."""
    if value.startswith(("./", "../", "~/")):
        return True
    try:
        return value.startswith("/") and Path(value).is_file()
    except (OSError, ValueError):
        return False


def show_secret(source: SecretSource) -> Any:
    """A secret for `config show`: masked, with its source."""
    match source:
        case Given():
            return MASKED
        case FromFile():
            return {"file": str(source.path)}
        case FromCommand():
            return {"command": [source.argv[0], *([MASKED] if source.argv[1:] else [])]}
        case FromOnePassword():
            return source.reference


Secret = Annotated[
    SecretSource,
    PlainValidator(parse_secret),
    PlainSerializer(show_secret),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "description": "${NAME}, or op://vault/item/field"},
                {"type": "object", "properties": {"file": {"type": "string"}}, "required": ["file"],
                 "additionalProperties": False},
                {"type": "object", "properties": {"command": {"type": "array", "items": {"type": "string"}}},
                 "required": ["command"], "additionalProperties": False},
            ]
        }
    ),
]  # fmt: skip

# --- limits and durations -----------------------------------------------------------------------------------


def parse_limit(value: object) -> Limit:
    """N, "N%", or {percent: N, floor: N, cap: N}."""
    if isinstance(value, Limit):
        return value
    if isinstance(value, dict) and (unknown := [key for key in value if key not in LIMIT_PARTS]):
        raise ValueError(f"unknown key {unknown[0]}{nearest(str(unknown[0]), LIMIT_PARTS)}")
    if isinstance(value, dict) and (empty := [key for key in value if value[key] is None]):
        raise ValueError(f"{empty[0]} needs a value")
    if isinstance(value, dict) and value:
        cap = whole(value["cap"]) if "cap" in value else None
        return Limit(percent=percentage(value.get("percent", 0)), floor=whole(value.get("floor", 0)), cap=cap)
    if isinstance(value, str) and value.endswith("%"):
        return Limit(percent=percentage(value[:-1]))
    if isinstance(value, str | int) and not isinstance(value, bool):
        return Limit(floor=whole(value))
    raise ValueError(LIMIT_FORMS)


LIMIT_PARTS = ("percent", "floor", "cap")
LIMIT_FORMS = 'a limit must be a number such as 5, a share such as "10%", or {percent: 10, floor: 3, cap: 50}'


def whole(value: object) -> int:
    if re.fullmatch(r"\d{1,9}", str(value).strip()):
        return int(str(value))
    raise ValueError(LIMIT_FORMS)


def percentage(value: object) -> float:
    text = str(value).strip()
    if re.fullmatch(r"\d{1,3}(\.\d{1,4})?", text) and float(text) <= 100:  # noqa: PLR2004 - per cent
        return float(text)
    raise ValueError("a percentage must be a number from 0 to 100")


def show_limit(limit: Limit) -> Any:
    if not limit.percent and limit.cap is None:
        return limit.floor
    percent = int(limit.percent) if limit.percent == int(limit.percent) else limit.percent
    shown = {"percent": percent, "floor": limit.floor}
    return shown if limit.cap is None else {**shown, "cap": limit.cap}


LimitField = Annotated[
    Limit,
    PlainValidator(parse_limit),
    PlainSerializer(show_limit),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": r"^\d+(\.\d+)?%?$"},
                {"type": "object", "additionalProperties": False, "properties": {
                    "percent": {"type": "number", "minimum": 0, "maximum": 100},
                    "floor": {"type": "integer", "minimum": 0},
                    "cap": {"type": "integer", "minimum": 0},
                }},
            ]
        }
    ),
]  # fmt: skip


def show_duration(duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s" if seconds else "0h"


Duration = Annotated[
    timedelta,
    PlainValidator(parse_duration),
    PlainSerializer(show_duration),
    WithJsonSchema({"type": "string", "pattern": r"^\d+\s*[smhd]$"}),
]

# --- templates ----------------------------------------------------------------------------------------------


def parse_template(value: object) -> tuple[str, ...]:
    """One template or a list of them, over JumpCloud's field names."""
    templates = [value] if isinstance(value, str) else value
    if not isinstance(templates, list | tuple) or not templates or not all(isinstance(t, str) for t in templates):
        raise ValueError('a template must be text such as "{firstname} {lastname}", or a list of them')
    for template in templates:
        check_placeholders(template)
    return tuple(templates)


def check_placeholders(template: str) -> None:
    for name in placeholders(template):
        if not is_known_field(name):
            known = sorted(CORE_FIELDS | EXTRA_FIELDS)
            raise ValueError(f"JumpCloud has no field {name!r} for templates{nearest(name, known)}")
    if "{" in re.sub(r"\{[^{}]*\}", "", template) or "}" in re.sub(r"\{[^{}]*\}", "", template):
        raise ValueError("braces must enclose one field name, such as {email}")


SURELY = 0.75
"""How much a name resembles the intended one if it is probably a slip of the keyboard."""


def nearest(name: str, known: Sequence[str]) -> str:
    """The most likely intended name, as the end of a message; all known ones if none is likely."""
    by_folded = {each.lower(): each for each in known}
    found = difflib.get_close_matches(name.lower(), by_folded, n=1, cutoff=0.5)
    if not found:
        return f"; known are {', '.join(known)}"
    likeness = difflib.SequenceMatcher(None, name.lower(), found[0]).ratio()
    is_sure = likeness >= SURELY or name.lower()[:3] == found[0][:3]
    return f"; did you mean {by_folded[found[0]]}?" + ("" if is_sure else f" Known are {', '.join(known)}")


Template = Annotated[
    tuple[str, ...],
    PlainValidator(parse_template),
    PlainSerializer(lambda templates: list(templates) if len(templates) > 1 else templates[0]),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
