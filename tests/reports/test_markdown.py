"""Runs as Markdown, parsed by a real parser, so that a name with effect shows as structure."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders import person, plan_for, source, target
from support.hostile import NAMES, hostile_plan, hostile_report
from support.reported import HTML, OURS, PARSER, PLAN, REAL, REFUSED, SYNC, bare, kinds_in, tokens, with_report
from support.runs import check, company, record

from jc1p.core.attributes import listed
from jc1p.core.guard import Limits
from jc1p.core.outcomes import Applied, Report
from jc1p.core.plan import Kind, PlanWarning
from jc1p.core.run_record import RunRecord
from jc1p.errors import ConfigError, ExitCode, Interrupted, Jc1pError, Locked, PlanMoved, Unauthorized
from jc1p.reports.markdown import COMMENT_LIMIT, render_markdown
from jc1p.reports.markdown_escape import PLAIN, code, words
from jc1p.reports.phrases import printable


def headline(run: RunRecord, exit_code: int) -> str:
    return render_markdown(run, ExitCode(exit_code)).partition("\n")[0]


def test_comment_as_a_reviewer_reads_it() -> None:
    check("comment.md", render_markdown(record(company()), ExitCode.DONE))


def test_long_lists_are_folded_away() -> None:
    names = [f"p{number}" for number in range(20)]
    text = render_markdown(
        record(plan_for(source([person(n) for n in names], assigned=names), target())), ExitCode.DONE
    )
    assert "<details><summary>Invite 20 users</summary>\n\n- `p0@example.com`" in text
    assert text.count("<details>") == text.count("</details>") == 1


def test_hostile_names_add_nothing_but_code() -> None:
    plan = hostile_plan()
    run = record(plan, report=hostile_report(plan))
    text = render_markdown(run, ExitCode.IN_PART, limit=10_000_000)
    assert kinds_in(text) <= OURS
    assert sum(token.type == "heading_open" for token in tokens(text)) == 1
    assert sum(token.type == "table_open" for token in tokens(text)) == 1
    html = [token.content.strip() for token in tokens(text) if token.type.startswith("html")]
    assert all(any(each.startswith(known) for known in HTML) for each in html)
    assert all(each.count("<") <= 4 for each in html)
    lines = Counter(token.type for token in tokens(text))["list_item_open"]
    assert run.verdict
    said = sum(len(finding.message.split("\n")) for finding in run.verdict.findings)
    refusals = said + bool(run.verdict.findings) + bool(run.verdict.hint)
    assert lines == len(plan.changes) * 2 + len(plan.warnings) + refusals
    spans = {token.content for token in tokens(text) if token.type == "code_inline"}
    assert all(any(printable(name).strip() in span for span in spans) for name in NAMES)


@pytest.mark.parametrize("text", NAMES, ids=ascii)
def test_outside_of_code_only_plain_words_stand(text: str) -> None:
    for token in tokens(f"- {words(text)}"):
        if token.type == "text":
            assert all(PLAIN.fullmatch(word) or not word.strip("\u2068\u2069,.;:)") for word in token.content.split())


@given(text=st.text(st.characters(codec="utf-8") | st.sampled_from("`| \\<*_[]@#"), max_size=40))
def test_any_text_comes_back_from_its_code_span_as_it_was(text: str) -> None:
    (_, inline, _) = PARSER.parse(code(text))
    (span,) = [child for child in inline.children or () if child.type == "code_inline"]
    shown = printable(text) or '""'
    assert span.content == (shown if shown.strip(" ") else span.content)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("run `jc1p resume` first.", "run `jc1p resume` first."),
        ('in group "Big Sales Team", no account', 'in group `"Big Sales Team"`, no account'),
        ("of JumpCloud's eng (67656e67), whose members", "of JumpCloud's eng (`67656e67`), whose members"),
        ("(10 % of 1,037 active accounts, at least 3).", "(10 % of 1,037 active accounts, at least 3)."),
        ("Integrations > Provisioning → jc1p's", "Integrations > Provisioning → jc1p's"),
        ("> no quote", "`>` no quote"),
        ("[x](y), z", "`[x](y)`, z"),
        ("one ` alone", "one `` ` `` alone"),
        ('"a | b`c"', '``"a | b`c"``'),
    ],
)
def test_code_stands_where_it_belongs(text: str, shown: str) -> None:
    assert words(text) == shown


@pytest.mark.parametrize("name", ["R+D Team", "+1 Club", "Café Team", "Sales2 EMEA", "v2.0 Beta", "it@home x", "R+D"])
def test_name_in_a_sentence_stays_whole(name: str) -> None:
    sentence = words(f"in groups {listed([name, 'C++'])}, no account")
    spans = [token.content.strip('"') for token in tokens(f"- {sentence}") if token.type == "code_inline"]
    assert spans == [name, "C++"]


@pytest.mark.parametrize("text", ["3. x", "3) x", "+ x", "- x", "* x", "# x", "> x", "12) x", "= x", "1.", "+"])
def test_start_of_a_line_is_no_structure(text: str) -> None:
    assert kinds_in(f"- {words(text)}") <= {"bullet_list", "list_item", "paragraph", "inline", "text", "code_inline"}
    assert kinds_in(words(text)) <= {"paragraph", "inline", "text", "code_inline"}


@given(text=st.text(st.characters(codec="utf-8") | st.sampled_from('`"| \\<*_[]@#()>1.'), max_size=60))
def test_any_sentence_is_one_line_of_text_and_code(text: str) -> None:
    assert kinds_in(f"- x {words(text)}") <= {"bullet_list", "list_item", "paragraph", "inline", "text", "code_inline"}


@pytest.mark.parametrize("limit", [COMMENT_LIMIT, 5_000])
@pytest.mark.parametrize("letter", ["p", "\u0644"], ids=["latin", "arabic"])
def test_comment_stays_below_its_limit_and_says_what_was_cut(limit: int, letter: str) -> None:
    names = [f"{letter}{number}" for number in range(3000)]
    held = plan_for(source([person(n, email=f"{n}@example.com") for n in names], assigned=names), target())
    text = render_markdown(record(held), ExitCode.DONE, limit=limit)
    assert limit * 0.8 < len(text.encode()) < limit
    listed = text.count("- `") + text.count("- \u2068`")
    assert f"**Shortened: {3000 + len(held.warnings) - listed:,} lines not shown.**" in text
    assert "more\n" in text
    assert kinds_in(text) <= OURS


def test_hostile_run_fits_too() -> None:
    plan = hostile_plan()
    assert len(render_markdown(record(plan, report=hostile_report(plan)), ExitCode.IN_PART).encode()) < COMMENT_LIMIT


def test_text_too_long_to_mask_in_part_shows_nothing_of_itself() -> None:
    assert code("s3cret" * 1000) == "`(6,000 characters)`"


# --- headlines: none looks better than the run was ----------------------------------------------------------


EMPTY = plan_for(source([]), target())
LINKS = EMPTY._replace(changes=tuple(PLAN.of_kind(Kind.LINK_USER)))
ALLOW = Limits(allow_empty_source=True)


@pytest.mark.parametrize(
    ("run", "exit_code", "words"),
    [
        (record(EMPTY, limits=ALLOW), 0, "✅ jc1p sync: nothing to do"),
        (SYNC, 0, "📋 jc1p sync: 15 changes planned"),
        (SYNC._replace(command="plan"), 3, "📋 jc1p plan: 15 changes planned"),
        (SYNC._replace(command="drift"), 3, "⚠️ jc1p drift: 15 changes needed"),
        (REFUSED._replace(command="drift"), 3, "⚠️ jc1p drift: 15 changes needed, which a safety limit would block"),
        (record(LINKS, limits=ALLOW)._replace(command="drift"), 0,
         "✅ jc1p drift: nothing to do; 1 existing account to match"),
        (REAL._replace(report=Report(tuple(Applied(change) for change in PLAN.changes))), 0,
         "✅ jc1p sync: 15 changes applied"),
        (REAL._replace(report=with_report(PLAN)), 5,
         "❌ jc1p sync: applied in part: 14 applied, 1 failed"),
        (SYNC, 5, "⚠️ jc1p sync: 15 changes planned; removals wait for a complete reading of 1Password"),
        (REFUSED, 4, "❌ jc1p sync: blocked by a safety limit; nothing was changed"),
        (REAL._replace(error=PlanMoved("moved")), 4,
         "❌ jc1p sync: the plan is out of date; nothing was changed"),
        (bare(REAL, error=Unauthorized("no", service="JumpCloud")), 1, "❌ jc1p sync: failed; nothing was changed"),
        (REAL._replace(error=Unauthorized("no", service="1Password")), 1, "❌ jc1p sync: failed"),
        (REAL._replace(report=with_report(PLAN)), 1,
         "❌ jc1p sync: failed to write the result to stdout: 14 applied, 1 failed"),
        (REAL._replace(report=with_report(PLAN), error=Jc1pError("a bug")), 1,
         "❌ jc1p sync: failed: 14 applied, 1 failed"),
        (bare(REAL, error=ConfigError("wrong")), 2, "❌ jc1p sync: failed; nothing was changed"),
        (bare(REAL, error=Locked("locked")), 6, "⚠️ jc1p sync: another run is in progress; nothing was changed"),
        (bare(REAL, error=Interrupted("stop")), 130, "❌ jc1p sync: interrupted; nothing was changed"),
        (bare(REAL, notices=(PlanWarning("paused", "sync", "paused since"),)), 0,
         "⚠️ jc1p sync: paused; nothing was changed"),
    ],
)  # fmt: skip
def test_headline_says_what_the_exit_code_says(run: RunRecord, exit_code: int, words: str) -> None:
    assert headline(run, exit_code) == f"### {words}"


def test_error_is_shown_with_all_its_lines_and_what_to_do() -> None:
    error = ConfigError("jc1p.yaml:2:3: a: wrong\njc1p.yaml:9:1: b: <b>wrong</b>", hint="Mend it.")
    text = render_markdown(bare(SYNC, error=error), ExitCode.USAGE)
    assert "**`jc1p.yaml:2:3`: a: wrong**" in text
    assert "- `jc1p.yaml:9:1`: b: `<b>wrong</b>`" in text
    assert "Mend it." in text
