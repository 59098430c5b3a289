"""Reading answers that may be anything: when to come back, JSON or not, what an error page says to people."""

import email.utils
import html
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx


def retry_after_seconds(headers: httpx.Headers) -> float | None:
    """Retry-After in seconds; a date is measured from the answer's own Date, so that clock skew doesn't matter.

    None when absent or unreadable.
    """
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,6}(\.\d+)?", value):
        return float(value)
    moment = http_date(value)
    if moment is None:
        return None
    answered = http_date(headers.get("Date", "")) or datetime.now(UTC)
    return max(0.0, (moment - answered).total_seconds())


def http_date(value: str) -> datetime | None:
    """An HTTP date, None when it isn't one."""
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def loads(response: httpx.Response) -> Any:
    """The body as JSON, None when it isn't."""
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None


def text_of(response: httpx.Response, *, hide: Callable[[str], str]) -> str:
    """What an error answer says, for people: its message, else its text without tags, at most 200 characters.

    A SCIM error without a message says nothing beyond its status. `hide` masks what nobody may read; the cut comes
    after it, since half a secret can't be recognised.
    """
    body = loads(response)
    silent = isinstance(body, dict) and "schemas" in body
    return plain(message_in(body) or ("" if silent else response.text), hide=hide)


def message_in(body: object) -> str:
    """The message of an error body of either service, "" when there is none."""
    if not isinstance(body, dict):
        return ""
    texts = (body.get(key) for key in ("detail", "message", "error_description", "error"))
    return next((text for text in texts if isinstance(text, str) and text.strip()), "")


def plain(text: str, *, hide: Callable[[str], str] = str) -> str:
    """Text without tags and control characters, cut at 200 characters."""
    text = hide(text)
    without_tags = re.sub(r"(?is)<(script|style).*?</\1>|<[^>]*>", " ", text)
    printable = "".join(c if c.isprintable() else " " for c in html.unescape(without_tags))
    return hide(" ".join(printable.split()))[:200]
