"""Markdown pages for the checks: fenced blocks, links, anchors, code spans, generated regions.

Uses the CommonMark parser that rich depends on, so that the checks see what a reader sees.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
"""The repository."""

GENERATED = re.compile(r"<!-- generated: (?P<name>[\w .]+) -->\n(?P<body>.*?)<!-- end of (?P=name) -->", re.DOTALL)
"""A part of a page that a script writes, with its name."""

CHECK = re.compile(r"<!--\s*check:\s*(?P<orders>.*?)\s*-->\s*", re.DOTALL)
"""Instructions for the checks in a comment before a block, as YAML."""


@dataclass(frozen=True)
class Problem:
    """An incorrect statement of a page."""

    page: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.message}"


@dataclass(frozen=True)
class Block:
    """A fenced block, with the instructions of the comment before it."""

    line: int
    language: str
    text: str
    orders: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """Its path in the repository, for messages."""
        return str(self.path.relative_to(ROOT)) if self.path.is_relative_to(ROOT) else self.path.name

    def problem(self, line: int, message: str) -> Problem:
        """A problem of this page."""
        return Problem(self.name, line, message)

    @cached_property
    def tokens(self) -> list[Token]:
        """The page, parsed once."""
        return MarkdownIt("commonmark").enable("table").parse(self.text)

    @cached_property
    def anchors(self) -> frozenset[str]:
        """The anchors that GitHub makes from headings."""
        found: list[str] = []
        for before, token in zip(self.tokens, self.tokens[1:], strict=False):
            if before.type == "heading_open":
                slug = slug_of(plain(token))
                found.append(f"{slug}-{found.count(slug)}" if slug in found else slug)
        return frozenset(found)

    def links(self) -> Iterator[tuple[int, str]]:
        """Line and target of every link and picture."""
        for line, token in self._inline():
            if token.type == "link_open":
                yield line, str(token.attrs["href"])
            elif token.type == "image":
                yield line, str(token.attrs["src"])

    def spans(self) -> Iterator[tuple[int, str]]:
        """Line and text of every code span."""
        for line, token in self._inline():
            if token.type == "code_inline":
                yield line, token.content

    def prose(self) -> Iterator[tuple[int, str]]:
        """Line and text of every paragraph, heading and table cell, including code."""
        for line, token in self._texts():
            yield line, plain(token)

    def words(self) -> Iterator[tuple[int, str]]:
        """Like `prose`, with a space for each code span."""
        for line, token in self._texts():
            yield line, "".join(" " if child.type != "text" else child.content for child in token.children or [])

    def blocks(self) -> Iterator[Block]:
        """Every fenced block."""
        orders: dict[str, Any] = {}
        for token in self.tokens:
            if token.type == "html_block" and (found := CHECK.fullmatch(token.content)):
                orders = yaml.safe_load(found["orders"])
            elif token.type == "fence":
                yield Block(line_of(token), token.info.split(" ")[0], token.content, orders)
                orders = {}

    def _inline(self) -> Iterator[tuple[int, Token]]:
        for line, token in self._texts():
            for child in token.children or []:
                yield line, child

    def _texts(self) -> Iterator[tuple[int, Token]]:
        line = 1
        for token in self.tokens:
            line = line_of(token) if token.map else line
            if token.type == "inline":
                yield line, token


def read_page(path: Path) -> Page:
    """A page from its file."""
    return Page(path, path.read_text(encoding="utf-8"))


def all_pages() -> list[Page]:
    """Every page that people read: the front page, its neighbours, docs, deploy, GitHub's forms, the measurements."""
    folders = ("docs", "deploy", ".github", "bench")
    found = [*ROOT.glob("*.md"), *(page for folder in folders for page in ROOT.glob(f"{folder}/**/*.md"))]
    return [read_page(path) for path in sorted(found)]


def line_of(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1


def plain(token: Token) -> str:
    """The text of a paragraph or heading, without markup."""
    return "".join(
        " " if child.type in {"softbreak", "hardbreak"} else child.content
        for child in token.children or []
        if child.type in {"text", "code_inline", "softbreak", "hardbreak"}
    )


def slug_of(heading: str) -> str:
    """The anchor that GitHub makes from a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
