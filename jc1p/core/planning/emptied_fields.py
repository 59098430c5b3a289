"""Finds fields of `scope.users` that became empty for many users at once: a broken import looks like leavers. Pure."""

from collections.abc import Iterator, Mapping

from jc1p.core.attributes import field_value, listed
from jc1p.core.people_filter import fields_of
from jc1p.core.plan import PlanWarning
from jc1p.core.planning.situation import Situation

MOST_EMPTIED = 0.05
"""The share of users with a field that may lose it between two runs without a warning."""


def filled_fields(situation: Situation) -> Mapping[str, frozenset[str]]:
    """For each field that `scope.users` uses, the ids of the people who have it, in scope or not."""
    desired, people = situation.desired, situation.source.people
    judged = desired.people.keys() | desired.kept_out
    return {
        name: frozenset(id_ for id_ in judged if field_value(people[id_], name))
        for name in sorted(fields_of(desired.scope.users))
    }


def find_emptied_fields(situation: Situation, before: Mapping[str, frozenset[str]]) -> Iterator[PlanWarning]:
    """One warning for each field that many users lost since the last run; `before` is a former `filled_fields`."""
    people = situation.source.people
    judged = situation.desired.people.keys() | situation.desired.kept_out
    for name, filled in filled_fields(situation).items():
        had = before.get(name, frozenset())
        emptied = sorted(people[id_].email for id_ in (had & judged) - filled)
        if len(emptied) > MOST_EMPTIED * len(had):
            yield PlanWarning(
                "emptied_field",
                name,
                f"scope.users uses this field. It is now empty for {len(emptied)} of {len(had)} users who had it "
                f"in the last good run: {listed(emptied)}. Check why it is empty in JumpCloud",
            )
