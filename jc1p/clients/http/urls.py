"""Addresses and query strings."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, urlencode, urlsplit

FORM = "application/x-www-form-urlencoded"
JSON = json.JSONEncoder(ensure_ascii=False)
"""json.dumps would make one for each body."""


Params = Mapping[str, str | int]


def query_string(params: Params | None) -> str:
    """Encoded so that "+" is %2B and a space %20 (facts/scim-bridge.md 9)."""
    if not params:
        return ""
    return "?" + urlencode(params, quote_via=quote, safe="")


def encoded(body: object, media_type: str) -> bytes | None:
    """The body as JSON or as a form."""
    if body is None:
        return None
    if media_type == FORM and isinstance(body, Mapping):
        return urlencode(body).encode()
    return JSON.encode(body).encode()


ID = re.compile(r"/(?!ServiceProviderConfig)(?:[0-9a-f]{24}|[A-Za-z0-9_%.~-]{20,})(?=/|$)")


@lru_cache(maxsize=256)
def path_template(path: str) -> str:
    """A path without ids, for logs and errors: /Users/{id}."""
    return ID.sub("/{id}", urlsplit(path).path)
