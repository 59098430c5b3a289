"""Words that jc1p doesn't use, and what to write instead: one list for pages, help, messages and comments.

`check_words` reads a page, `check_word_files` the other files that users copy or read, line by line.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.docs.pages import ROOT, Page, Problem

FILES = (
    "config.example.yaml", "jc1p/config.example.yaml", "Makefile", "pyproject.toml", ".ci/run",
    ".pre-commit-config.yaml",
)  # fmt: skip
FOLDERS = (".github", "deploy")
"""Folders whose comments and texts users read, apart from their pages."""

INSTEAD: dict[str, str] = {
    r"in step\b(?! \d)": "in sync",
    r"right already": "in sync",
    r"not jc1p's|\bunowned accounts": "unmanaged accounts",
    r"link \d+ accounts to their|their JumpCloud people": "match existing accounts",
    r"held back": "held, or skipped",
    r"refused by the guard|the guard (?:refused|refuses|would refuse)": "blocked by a safety limit",
    r"no longer holds?\b|rows that moved": "the plan is out of date; these changes differ",
    r"\btak(?:e|es|en|ing) (?:\w+ )?back\b(?! to)": "undo",
    r"\bmend(?:s|ed|ing)?\b": "fix",
    r"cut off": "interrupted",
    r"(?:goes|gone|go|went) on from": "picks up where it stopped; resumed by",
    r"looked after": "in progress",
    r"under ?way": "in progress",
    r"nobody in JumpCloud": "no matching JumpCloud user",
    r"(?:is|are|was|were) gone\b": "deleted; is not there",
    r"\bsecond one\b": "a duplicate",
    r"is no kind of": "is not a supported …",
    r"is no (?:plan|document|limit|number|link|option|command|file|report)\b": "is not a …",
    r"that can be (?:applied|raised)": "is not a saved plan; unknown limit",
    r"written out in the (?:file|config)": "in plain text",
    r"[Ww]hat stdout holds|from this level on|[Ii]ts user groups\.": "the usual name: output format, log level, …",
    r"[Aa]nother seed|[Oo]nly the newest so many": "random seed; show the latest N runs",
    r"\boddit(?:y|ies)\b|what is odd": "simulated quirks",
    r"\bawkward\b": "with simulated quirks",
    r"[Gg]ive this user the folder": "make the folder writable for this user, or set state.path",
    r"\bblanks\b": "spaces",
    r"well again|tell trouble|\bunwell\b|not well\b": "problem; resolved",
    r"(?:^|[.;:] )[Ee]lse (?!if\b)": "otherwise",
    r"\bto be had\b": "also available",
    r"is to stay out": "should not be used",
    r"slow bleeding": "gradual loss",
    r"goes dark": "supports dark mode",
    r"[Tt]o ask: |what can't be seen from here": "check manually",
    r"\b(?:un)?bound (?:to|groups?|directly|in)\b|\b[Bb]ind the (?:user )?groups?|[Uu]nbind": "assigned",
    r"facts files?": "as both vendors document",
    r"one by one (?:\w+ )?stay whole": "say it plainly",
}
"""A pattern of words to avoid, and what to write instead; case is ignored."""

VAGUE = {r"\b(?:who(?:m)?ever|(?:some|any|every|no)body)\b": "users, accounts, groups, members, admins"}
"""Users and admins have names by what they are."""

ON_PAGES = {
    r"\bpeople\b(?! >)": "users, accounts",
    r"\bleft out\b|\bleaves? (?:\w+ )?out\b": "skipped, held, not included",
    r"\btell(?:s|ing)?\b|\btold\b": "show, list, notify, report",
}
"""What pages and comments in files for users don't say either. *People >* is a menu of 1Password."""

BY_JC1P = re.compile(r"<!-- generated: (?P<name>[\w .]+) -->.*?<!-- end of (?P=name) -->", re.DOTALL)
"""Generated parts of a page: change these words in the code."""


def mistakes_in_words(text: str, patterns: Mapping[str, str] = INSTEAD) -> Iterator[str]:
    """The problems with the words of a text, one sentence each."""
    for pattern, better in patterns.items():
        for found in re.finditer(pattern, text, re.IGNORECASE):
            yield f'"{found[0].strip()}": write {better}'


def check_words(page: Page) -> Iterator[Problem]:
    """Words of a page that jc1p doesn't use; code, output and generated parts are checked elsewhere."""
    generated = lines_from_code(page.text)
    for line, text in page.words():
        if line not in generated:
            yield from (page.problem(line, wrong) for wrong in mistakes_in_words(text, INSTEAD | VAGUE | ON_PAGES))


def lines_from_code(text: str) -> set[int]:
    """The numbers of the lines that `make docs` writes."""
    spans = (found.span() for found in BY_JC1P.finditer(text))
    return {
        line for start, end in spans for line in range(text.count("\n", 0, start) + 1, text.count("\n", 0, end) + 2)
    }


def check_word_files() -> Iterator[Problem]:
    """The example configurations, pipelines, units and other files that users copy, line by line."""
    for path in word_files():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for wrong in mistakes_in_words(line, INSTEAD | VAGUE | ON_PAGES):
                yield Problem(str(path.relative_to(ROOT)), number, wrong)


def word_files() -> list[Path]:
    """Text files beside the pages that users read."""
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    texts = [path for path in found if path.is_file() and path.suffix not in {".md", ".pyc"}]
    return [*(ROOT / name for name in FILES), *sorted(texts)]
