"""Redacts an answer: replaces everything that isn't known to be free of personal data. Pure.

The same text has the same stand-in in a whole bundle, so that it still shows which member is which account. A stand-in
shows the form of a text (an id of 24 hexadecimals, an email) and nothing of its content.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jc1p.doctor.record.vocabulary import (  # fmt: skip
    HEADERS,
    KEYS,
    MEDIA_TYPES,
    NUMBERS,
    OPERATORS,
    PARAMETERS,
    SEGMENTS,
    WORDS,
)

LOOKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"[^@\s]+@[^@\s]+")),
    ("id of 24 hexadecimals", re.compile(r"[0-9a-f]{24}")),
    ("id of 26 capitals and digits", re.compile(r"[A-Z2-7]{26}")),
    ("id of 26 small letters and digits", re.compile(r"[a-z2-7]{26}")),
    ("uuid", re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")),
    ("time", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")),
    ("digits", re.compile(r"[0-9]{1,40}")),
)
"""The forms of a text, the first match counts; anything else is just a text."""
DEEPEST = 20
DIGITS = re.compile(r"[0-9]{1,9}")
VERSION = re.compile(r"[0-9]{1,2}\.[0-9]{1,3}\.[0-9]{1,3}")
"""The version of a bridge; three numbers identify no company."""
ONE_MEMBER = re.compile(r'members\[value eq "([^"]*)"\]')
SCIM_FILTER = re.compile(r'(\S+) (\S+) "(.*)"', re.DOTALL)
JUMPCLOUD_FILTER = re.compile(r"([^:]*):([^:]*):(.*)", re.DOTALL)


class LeftOut(int):
    """The number of rows of a list that aren't shown."""


@dataclass(slots=True)
class StandIns:
    """Stand-ins for the texts of one bundle, numbered in order of appearance."""

    known: dict[str, str] = field(default_factory=dict)

    def stand_in(self, text: str) -> str:
        """The stand-in for a text, always the same for the same text."""
        if not text:
            return ""
        if text not in self.known:
            self.known[text] = f"<{look_of(text)} {len(self.known) + 1}>"
        return self.known[text]


def look_of(text: str) -> str:
    return next((look for look, pattern in LOOKS if pattern.fullmatch(text)), "text")


def redact(value: Any, stand_ins: StandIns, key: str = "", depth: int = 0) -> Any:
    """A JSON value under a key; true, false, null and empty texts stay as they are."""
    if isinstance(value, dict | list) and depth > DEEPEST:
        return "<nested deeper>"
    if isinstance(value, dict):
        return {
            shown_key(name, stand_ins): redact(each, stand_ins, str(name), depth + 1) for name, each in value.items()
        }
    if isinstance(value, list):
        return [redact(each, stand_ins, key, depth + 1) for each in value]
    return redact_text(value, stand_ins, key) if isinstance(value, str) else redact_scalar(value, key)


def redact_scalar(value: object, key: str) -> object:
    """A value other than text; values that JSON doesn't have are replaced too."""
    if isinstance(value, LeftOut):
        return f"<and {int(value)} more>"
    is_shown = value is None or isinstance(value, bool) or (isinstance(value, int | float) and key in NUMBERS)
    return value if is_shown else "<number>"


def redact_text(text: str, stand_ins: StandIns, key: str) -> str:
    """A documented word as it is, an address in parts, anything else as its stand-in."""
    if text in WORDS.get(key, ()) or (key == "version" and VERSION.fullmatch(text)):
        return text
    if key == "path" and (found := ONE_MEMBER.fullmatch(text)):
        return f'members[value eq "{stand_ins.stand_in(found[1])}"]'
    if text.startswith(("https://", "http://", "/")):
        return redact_address(text, stand_ins)
    return stand_ins.stand_in(text)


def shown_key(name: object, stand_ins: StandIns) -> str:
    return str(name) if name in KEYS else stand_ins.stand_in(str(name)) or "<empty key>"


def redact_address(address: str, stand_ins: StandIns) -> str:
    """An address or a path: its host and unknown parts replaced, its query removed."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return stand_ins.stand_in(address)
    segments = [each if each in SEGMENTS or not each else stand_ins.stand_in(each) for each in parts.path.split("/")]
    host = f"{parts.scheme}://{stand_ins.stand_in(parts.netloc)}" if parts.netloc else ""
    return host + "/".join(segments) + ("?…" if parts.query else "") + ("#…" if parts.fragment else "")


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Numbers of known headers and the media type; other headers are removed with their names."""
    shown = {}
    for name, value in headers.items():
        lower = name.lower()
        if lower in HEADERS:
            shown[lower] = value if DIGITS.fullmatch(value.strip()) else "<no number>"
        if lower == "content-type":
            media_type = value.partition(";")[0].strip().lower()
            shown[lower] = media_type if media_type in MEDIA_TYPES else "<another>"
    return shown


def redact_query(query: str, stand_ins: StandIns) -> dict[str, str]:
    """The parameters of a request: how it was asked, but not about which user or group."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True)
    except ValueError:
        return {"<parameters>": stand_ins.stand_in(query)}
    return {
        name if name in PARAMETERS or name in {"fields", "filter"} else stand_ins.stand_in(name) or "<empty key>":
        redact_parameter(name, value, stand_ins)
        for name, value in pairs
    }  # fmt: skip


def redact_parameter(name: str, value: str, stand_ins: StandIns) -> str:
    if name == "filter":
        return redact_filter(value, stand_ins)
    if name == "fields":
        return " ".join(each if each in KEYS else stand_ins.stand_in(each) for each in value.split())
    is_shown = name in PARAMETERS and (value in PARAMETERS[name] or DIGITS.fullmatch(value))
    return value if is_shown else stand_ins.stand_in(value)


def redact_filter(expression: str, stand_ins: StandIns) -> str:
    """`userName eq "…"` or `email:$eq:…` with a stand-in for the value; anything else is a text."""
    for pattern, form in ((SCIM_FILTER, '{} {} "{}"'), (JUMPCLOUD_FILTER, "{}:{}:{}")):
        found = pattern.fullmatch(expression)
        if found and found[1] in KEYS and found[2] in OPERATORS:
            return form.format(found[1], found[2], stand_ins.stand_in(found[3]))
    if expression == "active eq true":
        return expression
    return stand_ins.stand_in(expression)
