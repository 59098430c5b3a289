"""Notifies once of a problem that lasts over many runs: decides what is news to a receiver. Pure but for one file.

A problem begins an episode: a condition with its essential content. It ends with the next good run. The file in the
state folder is a hint: if it can't be read, a problem is notified again instead of being lost.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from jc1p.core.events import Event

MOST_PARTS = 500
"""Parts of an episode's content that are remembered."""
TWICE = 2
"""A problem counts as worse at this multiple of what was notified."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem that may last over many runs. `content` makes it news again: another part, or twice as much of one.

    `may_return` parts are news again after they disappeared. `patience` is how long it may last before it is notified.
    """

    event: Event
    condition: str
    content: Mapping[str, int] = field(default_factory=dict)
    may_return: bool = False
    patience: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a run has to notify: a problem, applied changes, and whether it resolves all other problems."""

    trouble: Trouble | None = None
    has_changes: bool = False
    is_good: bool = False
    is_ok: bool = False
    """The run did everything: receivers that ask for it are notified after each such run."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A lasting problem, as one receiver knows it; `told_at` is None until it is notified."""

    content: Mapping[str, int]
    since: datetime
    told_at: datetime | None = None


Episodes = Mapping[str, Episode]
"""By condition."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to send a receiver, None for nothing, and what it knows afterwards, whether reached or not."""

    tell: Event | None
    if_told: Episodes
    if_not: Episodes
    is_reminder: bool = False
    since: datetime | None = None
    """When the problem began."""


def decide(
    known: Episodes, occasion: Occasion, on: Iterable[Event], remind: timedelta | None, now: datetime
) -> Decision:
    """What is news to a receiver that knows these episodes."""
    on, trouble = frozenset(on), occasion.trouble
    # That another problem is resolved is sent if there is nothing newer.
    wanted = trouble if trouble and trouble.event in on else None
    others = {name: each for name, each in known.items() if each.told_at and not (wanted and name == wanted.condition)}
    left = {} if occasion.is_good else others
    if wanted:
        own = known.get(wanted.condition) or Episode({}, now)
        is_news = is_new(wanted, own, now)
        if is_news or is_due_again(own, remind, now):
            told = Episode(merged(wanted, own.content), own.since, now)
            if_told, if_not = {**others, wanted.condition: told}, {**others, wanted.condition: own}
            return Decision(wanted.event, if_told, if_not, is_reminder=not is_news, since=own.since)
        left = {**left, wanted.condition: replace(own, content=still_known(wanted, own.content))}
    ended = [each.since for each in others.values()] if occasion.is_good else []
    if ended and Event.RECOVERED in on:
        return Decision(Event.RECOVERED, left, known, since=min(ended))
    if occasion.has_changes and Event.CHANGES in on:
        return Decision(Event.CHANGES, left, left)
    return Decision(Event.OK if occasion.is_ok and Event.OK in on else None, left, left)


def is_new(trouble: Trouble, known: Episode, now: datetime) -> bool:
    """A problem that was not notified, or is worse than what was notified."""
    if known.told_at is None:
        return now - known.since >= trouble.patience
    had = known.content
    return any(part not in had or count >= TWICE * max(had[part], 1) for part, count in worse(trouble, had))


def worse(trouble: Trouble, had: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    yield from ((part, count) for part, count in trouble.content.items() if count > had.get(part, 0))


def is_due_again(known: Episode, remind: timedelta | None, now: datetime) -> bool:
    """Time for a reminder. A clock that was set back must not delay it forever."""
    if known.told_at is None or remind is None:
        return False
    return now < known.told_at or now - known.told_at >= remind


def still_known(trouble: Trouble, had: Mapping[str, int]) -> Mapping[str, int]:
    """Later content is compared with what was notified, except for parts that disappeared and may return."""
    return {part: count for part, count in had.items() if part in trouble.content or not trouble.may_return}


def merged(trouble: Trouble, had: Mapping[str, int]) -> Mapping[str, int]:
    """The content as a receiver knows it after the notification, newest first and limited."""
    kept = {} if trouble.may_return else had
    own = {part: max(count, had.get(part, 0)) for part, count in trouble.content.items()}
    return dict(list((own | {part: count for part, count in kept.items() if part not in own}).items())[:MOST_PARTS])


# --- the file -----------------------------------------------------------------------------------------------
