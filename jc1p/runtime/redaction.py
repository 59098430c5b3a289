"""Secrets made unreadable in text, in every form in which they travel. Where text comes from or goes is others' job."""

import html
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from pydantic import SecretStr

MASKED = "********"
SHORTEST = 6
"""Shorter text is no credential of either service, and hiding it would tear JSON's own words (null, false)."""


def mask(text: str, secrets: "Iterable[SecretStr]") -> str:
    """The text with every secret replaced by asterisks."""
    found = {form for secret in secrets for form in forms(secret.get_secret_value())}
    for form in sorted(found, key=len, reverse=True):
        text = text.replace(form, MASKED)
    return text


def forms(value: str) -> Iterator[str]:
    """A secret as it is, inside JSON, inside an address, inside HTML, and inside CSV."""
    if len(value) >= SHORTEST:
        yield from (value, json.dumps(value)[1:-1], quote(value, safe=""), html.escape(value))
        yield value.replace('"', '""')
