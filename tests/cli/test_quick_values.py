"""Values that jc1p converts itself are the same as typer's conversions, for every option of every command."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from jc1p.cli import app
from jc1p.cli.usage.quick_values import AS_TEXT, EVERY_OUTPUT

TEXTS = ("jc1p.yaml", "", " ", "-", "~/x", "a/../b", "1h", "nonsense", "Ünïcode", "0")


def every_option() -> Iterator[tuple[Any, Any]]:
    """Parameters with a context for their conversion."""
    root = typer.main.get_command(app)
    waiting: list[tuple[Any, Any]] = [(root, root.context_class(root, info_name="jc1p"))]
    while waiting:
        command, ctx = waiting.pop()
        yield from ((each, ctx) for each in command.get_params(ctx))
        if isinstance(command, TyperGroup):
            waiting += [
                (each, each.context_class(each, parent=ctx, info_name=name)) for name, each in command.commands.items()
            ]


EVERY = [(each, ctx) for each, ctx in every_option() if not each.required]


def test_what_was_not_given_becomes_what_typer_makes_of_it() -> None:
    assert len(EVERY) > 300
    for option, ctx in EVERY:
        for value in {None, None if isinstance(option.default, list) else option.default}:
            assert same(option.process_value(ctx, value), type(option).process_value(option, ctx, value)), option.name


@pytest.mark.parametrize("name", sorted(AS_TEXT))
def test_a_text_becomes_what_typer_makes_of_it(name: str) -> None:
    named = [(option, ctx) for option, ctx in EVERY if option.name == name]
    assert named
    for option, ctx in named:
        for value in TEXTS:
            assert same(option.process_value(ctx, value), type(option).process_value(option, ctx, value)), value


def test_an_output_becomes_what_typer_makes_of_it() -> None:
    named = [(option, ctx) for option, ctx in EVERY if option.name == "output"]
    assert named
    for option, ctx in named:
        for value in EVERY_OUTPUT:
            assert same(option.process_value(ctx, value), type(option).process_value(option, ctx, value))


def same(one: object, other: object) -> bool:
    return (type(one), one) == (type(other), other)
