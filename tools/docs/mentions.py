"""Links, commands, options, configuration keys, exit codes and tests in pages. All of them must exist."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tools.docs.pages import ROOT, Page, Problem, read_page
from tools.docs.reference import EXIT_CODES
from tools.docs.settings import dotted_keys
from tools.docs.shell import calls
from tools.docs.tree import mistake_in, options

FOREIGN_OPTIONS = frozenset({"--build-arg", "--constraint", "--env-file", "--read-only", "--rm", "--set"})
"""Options of other programs in pages."""

FOREIGN_EXIT_CODES = frozenset({123})
"""Exit codes of other programs in pages: xargs."""

KEY = re.compile(r"(?:jumpcloud|onepassword|scope|users|groups|guard|http|notify|state)\.[\w.]+")
SCOPES = (".readonly", ".create", ".state", ".properties")
"""Suffixes of JumpCloud's permissions, which look like keys."""

EXIT = re.compile(r"\bexit(?:s|ed)?(?: with)?(?: code)? (\d+)\b")


def check_links(page: Page) -> Iterator[Problem]:
    """Broken links and pictures."""
    for line, target in page.links():
        if re.match(r"[a-z]+:", target):
            if not target.startswith(("https://", "mailto:")):
                yield page.problem(line, f"{target}: no link for a page")
            continue
        name, _, anchor = target.partition("#")
        path = (page.path.parent / name).resolve() if name else page.path
        if name and not path.exists():
            yield page.problem(line, f"{target}: there is no such file")
        elif anchor and path.suffix == ".md" and anchor not in anchors_of(path, page):
            yield page.problem(line, f"{target}: there is no such heading")


def anchors_of(path: Path, page: Page) -> frozenset[str]:
    return page.anchors if path == page.path else kept_anchors(path)


@cache
def kept_anchors(path: Path) -> frozenset[str]:
    """The anchors of another page, cached."""
    return read_page(path).anchors


def check_mentions(page: Page) -> Iterator[Problem]:
    """Commands, options and keys in code spans, and exit codes in prose, that don't exist."""
    for line, span in page.spans():
        yield from (page.problem(line, f"`{span}`: {wrong}") for wrong in mistakes_in_span(span))
    for line, text in page.prose():
        for code in EXIT.findall(text):
            if int(code) not in EXIT_CODES | FOREIGN_EXIT_CODES:
                yield page.problem(line, f"exit code {code} is none of ours")


def mistakes_in_span(span: str) -> Iterator[str]:
    if re.fullmatch(r"test_\w+", span):
        if span not in tests():
            yield "there is no such test"
    elif re.fullmatch(r"(?:tests/\w+/)?test_\w+\.py", span):
        if not any((ROOT / "tests").rglob(span.removeprefix("tests/"))):
            yield "there is no such file"
    elif span.startswith("jc1p "):
        yield from mistakes_in_command(span)
    elif span.startswith("-") and (found := re.match(r"--[A-Za-z][\w-]*|-[A-Za-z](?![\w-])", span)):
        if found[0] not in options() | FOREIGN_OPTIONS:
            yield "no command has this option"
    elif (key := KEY.match(span)) and not key[0].endswith(SCOPES):
        name = key[0].rstrip(".")
        if name not in dotted_keys() and not is_in_a_map(name):
            yield "the configuration has no such key"


@cache
def tests() -> frozenset[str]:
    """The name of every test."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    return frozenset(name for text in texts for name in re.findall(r"def (test_\w+)", text))


def mistakes_in_command(span: str) -> Iterator[str]:
    try:
        found = list(calls(span))
    except ValueError as error:
        yield str(error)
        return
    for call in found:
        if call.program == "jc1p" and call.words[1:] and (mistake := mistake_in(call.words[1:], whole=False)):
            yield mistake


def is_in_a_map(name: str) -> bool:
    """True for keys with a name that the admin chooses, such as `users.attributes.userName`."""
    return name.startswith(("users.attributes.", "users.aliases.", "groups.names."))
