"""HTML that is safe by construction: text is escaped unless it is Markup, and only `element` creates Markup.

Independent of runs. Remote text goes through `remote`, which also isolates its writing direction.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from html import escape

from jc1p.reports.phrases import printable

VOID = frozenset({"meta", "input", "rect", "br"})
"""Elements without an end tag."""

ADDRESS = re.compile(r"[^\s@]{1,40}@[^\s@]{1,40}")
"""Text that must stay on one line in print."""
MOST_KEPT = 16 * 1024
"""Names and addresses whose HTML is kept: a review has each of them in every group."""


class Markup(str):
    """HTML that needs no escaping."""

    __slots__ = ()


Child = str | None
Attribute = str | int | bool | None


def element(name: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """An element; children other than Markup are text. `class_` is class, `aria_label` is aria-label."""
    given = "".join([attribute(key, value) for key, value in attributes.items()])
    if name in VOID:
        return Markup(f"<{name}{given}>" if name != "rect" else f"<{name}{given}/>")
    return Markup(f"<{name}{given}>{markup_text(children)}</{name}>")


def joined(*children: Child) -> Markup:
    """Children one after the other, without an element around them."""
    return Markup(markup_text(children))


def markup_text(children: Iterable[Child]) -> str:
    """The HTML of children."""
    return "".join([child if type(child) is Markup else escape(child) for child in children if child])


@lru_cache(maxsize=1024, typed=True)
def attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


@lru_cache(maxsize=MOST_KEPT)
def remote(text: str) -> Markup:
    """Remote text: one line, nothing hidden, and it can't change the writing direction of its surroundings."""
    return element("bdi", printable(text), class_="address" if ADDRESS.fullmatch(text) else None)


def verbatim(name: str, text: str, /, **attributes: Attribute) -> Markup:
    """Our own style or script, which HTML doesn't escape. Raises ValueError if it would end the element."""
    if f"</{name}" in text.lower():
        raise ValueError(f"a {name} can't contain its own end")
    given = "".join(attribute(key, value) for key, value in attributes.items())
    return Markup(f"<{name}{given}>{text}</{name}>")
