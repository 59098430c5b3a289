"""Mistakes in YAML are explained in an admin's words, at the place where they began."""

import re
from pathlib import Path

import pytest

from jc1p.config import load_config
from jc1p.config.yaml_errors import PLAIN
from jc1p.errors import ConfigError

GOOD = "jumpcloud:\n  region: us\n  api_key: ${KEY}\n"
LIBRARY_WORDS = re.compile(r"expected|mapping|token|stream|scalar|sequence|anchor|context|hexdecimal|node")


def problem(tmp_path: Path, text: str) -> tuple[str, str]:
    """The error without the path, and its hint."""
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(path, {})
    return caught.value.message.removeprefix(f"{path}:"), str(caught.value.hint)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD.replace("  api", " api"), "3:2: not YAML: this line is indented differently from the lines above it"),
        (GOOD.replace("  region", "\u00a0\u00a0region"), "2:1: not YAML: indented with a no-break space"),
        (GOOD.replace("region: us", "region:us"), "3:10: not YAML: a colon is not possible here. Check"),
        ("scope:\n  application: a: b\n", "2:17: not YAML: a colon is not possible here. Check"),
        ("scope:\n  groups: - a\n", "2:11: not YAML: a list cannot start here. Put each item on its own line"),
        ("scope:\n  groups:\n    - a\n    b: c\n", "4:5: not YAML: this line is indented differently from the list"),
        ("scope:\n  groups: [a, b\nusers:\n", "2:11: not YAML: the list or braces that start here are not closed"),
        ("a: [1\n", "1:4: not YAML: the list or braces that start here are not closed"),
        ("scope:\n  groups: [a]]\n", "2:14: not YAML: there is text after the value. Put the whole value in quotes"),
        ("scope:\n  application: '1P' Business\n", "2:21: not YAML: there is text after the value."),
        ("groups:\n  name: {a} {b}\n", "2:13: not YAML: there is text after the value."),
        ("scope:\n  application: '1P\nusers:\n", "2:16: not YAML: the quote that starts here is not closed"),
        ("scope:\n  application: @work\n", "2:16: not YAML: a value cannot start with @. Put it in quotes"),
        ("scope:\n  application: %X%\n", "2:16: not YAML: a value cannot start with %. Put it in quotes"),
        ("scope:\n  groups: [*]\n", "2:12: not YAML: a value cannot start with * or &. Put it in quotes"),
        ("scope:\n  groups: [*Team]\n", "2:12: not YAML: a value cannot start with * or &. Put it in quotes"),
        ('state:\n  path: "C:\\Users"\n', "2:9: not YAML: in double quotes \\ starts an escape. Use single quotes"),
        ("a: 1\n---\nb: 1\n", "2:1: not YAML: a second document starts here. The file can have only one"),
        ("a: 1\nb\n", "2:1: not YAML: a key needs a colon and a space after it"),
        ("a: 1\nb: \x07\n", "2:4: not YAML: this control character is not allowed"),
    ],
)  # fmt: skip
def test_yaml_mistakes_are_explained(tmp_path: Path, text: str, expected: str) -> None:
    message, hint = problem(tmp_path, text)
    assert message.startswith(expected)
    assert not LIBRARY_WORDS.search(message)
    assert hint == "Correct the line, then run `jc1p config check`."


def test_every_known_explanation_is_free_of_the_librarys_words() -> None:
    assert not [words for words in PLAIN.values() if LIBRARY_WORDS.search(words)]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_empty_file_says_how_to_start(tmp_path: Path, text: str) -> None:
    message, hint = problem(tmp_path, text)
    assert (message, "`jc1p init`" in hint) == ("1:1: the file is empty", True)


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_file_in_another_encoding_says_which_one_to_save_as(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "c.yaml").write_bytes("# für Ödön\n".encode(encoding))
    with pytest.raises(ConfigError, match="is not UTF-8 text") as caught:
        load_config(tmp_path / "c.yaml", {})
    assert caught.value.hint == "Save it as UTF-8 in your editor, then run `jc1p config check`."


def test_tag_of_another_tool_is_refused(tmp_path: Path) -> None:
    message, _ = problem(tmp_path, GOOD.replace("${KEY}", "!env KEY"))
    assert "3:12: jumpcloud.api_key: the tag !env has no meaning here. Put text that starts with ! in quotes" in message


def test_key_that_is_indented_with_no_break_spaces_is_named(tmp_path: Path) -> None:
    message, _ = problem(tmp_path, GOOD.replace("  api", "\u00a0\u00a0api"))
    assert "3:1: api_key: indented with a no-break space; use plain spaces" in message
