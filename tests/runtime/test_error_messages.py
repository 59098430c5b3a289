"""Every error names its subject, if there is one: host, file, line, user or group."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jc1p
from jc1p.errors import error_kinds

SOURCE = Path(jc1p.__file__).parent
KINDS = {kind.__name__ for kind in error_kinds()}
ABOUT_THE_COMMAND_LINE = {
    "stdout is closed: the result cannot be shown",
    "interrupted",
    "interrupted by a signal",
    "not applied; nothing was changed",
    "no terminal to ask for confirmation",
    "no answer",
    "give either --api-key-from, or --client-id and --client-secret-from, not both",
    "--accept goes with --link",
    "--user goes with --create",
    "--group goes with --link",
    "--reference has line breaks or control characters",
    "the name is empty",
    "--canary and --canary-group go together",
    "--canary goes with --record",
    "--close and --group exclude each other",
    "--canary-group: the name is empty or can't be shown",
    "--yes goes with --record",
    "--replay and --profile both say how the services behave",
    "not saved; nothing was written",
    "only links are recorded without the guard",
    "a safety limit blocked this plan; nothing was changed",
    "the list of users to create changed while the question was open; nothing was created",
}
"""Messages without a subject: the admin sees what was typed, and findings name what blocks a plan."""


@cache
def raised() -> list[tuple[str, ast.expr]]:
    """Every place that creates a Jc1pError, with its message."""
    return list(errors_of(KINDS))


def errors_of(kinds: set[str]) -> Iterator[tuple[str, ast.expr]]:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name_of(node.func) in kinds and node.args:
                yield f"{path.relative_to(SOURCE)}:{node.lineno} {name_of(node.func)}", node.args[0]


def name_of(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""


def fixed_text(message: ast.expr) -> str | None:
    """A message without any value in it; None if it contains one."""
    if isinstance(message, ast.Constant):
        return str(message.value)
    if isinstance(message, ast.JoinedStr) and not any(isinstance(part, ast.FormattedValue) for part in message.values):
        return "".join(str(part.value) for part in message.values if isinstance(part, ast.Constant))
    return None


def test_every_message_holds_what_it_is_about() -> None:
    nameless = {
        place: text
        for place, message in raised()
        if (text := fixed_text(message)) is not None and text not in ABOUT_THE_COMMAND_LINE
    }
    assert nameless == {}


def test_the_walk_meets_most_of_the_tree() -> None:
    met = {place.rpartition(" ")[2] for place, _ in raised()}
    assert len(met) > len(KINDS) / 2


def test_every_kind_says_what_it_is_and_has_the_code_of_the_tree() -> None:
    for kind in error_kinds():
        assert (kind.__doc__ or "").rstrip().endswith("."), kind
        assert kind.code
        assert int(kind.exit_code) in {1, 2, 4, 6, 130}
