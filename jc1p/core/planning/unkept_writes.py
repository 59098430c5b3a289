"""Writes that 1Password accepts but doesn't keep: sent in at most two runs, then held and reported.

Suspensions are not among them: every run suspends a leaver again until the account is inactive.
"""

from jc1p.core.plan import Held, Hold, Kind, Value
from jc1p.core.planning.situation import Situation

NOT_KEPT_AFTER_RUNS = 2
"""A write that the bridge echoes and forgets is sent in this many runs, then held (facts/scim-bridge.md 2.5)."""


ANOTHER_WRITER = "check whether another provisioning, such as JumpCloud's own connector, undoes it"


def is_not_kept(situation: Situation, scim_id: str | None, attribute: str, value: Value) -> bool:
    request = situation.memory.requests.get((scim_id or "", attribute))
    return request is not None and request.runs >= NOT_KEPT_AFTER_RUNS and request.value == request_value(value)


def request_value(value: Value) -> str:
    """How a sent value is remembered: text as it is, booleans as true and false."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def not_kept(user: str | None, kind: Kind, attribute: str) -> Held:
    reason = f"1Password accepted this {attribute} in {NOT_KEPT_AFTER_RUNS} runs and did not keep it; {ANOTHER_WRITER}"
    return Held(kind, Hold.NOT_KEPT_BY_TARGET, reason, user=user)
