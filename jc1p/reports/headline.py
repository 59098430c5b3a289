"""How a run ended, in one word and in one sentence: the headline of every report.

The exit code decides, so that no report looks better than the run was.
"""

from enum import StrEnum

from jc1p.core.commands import Command
from jc1p.core.outcomes import Applied, Ending, Failed, Report, Skipped
from jc1p.core.plan import Kind
from jc1p.core.run_record import RunRecord
from jc1p.errors import ExitCode, PlanMoved
from jc1p.reports.comparison_words import told
from jc1p.reports.phrases import count_of, decapitalised, headline

UNCHANGED = "; nothing was changed"
WAITING = "; removals wait for a complete reading of 1Password"


class Mood(StrEnum):
    """How much attention an ending needs."""

    GOOD = "good"
    CHANGE = "change"
    CARE = "care"
    BAD = "bad"


MOODS: dict[Ending, Mood] = {
    Ending.IN_STEP: Mood.GOOD,
    Ending.PLANNED: Mood.CHANGE,
    Ending.DRIFT: Mood.CARE,
    Ending.APPLIED: Mood.GOOD,
    Ending.INCOMPLETE: Mood.CARE,
    Ending.IN_PART: Mood.BAD,
    Ending.PAUSED: Mood.CARE,
    Ending.LOCKED: Mood.CARE,
    Ending.MOVED: Mood.BAD,
    Ending.REFUSED: Mood.BAD,
    Ending.INTERRUPTED: Mood.BAD,
    Ending.FAILED: Mood.BAD,
}

BADGES = {
    Ending.IN_STEP: "in sync", Ending.PLANNED: "planned", Ending.DRIFT: "drift", Ending.APPLIED: "applied",
    Ending.INCOMPLETE: "incomplete reading", Ending.IN_PART: "applied in part", Ending.PAUSED: "paused",
    Ending.LOCKED: "another run", Ending.MOVED: "plan out of date", Ending.REFUSED: "blocked",
    Ending.INTERRUPTED: "interrupted", Ending.FAILED: "failed",
}  # fmt: skip
"""An ending in one or two words."""

LOST = " to write the result to stdout"
CUT_SHORT = {
    Ending.IN_PART: "applied in part",
    Ending.INTERRUPTED: "interrupted",
    Ending.FAILED: "failed",
}
UNTOUCHED = {
    Ending.PAUSED: f"paused{UNCHANGED}",
    Ending.LOCKED: f"another run is in progress{UNCHANGED}",
    Ending.MOVED: f"the plan is out of date{UNCHANGED}",
    Ending.REFUSED: f"blocked by a safety limit{UNCHANGED}",
}

SIGNS = {Mood.GOOD: "✅", Mood.CHANGE: "📋", Mood.CARE: "⚠️", Mood.BAD: "❌"}


def ending_of(record: RunRecord, exit_code: ExitCode) -> Ending:
    """The result of a run; `exit_code` is the command's, which may differ from the record's."""
    if exit_code in {ExitCode.INTERRUPTED, ExitCode.LOCKED}:
        return Ending.INTERRUPTED if exit_code == ExitCode.INTERRUPTED else Ending.LOCKED
    if exit_code == ExitCode.REFUSED:
        return Ending.MOVED if isinstance(record.error, PlanMoved) else Ending.REFUSED
    if exit_code == ExitCode.IN_PART:
        went_wrong = record.error or (record.report and record.report.has_failures)
        return Ending.IN_PART if went_wrong else Ending.INCOMPLETE
    if record.error or exit_code in {ExitCode.FAILED, ExitCode.USAGE}:
        return Ending.FAILED
    return good_ending(record)


def good_ending(record: RunRecord) -> Ending:
    """The result of a run that did everything: exit code 0, or 3 for found differences."""
    if record.is_paused:
        return Ending.PAUSED
    plan = record.plan
    if record.comparison:
        return Ending.PLANNED if record.comparison.differs else Ending.IN_STEP
    if record.command == Command.DRIFT:
        return Ending.DRIFT if plan and plan.has_drift else Ending.IN_STEP
    if plan is None or plan.is_empty:
        return Ending.IN_STEP
    return Ending.PLANNED if record.dry_run else Ending.APPLIED


def sentence(record: RunRecord, exit_code: ExitCode) -> str:
    """Text such as "12 changes applied", without a full stop."""
    ending = ending_of(record, exit_code)
    if ending in CUT_SHORT:
        # If a record has no error but the run failed, its output could not be written to stdout.
        ended = CUT_SHORT[ending] + (LOST if ending is Ending.FAILED and record.error is None else "")
        counts = report_counts(record.report)
        return f"{ended}: {counts}" if counts else ended + aftermath(record)
    return UNTOUCHED.get(ending) or sentence_of_changes(record, ending)


def sentence_of_changes(record: RunRecord, ending: Ending) -> str:
    """The endings that are described by the planned changes."""
    if record.comparison:
        return told(record.comparison) + (WAITING if ending is Ending.INCOMPLETE else "")
    number = len(record.plan.changes) if record.plan else 0
    if ending is Ending.IN_STEP:
        return f"nothing to do; {count_of(number, 'existing account')} to match" if number else "nothing to do"
    changes = count_of(number, "change")
    if ending is Ending.DRIFT:
        is_refused = record.verdict is not None and not record.verdict.allowed
        return f"{changes} needed{', which a safety limit would block' if is_refused else ''}"
    done = f"{changes} {'planned' if record.dry_run else 'applied'}" if number else "nothing to do"
    return done + WAITING if ending is Ending.INCOMPLETE else done


def badge_of(record: RunRecord, ending: Ending) -> str:
    """An ending in one or two words; a comparison has its own."""
    is_whole = ending in {Ending.PLANNED, Ending.IN_STEP}
    return "compared" if record.comparison and is_whole else BADGES[ending]


def is_blocked(record: RunRecord) -> bool:
    """Whether a safety limit blocks the plan."""
    return record.verdict is not None and not record.verdict.allowed


def section_title(record: RunRecord, kind: Kind, count: int) -> str:
    """Text such as "Suspend 2 users"; "Would suspend 2 users" if blocked."""
    title = headline(kind, count)
    return f"Would {decapitalised(title)}" if is_blocked(record) else title


def report_counts(report: Report | None) -> str:
    """Text such as "10 applied, 1 failed", with all other outcomes; "" if nothing was tried."""
    if report is None or not report.outcomes:
        return ""
    counted = ((Applied, "applied"), (Failed, "failed"), (Skipped, "skipped"))
    numbers = [(report.number(kind), word) for kind, word in counted]
    return ", ".join(f"{number:,} {word}" for number, word in numbers if number or word == "applied")


def aftermath(record: RunRecord) -> str:
    """That nothing was changed, if this is certain: applying may have started and ended without a report."""
    return UNCHANGED if record.dry_run or record.plan is None else ""
