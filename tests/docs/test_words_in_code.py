"""Texts, docstrings and comments of jc1p use none of the words that the pages must not use either."""

import ast
import tokenize
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

import jc1p
from tools.docs.words import INSTEAD, VAGUE, mistakes_in_words

SOURCE = Path(jc1p.__file__).parent
ON_THE_WIRE = {"sandbox/bridge", "sandbox/jumpcloud"}
"""What the simulators answer: words of the two services."""
EXCEPTIONS: dict[str, str] = {}
"""A text that may stay, with the reason."""


def shown_texts(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every string with a space in it, and of the docstrings that are help texts.

    The parts of an f-string count as one text, with … for its values. Other docstrings, and strings below a constant,
    are left to `texts_for_developers`.
    """
    tree = ast.parse(source)
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            inner.add(id(node.value))
        if isinstance(node, ast.FunctionDef) and is_command(node) and (shown := ast.get_docstring(node)):
            yield node.lineno, shown
    for node in ast.walk(tree):
        if isinstance(node, ast.expr) and id(node) not in inner and " " in (text := text_of(node)).strip():
            yield node.lineno, text


def texts_for_developers(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every docstring, every string below a constant, and every comment."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and (text := text_of(node.value)):
            yield node.lineno, text
    for token in tokenize.generate_tokens(StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def text_of(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def is_command(node: ast.FunctionDef) -> bool:
    return any("command" in ast.unparse(each) or "callback" in ast.unparse(each) for each in node.decorator_list)


def test_no_text_has_a_word_that_jc1p_does_not_use() -> None:
    wrong = [
        f"{path.relative_to(SOURCE)}:{line}: {problem} in {text!r}"
        for path in sorted(SOURCE.rglob("*.py"))
        if not any(str(path.relative_to(SOURCE)).startswith(each) for each in ON_THE_WIRE)
        for line, text in shown_texts(path.read_text(encoding="utf-8"))
        if text not in EXCEPTIONS
        for problem in mistakes_in_words(text, INSTEAD | VAGUE)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_docstring_or_comment_has_such_a_word() -> None:
    wrong = [
        f"{path.relative_to(SOURCE)}:{line}: {problem} in {text!r}"
        for path in sorted(SOURCE.rglob("*.py"))
        for line, text in texts_for_developers(path.read_text(encoding="utf-8"))
        for problem in mistakes_in_words(text, INSTEAD | VAGUE)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "source",
    ['say("nobody is in scope")', 'say(f"{n} runs were cut off")', '@app.command()\ndef x():\n    "Is in step."'],
)
def test_such_words_are_found(source: str) -> None:
    assert [problem for _, text in shown_texts(source) for problem in mistakes_in_words(text, INSTEAD | VAGUE)]


def test_docstrings_and_comments_are_told_from_data() -> None:
    source = '"""Nobody is told."""\nNOBODY = "nobody@example.com"\n"""Whoever reads."""\nX = 1  # in step\n'
    assert [text for _, text in texts_for_developers(source)] == ["Nobody is told.", "Whoever reads.", "# in step"]
    assert list(shown_texts(source)) == []
