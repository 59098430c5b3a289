"""What `--quiet` prints for a run: nothing if there is nothing to do and nothing wrong, otherwise its last lines."""

from rich.console import Console

from jc1p.core.commands import Command
from jc1p.core.plan import TAKES_OVER
from jc1p.core.run_record import RunRecord
from jc1p.errors import ExitCode
from jc1p.reports.lines import print_lines
from jc1p.reports.plan_lines import total_line, verdict_lines

LOUD = frozenset({TAKES_OVER, "excluded_leaver", "state_damaged", "no_memory", "interrupted_run"})
"""Warnings about problems. The others are the same in each run, and the plan, `status` and doctor show them."""


def is_silent(record: RunRecord) -> bool:
    """True for a run with nothing to do and nothing wrong.

    A change that earlier runs already held doesn't count; one that is held for the first time does.
    """
    plan = record.plan
    if plan is None or record.exit_code != ExitCode.DONE:
        return False
    has_something = plan.has_drift if record.command == Command.DRIFT else not plan.is_empty
    is_wrong = any(each.code in LOUD for each in plan.warnings) or any(each.is_new for each in plan.held)
    return not has_something and not is_wrong


def print_last_lines(console: Console, record: RunRecord) -> None:
    """The plan's last lines: what blocks it, and the result; nothing if there is nothing to report."""
    if record.plan and not is_silent(record):
        print_lines(console, [*verdict_lines(record), *total_line(record, record.plan)])
