"""Records the exchanges between doctor and both services, redacted as they happen; nothing else is kept.

A company's lists are long and their rows alike, so a few of each form are enough to see how a service answers.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from jc1p.clients.http.exchange import Exchanged
from jc1p.doctor.record.redact import LeftOut, StandIns, redact, redact_address, redact_headers, redact_query
from jc1p.doctor.record.vocabulary import MEDIA_TYPES

OF_A_KIND, ROWS = 2, 8
"""How many exchanges are kept that differ only in ids and names; rows of a list that are kept, each of another form."""
PLACES = frozenset({"startIndex", "skip"})
"""Parameters that select a page of a list."""
STAND_IN = re.compile(r"<([a-z0-9 ]+) [0-9]+>")
DEEPEST = 8
TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class Heard:
    """What is kept of every exchange: `path` has stand-ins for ids."""

    service: str
    method: str
    path: str
    status: int
    names_limits: bool
    is_filtered: bool
    """The path of an operation in its body selects members with a filter."""


@dataclass(slots=True)
class Tape:
    """Listens to both services. `exchanges` go into a bundle, `heard` has all of them in short form."""

    stand_ins: StandIns = field(default_factory=StandIns)
    exchanges: list[dict[str, Any]] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    _kinds: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def hear(self, it: Exchanged) -> None:
        """Keep one exchange, redacted."""
        parts = urlsplit(it.url)
        path, query = redact_address(parts.path, self.stand_ins), redact_query(parts.query, self.stand_ins)
        limits = any(name.lower().startswith("x-ratelimit") for name in it.headers)
        is_filtered = '[value eq \\"' in json.dumps(it.body) if it.body is not None else False
        self.heard.append(Heard(it.service, it.method, path, it.status, limits, is_filtered))
        form = {name: each for name, each in query.items() if name not in PLACES}
        request = redact(it.body, self.stand_ins)
        kind = (it.service, it.method, *map(without_numbers, (path, str(form), str(request))), str(it.status))
        self._kinds[kind] += 1
        if self._kinds[kind] > OF_A_KIND:
            return
        self.exchanges.append({
            "service": it.service, "method": it.method, "path": path, "query": query, "signed": it.signed,
            "request": request, "status": it.status, "headers": redact_headers(it.headers),
            "body": self._body(it), "error": it.error if it.error.isidentifier() else "",
        })  # fmt: skip

    def _body(self, it: Exchanged) -> Any:
        """The body in redacted form; of a body other than JSON only its media type."""
        if not it.content:
            return None
        try:
            return redact(sampled(json.loads(it.content)), self.stand_ins)
        except (ValueError, RecursionError):
            named = it.headers.get("content-type", "").partition(";")[0].strip().lower()
            return f"<{named if named in MEDIA_TYPES else 'no JSON'}>"

    @property
    def left_out(self) -> int:
        """Exchanges that were like others."""
        return len(self.heard) - len(self.exchanges)


def without_numbers(text: str) -> str:
    """Stand-ins without their numbers, since ids and names differ in the next exchange."""
    return STAND_IN.sub(r"<\1>", text)


def sampled(value: Any, depth: int = 0) -> Any:
    """A JSON value with a few rows of each list: the first of each form."""
    if depth > DEEPEST:
        return value
    if isinstance(value, Mapping):
        return {name: sampled(each, depth + 1) for name, each in value.items()}
    if not isinstance(value, list):
        return value
    few = [sampled(each, depth + 1) for each in first_of_each_form(value)[:ROWS]]
    return few + ([LeftOut(len(value) - len(few))] if len(value) > len(few) else [])


def first_of_each_form(rows: Sequence[Any]) -> list[Any]:
    forms: dict[str, Any] = {}
    for row in rows:
        forms.setdefault(form_of(row), row)
    return list(forms.values())


def form_of(value: Any, depth: int = 0) -> str:
    """The form of a value, without its texts and numbers; empty values are marked."""
    if depth > DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{name}:{form_of(each, depth + 1)}" for name, each in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ",".join(sorted({form_of(each, depth + 1) for each in value})) + "]"
    if isinstance(value, str):
        return "text" if value else "''"
    return str(value) if value is None or isinstance(value, bool) else "number"
