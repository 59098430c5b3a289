"""HTML that is right by construction: text is escaped unless it is Markup, and only `element` makes Markup.

Knows nothing of runs. Remote text goes through `remote`, which also keeps its direction of writing to itself.
"""

import re
from html import escape

from jc1p.reports.phrases import printable

VOID = frozenset({"meta", "input", "rect", "br"})
"""Elements without an end tag."""

ADDRESS = re.compile(r"[^\s@]{1,40}@[^\s@]{1,40}")
"""What paper shows on one line."""


class Markup(str):
    """HTML that may stand as it is."""

    __slots__ = ()


Child = str | None
Attribute = str | int | bool | None


def element(name: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """An element; children that are no Markup are text. `class_` is class, `aria_label` is aria-label."""
    given = "".join(attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Markup(f"<{name}{given}>" if name != "rect" else f"<{name}{given}/>")
    return Markup(f"<{name}{given}>{joined(*children)}</{name}>")


def joined(*children: Child) -> Markup:
    """Children one after the other, without an element around them."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children if child))


def attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def remote(text: str) -> Markup:
    """Text that others wrote: one line, nothing hidden, and it can't turn its surroundings around."""
    return element("bdi", printable(text), class_="address" if ADDRESS.fullmatch(text) else None)


def verbatim(name: str, text: str, /, **attributes: Attribute) -> Markup:
    """A style or script of our own, whose text HTML takes as it is. Raises ValueError if it would end the element."""
    if f"</{name}" in text.lower():
        raise ValueError(f"a {name} can't contain its own end")
    given = "".join(attribute(key, value) for key, value in attributes.items())
    return Markup(f"<{name}{given}>{text}</{name}>")
