"""Reports of a finished run as files (`--report FILE`), for the commands that plan.

Maps suffixes to formats, and writes files: completely or not at all, readable only by the owner, without secrets. A
report that can't be written is a warning (hooks.py); an unknown suffix is an error before anything is read.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

from jc1p.cli.after_run.github import ci_hooks
from jc1p.cli.hooks import FinishedCommand, Hook
from jc1p.cli.terminal.streams import masked_pieces
from jc1p.core.run_record import RunRecord
from jc1p.errors import ExitCode, UsageError
from jc1p.runtime.atomic_write import write_whole
from jc1p.runtime.json_pieces import json_pieces


def as_html(record: RunRecord, exit_code: ExitCode) -> str:
    """`.html`."""
    from jc1p.reports.html.page import render_html

    return render_html(record, exit_code)


def as_markdown(record: RunRecord, exit_code: ExitCode) -> str:
    """`.md`."""
    from jc1p.reports.markdown import render_markdown

    return render_markdown(record, exit_code)


def as_json(record: RunRecord, _: ExitCode) -> Iterable[str]:
    """`.json`, what `--output json` shows."""
    from jc1p.document.render import document

    return chain(json_pieces(document(record), indent=2, ensure_ascii=False), ["\n"])


def as_csv(record: RunRecord, _: ExitCode) -> str:
    """`.csv`."""
    from jc1p.reports.csv import render_csv
    from jc1p.reports.tables import csv_file

    return csv_file(render_csv(record))


FORMATS: Mapping[str, Callable[[RunRecord, ExitCode], str | Iterable[str]]] = {
    ".html": as_html,
    ".md": as_markdown,
    ".json": as_json,
    ".csv": as_csv,
}


def report_hooks(paths: Sequence[Path] | None) -> list[Hook]:
    """Hooks that report a run, however it ends: to these files, and to the CI system.

    Raises:
        UsageError: a suffix that is not a format.
    """
    check_suffixes(paths or ())
    files = [Hook(f"the report {path}", partial(write_report, path), path, is_report=True) for path in paths or ()]
    return [*files, *ci_hooks(os.environ)]


def check_suffixes(paths: Sequence[Path]) -> None:
    """Raises UsageError for a suffix that is not a format."""
    for path in paths:
        if path.suffix.lower() not in FORMATS:
            raise UsageError(
                f"--report {path}: {path.suffix or 'a name without suffix'} is not a supported report format",
                hint=f"Use a file name that ends in one of {', '.join(FORMATS)}.",
            )


def write_report(path: Path, finished: FinishedCommand) -> None:
    """Write one report. Raises OSError."""
    write_whole(path, masked_pieces(FORMATS[path.suffix.lower()](finished.record, finished.exit_code)))
