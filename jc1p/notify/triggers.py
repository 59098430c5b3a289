"""Decides what a finished run has to notify: changes, a problem with its identity, or nothing. Pure.

docs/notifications.md explains the rules, docs/adr/0012 the reasons.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from jc1p.core.commands import Command, command_of
from jc1p.core.events import Event
from jc1p.core.outcomes import Applied, Failed, Outcome, Skipped
from jc1p.core.plan import TAKES_OVER, Change, Hold, Kind, PlanWarning, group_key
from jc1p.core.run_record import LONG_PAUSE, RunRecord
from jc1p.errors import ExitCode, Locked, PlanMoved, ServiceError, UsageError
from jc1p.notify.incidents import MOST_PARTS, Occasion, Trouble

LOCKED_TOO_LONG = timedelta(hours=1)
"""A run that overlaps the next one is not a problem; one that never ends is."""


def occasion_of(record: RunRecord, exit_code: ExitCode, *, is_narrow: bool, is_attended: bool) -> Occasion | None:
    """What to notify, None for runs without interest: started by hand to look, paused recently, mistyped.

    `is_narrow` runs resolve no problem, since they left most of it out. `is_attended` means that a user is at the
    terminal.
    """
    is_look = record.dry_run and record.command != Command.DRIFT
    command = command_of(record.command)
    if command is None or not command.notifies or is_look or isinstance(record.error, UsageError):
        return None
    if record.is_paused:
        return Occasion(trouble=Trouble(Event.FAILED, LONG_PAUSE)) if is_long_paused(record) else None
    if exit_code == ExitCode.INTERRUPTED and is_attended:
        return None
    return Occasion(
        trouble=trouble_of(record, exit_code),
        has_changes=bool(applied_changes(record) or taken_over(record) or newly_held(record)),
        is_good=exit_code in {ExitCode.DONE, ExitCode.CHANGES_DUE} and not is_narrow,
        is_ok=exit_code == ExitCode.DONE and not is_narrow and command is not Command.ROLLBACK,
    )


def is_long_paused(record: RunRecord) -> bool:
    """A pause of more than seven days stopped it."""
    return any(notice.code == LONG_PAUSE for notice in record.notices)


def trouble_of(record: RunRecord, exit_code: ExitCode) -> Trouble | None:
    """A problem that may last over many runs, None for a good run."""
    if exit_code == ExitCode.DONE:
        return None
    if exit_code == ExitCode.CHANGES_DUE:
        return Trouble(Event.CHANGES, Command.DRIFT.value, parts(drifted(record)), may_return=True)
    if exit_code == ExitCode.REFUSED:
        moved = isinstance(record.error, PlanMoved)
        return Trouble(Event.REFUSED, "moved") if moved else Trouble(Event.REFUSED, "refused", exceeded(record))
    if exit_code == ExitCode.IN_PART:
        incomplete = {"incomplete": 1} if record.plan and record.plan.is_incomplete else {}
        missing = {f"vanished {digest(name)}": 1 for name in vanished_groups(record)[:MOST_PARTS]}
        failed = parts(each.change for each in failures(record))
        return Trouble(Event.PARTIAL, "partial", failed | missing | incomplete)
    return failure(record, exit_code)


def failure(record: RunRecord, exit_code: ExitCode) -> Trouble:
    """What kept a run from doing anything, or from continuing."""
    error = record.error
    if isinstance(error, Locked):
        return Trouble(Event.FAILED, "locked", patience=LOCKED_TOO_LONG)
    service = error.service if isinstance(error, ServiceError) else ""
    return Trouble(Event.FAILED, f"failed {error.code if error else exit_code} {service}".strip())


def exceeded(record: RunRecord) -> dict[str, int]:
    """Each exceeded limit with how much was planned, all groups together."""
    counted: Counter[str] = Counter()
    for finding in record.verdict.findings if record.verdict else ():
        counted[finding.limit] += finding.planned
    return dict(counted)


def parts(changes: Iterable[Change]) -> dict[str, int]:
    """Changes by an identity that doesn't reveal users or groups; only the number if there are very many."""
    changes = list(changes)
    if len(changes) > MOST_PARTS:
        return {"many": len(changes)}
    return {digest(f"{change.kind} {change.key}"): 1 for change in changes}


def digest(text: str) -> str:
    """A short digest that reveals neither users nor groups."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def vanished_groups(record: RunRecord) -> list[str]:
    """Linked groups that 1Password no longer shows."""
    held = record.plan.held if record.plan else ()
    return [each.group or "" for each in held if each.code is Hold.GROUP_VANISHED]


def taken_over(record: RunRecord) -> list[PlanWarning]:
    """Accounts and groups that got a different user or group in this run; none if the run changed nothing.

    Any real run that plans a group links it, and an account is linked by the change that succeeds: each is notified
    once.
    """
    warnings = record.plan.warnings if record.plan and record.report else ()
    outcomes = record.report.outcomes if record.report else ()
    applied = {outcome.change.key for outcome in outcomes if isinstance(outcome, Applied)}
    return [
        each for each in warnings if each.code == TAKES_OVER and (is_about_a_group(each) or each.key in applied)
    ]  # fmt: skip


def is_about_a_group(warning: PlanWarning) -> bool:
    """True for a group, False for a user."""
    return warning.key.startswith(group_key(""))


def newly_held(record: RunRecord) -> list[str]:
    """Users that a run holds for the first time because jc1p didn't suspend their account."""
    held = record.plan.held if record.plan and record.report else ()
    return [each.user or "" for each in held if each.code is Hold.SUSPENDED_ELSEWHERE and each.is_new]


def drifted(record: RunRecord) -> list[Change]:
    """The differences; links alone are not drift."""
    return [change for change in (record.plan.changes if record.plan else ()) if change.kind is not Kind.LINK_USER]


def applied_changes(record: RunRecord) -> list[Change]:
    """The applied changes; a recorded link changes nothing visible."""
    outcomes = record.report.outcomes if record.report else ()
    applied = [outcome.change for outcome in outcomes if isinstance(outcome, Applied)]
    return [change for change in applied if change.kind is not Kind.LINK_USER]


def failures(record: RunRecord) -> list[Outcome]:
    """Changes that failed, and those skipped because of a failure."""
    outcomes = record.report.outcomes if record.report else ()
    return [each for each in outcomes if isinstance(each, Failed) or (isinstance(each, Skipped) and each.is_failure)]
