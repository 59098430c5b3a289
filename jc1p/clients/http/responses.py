"""Reads answers that may contain anything: when to retry, JSON or not, and the message of an error page."""

import email.utils
import html
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx

from jc1p.clients.http.exchange import Answer
from jc1p.errors import BadResponse, RefusedByGateway, ServiceError

MOST_READ = 4000
"""Characters of an error page that are read."""
MOST_SAID = 200
CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252"})
"""Encodings of error pages; any other is read as UTF-8."""


def retry_after_seconds(headers: httpx.Headers) -> float | None:
    """Retry-After in seconds; a date is measured from the answer's own Date, so that clock skew doesn't matter.

    None when absent or unreadable.
    """
    value = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,9})?", value):
        return float(value)
    moment = http_date(value)
    if moment is None:
        return None
    answered = http_date(headers.get("Date", "")) or datetime.now(UTC)
    return max(0.0, (moment - answered).total_seconds())


def http_date(value: str) -> datetime | None:
    """An HTTP date, in UTC; None when it isn't one."""
    try:
        moment = email.utils.parsedate_to_datetime(value[:100])
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def hidden_location(response: httpx.Response, *, hide: Callable[[str], str]) -> httpx.Headers:
    """The headers, with secrets masked in a redirect's address; only redirects are quoted."""
    headers = response.headers
    if response.is_success or "Location" not in headers:
        return headers
    shown = headers.copy()
    shown["Location"] = hide(headers["Location"])
    return shown


def sent_to(place: str, *, is_signed: bool) -> str:
    """That the credential was sent to a host that redirects, which is never followed; "" if none was sent."""
    return f"; jc1p sent the credential to {place} only, not to the redirect" if is_signed and place else ""


def redirect_of(headers: httpx.Headers) -> str:
    """The target of a redirect, such as " to /login", without its query, which may hold tokens; "" for none."""
    location = plain(headers.get("Location", "").partition("?")[0].partition("#")[0])
    return f" to {location}" if location else ""


def mixed_up(service: str, asked: str) -> BadResponse:
    """The error for an answer about another user or group than the one that was asked for."""
    return BadResponse(
        f"{service} answered {asked} with another user or group than the one that was asked for", service=service,
        hint="A proxy between jc1p and the service may mix up answers or keep old ones. Exclude the service from it.",
    )  # fmt: skip


def not_modified(service: str, asked: str) -> BadResponse:
    """The error for a 304: jc1p keeps no answers and never asks whether one is still valid."""
    return BadResponse(
        f"a cache answered {asked} instead of {service} (304)", service=service,
        hint="A proxy between jc1p and the service keeps old answers. Exclude the service from it.",
    )  # fmt: skip


def page_instead(answer: Answer, service: str, asked: str, hint: str) -> ServiceError | None:
    """The error for a web page that isn't the service's: with 403, or with 404 in place of one user, account or group.

    None for other answers. A wrong address of the service is answered with pages too, but not about one resource.
    """
    is_about_one = answer.status == httpx.codes.NOT_FOUND and "{id}" in asked
    if not answer.is_page or not (is_about_one or answer.status == httpx.codes.FORBIDDEN):
        return None
    said = f": {answer.text}" if answer.text else ""
    kind = BadResponse if is_about_one else RefusedByGateway
    return kind(f"a web page answered {asked} instead of {service} ({answer.status}{said})", service=service, hint=hint)


def loads(content: bytes) -> Any:
    """A body as JSON, None when it isn't."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def text_of(content: bytes, headers: httpx.Headers, *, hide: Callable[[str], str]) -> str:
    """The message of an error answer: its message, otherwise its text without tags, at most 200 characters.

    A SCIM error without a message says nothing beyond its status. `hide` masks secrets before the text is cut, since
    half a secret can't be recognised.
    """
    body = loads(content)
    silent = isinstance(body, dict) and "schemas" in body
    return plain(message_in(body) or ("" if silent else decoded(content, headers)), hide=hide)


def decoded(content: bytes, headers: httpx.Headers) -> str:
    """The start of a body as text, in its declared encoding if that is a usual one."""
    _, _, named = headers.get("Content-Type", "").lower().partition("charset=")
    charset = named.partition(";")[0].strip(" \"'")
    return content[: 4 * MOST_READ].decode(charset if charset in CHARSETS else "utf-8", "replace")


def message_in(body: object) -> str:
    """The message of an error body of either service, "" when there is none."""
    if not isinstance(body, dict):
        return ""
    texts = (body.get(key) for key in ("detail", "message", "error_description", "error"))
    return next((text for text in texts if isinstance(text, str) and text.strip()), "")


def plain(text: str, *, hide: Callable[[str], str] = str) -> str:
    """Text without tags and control characters, cut at 200 characters; only its first 4,000 are looked at."""
    text = html.unescape(without_tags(hide(text[: 4 * MOST_READ])[:MOST_READ]))
    printable = "".join(c if c.isprintable() else " " for c in text)
    return hide(" ".join(printable.split()))[:MOST_SAID]


def without_tags(markup: str) -> str:
    """The text between tags, without scripts and styles, in one pass: a pattern would take quadratic time on "<<<<"."""
    first, *parts = markup.split("<")
    texts, inside = [first], ""
    for part in parts:
        tag, closed, text = part.partition(">")
        name = tag.lstrip().partition(" ")[0].lower()
        if inside:
            inside = "" if name == f"/{inside}" else inside
            texts.append(" " if inside else f" {text}")
        elif not closed:
            texts.append(f"<{part}")
        else:
            inside = name if name in {"script", "style"} else ""
            texts.append(" " if inside else f" {text}")
    return "".join(texts)
