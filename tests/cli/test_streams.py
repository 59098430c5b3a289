"""JSON on a terminal: the same document, without characters that a terminal acts on."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from jc1p.cli.terminal.streams import without_actors, without_commands
from jc1p.reports.phrases import printable

ODD = "\x7f \x85 \x9b2J \x9d0;title\x9c \u202eevil\u202c \u2066x\u2069 \u200e \u2028 \u2029 \u00ad \U000e0041 é 日本 🌙"
WORDS = f"import sys; from jc1p.cli.session import print_json; print_json({{'name': {ODD!r}}})"
FINE = {"é", "日", "本", "🌙", "\n"}


def on_a_terminal() -> str:
    """The output on a terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(
        [sys.executable, "-c", WORDS], stdin=subprocess.DEVNULL, stdout=theirs, env=environment, cwd=Path.cwd()
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # Linux raises this when the other end is closed
        pass
    os.close(ours)
    assert process.wait() == 0
    return shown.decode().replace("\r\n", "\n")


def test_json_on_a_terminal_says_the_same_and_nothing_in_it_acts() -> None:
    shown = on_a_terminal()
    assert json.loads(shown) == {"name": ODD}
    assert {c for c in shown if not c.isascii() or c == "\x7f"} == FINE - {"\n"}


def test_json_in_a_pipe_stays_as_it_is() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", WORDS], capture_output=True, check=True, env=environment)
    assert done.stdout.decode() == json.dumps({"name": ODD}, indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("text", ["plain", "\x7f", "\u2028", "\U000e0041", "\x9b"])
def test_escaped_document_is_the_same_document(text: str) -> None:
    shown = without_actors(json.dumps({"a": text}, ensure_ascii=False))
    assert json.loads(shown) == {"a": text}
    assert shown.isascii()
    assert shown.isprintable()


COMMANDS = ["##[add-mask]x", "a ##[error]b", "##vso[task.setvariable variable=x]y"]


@pytest.mark.parametrize("name", COMMANDS)
def test_document_in_a_pipe_has_no_command_for_a_ci_and_says_the_same(name: str) -> None:
    words = "from jc1p.cli.terminal.streams import take_over; from jc1p.cli.session import print_json; "
    words += f"take_over(); print_json({{'name': {name!r}}})"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, check=True)
    assert json.loads(done.stdout) == {"name": name}
    assert b"##[" not in done.stdout
    assert b"##vso[" not in done.stdout


@pytest.mark.parametrize("name", ["::error::x", " ::set-output name=a::b", "::::"])
def test_name_at_the_start_of_a_line_is_no_command_for_a_ci(name: str) -> None:
    assert not printable(name).lstrip().startswith("::")
    assert "\\x3a:" in printable(name)


def test_headings_and_addresses_stay_as_they_are() -> None:
    assert without_commands("## Plan\n### [x]\n# #[y]") == "## Plan\n### [x]\n# #[y]"
    assert [printable(each) for each in ("fe80::1", ":smile:", "a ::b::")] == ["fe80::1", ":smile:", "a ::b::"]
