"""The page of an access review in a real Chromium: it opens, filters, and names have no effect."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.browser import Page, browser
from support.builders import NOW, account, group, jc, person, pushed, situation, source, target
from support.hostile import NAMES

from jc1p.core.membership_record import Records
from jc1p.core.planning import build_plan
from jc1p.core.run_record import RunRecord
from jc1p.queries.review import AccessReview, Period, build_review, gather_evidence
from jc1p.reports.html.review_page import render_review_page
from jc1p.reports.review.csv import review_csv
from jc1p.reports.review.markdown import review_markdown

SHOWN = "document.querySelectorAll('[data-row]:not([hidden])').length"
RECORD = RunRecord("review", "20261124T001200Z-7f3a", datetime(2026, 11, 24, tzinfo=UTC), dry_run=True)


def review_of(groups: dict[str, list[str]], people: list[str]) -> AccessReview:
    have = source([person(name) for name in people], [group(name, *members) for name, members in groups.items()])
    actual = target(
        [account(name, linked=True) for name in people],
        [pushed(name, *members, external_id=jc("g" + name)) for name, members in groups.items()],
    )
    made = situation(have, actual)
    return build_review(gather_evidence(made, build_plan(made), Records(), []), Period(None, "the records begin"))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("browser")) as made:
        yield made


def show(page: Page, folder: Path, review: AccessReview) -> None:
    path = folder / "review.html"
    path.write_text(render_review_page(review, RECORD), encoding="utf-8")
    page.open(path)


@pytest.mark.matrix
def test_hostile_names_act_in_no_way(page: Page, tmp_path: Path) -> None:
    names = [name for name in NAMES if name.strip()][:8]
    review = review_of({name: ["ann"] for name in names}, ["ann"])
    show(page, tmp_path, review)
    assert page.evaluate("window.acted === undefined && document.scripts.length === 1") is True
    assert page.complaints() == []


@pytest.mark.matrix
def test_search_narrows_a_large_review(page: Page, tmp_path: Path) -> None:
    people = [f"p{number:05}" for number in range(10_000)]
    groups = {f"team {number:03}": people[number * 20 : number * 20 + 120] for number in range(500)}
    show(page, tmp_path, review_of(groups, people))
    page.evaluate("document.querySelector('input[type=search]').focus()")
    page.type("p00042")
    # One row as an account, and one in each group: p00042 is in the first three.
    assert page.evaluate(SHOWN) == 4


def test_groups_of_one_name_stand_apart_and_every_format_names_each_member() -> None:
    review = review_of({"eng": ["ann", "bob"], "ops": ["bob"]}, ["ann", "bob"])
    named = RECORD._replace(organization="Acme", bridge="scim.acme.example")
    for text in (render_review_page(review, named), review_csv(review, named), review_markdown(review, named)):
        assert text.count("bob@example.com") >= 2
        assert {"Acme", "scim.acme.example"} <= set(re.findall(r"[\w.]+", text))
        assert "ann@example.com" in text
    assert [(each.name, len(each.members or ())) for each in review.groups] == [("eng", 2), ("ops", 1)]
    assert {member.origin.before for each in review.groups for member in each.members or ()} == {NOW}
