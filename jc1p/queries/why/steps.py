"""A trace, its steps, and the steps that people and groups share. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from jc1p.core.attributes import listed
from jc1p.core.kind_words import LABELS, VERBS
from jc1p.core.models import Group, PersonState
from jc1p.core.plan import Change, Held, PlanWarning
from jc1p.core.planning import Situation
from jc1p.core.scope import Scope, find_groups

STATE_WORDS = {
    PersonState.ACTIVATED: "activated",
    PersonState.PASSWORD_PENDING: "activated, no password set yet",
    PersonState.STAGED: "staged",
    PersonState.SUSPENDED: "suspended",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it read, the rule that decided, and single values if there are several."""

    name: str
    saw: str
    rule: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """The whole trace of one subject, and the parts of the plan that are about it."""

    subject: str
    is_group: bool
    steps: tuple[Step, ...]
    changes: tuple[Change, ...] = ()
    held: tuple[Held, ...] = ()
    warnings: tuple[PlanWarning, ...] = ()


def scope_rule(scope: Scope) -> str:
    parts = [f"scope.application: {scope.application}"] if scope.application else []
    parts += [f"scope.groups: {', '.join(scope.groups)}"] if scope.groups else []
    parts += [f"scope.exclude_groups: {', '.join(scope.exclude_groups)}"] if scope.exclude_groups else []
    return "; ".join(parts)


def group_rule(situation: Situation, scope: Scope, group: Group) -> str:
    """The rule that puts a group in scope or leaves it out."""
    everyone, name = situation.source.groups.values(), listed([group.name])
    for entry in scope.exclude_groups:
        if group.id in find_groups(entry, everyone):
            return f"{name} is excluded by scope.exclude_groups: {entry}"
    if group.id in situation.source.assigned_groups:
        return f"{name} is assigned to the application {scope.application}"
    for entry in scope.groups:
        if group.id in find_groups(entry, everyone):
            return f"{name} is matched by scope.groups: {entry}"
    return f"no entry in scope matches {name} ({scope_rule(scope)})"


def change_step(changes: Iterable[Change], held: Iterable[Held], left_alone: str | None) -> Step:
    details = [f"{VERBS[change.kind]} {change.group or change.user}: {change.reason}" for change in changes]
    waiting = [f"{LABELS[item.kind].lower()}: held ({item.code}): {item.reason}" for item in held]
    if details:
        return Step("change", f"{len(details)} planned", "the next sync does it", (*details, *waiting))
    if waiting:
        return Step("change", "none, a change is held", "see why it is held", tuple(waiting))
    return Step("change", "none", left_alone or "everything is in sync with JumpCloud")
