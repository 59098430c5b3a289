"""Output for a CI system: a summary beside the log, and values for later steps.

For GitHub Actions and compatible systems; without their two files, nothing is written. Names in the data can't forge a
value, since every value ends with a random delimiter.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from secrets import token_hex

from jc1p.cli.hooks import FinishedCommand, Hook
from jc1p.cli.terminal.streams import masked
from jc1p.core.plan import Kind
from jc1p.core.run_record import RunRecord
from jc1p.errors import ExitCode
from jc1p.runtime.atomic_write import append_text

SUMMARY_LIMIT = 200_000
"""Bytes; a step may show about a million, and may run jc1p several times."""


def ci_hooks(environment: Mapping[str, str]) -> list[Hook]:
    """The summary and the outputs, if the environment names a file for them."""
    known = {"GITHUB_STEP_SUMMARY": ("the summary of the step", add_summary),
             "GITHUB_OUTPUT": ("the outputs of the step", add_outputs)}  # fmt: skip
    return [
        Hook(what, partial(run, Path(environment[name])))
        for name, (what, run) in known.items()
        if environment.get(name)
    ]


def add_summary(path: Path, finished: FinishedCommand) -> None:
    """Append the run as Markdown. Raises OSError."""
    from jc1p.reports.markdown import render_markdown

    append_text(path, masked(render_markdown(finished.record, finished.exit_code, limit=SUMMARY_LIMIT)) + "\n")


def add_outputs(path: Path, finished: FinishedCommand) -> None:
    """Append the outputs. Raises OSError."""
    append_text(path, masked("".join(entry(*pair) for pair in outputs(finished.record, finished.exit_code))))


def outputs(record: RunRecord, exit_code: ExitCode) -> Iterator[tuple[str, str]]:
    """Name and value of each output; unknown values are empty."""
    from jc1p.reports.headline import ending_of

    plan, verdict = record.plan, record.verdict
    counts = plan.counts() if plan else {}
    yield "ending", ending_of(record, exit_code)
    yield "verdict", "" if verdict is None else "allowed" if verdict.allowed else "refused"
    yield "exit_code", str(exit_code)
    yield "has_drift", "" if plan is None else str(plan.has_drift).lower()
    yield "changes", str(len(plan.changes)) if plan else ""
    yield from ((kind.value, str(counts.get(kind, ""))) for kind in Kind)
    yield "held", str(len(plan.held)) if plan else ""
    yield "fingerprint", record.fingerprint or ""
    yield "run_id", record.run_id


def entry(name: str, value: str) -> str:
    """One output, in a form that no value can end."""
    delimiter = f"jc1p_{token_hex(16)}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"
