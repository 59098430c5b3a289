"""`make audit` never reports success if no source answered."""

import json

import pytest
from support.deploying import TOP

from tools.release.audit import CANARY, Answer, audit, locked_names, understood

LOCK = """# made by
ann==1 \\
    --hash=sha256:aa
bob==2 ; sys_platform == 'win32' \\
    --hash=sha256:bb
Cat_Food==3 --hash=sha256:cc
"""
CLEAN: Answer = {"ann": [], "cat-food": []}
KNOWN: Answer = {"jinja2": ["jinja2 2.10: PYSEC-2019-217"]}


@pytest.mark.parametrize(
    ("canary", "answer", "code", "said"),
    [
        (KNOWN, CLEAN, 0, "2 packages checked with pypi, osv: no known vulnerability"),
        ({}, CLEAN, 2, "not checked: no source of vulnerabilities could be reached (asked pypi, osv)"),
        ({"jinja2": []}, CLEAN, 2, "not checked: no source"),
        (KNOWN, {"ann": []}, 2, "not checked: cat-food (no answer from pypi, osv)"),
        (KNOWN, {}, 2, "not checked: ann"),
        (KNOWN, {"ann": ["ann 1: X-1"], "cat-food": []}, 1, "vulnerable: ann 1: X-1"),
        (KNOWN, {"ann": ["ann 1: X-1"]}, 1, "not checked: cat-food"),
    ],
)
def test_verdict_says_what_was_checked_and_what_was_not(canary: Answer, answer: Answer, code: int, said: str) -> None:
    found = audit([LOCK], lambda _source, text: canary if text == CANARY else answer)
    assert (found[0], said in "\n".join(found[1])) == (code, True)


def test_one_source_that_knows_a_package_is_enough_and_one_that_is_not_believed_is_not_asked() -> None:
    asked: list[tuple[str, bool]] = []

    def ask(source: str, text: str) -> Answer:
        asked.append((source, text == CANARY))
        if text == CANARY:
            return KNOWN if source == "osv" else {"jinja2": []}
        return CLEAN

    assert audit([LOCK], ask) == (0, ["2 packages checked with osv: no known vulnerability"])
    assert asked == [("pypi", True), ("osv", True), ("osv", False)]


def test_what_pip_audit_skipped_was_not_checked_although_it_says_that_nothing_was_found() -> None:
    skipped = {"name": "ann", "skip_reason": "Dependency not found on PyPI and could not be audited: ann (1)"}
    checked = {"name": "Cat_Food", "version": "3", "vulns": [{"id": "X-1", "fix_versions": []}]}
    assert understood(json.dumps({"dependencies": [skipped, checked], "fixes": []})) == {
        "cat-food": ["Cat_Food 3: X-1"]
    }
    for broken in ("", "no", "[]", "{}", '{"dependencies": [{"name": "ann"}]}', '{"dependencies": 1}'):
        assert understood(broken) == {}


def test_locks_of_this_repository_are_read() -> None:
    names = locked_names("\n".join((TOP / name).read_text() for name in ("requirements.lock", "build.lock")))
    assert {"httpx", "pydantic-core", "hatchling"} <= names
    assert "colorama" not in names
