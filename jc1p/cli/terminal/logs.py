"""Log lines for stderr, as text or as one JSON object per line. The stream masks secrets in both."""

import json
import logging
import sys
from typing import TextIO

from jc1p.cli.usage.options import LogFormat


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, logger, message, the record's own fields, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """One log entry."""
        entry = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry)


class TextFormatter(logging.Formatter):
    """Text such as "warning: Retrying in 0.4 s"; the names of loggers mean nothing to an admin."""

    def format(self, record: logging.LogRecord) -> str:
        """One log entry."""
        return f"{record.levelname.lower()}: {super().format(record)}"


ABOUT_FILES = frozenset({"jc1p.journal", "jc1p.state"})
"""The loggers of the state folder: a command reads its files several times, and says once what is wrong with them."""


class StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to the current stderr: while a progress line is shown, log lines appear above it."""

    def __init__(self) -> None:
        super().__init__()
        self._told: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one log entry."""
        self.stream = sys.stderr
        if record.name in ABOUT_FILES:
            message = record.getMessage()
            if message in self._told:
                return
            self._told.add(message)
        super().emit(record)


def formatter(style: LogFormat) -> logging.Formatter:
    """The formatter of a log format."""
    return JsonFormatter() if style is LogFormat.JSON else TextFormatter()
