"""The score of a drift, from what earlier readings saw, from this reading, and from jc1p's own journal.

Computed after both sides were read, so that the journal has every change of a run in progress that 1Password shows.
"""

from datetime import timedelta

from jc1p.core.drift_score import Differences, Score, judge, kept, last_deeds, remember, score_of
from jc1p.state.differences import read_differences
from jc1p.state.past_journals import read_runs
from jc1p.sync.pipeline import Prepared
from jc1p.sync.run_context import RunContext

AT_MOST, MARGIN = timedelta(days=1), timedelta(hours=1)
"""The longest possible time of another run, with a margin for prompts and clocks that differ."""


def score_drift(prepared: Prepared, context: RunContext) -> tuple[Score, Differences, Differences]:
    """The score of a whole and complete reading; the differences remembered before, and those to remember now.

    Raises StateUnavailable: remembered differences or the journal can't be read.
    """
    before = read_differences(context.state)
    known = kept(before, context.now)
    judged = judge(known, prepared.plan, prepared.situation)
    longest_run = min(timedelta(seconds=min(context.deadline.seconds, AT_MOST.total_seconds())), AT_MOST) + MARGIN
    since = min((known[key].last_seen for key in judged.made), default=context.now) - longest_run
    deeds = last_deeds(read_runs(context.folder, since=since)) if judged.made else {}
    after = remember(known, judged, deeds, longest_run)
    return score_of(after, context.now), before, after
