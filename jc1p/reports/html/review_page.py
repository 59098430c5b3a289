"""An access review as one self-contained HTML page, in the style of page.py: for auditors to read and keep."""

from collections import Counter
from collections.abc import Iterator

from jc1p import __version__
from jc1p.core.membership_record import Hand
from jc1p.core.run_record import RunRecord
from jc1p.queries.review.model import AccessReview, Management, ReviewedAccount, ReviewedGroup, ReviewedMember
from jc1p.reports.headline import Mood
from jc1p.reports.html.lists import a_list, choices, folded, search_form, table, with_code
from jc1p.reports.html.markup import Markup, element, remote
from jc1p.reports.html.page import MARKS, fact, facts_of_reading, header, whole_page
from jc1p.reports.phrases import count_of
from jc1p.reports.review.text import headline_of
from jc1p.reports.review.words import (
    CHANGES,
    caveats,
    how,
    last_change,
    period_of,
    reach,
    result,
    since_when,
    standing,
    who_did,
)

OLDER, OUTSIDE, NOT_RECORDED, LEFT = "older", "outside", "not-recorded", "left"
UNMANAGED, SUSPENDED = "unmanaged", "suspended"
STATUSES = {
    LEFT: "Group out of scope", OUTSIDE: "Added outside jc1p", NOT_RECORDED: "Not recorded by whom",
    OLDER: "Older than the records", SUSPENDED: "Suspended", UNMANAGED: "Not managed",
}  # fmt: skip
"""The statuses to filter rows by; each row has the first that fits."""


def render_review_page(review: AccessReview, record: RunRecord) -> str:
    """The whole page."""
    mood = Mood.CARE if review.concerns or not review.complete else Mood.GOOD
    badge = "incomplete reading" if not review.complete else "look at first" if review.concerns else "reviewed"
    return whole_page(
        f"jc1p review, {record.created_at:%Y-%m-%d}",
        element("a", "Skip to the review", class_="skip", href="#report"),
        element(
            "div", header("review", "Access review", f"{MARKS[mood]} {badge}", facts(review, record)),
            class_=f"band {mood}",
        ),
        element("main", *parts(review), id="report"),
        element("footer", element("p", f"Made by jc1p {__version__}. It holds names and addresses of people: "
                                       "share it with care.")),
    )  # fmt: skip


def facts(review: AccessReview, record: RunRecord) -> Iterator[Markup]:
    yield from facts_of_reading(record)
    yield fact("Changes", period_of(review))
    if record.actor:
        yield fact("Reviewed by", remote(record.actor))
    if record.reference:
        yield fact("Reference", remote(record.reference))


def parts(review: AccessReview) -> Iterator[Markup]:
    """Everything between the headline and the footer, the most important first."""
    said = [*caveats(review), result(review), reach(review)]
    yield element("section", element("h2", "Summary"), *(element("p", line) for line in said), class_="card",
                  aria_label="Summary")  # fmt: skip
    counted = Counter(status_of(group, member) for group in review.groups for member in group.members or ())
    found = [(name, title, counted[name]) for name, title in STATUSES.items() if counted[name]]
    yield search_form("a name, an address, a group, a run, a reference", choices("status", "Memberships", found))
    if review.concerns:
        yield concerns_list(review)
    yield from (group_list(number, group) for number, group in enumerate(review.groups, 1))
    if review.accounts:
        yield accounts_list(review)
    if review.changes:
        yield changes_list(review)


def concerns_list(review: AccessReview) -> Markup:
    lines = [element("li", remote(each.subject), ": ", with_code(each.message), data_row=True)
             for each in review.concerns]  # fmt: skip
    content = folded(element("ul", *lines, class_="lines"), len(lines))
    return a_list("concerns", "care", "!", f"Look at first, {len(lines):,}", None, content)


def group_list(number: int, group: ReviewedGroup) -> Markup:
    members = group.members or ()
    name = f"group-{number}"
    rows = (member_row(group, each) for each in members)
    content = folded(table(name, ["User", "Since", "How", "Account"], rows), len(members)) if members else Markup()
    note = f"recorded since {group.recorded_since:%Y-%m-%d}" if group.recorded_since else "not recorded yet"
    mood, sign = ("change", "•") if group.in_scope else ("care", "!")
    return a_list(name, mood, sign, remote(headline_of(group)), note, content)


def member_row(group: ReviewedGroup, member: ReviewedMember) -> Markup:
    # The row's visible text lacks the group's name, so it is added for filtering.
    who = element("th", remote(member.email), element("span", remote(group.name), class_="unseen"), scope="row")
    told = how(member.origin)
    return element(
        "tr", who, element("td", since_when(member.origin)), element("td", remote(told) if told else None),
        element("td", standing(member)), data_row=True, data_status=status_of(group, member) or None,
    )  # fmt: skip


def status_of(group: ReviewedGroup, member: ReviewedMember) -> str:
    if not group.in_scope:
        return LEFT
    if member.origin.by is Hand.OUTSIDE:
        return OUTSIDE
    if member.origin.by is Hand.NOT_RECORDED:
        return NOT_RECORDED
    if member.origin.since is None:
        return OLDER
    if member.state is not None and member.state.value == SUSPENDED:
        return SUSPENDED
    return "" if member.management is Management.MANAGED else UNMANAGED


def accounts_list(review: AccessReview) -> Markup:
    rows = (account_row(each) for each in review.accounts)
    headers = ["User", "Name", "Managed", "State", "Groups", "Last change"]
    content = folded(table("accounts", headers, rows), len(review.accounts))
    return a_list("accounts", "change", "•", count_of(len(review.accounts), "account"), None, content)


def account_row(row: ReviewedAccount) -> Markup:
    cells = [row.management.value, row.state.value]
    return element(
        "tr", element("th", remote(row.email), scope="row"), element("td", remote(row.name)),
        *(element("td", cell) for cell in cells), element("td", remote(", ".join(row.groups)) if row.groups else None),
        element("td", last_change(row)), data_row=True,
    )  # fmt: skip


def changes_list(review: AccessReview) -> Markup:
    rows = (
        element(
            "tr", element("th", remote(each.user or ""), scope="row"), element("td", f"{each.at:%Y-%m-%d}"),
            element("td", CHANGES.get(each.kind, each.kind)),
            element("td", remote(each.group) if each.group else None),
            element("td", remote(who_did(each))), data_row=True,
        )
        for each in review.changes
    )  # fmt: skip
    content = folded(table("changes", ["User", "Date", "What", "Group", "By"], rows), len(review.changes))
    title = f"{count_of(len(review.changes), 'change')} {period_of(review)}"
    return a_list("changes", "change", "•", title, None, content)
