"""Log lines: no logger names in text, and never on the line of the progress display."""

import io
import logging
import sys

import pytest
from rich.console import Console

from jc1p.cli.terminal.logs import StderrHandler, formatter
from jc1p.cli.terminal.progress_bar import bar
from jc1p.cli.usage.options import LogFormat


def record(message: str) -> logging.LogRecord:
    return logging.LogRecord("jc1p.clients.http.service", logging.WARNING, "", 0, message, (), None)


def test_text_names_the_level_and_no_logger() -> None:
    said = formatter(LogFormat.TEXT).format(record("Retrying in 0.4 s (attempt 2 of 5): cannot connect"))
    assert said == "warning: Retrying in 0.4 s (attempt 2 of 5): cannot connect"


def test_log_line_stands_above_the_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    handler = StderrHandler()
    handler.setFormatter(formatter(LogFormat.TEXT))
    with bar(Console(stderr=True, force_terminal=True, width=80), "Applying", 4):
        handler.emit(record("Retrying"))
    (line,) = [each for each in written.getvalue().splitlines() if "Retrying" in each]
    assert "Applying" not in line
