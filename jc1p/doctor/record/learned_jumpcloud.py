"""What JumpCloud's answers say about the open questions, and the sandbox settings that behave the same. Pure."""

from collections.abc import Iterator

from jc1p.clients.http.exchange import Answer
from jc1p.clients.http.json_values import text
from jc1p.clients.jumpcloud.paging import PAGE
from jc1p.core.folding import fold
from jc1p.core.models import ConnectorEvents
from jc1p.doctor.observations import JumpCloudSeen
from jc1p.doctor.record.ask_more import Answers, Ask, MoreSeen, rows_of, total_of
from jc1p.doctor.record.learned_bridge import ENOUGH, said
from jc1p.doctor.record.questions import Learned, Question
from jc1p.errors import RequestRefused

TEMPLATE = "1password"
NO_PLAN = 402


def learn_jumpcloud(seen: JumpCloudSeen, more: MoreSeen) -> Iterator[Learned]:
    """What is known of JumpCloud without changing anything."""
    asked = more.answers
    organizations = len(rows_of(asked.get(Ask.ORGANIZATIONS)))
    if organizations:
        words = "yes" if organizations > 1 else "no"
        yield Learned(Question.JC_ORGANIZATIONS, words, jumpcloud={"organizations": organizations})
    yield from learn_insights(seen)
    yield from learn_page_sizes(asked)
    yield from learn_totals_of_lists(asked)
    yield from learn_v1_filters(asked)
    yield from learn_v2_groups(asked)
    yield from learn_assigned(asked)
    yield from learn_order_of_lists(asked)


def learn_insights(seen: JumpCloudSeen) -> Iterator[Learned]:
    if isinstance(seen.events, ConnectorEvents):
        yield Learned(Question.JC_INSIGHTS, "yes", jumpcloud={"insights": True})
    elif isinstance(seen.events, RequestRefused) and seen.events.status == NO_PLAN:
        yield Learned(Question.JC_INSIGHTS, f"no: {NO_PLAN}", jumpcloud={"insights": False})


def learn_page_sizes(asked: Answers) -> Iterator[Learned]:
    uncounted, thousand = asked.get(Ask.PEOPLE_UNCOUNTED), asked.get(Ask.PEOPLE_BY_THOUSANDS)
    if uncounted is None or thousand is None:
        return
    few, all_ = len(rows_of(uncounted)), total_of(uncounted) or 0
    usual = f"{few} without a limit" if few < all_ else "all without a limit"
    many = f"limit=1000: {said(thousand)}" + (f", {len(rows_of(thousand))} came" if thousand.is_success else "")
    yield Learned(Question.JC_PAGES, f"{usual}; {many}")


def learn_totals_of_lists(asked: Answers) -> Iterator[Learned]:
    lists = [
        asked[each] for each in (Ask.JUMPCLOUD_GROUPS, Ask.MEMBERS, Ask.ASSIGNED_GROUPS, Ask.ASSIGNED_USERS)
        if each in asked and asked[each].is_success
    ]  # fmt: skip
    people = asked.get(Ask.PEOPLE)
    if not lists or people is None:
        return
    having = sum(total_of(each) is not None for each in lists)
    words = "all have" if having == len(lists) else "none has" if not having else f"{having} of {len(lists)} have"
    rows, total = len(rows_of(people)), total_of(people)
    off_by = total - rows if total is not None and (rows < PAGE or total < rows) else 0
    words += f"; totals are off by {off_by:+d}" if off_by else "; totals are right"
    yield Learned(
        Question.JC_TOTALS, words, jumpcloud={"sends_total_count": having > 0, "total_off_by": off_by}
    )  # fmt: skip


def learn_v1_filters(asked: Answers) -> Iterator[Learned]:
    with_, without = asked.get(Ask.PERSON_BY_EMAIL), asked.get(Ask.PERSON_WITHOUT_DOLLAR)
    if with_ is not None and without is not None and rows_of(with_):
        works = 0 < len(rows_of(without)) <= len(rows_of(with_))
        ignored = len(rows_of(without)) > len(rows_of(with_))
        words = "yes" if works else "no: everything comes" if ignored else "no: nothing comes"
        yield Learned(Question.JC_FILTERS, words, jumpcloud={"bare_operators": works})
    labelled = asked.get(Ask.APPLICATION_BY_LABEL)
    if labelled is not None:
        rows = rows_of(labelled)
        words = "yes" if len(rows) == 1 else f"no: {len(rows)} came" if labelled.is_success else f"no: {said(labelled)}"
        yield Learned(Question.JC_LABEL, words)
    names = [fold(text(row.get("name"))) for row in rows_of(labelled)]
    if len(names) == 1:
        yield Learned(Question.JC_TEMPLATE, "yes" if names[0] == TEMPLATE else "no, another name")


def learn_v2_groups(asked: Answers) -> Iterator[Learned]:
    sorted_, other = asked.get(Ask.GROUPS_BY_ID), asked.get(Ask.GROUPS_BY_UNDERSCORE_ID)
    if sorted_ is not None and other is not None:
        by_id, by_other = words_of_sort(sorted_), words_of_sort(other)
        knobs = {"sort_by_id": sorted_.is_success}
        yield Learned(Question.JC_SORT, f"id: {by_id}; _id: {by_other}", jumpcloud=knobs)
    two = asked.get(Ask.TWO_GROUPS)
    if two is not None:
        works = two.is_success and len(rows_of(two)) == 2  # noqa: PLR2004 - the two that were asked for
        words = "yes" if works else f"no: {len(rows_of(two))} came" if two.is_success else f"no: {said(two)}"
        yield Learned(Question.JC_IN, words)


def words_of_sort(answer: Answer) -> str:
    if not answer.is_success:
        return said(answer)
    ids = [text(row.get("id")) for row in rows_of(answer)]
    return "sorted" if ids == sorted(ids) else "accepted, not sorted"


def learn_assigned(asked: Answers) -> Iterator[Learned]:
    rows = rows_of(asked.get(Ask.ASSIGNED_USERS))
    if rows:
        has_paths = all("paths" in row for row in rows)
        yield Learned(Question.JC_PATHS, "yes" if has_paths else "no", jumpcloud={"omits_paths": not has_paths})


def learn_order_of_lists(asked: Answers) -> Iterator[Learned]:
    twice = (
        (Ask.JUMPCLOUD_GROUPS, Ask.JUMPCLOUD_GROUPS_AGAIN), (Ask.ASSIGNED_USERS, Ask.ASSIGNED_USERS_AGAIN),
    )  # fmt: skip
    pairs = [[[text(row.get("id")) for row in rows_of(asked.get(each))] for each in both] for both in twice]
    told = [first == second for first, second in pairs if min(len(first), len(second)) >= ENOUGH]
    if told:
        words = "yes, twice" if all(told) else "no"
        yield Learned(Question.JC_ORDER, words, jumpcloud={"shuffles_unsorted": not all(told)})
