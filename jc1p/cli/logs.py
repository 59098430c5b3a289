"""Log lines for stderr, as text or as one JSON object a line; secrets are masked in both, whoever wrote them."""

import json
import logging
from collections.abc import Sequence

from pydantic import SecretStr

from jc1p.cli.options import LogFormat
from jc1p.secrets import mask


class MaskingFormatter(logging.Formatter):
    """Text lines, with secrets masked in message and traceback. `secrets` may grow after the formatter is made."""

    def __init__(self, secrets: Sequence[SecretStr]) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """One log entry."""
        return mask(super().format(record), self._secrets)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, the record's own fields, traceback."""

    def __init__(self, secrets: Sequence[SecretStr]) -> None:
        super().__init__()
        self._secrets = secrets

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
        return mask(json.dumps(entry, ensure_ascii=False), self._secrets)


def formatter(style: LogFormat, secrets: Sequence[SecretStr]) -> logging.Formatter:
    """The formatter of a log format."""
    return JsonFormatter(secrets) if style is LogFormat.JSON else MaskingFormatter(secrets)
