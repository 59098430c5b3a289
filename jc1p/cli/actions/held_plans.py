"""Plans that must not have changed: one saved for `jc1p apply`, and one that a question is about."""

import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from jc1p.core.plan import TAKES_OVER
from jc1p.core.run_options import RunOptions
from jc1p.document.change_row import change_row
from jc1p.document.moved_rows import moved_rows
from jc1p.document.rows import ChangeRow, SavedPlan
from jc1p.errors import PlanMoved, UsageError
from jc1p.runtime.command_lines import command_line
from jc1p.sync.pipeline import Prepared

ROWS_SHOWN = 20


def options_of(saved: Mapping[str, Any], path: Path) -> RunOptions:
    """The options that a saved plan was made with. Raises UsageError when the file has other content."""
    try:
        options = TypeAdapter(RunOptions).validate_json(json.dumps(saved), strict=True)
    except (ValidationError, RecursionError):
        options = None
    if options is None or not saved.keys() <= set(RunOptions._fields):
        raise UsageError(
            f"{path} has options that this version of jc1p does not support, or the file was edited",
            hint=f"Create the plan again: `{command_line('plan', '--out', str(path))}`.",
        )
    return options


def check_said_again(saved: RunOptions, said: RunOptions, path: Path) -> None:
    """Applying a plan requires repeating its allowances: users who can edit the file can recompute its fingerprint too.

    Raises:
        UsageError: the command line allows something else than the plan does; names the difference.
    """
    carried, given = saved.allowances, said.allowances
    if carried == given:
        return
    more = [f"{limit}={number}" for limit, number in carried.items() if given.get(limit) != number]
    other = [f"{limit}={number}" for limit, number in given.items() if carried.get(limit) != number]
    if more:
        raise UsageError(
            f"{path} raises safety limits: {', '.join(more)}. Nothing was read or changed",
            hint=f"To confirm, repeat them: `{command_line('apply', str(path), *allow_words(carried))}`.",
        )
    raise UsageError(
        f"--allow {', '.join(other)}: {path} was created without it",
        hint=f"Create the plan again with it: `{command_line('plan', '--out', str(path), *allow_words(given))}`.",
    )


def allow_words(allowances: Mapping[str, int]) -> list[str]:
    return [word for limit, number in allowances.items() for word in ("--allow", f"{limit}={number}")]


def refuse_moved(saved: SavedPlan, made: Prepared, path: Path) -> None:
    """Raises PlanMoved, naming the rows, when the current plan differs from the saved one."""
    shown = {title_of(each.subject, each.message) for each in saved.warnings if each.code == TAKES_OVER}
    rows = [*new_takeovers(shown, made), *moved_rows(saved.changes, rows_of(made))]
    if made.fingerprint == saved.fingerprint and not rows:
        return
    what = some_of(rows) or "the configuration (scope, policy or accounts) or the options in the file changed"
    raise PlanMoved(
        f"the plan of {saved.created_at} is out of date; nothing was changed:\n{what}",
        hint=f"Create a new plan, check it and apply it: `{command_line('plan', '--out', str(path))}`.",
    )


def same_plan(shown: Prepared, again: Prepared) -> Prepared:
    """The newer one of two readings. Raises PlanMoved, naming the rows, when its plan differs from the shown one."""
    rows = [*new_takeovers(takeovers_in(shown), again), *moved_rows(rows_of(shown), rows_of(again))]
    if again.fingerprint == shown.fingerprint and not rows and again.verdict.allowed:
        return again
    raise PlanMoved(
        "the plan changed while the question was open; nothing was changed:\n"
        f"{some_of(rows) or 'a safety limit is exceeded'}",
        hint="Run the command again and check the new plan.",
    )


def new_takeovers(shown: AbstractSet[str], made: Prepared) -> list[str]:
    """What the plan takes over although it wasn't shown: the same rows may change hands in between."""
    return [f"new: {each}" for each in sorted(takeovers_in(made) - shown)]


def takeovers_in(prepared: Prepared) -> set[str]:
    return {title_of(each.subject, each.message) for each in prepared.plan.warnings if each.code == TAKES_OVER}


def title_of(subject: str, message: str) -> str:
    return f"{TAKES_OVER} {subject} ({message})"


def rows_of(prepared: Prepared) -> list[ChangeRow]:
    return [ChangeRow.model_validate(change_row(each)) for each in prepared.plan.changes]


def some_of(rows: Sequence[str]) -> str:
    more = [f"and {len(rows) - ROWS_SHOWN} more"] if len(rows) > ROWS_SHOWN else []
    return "\n".join([*rows[:ROWS_SHOWN], *more])
