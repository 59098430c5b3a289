"""Telling once what goes on over many runs: what a receiver was told of, and what is news to it. Pure but for one file.

Trouble begins an episode: a condition with its essential content. It ends with the next good run. The file in the
state folder is a hint: when it can't be read, what is wrong is told again rather than kept quiet.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from jc1p.core.events import Event

MOST_PARTS = 500
"""Parts of an episode's content that are remembered."""
TWICE = 2
"""So many times what was told is worse."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What may go on over many runs. `content` is what makes it news again: another part, or twice as much of one.

    `may_return` parts are news again after they were gone. `patience` is how long it may go on untold.
    """

    event: Event
    condition: str
    content: Mapping[str, int] = field(default_factory=dict)
    may_return: bool = False
    patience: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a run gives to tell: trouble, changes that were applied, and whether it ends all trouble but its own."""

    trouble: Trouble | None = None
    has_changes: bool = False
    is_good: bool = False
    is_ok: bool = False
    """Did all there was to do: told after each such run to whoever waits for the next one."""


@dataclass(frozen=True, slots=True)
class Episode:
    """Trouble that goes on, as one receiver knows it; `told_at` is None while it was only seen."""

    content: Mapping[str, int]
    since: datetime
    told_at: datetime | None = None


Episodes = Mapping[str, Episode]
"""By condition."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a receiver is to be told, None for nothing, and what it knows afterwards: told, or not reached."""

    tell: Event | None
    if_told: Episodes
    if_not: Episodes
    is_reminder: bool = False
    since: datetime | None = None
    """When what is told began."""


def decide(
    known: Episodes, occasion: Occasion, on: Iterable[Event], remind: timedelta | None, now: datetime
) -> Decision:
    """What is news to a receiver that knows these episodes."""
    on, trouble = frozenset(on), occasion.trouble
    # Other trouble that is over is told when there is nothing newer.
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
    """Trouble that was not told, or is worse than what was told."""
    if known.told_at is None:
        return now - known.since >= trouble.patience
    had = known.content
    return any(part not in had or count >= TWICE * max(had[part], 1) for part, count in worse(trouble, had))


def worse(trouble: Trouble, had: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    yield from ((part, count) for part, count in trouble.content.items() if count > had.get(part, 0))


def is_due_again(known: Episode, remind: timedelta | None, now: datetime) -> bool:
    """Time for a reminder. A clock that was put back must not put it off for ever."""
    if known.told_at is None or remind is None:
        return False
    return now < known.told_at or now - known.told_at >= remind


def still_known(trouble: Trouble, had: Mapping[str, int]) -> Mapping[str, int]:
    """What was told stays the measure of what is worse, except for parts that are gone and may return."""
    return {part: count for part, count in had.items() if part in trouble.content or not trouble.may_return}


def merged(trouble: Trouble, had: Mapping[str, int]) -> Mapping[str, int]:
    """The content as a receiver knows it once it is told, newest first and bounded."""
    kept = {} if trouble.may_return else had
    own = {part: max(count, had.get(part, 0)) for part, count in trouble.content.items()}
    return dict(list((own | {part: count for part, count in kept.items() if part not in own}).items())[:MOST_PARTS])


# --- the file -----------------------------------------------------------------------------------------------
