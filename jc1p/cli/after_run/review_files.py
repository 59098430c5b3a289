"""Reports of an access review as files (`--report FILE`): written as a whole, readable only by the owner."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from jc1p.cli.after_run.report_files import check_suffixes
from jc1p.cli.hooks import FinishedCommand, Hook
from jc1p.cli.terminal.streams import masked_pieces
from jc1p.core.run_record import RunRecord
from jc1p.queries.review import AccessReview
from jc1p.runtime.atomic_write import write_whole
from jc1p.runtime.json_pieces import json_pieces

LARGE = 2000
"""From this many memberships and changes on, a document is written without indentation."""


def indent_of(made: AccessReview) -> int | None:
    """The indentation of a review's JSON: a large one is for programs, and indenting takes far longer."""
    return None if made.memberships + len(made.changes) > LARGE else 2


@dataclass(slots=True)
class Reviewed:
    """The result of a command, for its reports; None until it is known."""

    review: AccessReview | None = None
    closed: bool = False


def as_html(made: AccessReview, record: RunRecord, _closed: bool) -> str:  # noqa: FBT001 - one of a table
    from jc1p.reports.html.review_page import render_review_page

    return render_review_page(made, record)


def as_markdown(made: AccessReview, record: RunRecord, _closed: bool) -> str:  # noqa: FBT001 - as above
    from jc1p.reports.review.markdown import review_markdown

    return review_markdown(made, record)


def as_json(made: AccessReview, record: RunRecord, closed: bool) -> Iterable[str]:  # noqa: FBT001 - as above
    from jc1p.document.render import answer_document
    from jc1p.reports.review.values import review_values

    values = answer_document(record, review_values(made, record, closed=closed))
    return chain(json_pieces(values, indent=indent_of(made), ensure_ascii=False), ["\n"])


def as_csv(made: AccessReview, record: RunRecord, _closed: bool) -> str:  # noqa: FBT001 - as above
    from jc1p.reports.review.csv import review_csv
    from jc1p.reports.tables import csv_file

    return csv_file(review_csv(made, record))


FORMS: Mapping[str, Callable[[AccessReview, RunRecord, bool], str | Iterable[str]]] = {
    ".html": as_html, ".md": as_markdown, ".json": as_json, ".csv": as_csv,
}  # fmt: skip


def review_hooks(paths: Sequence[Path], made: Reviewed) -> list[Hook]:
    """The hooks that write the reports. Raises UsageError for a suffix that is not a format."""
    check_suffixes(paths)
    return [Hook(f"the report {path}", partial(write_review, path, made), path, is_report=True) for path in paths]


def write_review(path: Path, made: Reviewed, finished: FinishedCommand) -> None:
    """Write one report. Raises OSError, and ValueError without a review; then an older file stays as it is."""
    if made.review is None:
        raise ValueError("it was not written: there is no review")
    text = FORMS[path.suffix.lower()](made.review, finished.record, made.closed)
    write_whole(path, masked_pieces(text))
