"""What a run skipped because of its options, as one line with counts."""

import re
from collections import Counter, defaultdict

from jc1p.core.plan import Held, Hold, Kind, Plan
from jc1p.reports.phrases import count_of

ON_PURPOSE = frozenset({Hold.LIMIT, Hold.NO_REMOVALS, Hold.NARROWED})
"""Held because of the run's own options."""

NOUNS = {
    Kind.CREATE_USER: "invitation", Kind.REACTIVATE_USER: "reactivation", Kind.UPDATE_USER: "name change",
    Kind.RENAME_USER: "email change", Kind.LINK_USER: "match", Kind.CREATE_GROUP: "new group",
    Kind.RENAME_GROUP: "group rename", Kind.DELETE_GROUP: "group deletion", Kind.SUSPEND_USER: "suspension",
}  # fmt: skip
MEMBERS = {Kind.ADD_MEMBERS: "additions to", Kind.REMOVE_MEMBERS: "removals from"}
OPTION = re.compile(r"skipped by (--.+)")


def left_out(plan: Plan) -> str:
    """Text such as "28 invitations (--limit 2), 1 suspension (--no-removals)"; "" if nothing was skipped."""
    items = [item for item in plan.held if item.code in ON_PURPOSE]
    options = [option for item in items if (option := option_of(item, plan))]
    counted: dict[str, Counter[Kind]] = defaultdict(Counter)
    for item in items:
        # If a change only depends on one that was skipped, it counts for the same option.
        counted[option_of(item, plan) or next(iter(options), "depends on these")][item.kind] += 1
    return ", ".join(
        f"{', '.join(counted_noun(kind, kinds[kind]) for kind in Kind if kinds[kind])} ({option})"
        for option, kinds in counted.items()
    )


def option_of(item: Held, plan: Plan) -> str:
    """The option that left it out; "" if it depends on another change."""
    if item.code is Hold.LIMIT:
        return f"--limit {plan.counts()[Kind.CREATE_USER]}"
    if item.code is Hold.NO_REMOVALS:
        return "--no-removals"
    found = OPTION.search(item.reason)
    return found[1] if found else ""


def counted_noun(kind: Kind, number: int) -> str:
    if kind in MEMBERS:
        return f"{MEMBERS[kind]} {count_of(number, 'group')}"
    return count_of(number, NOUNS[kind], "matches" if kind is Kind.LINK_USER else None)
