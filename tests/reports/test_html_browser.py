"""The HTML report in a real Chromium: nothing acts, nothing is loaded, search works, and it is accessible."""

import json
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from socket import socket

import pytest
from support.browser import Page, browser
from support.builders import account, group, person, plan_for, source, target
from support.hostile import NAMES, hostile_plan, hostile_report
from support.reported import PLAN, REAL, REFUSED, SYNC, with_report
from support.runs import record

from jc1p.core.guard import Verdict
from jc1p.core.outcomes import Applied, Failed, Report, Skipped
from jc1p.core.plan import Held, Hold, Kind
from jc1p.core.plan_comparison import compare_plans
from jc1p.core.run_record import RunRecord
from jc1p.errors import ExitCode, RequestRefused
from jc1p.reports.html.page import render_html
from jc1p.reports.phrases import printable

SHOWN = "document.querySelectorAll('[data-row]:not([hidden])').length"
SEARCH = "document.querySelector('input[type=search]')"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("browser")) as made:
        yield made


def show(page: Page, folder: Path, run: RunRecord, exit_code: int = 0) -> None:
    path = folder / "report.html"
    path.write_text(render_html(run, ExitCode(exit_code)), encoding="utf-8")
    page.open(path)


def search(page: Page, text: str) -> int:
    """Type a search as a user would; returns the number of visible rows."""
    page.evaluate(f"{SEARCH}.focus(), {SEARCH}.select()")
    page.type(text)
    return int(page.evaluate(SHOWN))


@pytest.fixture
def hostile(page: Page, tmp_path: Path) -> Page:
    plan = hostile_plan()
    show(page, tmp_path, record(plan, report=hostile_report(plan)), 5)
    return page


def test_hostile_names_act_in_no_way(hostile: Page) -> None:
    hostile.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    hostile.settle()
    assert hostile.evaluate("window.acted === undefined && document.scripts.length === 1") is True
    assert hostile.evaluate("document.querySelectorAll('img, iframe, link, object, embed, b, svg[onload]').length") == 0
    assert len(hostile.requests()) == 1
    assert hostile.complaints() == []


def test_hostile_names_read_as_they_are(hostile: Page) -> None:
    shown = set(hostile.evaluate("[...document.querySelectorAll('tbody th > bdi')].map(each => each.textContent)"))
    assert shown == {printable(name) for name in NAMES}


def test_policy_stops_what_would_get_in(hostile: Page) -> None:
    with socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.setblocking(False)
        place = f"http://127.0.0.1:{listening.getsockname()[1]}"
        hostile.evaluate(f"""
            document.body.insertAdjacentHTML('beforeend', '<img src="{place}/x.png" onerror="window.acted=1">');
            document.body.append(Object.assign(document.createElement('script'), {{textContent: 'window.acted = 2'}}));
            document.body.append(Object.assign(document.createElement('style'), {{textContent: '* {{color: red}}'}}));
        """)
        hostile.settle()
        refused = hostile.evaluate(f"fetch('{place}').then(() => 'sent', () => 'refused')")
        with pytest.raises(BlockingIOError):
            listening.accept()
    assert (refused, hostile.evaluate("window.acted")) == ("refused", None)
    assert len([text for text in hostile.complaints() if "Content Security Policy" in text]) >= 4


@pytest.mark.parametrize("name", [name for name in NAMES if name.strip()][:8], ids=ascii)
def test_hostile_search_finds_its_name_and_acts_in_no_way(hostile: Page, name: str) -> None:
    assert search(hostile, printable(name)) > 0
    assert search(hostile, "nobody bears this name") == 0
    assert hostile.evaluate("document.querySelector('output').textContent") == "Nothing matches"
    assert hostile.evaluate("window.acted") is None


def test_search_finds_people_and_members_and_opens_their_fold(page: Page, tmp_path: Path) -> None:
    names = [f"p{number:02}" for number in range(40)]
    plan = plan_for(source([person(n) for n in names], [group("eng", *names), group("ops", "p07")]), target())
    show(page, tmp_path, record(plan))
    everything = int(page.evaluate(SHOWN))
    assert everything == len(plan.changes) + len(plan.warnings)
    assert search(page, "P07 example") == 3
    assert page.evaluate("document.querySelector('#add_members details').open") is True
    assert page.evaluate("document.querySelector('output').textContent") == f"Showing 3 of {everything}"
    assert page.evaluate("document.querySelector('#create_group').hidden") is True
    assert search(page, " ") == everything
    assert page.evaluate("document.querySelector('#add_members details').open") is False


def test_kinds_are_chosen_with_the_keyboard_alone(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, REAL._replace(report=with_report(PLAN)), 5)
    page.evaluate("document.activeElement.blur()")
    page.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.evaluate(f"{SEARCH}.focus()")
    page.press("Tab")
    page.press(" ")
    assert page.evaluate("[...document.querySelectorAll('section[data-kind]:not([hidden])')].map(s => s.id)") == [
        "suspend_user"
    ]
    page.press(" ")
    assert page.evaluate(SHOWN) == len(PLAN.changes) + len(PLAN.warnings)


def choose(page: Page, *boxes: str) -> list[str]:
    """Tick only these boxes; returns the visible sections."""
    wanted = json.dumps(boxes)
    page.evaluate(
        f"document.querySelectorAll('input[name]').forEach(box => {{ box.checked = {wanted}.includes(box.value) }});"
        "document.querySelector('form.filter').dispatchEvent(new Event('input')); 0"
    )
    page.settle()
    shown = page.evaluate("[...document.querySelectorAll('section[data-kind]:not([hidden])')].map(each => each.id)")
    return list(shown)


def test_failed_skipped_and_held_can_be_chosen(page: Page, tmp_path: Path) -> None:
    held = Held(Kind.CREATE_USER, Hold.PROBABLE_DUPLICATE, "looks like bob", user="eve2@example.com")
    plan = PLAN._replace(held=(held,))
    first, second, *rest = plan.changes
    refused = RequestRefused("no; run `jc1p doctor`", service="1Password", status=400)
    report = Report((Failed(first, refused), Skipped(second, "waits"), *map(Applied, rest)))
    show(page, tmp_path, REAL._replace(plan=plan, report=report), 5)
    assert choose(page, "failed") == [first.kind]
    assert page.evaluate(SHOWN) == 1
    assert choose(page, "failed", "skipped") == [first.kind]
    assert page.evaluate(SHOWN) == 2
    assert choose(page, "held") == ["held"]
    assert choose(page, "held", "create_user") == ["held"]
    assert choose(page, "held", "suspend_user") == []
    assert choose(page, "warnings") == ["warnings"]
    assert page.evaluate("[...document.querySelectorAll('td code')].map(each => each.textContent)[0]") == "jc1p doctor"
    choose(page)
    assert page.evaluate(SHOWN) == len(plan.changes) + 1 + len(plan.warnings)


def crowd(number: int) -> RunRecord:
    names = [f"p{each:03}" for each in range(number)]
    return record(plan_for(source([person(n) for n in names], assigned=names), target()))


def test_long_list_is_folded_until_something_in_it_is_looked_for(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, crowd(51))
    is_open = "document.querySelector('#create_user > details').open"
    assert page.evaluate(is_open) is False
    assert page.evaluate("document.querySelector('#create_user > details > summary').textContent") == "Show all 51"
    assert search(page, "p007") == 1
    assert page.evaluate(is_open) is True
    search(page, " ")
    assert page.evaluate(is_open) is False
    page.evaluate("location.hash = '#change-51'")
    page.settle()
    assert page.evaluate(is_open) is True
    show(page, tmp_path, crowd(50))
    assert page.evaluate("document.querySelector('#create_user > details')") is None


@pytest.mark.parametrize("width", [700, 1000])
def test_print_is_small_and_breaks_no_address(page: Page, tmp_path: Path, width: int) -> None:
    """On A4 and A3, in the columns of a run with outcomes, at each of its places."""
    names = ["anne-marie.very-long-surname-of-several-parts", "bo", *(f"p{each:02}" for each in range(60))]
    have = source([person(n) for n in names], [group("eng", *names)])
    plan = plan_for(have, target([account("hal", linked=True, email="hal-of-the-long-name@subsidiary.example.com")]))
    show(page, tmp_path, record(plan)._replace(dry_run=False, report=with_report(plan)), 5)
    page.call("Emulation.setEmulatedMedia", media="print")
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=1000, deviceScaleFactor=1, mobile=False)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    broken = page.evaluate("""[...document.querySelectorAll('.address')]
        .filter(each => each.getClientRects().length !== 1).map(each => each.textContent)""")
    size = float(page.evaluate("getComputedStyle(document.querySelector('td')).fontSize").removesuffix("px"))
    too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    hidden = page.evaluate("[...document.querySelectorAll('details')].filter(each => !each.open).length")
    page.call("Emulation.clearDeviceMetricsOverride")
    page.call("Emulation.setEmulatedMedia", media="")
    assert (broken, too_wide, hidden) == ([], False, 0)
    assert size < 11


def test_page_is_whole_without_its_script(page: Page, tmp_path: Path) -> None:
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        show(page, tmp_path, REFUSED, 4)
        shown = page.call("DOM.getDocument")["root"]["nodeId"]
        rows = page.call("DOM.querySelectorAll", nodeId=shown, selector="[data-row]:not([hidden])")["nodeIds"]
        hidden = page.call("DOM.querySelectorAll", nodeId=shown, selector="form[hidden]")["nodeIds"]
    finally:
        page.call("Emulation.setScriptExecutionDisabled", value=False)
    assert (len(rows), len(hidden)) == (len(PLAN.changes) + len(PLAN.warnings), 1)


def test_dark_page_is_dark(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, REFUSED, 4)
    light, dark = (background(page, scheme) for scheme in ("light", "dark"))
    assert min(light) > 200
    assert max(dark) < 50


def background(page: Page, scheme: str) -> list[int]:
    wear(page, scheme)
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return [int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]


def wear(page: Page, scheme: str) -> None:
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])


COMPARED = SYNC._replace(
    comparison=compare_plans(
        ("jc1p.yaml", PLAN._replace(changes=PLAN.changes[:2]), Verdict()),
        ("other.yaml", PLAN._replace(changes=PLAN.changes[1:]), REFUSED.verdict or Verdict()),
    ),
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1180])
@pytest.mark.parametrize(
    "run", [REFUSED._replace(dry_run=False, report=with_report(PLAN)), COMPARED], ids=["run", "comparison"]
)
def test_page_has_no_barrier_that_axe_knows(
    page: Page, tmp_path: Path, scheme: str, width: int, run: RunRecord
) -> None:
    """Landmarks, names, headings, table headers, contrast of all text, in both colour schemes and on a phone."""
    show(page, tmp_path, run, 5)
    wear(page, scheme)
    page.screenshot(width=width, height=900)
    page.evaluate(files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8") + "; 0")
    found = json.loads(page.evaluate("axe.run().then(found => JSON.stringify(found))"))
    assert [(each["id"], each["nodes"][0]["html"][:120]) for each in found["violations"]] == []
    assert len(found["passes"]) > 20
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") is True


@pytest.mark.parametrize("width", [360, 1180])
def test_tables_are_heard_as_tables_with_headers(page: Page, tmp_path: Path, width: int) -> None:
    """The accessibility tree for screen readers, even when a narrow page lays its tables out differently."""
    show(page, tmp_path, SYNC)
    page.screenshot(width=width, height=900)
    heard = Counter(node["role"]["value"] for node in page.call("Accessibility.getFullAXTree")["nodes"])
    assert heard["table"] == len([kind for kind, count in PLAN.counts().items() if count])
    assert heard["rowheader"] == len(PLAN.changes)
    assert heard["columnheader"] >= 2 * heard["table"]
    assert (heard["main"], heard["banner"], heard["contentinfo"], heard["navigation"], heard["search"]) == (1,) * 5


@pytest.mark.matrix
def test_print_has_the_members_and_no_search(page: Page, tmp_path: Path) -> None:
    names = [f"p{number:02}" for number in range(9)]
    show(page, tmp_path, record(plan_for(source([person(n) for n in names], [group("eng", *names)]), target())))
    page.call("Emulation.setEmulatedMedia", media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.querySelector('#add_members details').open") is True
    assert page.evaluate("getComputedStyle(document.querySelector('form.filter')).display") == "none"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.querySelector('#add_members details').open") is False
    page.call("Emulation.setEmulatedMedia", media="")


@pytest.mark.matrix
def test_ten_thousand_changes_can_be_searched(page: Page, tmp_path: Path) -> None:
    names = [f"p{number:05}" for number in range(10_000)]
    show(page, tmp_path, record(plan_for(source([person(n) for n in names], assigned=names), target())))
    assert search(page, "p00777@") == 1
    assert search(page, "p0 @example.com") == 10_000
