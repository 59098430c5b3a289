"""`jc1p report merge`: reads documents from files or stdin, sums them up, shows them. No network or configuration.

A name is the file's without its suffix, or the whole path if several files have the same name.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jc1p.cli.session import Session, session
from jc1p.cli.terminal.streams import say
from jc1p.cli.usage.options import Common, Output
from jc1p.config.durations import parse_duration
from jc1p.errors import IncompleteRead, UsageError
from jc1p.queries.fleet import Fleet, Summed, Unreadable, gather, read_document
from jc1p.reports.fleet import fleet_values, print_fleet, render_fleet
from jc1p.runtime.bounded_read import LARGEST_DOCUMENT, LARGEST_TEXT, read_bounded, too_large

STDIN = Path("-")
ANSWERS = ("runs", "unreadable", "missing", "unexpected", "totals", "worst_exit_code")


@dataclass(frozen=True, slots=True)
class Expected:
    """The expected documents, as typed."""

    number: int | None
    names_in: Path | None
    max_age: str | None


def run_merge(common: Common, output: Output, files: Sequence[Path], expected: Expected, *, as_worst: bool) -> None:
    """`jc1p report merge`. Raises typer.Exit."""
    kind = Output.JSON if output is Output.JSON else Output.TEXT
    with session("report merge", common, kind, dry_run=True, answers=ANSWERS) as here:
        names = read_names(expected.names_in) if expected.names_in else ()
        current = current_times(here.record.created_at, expected.max_age) if expected.max_age else None
        fleet = gather(read_all(files), names=names, expected=expected.number, current=current)
        here.body = fleet_values(fleet)
        show(here, fleet, output)
        here.exit_code = fleet.worst if as_worst else None
        if not fleet.is_whole:
            raise IncompleteRead(lacking(fleet), hint="Check these runs. A missing report counts as a failed run.")


def show(here: Session, fleet: Fleet, output: Output) -> None:
    if output is Output.TEXT:
        print_fleet(here.out, fleet, quiet=here.common.quiet)
    if output is Output.MARKDOWN:
        say(render_fleet(fleet).rstrip())


def lacking(fleet: Fleet) -> str:
    """The names that are missing or unreadable."""
    parts = []
    if fleet.unreadable:
        parts.append("unreadable: " + ", ".join(each.name for each in fleet.unreadable))
    if fleet.missing:
        parts.append("missing: " + ", ".join(fleet.missing))
    if fleet.expected not in {None, len(fleet.runs)}:
        parts.append(f"{len(fleet.runs)} of {fleet.expected} expected runs could be read")
    return "; ".join(parts)


# --- input --------------------------------------------------------------------------------------------------


def read_all(files: Sequence[Path]) -> Iterator[Summed | Unreadable]:
    """All documents. Raises UsageError for a file that is given twice, since it would be counted twice."""
    places = Counter(path if path == STDIN else path.absolute() for path in files)
    twice = [path for path, number in places.items() if number > 1]
    if twice:
        raise UsageError(f"{twice[0]} is listed {places[twice[0]]} times", hint="List each report once.")
    stems = Counter(path.stem for path in files)
    for path in files:
        if path == STDIN:
            yield from read_stream()
        else:
            yield read_file(path, path.stem if stems[path.stem] == 1 else str(path.with_suffix("")))


def read_file(path: Path, name: str) -> Summed | Unreadable:
    try:
        text = read_bounded(path, LARGEST_DOCUMENT).decode()
    except OSError as error:
        return Unreadable(name, str(path), f"can't be read: {error.strerror or error}")
    except ValueError:
        return Unreadable(name, str(path), "is broken: not UTF-8")
    return read_document(name, str(path), text)


def read_stream() -> Iterator[Summed | Unreadable]:
    """Consecutive documents, as several runs with `--output json` write them into one pipe; numbered."""
    content = sys.stdin.buffer.read(LARGEST_DOCUMENT + 1)
    try:
        rest = content.decode().strip()
    except ValueError:
        yield Unreadable("stdin", "stdin", "is broken: not UTF-8")
        return
    if len(content) > LARGEST_DOCUMENT:
        yield Unreadable("stdin", "stdin", f"is {str(too_large(LARGEST_DOCUMENT).strerror).removeprefix('it is ')}")
        return
    number, decoder = 0, json.JSONDecoder()
    while rest or not number:
        number += 1
        end = len(rest)
        try:
            _, end = decoder.raw_decode(rest)
        except (ValueError, RecursionError):
            rest_is_lost = True
        else:
            rest_is_lost = False
        yield read_document(f"stdin {number}", "stdin", rest[:end])
        rest = "" if rest_is_lost else rest[end:].strip()


def read_names(path: Path) -> list[str]:
    """Names, one per line; a # starts a comment. Raises UsageError."""
    try:
        lines = read_bounded(path, LARGEST_TEXT).decode("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it isn't UTF-8"
        hint = "Check the path. The file has one name per line, such as acme."
        raise UsageError(f"--expect-file {path}: cannot read the file: {reason}", hint=hint) from None
    names = [name for line in lines if (name := line.partition("#")[0].strip())]
    if not names:
        raise UsageError(f"--expect-file {path}: the file has no names", hint="Write one name per line, such as acme.")
    return names


def current_times(now: datetime, age: str) -> tuple[datetime, datetime]:
    """The first and last time of a current document: one from further in the future would never be too old.

    Raises UsageError.
    """
    try:
        return now - parse_duration(age), now + parse_duration(age)
    except (ValueError, OverflowError):
        hint = "Use a number and a unit, such as 26h or 2d."
        raise UsageError(f"--max-age {age} is not a duration", hint=hint) from None
