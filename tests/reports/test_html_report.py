"""The HTML report as text; test_html_browser.py tests it in a real Chromium."""

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.hostile import NAMES, hostile_plan, hostile_report
from support.reported import OURS, PLAN, REAL, REFUSED, SYNC, bare, kinds_in, tokens, with_report
from support.runs import record

from jc1p.core.guard import Verdict
from jc1p.core.outcomes import Applied, Report, Skipped
from jc1p.core.plan import Kind, Plan
from jc1p.core.plan_comparison import compare_plans
from jc1p.errors import ConfigError, ExitCode
from jc1p.reports.html.before_after import Movement, memberships_moved, people_moved
from jc1p.reports.html.chart import WIDTH, widths_of
from jc1p.reports.html.markup import Markup, element, verbatim
from jc1p.reports.html.page import digest, read_part, render_html
from jc1p.reports.markdown import render_markdown
from jc1p.reports.phrases import printable

ELEMENTS = {
    "a", "bdi", "body", "code", "dd", "del", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer",
    "form", "h1", "h2", "head", "header", "html", "input", "ins", "label", "legend", "li", "main", "meta", "nav",
    "output", "p", "path", "rect", "script", "section", "small", "span", "strong", "style", "summary", "svg", "table",
    "tbody", "td", "th", "thead", "time", "title", "tr", "ul",
}  # fmt: skip
NO_END = {"meta", "input"}


class Outline(HTMLParser):
    """Every element, attribute and text of a page; unbalanced elements are an error."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.attributes: set[tuple[str, str]] = set()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes |= {(tag, name) for name, _ in attrs}
        if tag not in NO_END:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_hostile_names_are_text_and_nothing_else() -> None:
    plan = hostile_plan()
    page = Outline(render_html(record(plan, report=hostile_report(plan)), ExitCode.IN_PART))
    assert page.open == []
    assert set(page.elements) <= ELEMENTS
    assert (page.elements["script"], page.elements["style"], page.elements["title"]) == (1, 1, 1)
    assert not {name for _, name in page.attributes if name.startswith("on") or name in {"src", "style", "srcdoc"}}
    assert {printable(name) for name in NAMES} <= set(page.texts)


def test_hostile_names_in_a_comparison_are_text_and_nothing_else() -> None:
    plan = hostile_plan()
    compared = compare_plans(("<b>this</b>", Plan(), Verdict()), ("`other`<i>", plan, Verdict()))
    page = Outline(render_html(record(plan)._replace(comparison=compared), ExitCode.DONE))
    assert page.open == []
    assert set(page.elements) <= ELEMENTS
    assert {printable(name) for name in NAMES} <= set(page.texts)
    assert {"<b>this</b>", "`other`<i>"} <= set(page.texts)
    said = render_markdown(record(plan)._replace(comparison=compared), ExitCode.DONE)
    assert kinds_in(said) <= OURS
    html = {token.content for token in tokens(said) if token.type in {"html_inline", "html_block"}}
    assert not any("<b>" in each or "<i>" in each for each in html)


@given(text=st.text())
def test_whatever_is_put_into_an_element_comes_out_as_text(text: str) -> None:
    page = Outline(element("p", text, title=text))
    assert page.elements == {"p": 1}
    assert "".join(page.texts) == text
    assert element("p", Markup("<br>")) == "<p><br></p>"


@pytest.mark.parametrize("name", ["style", "script"])
def test_style_and_script_can_not_end_themselves(name: str) -> None:
    with pytest.raises(ValueError, match="its own end"):
        verbatim(name, f"a </{name.upper()}> b")


def test_policy_allows_the_page_its_own_style_and_script_alone() -> None:
    page = render_html(SYNC, ExitCode.DONE)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    parts = dict(part.strip().split(" ", 1) for part in policy.replace("&#x27;", "'").split(";"))
    style, script = re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", page, flags=re.DOTALL)
    assert parts == {
        "default-src": "'none'", "base-uri": "'none'", "form-action": "'none'",
        "style-src": f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'",
        "script-src": f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'",
    }  # fmt: skip
    assert page.index("Content-Security-Policy") < page.index("<title>")
    assert digest(read_part("report.js")) in policy.replace("&#x27;", "'")


def test_nothing_in_the_page_names_another_place() -> None:
    parts = read_part("report.css") + read_part("report.js")
    assert not re.search(r"https?:|//[a-z]|url\(|@import|fetch|XMLHttp|import\(|eval|innerHTML", parts)
    hrefs = re.findall(r'href="([^"]*)"', render_html(SYNC, ExitCode.DONE))
    assert hrefs
    assert all(href.startswith("#") for href in hrefs)


def test_every_link_within_the_page_leads_somewhere() -> None:
    page = render_html(REAL._replace(report=with_report(PLAN)), ExitCode.IN_PART)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    named = re.findall(r'(?:href="#|aria-labelledby="| for=")([^"]+)"', page)
    assert set(named) <= set(ids)


def test_refused_plan_says_which_limits_it_exceeds() -> None:
    page = "".join(Outline(render_html(REFUSED, ExitCode.REFUSED)).texts)
    assert "Blocked by a safety limit; nothing was changed" in page
    assert "This run would suspend 2 accounts, and the limit is 0" in page
    assert "To allow this once: jc1p sync --allow suspensions=2" in page
    assert "dan@example.com" in page


def test_blocked_plan_reads_as_what_would_happen() -> None:
    page = "".join(Outline(render_html(REFUSED, ExitCode.REFUSED)).texts)
    for words in ("Would suspend 2 users", "Would invite 3 users", "2 would be suspended", "if this plan were applied"):
        assert words in page
    planned, done = (
        "".join(Outline(render_html(run, ExitCode.DONE)).texts)
        for run in (SYNC, REAL._replace(report=Report(tuple(map(Applied, PLAN.changes)))))
    )
    assert "Suspend 2 users" in planned
    assert "2 to be suspended" in planned
    assert "3 unchanged2 suspended4 added" in done
    assert not re.search("[Ww]ould (be|[a-z]+ \\d)", planned + done)


def test_removals_come_first_in_lists_and_tiles() -> None:
    page = render_html(SYNC, ExitCode.DONE)
    kinds = [*re.findall(r' href="#(\w+_\w+)"', page)]
    assert kinds[:2] == ["suspend_user", "remove_members"]
    assert kinds == re.findall(r'<section [^>]*data-kind="(\w+_\w+)"', page)


def test_both_sides_are_named_and_what_a_suspension_leaves() -> None:
    page = "".join(Outline(render_html(SYNC, ExitCode.DONE)).texts)
    assert "JumpCloudExample Corp1Passwordscim.example.com" in page
    assert "No account is ever deleted" in page


def test_commands_in_hints_are_code() -> None:
    page = render_html(REFUSED, ExitCode.REFUSED)
    assert "<code><bdi>jc1p sync --allow suspensions=2</bdi></code>" in page
    assert "`" not in page.partition("<style>")[0] + page.partition("</style>")[2].partition("<script>")[0]


def test_failed_run_without_a_plan_is_a_page_too() -> None:
    error = ConfigError("jc1p.yaml:2:3: a: wrong\njc1p.yaml:9:1: b: wrong", hint="Mend it.")
    page = "".join(Outline(render_html(bare(SYNC, error=error), ExitCode.USAGE)).texts)
    for words in ("Failed; nothing was changed", "jc1p.yaml:2:3: a: wrong", "jc1p.yaml:9:1: b: wrong", "Mend it."):
        assert words in page


def test_what_failed_comes_before_what_was_done() -> None:
    page = render_html(REAL._replace(report=with_report(PLAN)), ExitCode.IN_PART)
    assert page.index("1 change failed or skipped") < page.index('id="create_user"')
    assert page.count("✓ applied") == len(PLAN.changes) - 1


def test_picture_counts_what_was_done_and_not_what_was_planned() -> None:
    assert (people_moved(SYNC), memberships_moved(SYNC)) == (Movement(5, 4, 2), Movement(5, 6, 2))
    added = PLAN.of_kind(Kind.ADD_MEMBERS)
    applied = [Applied(change, members=change.members[:1]) for change in added]
    others = [Skipped(change, "stopped") for change in PLAN.changes if change not in added]
    done = REAL._replace(report=Report((*others, *applied)))
    assert (people_moved(done), memberships_moved(done)) == (Movement(5, 0, 0), Movement(5, 2, 0))
    assert "5 → 7" in render_html(done, ExitCode.IN_PART)


@given(counts=st.lists(st.integers(0, 10**7), min_size=3, max_size=3))
def test_bar_is_full_and_shows_whatever_is_there(counts: list[int]) -> None:
    widths = widths_of(counts)
    assert sum(widths) == (WIDTH if any(counts) else 0)
    assert all(width >= 8 for width, count in zip(widths, counts, strict=True) if count)
