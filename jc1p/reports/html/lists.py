"""The lists of the HTML report: changes by kind, failures, held items, warnings; and their filters."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import assert_never

from jc1p.core.kind_words import LABELS
from jc1p.core.outcomes import Applied, Failed, Outcome, Skipped
from jc1p.core.plan import REMOVALS, Change, Held, Kind, PlanWarning
from jc1p.core.run_record import RunRecord
from jc1p.reports.headline import section_title
from jc1p.reports.html.markup import Markup, element, joined, remote
from jc1p.reports.phrases import (
    REMOVALS_FIRST,
    blast_radius,
    count_of,
    failing,
    quoted,
    shown_differences,
    with_commands_marked,
)
from jc1p.reports.plan_lines import STYLES

GIVES = frozenset({Kind.CREATE_USER, Kind.REACTIVATE_USER, Kind.CREATE_GROUP, Kind.ADD_MEMBERS})
MEMBERS_OPEN, ROWS_OPEN = 6, 50
"""Above these numbers, lists of members and of rows are folded."""
CODE = re.compile(r"`([^`]+)`")

COLUMNS = {
    "User": "who", "Group": "who", "Who": "who", "What": "outcome", "Members": "detail",
    "Before and after": "detail", "Outcome": "outcome", "Code": "code",
}  # fmt: skip
"""The CSS class for a column's width, by its header."""

HELD, WARNINGS, NOTES = "held", "warnings", "notes"
"""Notes are warnings that no admin can do anything about."""
Outcomes = dict[int, Outcome]


def counted(record: RunRecord) -> list[tuple[str, str, int]]:
    """The lists: name, title and length."""
    plan = record.plan
    counts = plan.counts() if plan else {}
    found = [(str(kind), LABELS[kind], counts[kind]) for kind in REMOVALS_FIRST if counts.get(kind)]
    held = len(plan.held) if plan else 0
    warnings, notes = len(record.concerns), len(record.notes)
    found += [(HELD, "Held", held)] if held else []
    found += [(WARNINGS, "Warnings" if warnings > 1 else "Warning", warnings)] if warnings else []
    return found + ([(NOTES, "Notes" if notes > 1 else "Note", notes)] if notes else [])


def statuses(record: RunRecord) -> list[tuple[str, str, int]]:
    """The statuses to filter by: name, title and number."""
    report, plan = record.report, record.plan
    found = [
        ("failed", "Failed", report.number(Failed) if report else 0),
        ("skipped", "Skipped", report.number(Skipped) if report else 0),
        (HELD, "Held", len(plan.held) if plan else 0),
        (WARNINGS, "Warnings", len(record.concerns)),
        (NOTES, "Notes", len(record.notes)),
    ]
    return [each for each in found if each[2]]


def mood_of(name: str) -> str:
    """The colour of a list: additions, removals, or problems."""
    if name in {HELD, WARNINGS}:
        return "care"
    return "bad" if name in REMOVALS else "good" if name in GIVES else "change"


def tiles(record: RunRecord) -> Iterator[Markup]:
    """The counts, each with a link to its list."""
    found = counted(record)
    if found:
        items = [
            element(
                "li",
                element(
                    "a", element("strong", f"{count:,}"), element("span", title), href=f"#{name}", class_=mood_of(name)
                ),
            )
            for name, title, count in found
        ]
        yield element("nav", element("ul", *items, class_="tiles"), aria_label="What is in this report")


def filter_form(record: RunRecord) -> Markup:
    """Search, kinds and statuses; hidden until the script shows it."""
    kinds = [each for each in counted(record) if each[0] not in {HELD, WARNINGS, NOTES}]
    return search_form("a name, an address, a group, a reason", choices("kind", "Kind", kinds),
                       choices("status", "Status", statuses(record)))  # fmt: skip


def search_form(hint: str, *fieldsets: Markup | None) -> Markup:
    """The form that filters the rows of a page."""
    search = element(
        "div",
        element("label", "Search", for_="search"),
        element("input", type="search", id="search", autocomplete="off", spellcheck="false", placeholder=hint),
        element("output", for_="search", class_="muted"),
        class_="search",
    )
    return element("form", search, *fieldsets, class_="filter card", role="search", hidden=True)


def choices(name: str, legend: str, found: Sequence[tuple[str, str, int]]) -> Markup | None:
    boxes = [
        element("label", element("input", type="checkbox", name=name, value=value), f"{title} ({count:,})")
        for value, title, count in found
    ]
    return element("fieldset", element("legend", legend), *boxes) if boxes else None


def lists(record: RunRecord) -> Iterator[Markup]:
    """Every list that isn't empty."""
    outcomes = {each.change.id: each for each in record.report.outcomes} if record.report else None
    plan = record.plan
    if plan:
        for kind in REMOVALS_FIRST:
            if changes := plan.of_kind(kind):
                yield changes_list(record, kind, changes, outcomes)
        if plan.held:
            yield held_list([each._replace(reason=record.typed(each.reason)) for each in plan.held])
    if record.concerns:
        yield warnings_list(record, WARNINGS, "care", record.concerns)
    if record.notes:
        yield warnings_list(record, NOTES, "change", record.notes)


def warnings_list(record: RunRecord, name: str, mood: str, warnings: Sequence[PlanWarning]) -> Markup:
    lines = [
        element(
            "li", remote(each.subject), ": ", with_code(record.typed(each.message)), data_row=True, data_status=name
        )
        for each in warnings
    ]
    content = folded(element("ul", *lines, class_="lines"), len(lines))
    return a_list(name, mood, "!", count_of(len(warnings), name.removesuffix("s")), None, content)


def a_list(name: str, mood: str, sign: str, title: str, note: str | None, content: Markup) -> Markup:
    heading = element(
        "h2", element("span", sign, class_="sign", aria_hidden="true"), title, element("small", note) if note else None,
        id=f"{name}-title",
    )  # fmt: skip
    return element(
        "section", heading, content, class_=f"card list {mood}", id=name, data_kind=name,
        aria_labelledby=f"{name}-title",
    )  # fmt: skip


def folded(rows: Markup, number: int) -> Markup:
    """A large number of rows, behind a line that opens them."""
    if number <= ROWS_OPEN:
        return rows
    return element("details", element("summary", f"Show all {number:,}"), rows, class_="fold")


def with_code(text: str) -> Markup:
    """One of our sentences, which may quote remote text, with its commands as code."""
    parts = CODE.split(with_commands_marked(text))
    return joined(
        *(element("code", remote(part)) if at % 2 else remote(part) for at, part in enumerate(parts) if part)
    )  # fmt: skip


def table(name: str, headers: Sequence[str], rows: Iterator[Markup]) -> Markup:
    head = element("tr", *(element("th", header, scope="col", class_=COLUMNS.get(header)) for header in headers))
    return element(
        "table", element("thead", head), element("tbody", *rows), aria_labelledby=f"{name}-title",
    )  # fmt: skip


# --- changes ------------------------------------------------------------------------------------------------


def changes_list(record: RunRecord, kind: Kind, changes: Sequence[Change], outcomes: Outcomes | None) -> Markup:
    is_about_members = kind in {Kind.ADD_MEMBERS, Kind.REMOVE_MEMBERS}
    headers = ["Group" if changes[0].group and not changes[0].user else "User", "Why"]
    detail, cell = ("Members", members_cell) if is_about_members else ("Before and after", differences_cell)
    has_detail = is_about_members or any(shown_differences(change) for change in changes)
    headers += [detail] if has_detail and kind is not Kind.LINK_USER else []
    headers += ["Outcome"] if outcomes is not None else []
    details = cell if detail in headers else None
    rows = (change_row(change, details, outcomes) for change in changes)
    return a_list(
        kind, mood_of(kind), STYLES[kind][0], section_title(record, kind, len(changes)),
        blast_radius(record.plan, kind) if record.plan else None, folded(table(kind, headers, rows), len(changes)),
    )  # fmt: skip


def change_row(change: Change, details: Callable[[Change], Markup] | None, outcomes: Outcomes | None) -> Markup:
    name = change.attributes["displayName"].after if change.kind is Kind.CREATE_USER else None
    who = element(
        "th", remote(change.subject), element("span", remote(str(name)), class_="muted") if name else None, scope="row"
    )
    cells = [who, element("td", remote(change.reason))]
    cells += [element("td", details(change))] if details else []
    outcome = (outcomes or {}).get(change.id)
    if outcomes is not None:
        cells.append(element("td", outcome_text(outcome) if outcome else "unknown"))
    status = type(outcome).__name__.lower() if outcome else None
    return element("tr", *cells, id=f"change-{change.id}", data_row=True, data_status=status)


def differences_cell(change: Change) -> Markup:
    """Each attribute before and after, in words for screen readers."""
    pairs = [
        joined(element("dt", name), element("dd", before_and_after(change, quoted(each.before), quoted(each.after))))
        for name, each in shown_differences(change)
    ]
    return element("dl", *pairs, class_="differences") if pairs else Markup()


def before_and_after(change: Change, before: str, after: str) -> Markup:
    now = joined(element("span", "after ", class_="unseen"), element("ins", remote(after)))
    if change.kind in {Kind.CREATE_USER, Kind.CREATE_GROUP}:
        return now
    return joined(element("span", "before ", class_="unseen"), element("del", remote(before)), " → ", now)


def members_cell(change: Change) -> Markup:
    people = element("ul", *(element("li", remote(member.email)) for member in change.members), class_="members")
    if len(change.members) <= MEMBERS_OPEN:
        return people
    return element("details", element("summary", count_of(len(change.members), "member")), people)


# --- outcomes -----------------------------------------------------------------------------------------------


def outcome_text(outcome: Outcome) -> Markup:
    match outcome:
        case Applied():
            return joined(status("✓ applied", "good"), joined(" ", with_code(outcome.note)) if outcome.note else None)
        case Failed():
            hint = joined(" (", with_code(outcome.error.hint), ")") if outcome.error.hint else None
            return joined(status(f"✗ {failing(outcome)}", "bad"), " ", with_code(outcome.error.message), hint)
        case Skipped():
            return joined(status("\u2013 skipped", "care"), " ", with_code(outcome.reason))
        case _:
            assert_never(outcome)


def status(words: str, mood: str) -> Markup:
    return element("span", words, class_=f"status {mood}")


def troubles(record: RunRecord) -> Iterator[Markup]:
    """What failed, before everything else; each links to its row."""
    outcomes = record.report.outcomes if record.report else ()
    found = [each for each in outcomes if not isinstance(each, Applied)]
    if not found:
        return
    lines = [
        element("li", element("a", remote(each.change.subject), href=f"#change-{each.change.id}"),
                f", {LABELS[each.change.kind].lower()}: ", outcome_text(each))
        for each in found
    ]  # fmt: skip
    title = f"{count_of(len(found), 'change')} failed or skipped"
    yield element("section", element("h2", title), element("ul", *lines), class_="card notice bad", aria_label=title)


def held_list(held: Sequence[Held]) -> Markup:
    rows = (
        element(
            "tr",
            element("th", remote(each.user or each.group or ""), scope="row"),
            element("td", LABELS[each.kind]),
            element("td", with_code(each.reason)),
            element("td", element("code", each.code)),
            data_row=True,
            data_kind=str(each.kind),
            data_status=HELD,
        )
        for each in held
    )
    return a_list(
        HELD, "care", "!", f"Held, {len(held):,}", "not part of this plan, and why",
        folded(table(HELD, ["Who", "What", "Why", "Code"], rows), len(held)),
    )  # fmt: skip
