"""What to type after a plan was blocked: how to allow it once, and the part of it that would pass."""

from jc1p.core.run_record import RunRecord
from jc1p.errors import PlanMoved

COMMANDS = {"apply": "jc1p plan --out FILE"}
"""The command that takes --allow, if it is not `jc1p sync`."""


def finding_lines(message: str) -> list[str]:
    """The text of a safety limit, each line starting with a capital."""
    return [line[:1].upper() + line[1:] for line in message.split("\n") if line]


def way_out(record: RunRecord) -> list[str]:
    """The lines; none if nothing is blocked, or if the plan is out of date: then a new one comes first."""
    verdict = record.verdict
    if verdict is None or verdict.allowed or isinstance(record.error, PlanMoved):
        return []
    options = verdict.allow_options
    command = verdict.command or COMMANDS.get(record.command, "jc1p sync")
    allow = (
        f"To allow this once: {command} {options}"
        if options
        else "No option allows this. If no user is to be in scope, set `guard.empty_source: allow`."
    )
    return [allow, *([f"{verdict.hint}"] if verdict.hint else [])]
