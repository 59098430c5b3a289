"""Explains why something happens to a user or group, or doesn't: the steps from JumpCloud to a change.

The explanation is derived from the plan itself, so that it can't contradict it.
"""

from collections.abc import Sequence

from jc1p.core.plan import Plan
from jc1p.core.planning import Situation
from jc1p.core.scope import Scope
from jc1p.queries.why.groups import trace_group
from jc1p.queries.why.people import trace_user
from jc1p.queries.why.steps import Step, Trace
from jc1p.queries.why.subject import Subject, find_subject

__all__ = ["Step", "Subject", "Trace", "find_subject", "trace"]


def trace(situation: Situation, scope: Scope, plan: Plan, subject: Subject, *, groups: Sequence[str] = ()) -> Trace:
    """Explain what the plan does about a subject. `groups` are the names of all of a person's JumpCloud groups."""
    if subject.is_group:
        return trace_group(situation, scope, plan, subject)
    return trace_user(situation, scope, plan, subject, groups)
