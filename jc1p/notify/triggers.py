"""From a finished run to what there is to tell of it: changes, trouble with what identifies it, or nothing. Pure.

docs/notifications.md has the rules for people, docs/adr/0012 their reasons.
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
"""A run that overtakes the next one is no trouble; one that never ends is."""


def occasion_of(record: RunRecord, exit_code: ExitCode, *, is_narrow: bool, is_attended: bool) -> Occasion | None:
    """What there is to tell, None for a run that is nobody's business: made by hand to look, paused lately, mistyped.

    `is_narrow` runs end no trouble: they left most of it out. `is_attended` means that somebody sits at the terminal.
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
    """What may go on over many runs, None for a run that is good."""
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
    """What kept a run from doing anything, or anything more."""
    error = record.error
    if isinstance(error, Locked):
        return Trouble(Event.FAILED, "locked", patience=LOCKED_TOO_LONG)
    service = error.service if isinstance(error, ServiceError) else ""
    return Trouble(Event.FAILED, f"failed {error.code if error else exit_code} {service}".strip())


def exceeded(record: RunRecord) -> dict[str, int]:
    """Each limit with how much was planned against it, all groups together."""
    counted: Counter[str] = Counter()
    for finding in record.verdict.findings if record.verdict else ():
        counted[finding.limit] += finding.planned
    return dict(counted)


def parts(changes: Iterable[Change]) -> dict[str, int]:
    """Changes by what identifies them, without saying whose they are; very many only by their number."""
    changes = list(changes)
    if len(changes) > MOST_PARTS:
        return {"many": len(changes)}
    return {digest(f"{change.kind} {change.key}"): 1 for change in changes}


def digest(text: str) -> str:
    """A short name that says nothing of whom or what it means."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def vanished_groups(record: RunRecord) -> list[str]:
    """Linked groups that 1Password no longer shows."""
    held = record.plan.held if record.plan else ()
    return [each.group or "" for each in held if each.code is Hold.GROUP_VANISHED]


def taken_over(record: RunRecord) -> list[PlanWarning]:
    """Accounts and groups that became somebody else's in this run; a run that changed nothing took nothing over.

    A group is linked by any real run that plans it, an account by the change that succeeds: each is told once.
    """
    warnings = record.plan.warnings if record.plan and record.report else ()
    outcomes = record.report.outcomes if record.report else ()
    applied = {outcome.change.key for outcome in outcomes if isinstance(outcome, Applied)}
    return [
        each for each in warnings if each.code == TAKES_OVER and (is_about_a_group(each) or each.key in applied)
    ]  # fmt: skip


def is_about_a_group(warning: PlanWarning) -> bool:
    """Rather than about a user."""
    return warning.key.startswith(group_key(""))


def newly_held(record: RunRecord) -> list[str]:
    """People whom a run holds for the first time because somebody else suspended their account."""
    held = record.plan.held if record.plan and record.report else ()
    return [each.user or "" for each in held if each.code is Hold.SUSPENDED_ELSEWHERE and each.is_new]


def drifted(record: RunRecord) -> list[Change]:
    """What differs; links alone are no drift."""
    return [change for change in (record.plan.changes if record.plan else ()) if change.kind is not Kind.LINK_USER]


def applied_changes(record: RunRecord) -> list[Change]:
    """What was changed; recording a link changes nothing that anybody sees."""
    outcomes = record.report.outcomes if record.report else ()
    applied = [outcome.change for outcome in outcomes if isinstance(outcome, Applied)]
    return [change for change in applied if change.kind is not Kind.LINK_USER]


def failures(record: RunRecord) -> list[Outcome]:
    """Changes that failed, and those skipped because of a failure."""
    outcomes = record.report.outcomes if record.report else ()
    return [each for each in outcomes if isinstance(each, Failed) or (isinstance(each, Skipped) and each.is_failure)]
