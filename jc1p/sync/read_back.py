"""Reads back the groups that a run changed: what 1Password didn't keep becomes a failure."""

from collections import ChainMap, defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from jc1p.core.outcomes import Applied, Failed, Outcome
from jc1p.core.plan import MEMBERSHIP
from jc1p.errors import Jc1pError, NotKept, Unauthorized
from jc1p.sync.member_check import Written, lost, lost_words, unkept, unkept_words
from jc1p.sync.progress import Progress


async def check_members(run: Progress) -> None:
    """Read every changed group once, before any suspension; what the target didn't keep becomes Failed."""
    touched: dict[str, list[Applied | Failed]] = defaultdict(list)
    for outcome in run.outcomes.values():
        if outcome.change.kind in MEMBERSHIP and isinstance(outcome, Applied | Failed):
            touched[run.ids[outcome.change.key]].append(outcome)
    if not touched or run.stopped_by or run.observer.should_stop():
        return
    why = "1Password does not show this group's members"
    try:
        shown = await run.target.read_members(sorted(touched))
    except Jc1pError as error:
        run.stopped_by = error if isinstance(error, Unauthorized) else None
        shown, why = {}, error.message
    for group_id, outcomes in touched.items():
        if group_id in shown:
            judge_group(run, outcomes, run.options.before.members.get(group_id, frozenset()), shown[group_id])
        else:
            note_unchecked(run, outcomes, why)


def note_unchecked(run: Progress, outcomes: Iterable[Outcome], why: str) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Applied):
            amend(run, outcome._replace(note=joined(outcome.note, f"not checked: {why}")))


def judge_group(
    run: Progress, outcomes: Sequence[Applied | Failed], before: AbstractSet[str], shown: AbstractSet[str]
) -> None:  # fmt: skip
    """Turn outcomes of one group into failures if the group doesn't show them."""
    named = {run.ids[m.key]: m.email for each in outcomes for m in each.change.members if m.key in run.ids}
    called = ChainMap(named, run.options.before.emails)  # type: ignore[arg-type] # it is only read
    for outcome in outcomes:
        if isinstance(outcome, Applied):
            written = Written(outcome.change, tuple(run.ids[member.key] for member in outcome.members))
            if ids := unkept(written, shown):
                fail(run, outcome, unkept_words(written, ids, called), added=ids if written.adds else ())
            else:
                run.proven.add(outcome.change.kind)
    if gone := lost([each.change for each in outcomes], run.ids, before, shown):
        last = run.outcomes[outcomes[-1].change.id]
        fail(run, last, lost_words(gone, called))


def fail(run: Progress, outcome: Outcome, what: str, *, added: Iterable[str] = ()) -> None:
    """Make an outcome a failure, or extend an existing failure."""
    known = outcome.error if isinstance(outcome, Failed) else None
    not_there = frozenset(added) | (known.added if isinstance(known, NotKept) else frozenset())
    message = joined(known.message if known else None, what)
    error = NotKept(message, service="1Password", group_id=run.ids[outcome.change.key], added=not_there)
    amend(run, Failed(outcome.change, error))


def amend(run: Progress, outcome: Outcome) -> None:
    run.outcomes[outcome.change.id] = outcome


def joined(known: str | None, more: str) -> str:
    return f"{known}; {more}" if known else more
