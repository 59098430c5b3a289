"""Masks secrets in text, in every form in which they may appear. Callers know where the text comes from or goes.

There are two ways: `mask` for text that jc1p writes, and `quotable` for text from a service. A service may write a
credential in its own way: escaped, encoded, or with markup in between.
"""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote

if TYPE_CHECKING:
    from pydantic import SecretStr

MASKED = "********"
SHORTEST = 6
"""Shorter text is not a credential of either service, and masking it would break JSON's own words (null, false)."""
SHARED = 8
"""With this many consecutive characters of a secret, a text can't be quoted."""
NOT_SHOWN = "the message is not shown because it contains part of a credential"

BETWEEN = r"(?:<[^<>]{0,300}>|[\s\u00ad\u200b-\u200f\u2060\ufeff])*+"
"""What may be between two characters of a secret in a page: markup, and invisible characters."""
UNSEEN = re.compile(r"<[^<>]{0,300}>|[\s\u00ad\u200b-\u200f\u2060\ufeff]+")
ESCAPED = re.compile(r"\\{1,8}(?:u00|x)([0-9a-fA-F]{2})|\\{1,8}(?=[\"'/<>&])")
MOST_ROUNDS = 3
"""How often text is unescaped: for a quotation within a quotation within a quotation."""


def mask(text: str, secrets: "Iterable[SecretStr]") -> str:
    """The text with every secret replaced by asterisks."""
    found = {form for secret in secrets for form in forms(secret.get_secret_value())}
    for form in sorted(found, key=len, reverse=True):
        text = text.replace(form, MASKED)
    return text


def quotable(text: str, secrets: "Iterable[SecretStr]") -> str:
    """A service's text with every secret masked in any spelling; a replacement text if part of one would remain."""
    known = list(secrets)
    text = mask(text, known)
    for secret in known:
        for pattern in spellings(secret.get_secret_value()):
            text = pattern.sub(MASKED, text)
    remains = {form.lower() for form in readings(text)}
    parts = {part for secret in known for part in parts_of(secret.get_secret_value())}
    return NOT_SHOWN if any(part in form for part in parts for form in remains) else text


@lru_cache(maxsize=64)
def forms(value: str) -> tuple[str, ...]:
    """A secret as plain text, in JSON, in an address, in HTML, in CSV, in base64 and in hexadecimals."""
    if len(value) < SHORTEST:
        return ()
    percent = (quote(value, safe=""), quote(value), quote_plus(value))
    each_byte = "".join(f"%{byte:02X}" for byte in value.encode())
    plain = (value, json.dumps(value)[1:-1], html.escape(value), html.escape(value, quote=False))
    in_full = (*percent, each_byte, *(lower_case_escapes(each) for each in (*percent, each_byte)))
    digits = value.encode().hex()
    found = (*plain, value.replace('"', '""'), *in_full, *base64_forms(value), digits, digits.upper())
    return tuple(dict.fromkeys(found))


def lower_case_escapes(text: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), text)


def base64_forms(value: str) -> Iterator[str]:
    """The base64 of a secret at any position of the encoded text (after "Bearer ", for example): three alignments.

    Characters that depend on neighbouring text are skipped; those at the end count if nothing follows.
    """
    content = value.encode()
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + content).decode()
        first = -(-before * 8 // 6)
        whole = (before + len(content)) * 8 // 6
        if whole - first < SHORTEST:
            continue
        at_the_end = encoded[first:]
        for form in (at_the_end, at_the_end.rstrip("="), encoded[first:whole]):
            yield form
            yield form.translate(str.maketrans("+/", "-_"))


@lru_cache(maxsize=64)
def spellings(value: str) -> tuple[re.Pattern[str], ...]:
    """Patterns for a secret and its base64, with each character in any escape, and markup or spaces in between."""
    if len(value) < SHORTEST:
        return ()
    spelled = sorted({value, *base64_forms(value)}, key=len, reverse=True)
    return tuple(re.compile(BETWEEN.join(map(character, each))) for each in spelled)


def character(plain: str) -> str:
    """A pattern for one character: plain, percent-encoded, escaped as in JSON, or as an HTML reference."""
    code = ord(plain)
    digits = "".join(f"[{each}{each.upper()}]" if each.isalpha() else each for each in f"{code:02x}")
    percent = "".join(
        "%(?:25){0,3}" + "".join(f"[{each}{each.upper()}]" if each.isalpha() else each for each in f"{byte:02x}")
        for byte in plain.encode()
    )
    named = {"&": "amp;?", "<": "lt;?", ">": "gt;?", '"': "quot;?", "'": "apos;"}.get(plain, "")
    references = f"&(?:amp;){{0,3}}(?:#0{{0,5}}{code};?|#[xX]0{{0,5}}{digits};?" + (f"|{named})" if named else ")")
    return rf"(?:{re.escape(plain)}|{percent}|\\{{1,8}}(?:u00{digits}|x{digits}|{re.escape(plain)})|{references})"


def readings(text: str) -> Iterator[str]:
    """A text as it is, and unescaped in every way, without markup and spaces; repeated while that changes it."""
    for _ in range(MOST_ROUNDS):
        yield text
        yield UNSEEN.sub("", text)
        plainer = ESCAPED.sub(lambda match: chr(int(match[1], 16)) if match[1] else "", unquote(html.unescape(text)))
        if plainer == text:
            return
        text = plainer
    yield UNSEEN.sub("", text)


@lru_cache(maxsize=64)
def parts_of(value: str) -> frozenset[str]:
    """Every eight characters of a secret and of its base64, in lower case."""
    found = (value, *base64_forms(value))
    return frozenset(each[start : start + SHARED].lower() for each in found for start in range(len(each) - SHARED + 1))
