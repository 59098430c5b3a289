"""Values that need no conversion: typer's conversion imports pydantic, and most options aren't given.

typer reads the command line. Only the conversion of a value is decided here; any value that is not named here is left
to typer. tests/cli/test_quick_values.py compares the two for every option.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any

AS_TEXT: Mapping[str, Callable[[str], object]] = {"config": Path, "max_age": str}
"""Options that accept any text, by parameter name, and their type."""
EVERY_OUTPUT = frozenset({"text", "json"})
"""The formats of every command that has --output."""


def convert_quickly(parameters: list[Any]) -> list[Any]:
    """The same options, which now keep a default, or nothing, unconverted."""
    for parameter in parameters:
        if "process_value" not in vars(parameter):
            parameter.process_value = partial(process_value, parameter, parameter.process_value)
    return parameters


def process_value(parameter: Any, otherwise: Callable[[Any, Any], Any], ctx: Any, value: Any) -> Any:
    """The value that a command gets from the command line, a variable or the default."""
    if parameter.required:
        return otherwise(ctx, value)
    if value is None:
        converted: object = () if parameter.multiple or parameter.nargs == -1 else None
    elif isinstance(value, Enum):
        converted = value
    elif type(value) is str and parameter.name in AS_TEXT:
        converted = AS_TEXT[parameter.name](value)
    elif parameter.name == "output" and value in EVERY_OUTPUT:
        converted = type(parameter.default)(value)
    else:
        return otherwise(ctx, value)
    return parameter.callback(ctx, parameter, converted) if parameter.callback else converted
