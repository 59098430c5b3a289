"""What happened to the differences that earlier drifts saw, for admins."""

from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text

from jc1p.core.plan import Kind
from jc1p.reports.phrases import count_of, printable, quoted, verb_of

if TYPE_CHECKING:
    from jc1p.core.drift_score import Score, SeenDifference


SHOWN = 10
"""Differences that are listed; the document has more."""
MEMBER_VERBS = {Kind.ADD_MEMBERS: "add to {}:", Kind.REMOVE_MEMBERS: "remove from {}:"}
NEW_NAMES = {Kind.RENAME_USER: "change an email to", Kind.RENAME_GROUP: "rename a group to"}
"""Kinds of which only the new name is known: the plan uses it for the subject."""
VALUED = frozenset({Kind.UPDATE_USER, Kind.RENAME_USER, Kind.RENAME_GROUP})
"""Kinds whose wanted value is shown."""


def score_lines(score: "Score | None", now: datetime) -> list[Text]:
    """Text such as "43 differences since 12 November: 41 were made since by another hand, 2 were not."."""
    if score is None or score.since is None:
        return []
    parts = [f"{number:,} {was(number)} {what}" for number, what in counted(score) if number]
    what = f"{count_of(score.seen, 'difference')} since {day(score.since, now)}: {', '.join(parts)}"
    listed = [Text(f"  {line(each, now)}") for each in score.waiting[:SHOWN]]
    if score.not_made > SHOWN:
        listed.append(Text(f"  and {score.not_made - SHOWN:,} more (in --output json)", style="dim"))
    return [Text(f"{what}{':' if listed else '.'}"), *listed, Text()]


def counted(score: "Score") -> list[tuple[int, str]]:
    return [
        (score.made_elsewhere, "made since outside jc1p (JumpCloud's connector?)"),
        (score.made_by_jc1p, "made since by jc1p"),
        (score.no_longer_wanted, "no longer needed"),
        (score.not_made, "not made"),
    ]


def was(number: int) -> str:
    return "was" if number == 1 else "were"


def line(seen: "SeenDifference", now: datetime) -> str:
    """Text such as "suspend ann@example.com, since 12 November"."""
    kind, subject = seen.key.kind, printable(seen.user or seen.group or seen.key.subject)
    since = f", since {day(seen.first_seen, now)}"
    if kind in NEW_NAMES and subject == printable(str(seen.key.value)):
        return f"{NEW_NAMES[kind]} {subject}{since}"
    verb = MEMBER_VERBS[kind].format(printable(seen.group)) if kind in MEMBER_VERBS else verb_of(kind).lower()
    wanted = f" to {quoted(seen.key.value)}" if kind in VALUED else ""
    named = f" {seen.key.attribute}" if kind is Kind.UPDATE_USER else ""
    return f"{verb} {subject}{named}{wanted}{since}"


def day(moment: datetime, now: datetime) -> str:
    """Text such as "12 November", with the year if it is another one."""
    return f"{moment.day} {moment:%B}" + (f" {moment.year}" if moment.year != now.year else "")
