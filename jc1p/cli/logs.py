"""Log lines for stderr, as text or as one JSON object a line. The stream masks what is secret in both."""

import json
import logging

from jc1p.cli.options import LogFormat


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, the record's own fields, traceback."""

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


def formatter(style: LogFormat) -> logging.Formatter:
    """The formatter of a log format."""
    return JsonFormatter() if style is LogFormat.JSON else logging.Formatter("%(levelname)s %(name)s: %(message)s")
