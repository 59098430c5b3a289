"""Mistakes in YAML in an admin's words, instead of those of the YAML library."""

from collections.abc import Iterator

import yaml

COLON = (
    "a colon is not possible here. Check the indentation of this line and the line above, write a space after the "
    'colon of each key, and put text that contains ": " in quotes'
)
UNCLOSED = "the list or braces that start here are not closed, or a comma is missing in them"
ESCAPE = "in double quotes \\ starts an escape. Use single quotes"
STAR = "a value cannot start with * or &. Put it in quotes"
INDENTED = "this line is indented differently from the lines above it"
AFTER = "there is text after the value. Put the whole value in quotes"

PLAIN = {
    "mapping values are not allowed": COLON,
    "block sequence entries are not": "a list cannot start here. Put each item on its own line, or write [a, b]",
    "did not find expected '-' indicator": "this line is indented differently from the list above",
    "did not find expected ',' or": UNCLOSED,
    "did not find expected hexdecimal number": ESCAPE,
    "found unknown escape character": ESCAPE,
    "found unexpected end of stream": "the quote that starts here is not closed",
    "did not find expected alphabetic or numeric character": STAR,
    "found undefined alias": STAR,
    "but found another document": "a second document starts here. The file can have only one",
    "could not find expected ':'": "a key needs a colon and a space after it",
    "did not find expected comment or line break": "text that starts with | or > begins on the next line",
}
"""Parts of the library's messages, and what they mean."""

WHERE_IT_BEGAN = frozenset(
    {UNCLOSED, ESCAPE, STAR, PLAIN["found unexpected end of stream"], PLAIN["could not find expected ':'"]}
)
"""Explanations of what began earlier than the place where the library noticed it."""

NO_BREAK = "\u00a0"
SPACES = {"\t": "a tab; YAML accepts only spaces", NO_BREAK: "a no-break space; use plain spaces"}


def explain_yaml(error: yaml.YAMLError, text: str) -> str:
    """A YAML error as line:column: what is wrong."""
    if isinstance(error, yaml.reader.ReaderError):
        at_line, at_column = place_of(text, error.position)
        return f"{at_line}:{at_column}: not YAML: this control character is not allowed"
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    theirs = getattr(error, "problem", None) or str(error).partition("\n")[0]
    if mark is None:
        return f"1:1: not YAML: {theirs}"
    if wrong := next(wrong_spaces(text, mark.line), ""):
        return wrong
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    ours = in_plain_words(theirs, line, mark.column)
    is_in_flow = "flow" in (getattr(error, "context", None) or "")
    if is_in_flow and "${" in line:
        ours = 'inside [] or {} a variable needs quotes, as in "${NAME}"'
    if ours in WHERE_IT_BEGAN and context is not None:
        mark = context
    return f"{mark.line + 1}:{mark.column + 1}: not YAML: {ours}"


def in_plain_words(theirs: str, line: str, column: int) -> str:
    """What the library's message means, for a mistake at a column of a line."""
    if "did not find expected key" in theirs:
        return AFTER if line[:column].strip() else INDENTED
    if "cannot start any token" in theirs:
        return f"a value cannot start with {line[column : column + 1]}. Put it in quotes"
    return next((ours for part, ours in PLAIN.items() if part in theirs), theirs)


def wrong_spaces(text: str, last: int) -> Iterator[str]:
    """The lines up to the one where the library stopped that aren't indented with spaces."""
    for number, line in enumerate(text.splitlines()[: last + 1], start=1):
        indent = line[: len(line) - len(line.lstrip())]
        for character, name in SPACES.items():
            if character in indent and line.strip() and not line.lstrip().startswith("#"):
                yield f"{number}:1: not YAML: indented with {name}"


def place_of(text: str, position: int) -> tuple[int, int]:
    """Line and column of a position in a text."""
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
