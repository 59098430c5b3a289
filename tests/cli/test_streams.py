"""JSON on a terminal: the same document, without characters that a terminal acts on."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from jc1p.cli.streams import without_actors

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
