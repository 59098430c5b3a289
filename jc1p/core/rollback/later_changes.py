"""Which later run made a change of an earlier run again: then the earlier one is no longer in effect. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from jc1p.core.attributes import compared_form
from jc1p.core.past_runs import Entry, PastRun, Status
from jc1p.core.plan import Kind, Value
from jc1p.core.policy import member_attribute

ACTIVE = "active"
SWITCHES = {Kind.CREATE_USER: True, Kind.REACTIVATE_USER: True, Kind.SUSPEND_USER: False}
MOVES = {Kind.ADD_MEMBERS: True, Kind.REMOVE_MEMBERS: False}

Place = tuple[str, str]
"""What was changed: the SCIM id of an account or group, and the attribute."""


class _Later(NamedTuple):
    value: Value
    is_certain: bool
    run_id: str


class LaterChanges:
    """What the runs after a certain run changed, oldest first."""

    def __init__(self, runs: Iterable[PastRun] = ()) -> None:
        self._changes: dict[Place, list[_Later]] = defaultdict(list)
        for run in runs:
            for entry in run.entries:
                if entry.status in {Status.APPLIED, Status.UNKNOWN} and not entry.existed:
                    for place, value in changes_in(entry):
                        self._changes[place].append(_Later(value, entry.status is Status.APPLIED, run.run_id))

    def run_with(self, scim_id: str, attribute: str, value: Value) -> str | None:
        """The latest run that changed an attribute which still has this value; None if none did.

        A change with an unknown outcome counts if it would have led to this value.
        """
        shown = in_compared_form(attribute, value)
        later = reversed(self._changes.get((scim_id, attribute), ()))
        return next((each.run_id for each in later if each.is_certain or each.value == shown), None)


def changes_in(entry: Entry) -> Iterator[tuple[Place, Value]]:
    """What a change sets, in compared form."""
    id_ = entry.scim_id or ""
    if entry.kind in SWITCHES:
        yield (id_, ACTIVE), SWITCHES[entry.kind]
    if entry.kind in MOVES:
        for member in entry.members:
            yield (id_, member_attribute(member.scim_id or "")), MOVES[entry.kind]
    for name, difference in entry.attributes.items():
        if isinstance(difference.after, str):
            yield (id_, name), in_compared_form(name, difference.after)


def in_compared_form(attribute: str, value: Value) -> Value:
    return compared_form(attribute, value) if isinstance(value, str) else value
