"""Text output: snapshots in files, and remote text without effect."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from support.builders import account, person, plan_for, source, target
from support.reported import PLAN, REAL
from support.runs import EMPTY, check, company, console, record, shown

from jc1p.core.guard import Limit, Limits
from jc1p.core.models import DANGLING
from jc1p.core.outcomes import Applied, Failed, Outcome, Report, Skipped
from jc1p.core.plan import PlanWarning
from jc1p.core.run_record import RunRecord
from jc1p.document.render import render_document
from jc1p.errors import ConfigError, ExitCode, Jc1pError, OutcomeUnknown, RequestRefused, Unauthorized
from jc1p.reports.html.page import render_html
from jc1p.reports.markdown import render_markdown
from jc1p.reports.notices import print_error
from jc1p.reports.phrases import printable, share
from jc1p.reports.plan_lines import warning_lines
from jc1p.reports.text import print_plan, print_report


def printed(run: RunRecord, made: Console) -> str:
    print_plan(made, run)
    return shown(made)


def test_a_dry_run_as_an_admin_reads_it_in_a_pipe() -> None:
    check("plan.txt", printed(record(company()), console()))


def test_a_narrow_terminal_cuts_nothing() -> None:
    text = printed(record(company()), console(terminal=True, width=30))
    assert text.split() == printed(record(company()), console()).split()


def test_colour_is_only_added() -> None:
    coloured = printed(record(company()), console(terminal=True, colour=True))
    assert "\x1b[" in coloured
    assert "\x1b[2J" not in coloured
    check("plan-colour.txt", coloured.replace("\x1b", "␛"))


def test_an_empty_plan_is_one_line() -> None:
    check("empty.txt", printed(record(EMPTY, limits=Limits(allow_empty_source=True)), console()))


def test_a_refused_plan_says_everything_that_was_exceeded() -> None:
    limits = Limits(suspensions=Limit(), creations=Limit(floor=1))
    check("refused.txt", printed(record(company(), limits=limits), console()))


def test_five_hundred_changes_are_all_there() -> None:
    names = [f"person{number:03}" for number in range(500)]
    text = printed(record(plan_for(source([person(name) for name in names], assigned=names), target())), console())
    assert all(f"{name}@example.com" in text for name in names)


def test_many_links_are_shortened_on_a_terminal_only() -> None:
    names = [f"p{number}" for number in range(9)]
    plan = plan_for(source([person(n) for n in names], assigned=names), target([account(n) for n in names]))
    assert "and 4 more" in printed(record(plan), console(terminal=True))
    assert "more (" not in printed(record(plan), console())


def test_a_run_that_failed_in_part_ends_with_what_failed_and_names_the_way_back_above() -> None:
    report = Report((*map(Applied, PLAN.changes[1:]), Failed(PLAN.changes[0], Unauthorized("no", service="1Password"))))
    made = console()
    print_report(made, REAL._replace(report=report))
    *_, undo, _, last = shown(made).splitlines()
    assert undo == "Undo: jc1p rollback 20261124T001200Z-7f3a"
    assert last == "Applied 14 of 15 changes in 1.9 s: 1 failed."


def test_a_report_tells_failures_and_notes_one_by_one() -> None:
    plan = company()
    refusal = RequestRefused("refused POST /Users (400: domain [x] not allowed)", service="1Password", status=400)
    outcomes: list[Outcome] = [
        Failed(plan.changes[0], refusal),
        Applied(plan.changes[1], "id", "waiting for the user to confirm"),
        Skipped(plan.changes[2], "none of its members has an account"),
        *(Applied(change, "id") for change in plan.changes[3:]),
    ]
    made = console()
    print_report(made, record(plan, report=Report(tuple(outcomes))))
    check("report.txt", shown(made))


def test_what_is_unknown_is_not_called_a_failure() -> None:
    plan, lost = company(), OutcomeUnknown("no answer", service="1Password")
    made = console()
    print_report(made, record(plan, report=Report((Failed(plan.changes[0], lost), *map(Applied, plan.changes[1:])))))
    assert "invite not known to be done: no answer" in shown(made)
    assert "invite failed" not in shown(made)


def test_errors_name_what_to_do_next() -> None:
    made = console()
    print_error(made, ConfigError("jc1p.yaml:2:3: a: wrong\njc1p.yaml:9:1: b: [red]\x1b[1m", hint="Mend it."))
    print_error(made, Unauthorized("refused", service="x"))
    check("errors.txt", shown(made))


def test_the_document_of_a_run() -> None:
    check("document.json", render_document(record(company())) + "\n")


def test_the_document_of_a_failure_has_nulls() -> None:
    failed = RunRecord("plan", "r", datetime(2026, 11, 24, tzinfo=UTC), dry_run=True, error=Jc1pError("no", hint="h"))
    check("document-error.json", render_document(failed) + "\n")


@given(text=st.text())
def test_printable_text_is_one_line_of_harmless_characters(text: str) -> None:
    safe = printable(text)
    assert "\n" not in safe
    assert all(ord(c) >= 0x20 and c not in "\x7f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" for c in safe)
    safe.encode()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ann\u200b@x.y", "ann\\u200b@x.y"),
        ("ann\ufeff@x.y", "ann\\ufeff@x.y"),
        ("a\u2060b\u200db", "a\\u2060b\\u200db"),
        ("a\U000e0041\U000e007f", "a\\U000e0041\\U000e007f"),
        ("a\xadb\u180eb", "a\\xadb\\u180eb"),
        ("a\u3164b\ufe0fc", "a\\u3164b\\ufe0fc"),
        ("\u200d", "\\u200d"),
        ("\ufe0f", "\\ufe0f"),
        ("\x1b\x85\u2028\ud800", "\\x1b\\x85\\u2028\\ud800"),
        *((text, text) for text in (
            "\U0001f469\u200d\U0001f4bb", "\u2764\ufe0f\u200d\U0001f525", "\U0001f44d\U0001f3fd", "ليلى 🌙 Zoë",
        )),
    ],
    ids=ascii,
)  # fmt: skip
def test_what_cannot_be_seen_shows_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(("part", "whole", "words"), [(3, 512, "0.6 % of 512"), (1, 0, "of 0")])
def test_shares(part: int, whole: int, words: str) -> None:
    assert share(part, whole) == words


def test_warnings_that_say_the_same_of_many_are_one_line_unless_each_is_wanted() -> None:
    warnings = [PlanWarning("cannot_undo", f"p{number}@example.com", "the mail was sent") for number in range(30)]
    warnings.insert(7, PlanWarning("long_pause", "state", "paused for long"))
    told = [line.plain for line in warning_lines(warnings)]
    assert told[1].endswith("p4@example.com and 25 more: the mail was sent")
    assert told[2:] == ["  ! state: paused for long", ""]
    assert len(warning_lines(warnings, each=True)) == 33


def test_every_format_counts_the_warnings_that_it_shows_as_such() -> None:
    detail = PlanWarning("short_list", "Sales", f"2 members are missing {DANGLING}")
    concern = PlanWarning("long_pause", "state", "paused for long")
    run = record(plan_for(source([]), target()))._replace(notices=(concern, detail))
    markdown, page = render_markdown(run, ExitCode.DONE), render_html(run, ExitCode.DONE)
    for report, one, note in ((markdown, "2 warnings", "1 note"), (page, "2 warnings", "1 note")):
        assert one in report
        assert note in report
        assert "2 members are missing" in report.partition(note)[2]
        assert "2 members are missing" not in report.partition(note)[0]
