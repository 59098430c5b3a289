"""Who suspended an account, as far as one reading shows, and when that is over."""

import pytest
from support.builders import NOW, account, op, person, situation, source, target

from jc1p.core.models import PersonState
from jc1p.core.planning.returns import returned, suspensions_seen
from jc1p.core.policy import Memory, SuspendedBy, Suspension

SUSPENDED = person("sue", state=PersonState.SUSPENDED)
PEOPLE = source([person("ann"), SUSPENDED, person("bob"), person("out")], assigned=["ann", "sue", "bob"])
ACCOUNTS = target([
    account("ann", linked=True, active=False), account("sue", linked=True, active=False),
    account("bob", linked=True), account("out", linked=True, active=False),
])  # fmt: skip


@pytest.mark.parametrize(
    ("is_whole", "seen"),
    [
        (True, {op("ann"): SuspendedBy.SOMEBODY_ELSE, op("sue"): SuspendedBy.JUMPCLOUD}),
        (False, {op("ann"): SuspendedBy.SOMEBODY_ELSE}),
    ],
)
def test_new_suspension_is_noted_with_its_cause(is_whole: bool, seen: dict[str, SuspendedBy]) -> None:
    assert dict(suspensions_seen(situation(PEOPLE, ACCOUNTS), is_whole=is_whole)) == seen


def test_suspension_that_is_known_keeps_its_cause_until_the_account_is_active_again() -> None:
    known = {op(name): Suspension(SuspendedBy.JC1P, NOW) for name in ("ann", "sue", "bob", "gone")}
    here = situation(PEOPLE, ACCOUNTS, memory=Memory(suspensions=known))
    assert dict(suspensions_seen(here, is_whole=True)) == {}
    assert returned(here) == [op("bob")]
