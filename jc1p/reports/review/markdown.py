"""The access review as Markdown: what to check first, then groups and changes, each group folded."""

from collections.abc import Iterator

from jc1p.core.run_record import RunRecord
from jc1p.queries.review.model import AccessReview, ReviewedGroup
from jc1p.reports.markdown import sides_line
from jc1p.reports.markdown_escape import code, words
from jc1p.reports.review.text import headline_of
from jc1p.reports.review.words import CHANGES, caveats, how, period_of, reach, result, since_when, standing, who_did


def review_markdown(review: AccessReview, record: RunRecord) -> str:
    """The whole review, with its organization and bridge."""
    return "\n".join([*lines_of(review, sides_line(record))]) + "\n"


def lines_of(review: AccessReview, sides: str) -> Iterator[str]:
    yield from ("### jc1p review", "", *([sides, ""] if sides else []), words(result(review)), "")
    yield from (f"**{words(said)}**\n" for said in caveats(review))
    yield words(reach(review))
    if review.concerns:
        yield from ("", "#### Look at first", "")
    yield from (f"- {code(each.subject)}: {words(each.message)}" for each in review.concerns)
    for group in review.groups:
        yield from group_lines(group)
    if review.changes:
        yield from ("", f"#### Changes {words(period_of(review))}", "", "| date | what | group | user | by |")
        yield "|---|---|---|---|---|"
    for each in review.changes:
        kind, by = CHANGES.get(each.kind, each.kind), piped(words(who_did(each)))
        yield f"| {each.at:%Y-%m-%d} | {kind} | {cell(each.group)} | {cell(each.user)} | {by} |"


def group_lines(group: ReviewedGroup) -> Iterator[str]:
    yield from ("", f"#### {words(headline_of(group))}", "")
    if not group.members:
        return
    yield from ("| member | since | how | account |", "|---|---|---|---|")
    for member in group.members:
        told = (since_when(member.origin), how(member.origin), standing(member))
        yield f"| {cell(member.email)} | {' | '.join(piped(words(part)) if part else '' for part in told)} |"


def cell(text: str | None) -> str:
    """Remote text in a table, where a pipe would end the cell even in a code span."""
    return piped(code(text)) if text else ""


def piped(text: str) -> str:
    return text.replace("|", "\\x7c")
